//! What the hub asks the repository, beside its deliveries, which go on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use application::conversations::ReadMissed;
use domain::{ConversationId, Seq};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::task::Notice;

/// How long after a failure it is read again what somebody missed.
const CATCH_UP_AGAIN: Duration = Duration::from_secs(1);
/// How many are read at once.
const COMPARED_AT_ONCE: usize = 500;

/// Reads what is missing beside the hub, which goes on delivering meanwhile.
pub(super) fn repair(
    notices: mpsc::WeakUnboundedSender<Notice>,
    missed: Arc<ReadMissed>,
    id: ConversationId,
    after: Seq,
) {
    tokio::spawn(async move {
        let read = missed.execute(id, after).await;
        let read = read.inspect_err(|error| tracing::warn!(%error, conversation = %id, "cannot repair a gap yet")).ok();
        if let Some(notices) = notices.upgrade() {
            let _ = notices.send(Notice::Repaired(id, read));
        }
    });
}

/// Reads what somebody missed who came in before what is told here began, until that can be read.
pub(super) fn catch_up(
    notices: mpsc::WeakUnboundedSender<Notice>,
    missed: Arc<ReadMissed>,
    id: ConversationId,
    question: u64,
    after: Seq,
) {
    tokio::spawn(async move {
        let missed = loop {
            match missed.execute(id, after).await {
                Ok(missed) => break missed,
                Err(error) => tracing::warn!(%error, conversation = %id, "cannot let somebody in yet"),
            }
            sleep(CATCH_UP_AGAIN).await;
            if notices.strong_count() == 0 {
                return;
            }
        };
        if let Some(notices) = notices.upgrade() {
            let _ = notices.send(Notice::CaughtUp { id, question, missed });
        }
    });
}

/// Compares, again and again, how far conversations have got in the repository with how far they have been told: an
/// event that was lost is otherwise noticed by its successor only.
pub(super) async fn compare(notices: mpsc::WeakUnboundedSender<Notice>, missed: Arc<ReadMissed>, every: Duration) {
    #[cfg(feature = "planted-bugs")]
    if planted::is(planted::Bug::LossyBus) {
        return;
    }
    loop {
        sleep(every).await;
        let (answer, followed) = oneshot::channel();
        let Some(hub) = notices.upgrade() else { return };
        let _ = hub.send(Notice::Followed { answer });
        drop(hub);
        let Ok(followed) = followed.await else { return };
        for asked in followed.chunks(COMPARED_AT_ONCE) {
            // Who does not answer now is asked again the next time.
            let Ok(places) = missed.places(asked).await else { break };
            let Some(notices) = notices.upgrade() else { return };
            let _ = notices.send(Notice::Compare { asked: asked.to_vec(), places: places.into_iter().collect() });
        }
    }
}
