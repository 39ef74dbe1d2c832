//! Posting messages by group commit: one task commits whatever queued up while its last commit ran, as one transaction,
//! tells of it, and answers every caller after that. A lone message is committed at once; an idle writer sleeps.

use std::sync::Arc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use application::ports::EventPublisher;
use async_trait::async_trait;
use domain::Origin;
use domain::event::Published;
use domain::message::{Draft, Refusal};
use domain::repository::{Appended, Rejected, RepositoryError};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};

use super::errors::unavailable;

/// What a draft came to.
pub type Outcome = Result<Appended, Refusal>;

/// Commits drafts together.
#[async_trait]
pub trait BatchStore: Send + Sync {
    /// Posts drafts in their order, in one transaction, and says what each came to.
    async fn append(&self, drafts: Vec<Draft>) -> Result<Vec<Outcome>, RepositoryError>;

    /// Posts those drafts, in their order and in one transaction, that can be decided upon without asking anything
    /// before, and says what they came to. Nothing is done about the others, which are `None`; of one conversation none is
    /// posted behind one of these.
    async fn append_optimistically(&self, drafts: &[&Draft]) -> Result<Vec<Option<Outcome>>, RepositoryError> {
        Ok(vec![None; drafts.len()])
    }
}

/// The most messages in one transaction.
const BATCH: usize = 500;

/// How long a batch of several waits for more.
const WINDOW: Duration = Duration::from_millis(1);

/// The callers' side of the writer.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
    closing: Arc<watch::Sender<bool>>,
    patience: Duration,
}

struct Job {
    draft: Draft,
    answer: oneshot::Sender<Answer>,
    /// Where the caller waits.
    home: (ThreadId, Handle),
}

type Answer = Result<Appended, Rejected<Refusal>>;
type Callers = Vec<(oneshot::Sender<Answer>, Answer)>;

impl Writer {
    /// Starts a writer on the present runtime, where up to `queue` messages may wait, and which tells what it stores. A
    /// caller waits for `patience` at most. It ends when it is closed, or when the last of its handles is dropped, once the queue is empty.
    pub fn start(
        store: Arc<dyn BatchStore>,
        events: Arc<dyn EventPublisher>,
        queue: usize,
        patience: Duration,
    ) -> Self {
        let (sender, jobs) = mpsc::channel(queue.max(1));
        let (closing, closed) = watch::channel(false);
        tokio::spawn(Commits { store, events }.run(jobs, closed));
        Self { queue: sender, closing: Arc::new(closing), patience }
    }

    /// Posts a message with whatever else is to be posted, and waits for the commit. A caller who stops waiting stops
    /// nothing.
    pub async fn append(&self, draft: Draft) -> Result<Appended, Rejected<Refusal>> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job { draft, answer, home: here() }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => unavailable("too many messages wait to be stored"),
            mpsc::error::TrySendError::Closed(_) => unavailable("the database is closed"),
        })?;
        match timeout(self.patience, answered).await {
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

/// What the writer does.
struct Commits {
    store: Arc<dyn BatchStore>,
    events: Arc<dyn EventPublisher>,
}

impl Commits {
    async fn run(self, mut jobs: mpsc::Receiver<Job>, mut closing: watch::Receiver<bool>) {
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
            self.commit(batch).await;
        }
    }

    /// Commits a batch, and tells and answers for it.
    async fn commit(&self, batch: Vec<Job>) {
        #[cfg(feature = "planted-bugs")]
        let batch = self.early(batch).await;
        #[cfg(feature = "planted-bugs")]
        if batch.is_empty() {
            return;
        }
        let waiting: Vec<&Draft> = batch.iter().map(|job| &job.draft).collect();
        let (done, batch) = match self.store.append_optimistically(&waiting).await {
            Ok(outcomes) => split(batch, outcomes),
            Err(RepositoryError::Unavailable(cause)) => return refuse(batch, &cause.to_string()),
            Err(error) => {
                tracing::warn!(%error, messages = batch.len(), "a batch failed; asking the database first");
                (Default::default(), batch)
            }
        };
        if !done.0.is_empty() {
            self.tell_and_answer(done.0, done.1).await;
        }
        if !batch.is_empty() {
            self.commit_carefully(batch).await;
        }
    }

    /// Commits what has to be decided upon by what is stored. What fails as a whole for a reason that may lie in one of
    /// them, such as an id that another node just took, is tried one by one.
    async fn commit_carefully(&self, batch: Vec<Job>) {
        match self.store.append(drafts(&batch)).await {
            Ok(outcomes) => self.tell_and_answer(batch, outcomes).await,
            Err(RepositoryError::Unavailable(cause)) => refuse(batch, &cause.to_string()),
            Err(error) => {
                tracing::warn!(%error, messages = batch.len(), "a batch failed; trying its messages one by one");
                self.one_by_one(batch).await;
            }
        }
    }

    async fn one_by_one(&self, batch: Vec<Job>) {
        let mut rest = batch.into_iter();
        while let Some(job) = rest.next() {
            let mut alone = vec![job];
            match self.store.append(drafts(&alone)).await {
                Ok(outcomes) => self.tell_and_answer(alone, outcomes).await,
                // The others would wait as long for the same.
                Err(RepositoryError::Unavailable(cause)) => {
                    return refuse(alone.into_iter().chain(rest).collect(), &cause.to_string());
                }
                Err(error) => answer(alone.pop().map(|job| (job, Err(error.into()))).into_iter()),
            }
        }
    }

    /// What is new is told in one piece, so that whoever brings it on does so in few writes; and told here, so that it
    /// is told in the order of the commits, also where no caller waits any more.
    async fn tell_and_answer(&self, batch: Vec<Job>, outcomes: Vec<Outcome>) {
        self.tell(&origins(&batch), &outcomes).await;
        answer_each(batch, outcomes);
    }

    async fn tell(&self, origins: &[Option<Origin>], outcomes: &[Outcome]) {
        let posted = origins.iter().zip(outcomes).filter_map(|(origin, outcome)| match outcome {
            Ok(Appended::New(view, venue)) => Some(Published::posted(view.clone(), venue.clone(), *origin)),
            _ => None,
        });
        self.events.publish_all(posted.collect()).await;
    }

    /// Answers for what is not stored yet, or tells of it; what is left is to be stored.
    #[cfg(feature = "planted-bugs")]
    async fn early(&self, batch: Vec<Job>) -> Vec<Job> {
        use crate::bugs;
        if !bugs::answers_early() {
            return batch;
        }
        bugs::rehearse(true);
        let outcomes = self.store.append(drafts(&batch)).await.unwrap_or_default();
        bugs::rehearse(false);
        if planted::is(planted::Bug::PublishBeforeCommit) {
            self.tell(&origins(&batch), &outcomes).await;
            sleep(bugs::LATE).await;
            return batch;
        }
        let (drafts, origins) = (drafts(&batch), origins(&batch));
        answer_each(batch, outcomes);
        sleep(bugs::LATE).await;
        if let Ok(outcomes) = self.store.append(drafts).await {
            self.tell(&origins, &outcomes).await;
        }
        Vec::new()
    }
}

