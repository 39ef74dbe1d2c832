use std::sync::Mutex;

use domain::MessageId;
use domain::conversation::Venue;
use domain::event::{ConversationEvent, ConversationEventKind, Event};
use domain::message::MessageView;
use domain::repository::Constraint;
use domain::user::Profile;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::*;
use crate::MemoryBus;
use crate::db::testing::{self, ADA, HERE};

const PATIENCE: Duration = Duration::from_secs(5);

/// Commits when it is let to, and notes the sizes of the batches. Whoever brings draft 13 has the batch fail.
struct Store {
    turns: Semaphore,
    batches: Mutex<Vec<usize>>,
    failure: fn() -> RepositoryError,
}

#[async_trait]
impl BatchStore for Store {
    async fn append(&self, drafts: Vec<Draft>) -> Result<Vec<Outcome>, RepositoryError> {
        self.turns.acquire().await.unwrap().forget();
        self.batches.lock().unwrap().push(drafts.len());
        if drafts.iter().any(|draft| draft.id == MessageId(Uuid::from_u128(13))) {
            return Err((self.failure)());
        }
        Ok(drafts.into_iter().map(posted).map(Ok).collect())
    }
}

fn posted(draft: Draft) -> Appended {
    let sender = Profile::deleted(draft.sender_id);
    Appended::New(MessageView { message: draft.post(1, None), sender }, Venue::Direct)
}

/// Stores drafts of an even id without asking anything; whoever brings one above 100 has that fail. The others it notes,
/// and stores with care.
struct Foreseeing {
    with_care: Mutex<Vec<u128>>,
    failure: fn() -> RepositoryError,
}

#[async_trait]
impl BatchStore for Foreseeing {
    async fn append(&self, drafts: Vec<Draft>) -> Result<Vec<Outcome>, RepositoryError> {
        self.with_care.lock().unwrap().extend(drafts.iter().map(|draft| draft.id.0.as_u128()));
        Ok(drafts.into_iter().map(posted).map(Ok).collect())
    }

    async fn append_optimistically(&self, drafts: &[&Draft]) -> Result<Vec<Option<Outcome>>, RepositoryError> {
        if drafts.iter().any(|draft| draft.id.0.as_u128() > 100) {
            return Err((self.failure)());
        }
        let is_even = |draft: &Draft| draft.id.0.as_u128().is_multiple_of(2);
        Ok(drafts.iter().map(|&draft| is_even(draft).then(|| Ok(posted(draft.clone())))).collect())
    }
}

fn writer(turns: usize, queue: usize, failure: fn() -> RepositoryError) -> (Writer, Arc<Store>) {
    let store = Arc::new(Store { turns: Semaphore::new(turns), batches: Mutex::default(), failure });
    (Writer::start(Arc::clone(&store) as Arc<dyn BatchStore>, Arc::new(MemoryBus::new(1)), queue, PATIENCE), store)
}

fn draft(id: u128) -> Draft {
    testing::draft(id, HERE, ADA)
}

fn taken() -> RepositoryError {
    RepositoryError::Conflict(Constraint::MessageId)
}

