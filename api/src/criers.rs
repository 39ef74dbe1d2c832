//! The tasks that tell what no request does: who comes and goes, and who types.

use std::sync::Arc;
use std::time::Duration;

use application::ports::{EventSource, PresenceChange, PresenceSource, TypingSource};
use domain::repository::RepositoryError;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::AppState;

/// After how long it is tried again to tell what a database that is down did not let through.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a stop waits for what is still to be told.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What they listen to.
pub struct Sources {
    /// Who comes and goes here.
    pub presence: Box<dyn PresenceSource>,
    /// Who types here.
    pub typing: Box<dyn TypingSource>,
    /// What happens, here or elsewhere.
    pub events: Box<dyn EventSource>,
}

/// The tasks, running.
pub struct Criers {
    state: Arc<AppState>,
    presence: JoinHandle<()>,
    typing: [JoinHandle<()>; 2],
}

impl Criers {
    /// Starts them on the present runtime.
    pub fn start(state: &Arc<AppState>, sources: Sources) -> Self {
        let Sources { presence, typing, events } = sources;
        Self {
            state: Arc::clone(state),
            presence: tokio::spawn(tell_presence(Arc::clone(state), presence)),
            // Apart from each other: one that waits for the bus must not keep the other from emptying it.
            typing: [
                tokio::spawn(tell_typing(Arc::clone(state), typing)),
                tokio::spawn(follow_typing(Arc::clone(state), events)),
            ],
        }
    }

    /// Stops them, once no connection is open any more. When people were last seen is stored then, as far as the
    /// database lets it.
    pub async fn stop(mut self) {
        self.typing.iter().for_each(JoinHandle::abort);
        if let Err(error) = self.state.presence.leave_all.execute().await {
            tracing::warn!(%error, "when people were last seen is not stored");
        }
        if timeout(LAST_WORDS, &mut self.presence).await.is_err() {
            self.presence.abort();
        }
    }
}

async fn tell_presence(state: Arc<AppState>, mut source: Box<dyn PresenceSource>) {
    while let Some(changes) = source.next().await {
        tell(&state, &changes).await;
    }
}

/// Tells it as soon as the database is there. What changes meanwhile is told after it, so the order stays.
async fn tell(state: &AppState, changes: &[PresenceChange]) {
    while let Err(error) = state.presence.announce.execute(changes).await {
        tracing::warn!(%error, people = changes.len(), "who came and went cannot be told yet");
        if !matches!(error, RepositoryError::Unavailable(_)) {
            return;
        }
        sleep(AGAIN).await;
    }
}

async fn tell_typing(state: Arc<AppState>, mut source: Box<dyn TypingSource>) {
    loop {
        let event = source.next().await;
        state.presence.announce_typing.execute(event).await;
    }
}

async fn follow_typing(state: Arc<AppState>, mut source: Box<dyn EventSource>) {
    while let Some(events) = source.next().await {
        for event in &*events {
            state.presence.follow_typing.execute(event);
        }
    }
}
