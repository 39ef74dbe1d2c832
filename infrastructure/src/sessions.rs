//! Sessions that are asked for with every call, kept in mind for a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::repository::{RepositoryError, SessionRepository};
use domain::session::{Session, TokenHash};
use domain::value::PasswordHash;
use domain::{SessionId, Timestamp, UserId};

/// How long what another node does to a session may go unnoticed.
const MOMENT: Duration = Duration::from_secs(1);

/// Sessions as they are stored, of which those that were asked for just now are known. What is done to a session here
/// is known at once.
pub struct RecalledSessions {
    stored: Arc<dyn SessionRepository>,
    known: Mutex<Known>,
}

struct Known {
    sessions: HashMap<SessionId, Session>,
    since: Instant,
    /// How often something was forgotten: what was read before that may be out of date.
    forgotten: u64,
}

impl RecalledSessions {
    /// Recalls these.
    pub fn new(stored: Arc<dyn SessionRepository>) -> Self {
        let known = Known { sessions: HashMap::new(), since: Instant::now(), forgotten: 0 };
        Self { stored, known: Mutex::new(known) }
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn forget(&self, which: impl Fn(&Session) -> bool) {
        self.known(|known| {
            known.forgotten += 1;
            known.sessions.retain(|_, session| !which(session));
        });
    }
}

impl Known {
    /// Everything is forgotten together, so that there is no moment to remember for each.
    fn refresh(&mut self, now: Instant) {
        if now.saturating_duration_since(self.since) >= MOMENT {
            self.sessions.clear();
            self.since = now;
        }
    }
}

#[async_trait]
impl SessionRepository for RecalledSessions {
    async fn recall(&self, id: SessionId) -> Result<Option<Session>, RepositoryError> {
        let (known, forgotten) = self.known(|known| {
            known.refresh(Instant::now());
            (known.sessions.get(&id).cloned(), known.forgotten)
        });
        if known.is_some() {
            return Ok(known);
        }
        let found = self.stored.find(id).await?;
        if let Some(session) = &found {
            self.known(|known| {
                if known.forgotten == forgotten {
                    known.sessions.insert(id, session.clone());
                }
            });
        }
        Ok(found)
    }

    async fn insert(&self, session: &Session, password: &PasswordHash) -> Result<bool, RepositoryError> {
        self.stored.insert(session, password).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, RepositoryError> {
        self.stored.find(id).await
    }

    async fn list(&self, user_id: UserId, now: Timestamp) -> Result<Vec<Session>, RepositoryError> {
        self.stored.list(user_id, now).await
    }

    async fn advance(
        &self,
        id: SessionId,
        from: i64,
        next: &TokenHash,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, RepositoryError> {
        let done = self.stored.advance(id, from, next, at, expires_at).await;
        self.forget(|session| session.id == id);
        done
    }

    async fn revoke(&self, user_id: UserId, id: SessionId, at: Timestamp) -> Result<bool, RepositoryError> {
        let done = self.stored.revoke(user_id, id, at).await;
        self.forget(|session| session.id == id);
        done
    }

    async fn revoke_all(
        &self,
        user_id: UserId,
        except: Option<SessionId>,
        at: Timestamp,
    ) -> Result<Vec<SessionId>, RepositoryError> {
        let done = self.stored.revoke_all(user_id, except, at).await;
        self.forget(|session| session.user_id == user_id);
        done
    }
}

#[cfg(test)]
mod tests {
    use domain::repository::MockSessionRepository;
    use uuid::Uuid;

    use super::*;

    const ID: SessionId = SessionId(Uuid::from_u128(1));
    const ADA: UserId = UserId(Uuid::from_u128(2));
    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn session() -> Session {
        Session {
            id: ID,
            user_id: ADA,
            device: None,
            created_at: NOW,
            last_used_at: NOW,
            expires_at: NOW,
            generation: 0,
            refresh_hash: TokenHash(vec![0; 32]),
            previous_hash: None,
            revoked_at: None,
        }
    }

    /// A store that has the session, and is asked for it so often.
    fn asked(times: usize) -> MockSessionRepository {
        let mut stored = MockSessionRepository::new();
        stored.expect_find().times(times).returning(|_| Ok(Some(session())));
        stored
    }

    #[tokio::test]
    async fn it_is_asked_once_in_a_moment() {
        let sessions = RecalledSessions::new(Arc::new(asked(2)));
        for _ in 0..3 {
            assert_eq!(sessions.recall(ID).await.unwrap(), Some(session()));
        }
        sessions.known(|known| known.refresh(Instant::now() + MOMENT));
        assert_eq!(sessions.recall(ID).await.unwrap(), Some(session()));
    }

    #[tokio::test]
    async fn who_is_not_there_is_asked_for_again() {
        let mut stored = MockSessionRepository::new();
        stored.expect_find().times(2).returning(|_| Ok(None));
        let sessions = RecalledSessions::new(Arc::new(stored));
        assert_eq!(sessions.recall(ID).await.unwrap(), None);
        assert_eq!(sessions.recall(ID).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_done_to_it_is_known_at_once() {
        let mut stored = asked(4);
        stored.expect_revoke().times(1).returning(|_, _, _| Ok(true));
        stored.expect_revoke_all().times(1).returning(|_, _, _| Ok(vec![ID]));
        stored.expect_advance().times(1).returning(|_, _, _, _, _| Ok(true));
        let sessions = RecalledSessions::new(Arc::new(stored));
        sessions.recall(ID).await.unwrap();
        sessions.revoke(ADA, ID, NOW).await.unwrap();
        sessions.recall(ID).await.unwrap();
        sessions.revoke_all(ADA, None, NOW).await.unwrap();
        sessions.recall(ID).await.unwrap();
        sessions.advance(ID, 0, &TokenHash(vec![1; 32]), NOW, NOW).await.unwrap();
        sessions.recall(ID).await.unwrap();
    }

    #[tokio::test]
    async fn what_was_read_before_a_revocation_is_not_recalled_after_it() {
        let sessions = Arc::new_cyclic(|this: &std::sync::Weak<RecalledSessions>| {
            let (mut stored, this) = (MockSessionRepository::new(), this.clone());
            // It is revoked while the answer is on its way.
            stored.expect_find().times(2).returning(move |_| {
                this.upgrade().unwrap().forget(|session| session.id == ID);
                Ok(Some(session()))
            });
            RecalledSessions::new(Arc::new(stored))
        });
        sessions.recall(ID).await.unwrap();
        sessions.recall(ID).await.unwrap();
    }
}