#[tokio::test(start_paused = true)]
async fn what_comes_during_a_commit_is_committed_together() {
    let (writer, store) = writer(1, 100, taken);
    let first = tokio::spawn({
        let writer = writer.clone();
        async move { writer.append(draft(1)).await }
    });
    first.await.unwrap().unwrap();
    // The next commit has no turn yet; the others come while it waits for one.
    let second = writer.append(draft(2));
    let others = async {
        tokio::task::yield_now().await;
        tokio::join!(writer.append(draft(3)), writer.append(draft(4)), async {
            tokio::task::yield_now().await;
            store.turns.add_permits(2);
        })
    };
    let (second, (third, fourth, ())) = tokio::join!(second, others);
    assert!(second.is_ok() && third.is_ok() && fourth.is_ok());
    assert_eq!(*store.batches.lock().unwrap(), [1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_is_told_together_and_before_the_answers_whoever_waits_for_them() {
    let bus = Arc::new(MemoryBus::new(10));
    let mut listener = bus.subscribe();
    let store = Arc::new(Store { turns: Semaphore::new(1), batches: Mutex::default(), failure: taken });
    let writer = Writer::start(Arc::clone(&store) as Arc<dyn BatchStore>, bus, 100, PATIENCE);
    writer.append(draft(1)).await.unwrap();
    assert_eq!(listener.next().await.unwrap().len(), 1);
    let gives_up = |id| timeout(Duration::ZERO, writer.append(draft(id)));
    let (one, other) = tokio::join!(gives_up(2), gives_up(3));
    assert!(one.is_err() && other.is_err());
    store.turns.add_permits(2);
    let told = listener.next().await.unwrap();
    let ids = told.iter().map(|published| match &published.event {
        Event::Conversation(ConversationEvent { kind: ConversationEventKind::MessagePosted(view, _), .. }) => {
            view.message.id.0.as_u128()
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(ids.collect::<Vec<_>>(), [2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_fails_for_one_fails_for_that_one_only() {
    let (writer, store) = writer(100, 100, taken);
    let (one, bad, two) = tokio::join!(writer.append(draft(1)), writer.append(draft(13)), writer.append(draft(2)));
    assert!(one.is_ok() && two.is_ok());
    assert!(matches!(bad, Err(Rejected::Repository(RepositoryError::Conflict(_)))));
    assert_eq!(*store.batches.lock().unwrap(), [3, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_everybodys() {
    let (writer, store) = writer(100, 100, || unavailable("away"));
    let (one, two) = tokio::join!(writer.append(draft(13)), writer.append(draft(1)));
    for refused in [one, two] {
        assert!(matches!(refused, Err(Rejected::Repository(RepositoryError::Unavailable(_)))));
    }
    assert_eq!(*store.batches.lock().unwrap(), [2]);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_and_a_slow_store_are_outages() {
    let (writer, store) = writer(0, 1, taken);
    let (waiting, refused) = tokio::join!(writer.append(draft(1)), writer.append(draft(2)));
    assert!(waiting.is_err() && refused.is_err());
    assert!(store.batches.lock().unwrap().is_empty());
    store.turns.add_permits(2);
    assert!(writer.append(draft(3)).await.is_ok());
    assert_eq!(*store.batches.lock().unwrap(), [1, 1], "the first was stored all the same");
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_is_stored_when_the_last_handle_is_dropped() {
    let (writer, store) = writer(100, 100, taken);
    let (answer, answered) = oneshot::channel();
    assert!(writer.queue.try_send(Job { draft: draft(1), answer, home: here() }).is_ok());
    drop(writer);
    assert!(answered.await.unwrap().is_ok());
    assert_eq!(*store.batches.lock().unwrap(), [1]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_foreseen_is_stored_with_care_and_everything_is_told_and_answered_once() {
    let bus = Arc::new(MemoryBus::new(10));
    let mut listener = bus.subscribe();
    let store = Arc::new(Foreseeing { with_care: Mutex::default(), failure: taken });
    let writer = Writer::start(Arc::clone(&store) as Arc<dyn BatchStore>, bus, 100, PATIENCE);
    let append = |id| writer.append(draft(id));
    let (one, two, three, four) = tokio::join!(append(1), append(2), append(3), append(4));
    let ids = [one, two, three, four].map(|appended| match appended.unwrap() {
        Appended::New(view, _) => view.message.id.0.as_u128(),
        Appended::Repeated(view) => panic!("{view:?}"),
    });
    assert_eq!(ids, [1, 2, 3, 4]);
    let mut told = Vec::new();
    while told.len() < 4 {
        told.extend(listener.next().await.unwrap().iter().map(|published| match &published.event {
            Event::Conversation(ConversationEvent { kind: ConversationEventKind::MessagePosted(view, _), .. }) => {
                view.message.id.0.as_u128()
            }
            other => panic!("{other:?}"),
        }));
    }
    assert_eq!(told, [2, 4, 1, 3]);
    assert_eq!(*store.with_care.lock().unwrap(), [1, 3]);
}

/// An outage leaves open what was stored: to try again would answer a message as a repeat that nobody was told of.
#[tokio::test(start_paused = true)]
async fn an_outage_of_what_was_foreseen_is_not_tried_again_and_anything_else_is() {
    for (failure, with_care) in [((|| unavailable("away")) as fn() -> _, vec![]), (taken, vec![102])] {
        let store = Arc::new(Foreseeing { with_care: Mutex::default(), failure });
        let writer =
            Writer::start(Arc::clone(&store) as Arc<dyn BatchStore>, Arc::new(MemoryBus::new(1)), 100, PATIENCE);
        assert_eq!(writer.append(draft(102)).await.is_ok(), !with_care.is_empty());
        assert_eq!(*store.with_care.lock().unwrap(), with_care);
    }
}
