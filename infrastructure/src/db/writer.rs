//! Posting messages by group commit: one task commits whatever queued up while its last commit ran, as one transaction,
//! and answers every caller after it. A lone message is committed at once; an idle writer sleeps.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::message::{Draft, Refusal};
use domain::repository::{Appended, Rejected, RepositoryError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::errors::unavailable;

/// What a draft came to.
pub type Outcome = Result<Appended, Refusal>;

/// Commits drafts together.
#[async_trait]
pub trait BatchStore: Send + Sync {
    /// Posts drafts in their order, in one transaction, and says what each came to.
    async fn append(&self, drafts: Vec<Draft>) -> Result<Vec<Outcome>, RepositoryError>;
}

/// The most messages in one transaction.
const BATCH: usize = 500;

/// How long a batch of several waits for more.
const WINDOW: Duration = Duration::from_millis(1);

/// How long a caller waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The callers' side of the writer.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
    closing: Arc<watch::Sender<bool>>,
}

struct Job {
    draft: Draft,
    answer: oneshot::Sender<Result<Appended, Rejected<Refusal>>>,
}

impl Writer {
    /// Starts a writer on the present runtime, where up to `queue` messages may wait. It ends when it is closed, or when
    /// the last of its handles is dropped, once the queue is empty.
    pub fn start(store: Arc<dyn BatchStore>, queue: usize) -> Self {
        let (sender, jobs) = mpsc::channel(queue.max(1));
        let (closing, closed) = watch::channel(false);
        tokio::spawn(write(store, jobs, closed));
        Self { queue: sender, closing: Arc::new(closing) }
    }

    /// Posts a message with whatever else is to be posted, and waits for the commit. A caller who stops waiting stops
    /// nothing.
    pub async fn append(&self, draft: Draft) -> Result<Appended, Rejected<Refusal>> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job { draft, answer }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => unavailable("too many messages wait to be stored"),
            mpsc::error::TrySendError::Closed(_) => unavailable("the database is closed"),
        })?;
        match timeout(PATIENCE, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(unavailable("the writer has ended").into()),
            Err(_) => Err(unavailable("the message was not stored in time").into()),
        }
    }

    /// Lets the writer store what waits, and no more, and waits for that.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        self.queue.closed().await;
        self.closing.closed().await;
    }
}

async fn write(store: Arc<dyn BatchStore>, mut jobs: mpsc::Receiver<Job>, mut closing: watch::Receiver<bool>) {
    loop {
        let first = tokio::select! {
            biased;
            _ = closing.wait_for(|&closing| closing), if !jobs.is_closed() => {
                jobs.close();
                continue;
            }
            first = jobs.recv() => first,
        };
        let Some(first) = first else { return };
        let batch = gather(first, &mut jobs).await;
        commit(store.as_ref(), batch).await;
    }
}

/// The first job and those behind it; a moment's more if there are any.
async fn gather(first: Job, jobs: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let mut batch = vec![first];
    while batch.len() < BATCH
        && let Ok(job) = jobs.try_recv()
    {
        batch.push(job);
    }
    if batch.len() > 1 {
        let end = Instant::now() + WINDOW;
        while batch.len() < BATCH
            && let Ok(Some(job)) = timeout_at(end, jobs.recv()).await
        {
            batch.push(job);
        }
    }
    batch
}

/// Commits a batch and answers all its callers. What fails as a whole for a reason that may lie in one of them, such as
/// an id that another node just took, is tried one by one.
async fn commit(store: &dyn BatchStore, batch: Vec<Job>) {
    match store.append(drafts(&batch)).await {
        Ok(outcomes) => answer(batch, outcomes),
        Err(RepositoryError::Unavailable(cause)) => refuse(batch, &cause.to_string()),
        Err(error) => {
            tracing::warn!(%error, messages = batch.len(), "a batch failed; trying its messages one by one");
            one_by_one(store, batch).await;
        }
    }
}

async fn one_by_one(store: &dyn BatchStore, batch: Vec<Job>) {
    let mut rest = batch.into_iter();
    while let Some(job) = rest.next() {
        let alone = vec![job];
        match store.append(drafts(&alone)).await {
            Ok(outcomes) => answer(alone, outcomes),
            // The others would wait as long for the same.
            Err(RepositoryError::Unavailable(cause)) => {
                return refuse(alone.into_iter().chain(rest).collect(), &cause.to_string());
            }
            Err(error) => {
                if let Some(job) = alone.into_iter().next() {
                    job.answer(Err(error.into()));
                }
            }
        }
    }
}

fn drafts(batch: &[Job]) -> Vec<Draft> {
    batch.iter().map(|job| job.draft.clone()).collect()
}

fn answer(batch: Vec<Job>, outcomes: Vec<Outcome>) {
    for (job, outcome) in batch.into_iter().zip(outcomes) {
        job.answer(outcome.map_err(Rejected::Refused));
    }
}

fn refuse(batch: Vec<Job>, cause: &str) {
    for job in batch {
        job.answer(Err(unavailable(cause).into()));
    }
}

impl Job {
    /// Answers the caller, who may have gone away.
    fn answer(self, answer: Result<Appended, Rejected<Refusal>>) {
        let _ = self.answer.send(answer);
    }
}