/// The first job and those behind it; if there are any, also those that come within a moment. They wake nobody, as the
/// queue is not waited for meanwhile.
async fn gather(first: Job, jobs: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let mut batch = vec![first];
    take_in(&mut batch, jobs);
    if batch.len() > 1 && batch.len() < BATCH {
        sleep(WINDOW).await;
        take_in(&mut batch, jobs);
    }
    batch
}

fn take_in(batch: &mut Vec<Job>, jobs: &mut mpsc::Receiver<Job>) {
    while batch.len() < BATCH
        && let Ok(job) = jobs.try_recv()
    {
        batch.push(job);
    }
}

/// What is done, and what is not.
fn split(batch: Vec<Job>, outcomes: Vec<Option<Outcome>>) -> ((Vec<Job>, Vec<Outcome>), Vec<Job>) {
    let (mut done, mut rest) = (<(Vec<Job>, Vec<Outcome>)>::default(), Vec::new());
    for (job, outcome) in batch.into_iter().zip(outcomes) {
        match outcome {
            Some(outcome) => done.extend([(job, outcome)]),
            None => rest.push(job),
        }
    }
    (done, rest)
}

fn drafts(batch: &[Job]) -> Vec<Draft> {
    batch.iter().map(|job| job.draft.clone()).collect()
}

fn origins(batch: &[Job]) -> Vec<Option<Origin>> {
    batch.iter().map(|job| job.draft.origin).collect()
}

fn answer_each(batch: Vec<Job>, outcomes: Vec<Outcome>) {
    answer(batch.into_iter().zip(outcomes).map(|(job, outcome)| (job, outcome.map_err(Rejected::Refused))));
}

fn refuse(batch: Vec<Job>, cause: &str) {
    answer(batch.into_iter().map(|job| (job, Err(unavailable(cause).into()))));
}

fn here() -> (ThreadId, Handle) {
    (thread::current().id(), Handle::current())
}

/// Answers callers, each where it waits: a thread is woken once for all of them, not once for each.
fn answer(answers: impl Iterator<Item = (Job, Answer)>) {
    let mut homes: Vec<(ThreadId, Handle, Callers)> = Vec::new();
    for (Job { answer: caller, home: (thread, runtime), .. }, answer) in answers {
        match homes.iter_mut().find(|(home, ..)| *home == thread) {
            Some((_, _, callers)) => callers.push((caller, answer)),
            None => homes.push((thread, runtime, vec![(caller, answer)])),
        }
    }
    for (_, runtime, callers) in homes {
        runtime.spawn(async move {
            for (caller, answer) in callers {
                // Who has gone away needs none.
                let _ = caller.send(answer);
            }
        });
    }
}

#[cfg(test)]
mod tests;
