//! The end.

use std::sync::Arc;

use domain::repository::{RepositoryError, UserRepository};

use crate::ports::{Clock, PresenceTracker};

/// Notes when everyone who is still there was last seen: the service stops.
pub struct LeaveAll {
    /// Knows who is there.
    pub presence: Arc<dyn PresenceTracker>,
    /// Keeps when they were.
    pub users: Arc<dyn UserRepository>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl LeaveAll {
    /// How many people are written in one transaction.
    const AT_ONCE: usize = 500;

    /// Notes it. Nobody comes any more after that, also if it fails.
    pub async fn execute(&self) -> Result<(), RepositoryError> {
        for seen in self.presence.stop(self.clock.now()).chunks(Self::AT_ONCE) {
            self.users.set_last_seen(seen).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::repository::MockUserRepository;
    use mockall::predicate::eq;

    use super::*;
    use crate::ports::MockPresenceTracker;
    use crate::testing::{ADA, BOB, NOW, clock, ready};

    #[test]
    fn everyone_was_last_seen_when_it_stopped() {
        for (there, writes) in [(0, 0), (1, 1), (500, 1), (501, 2)] {
            let (mut presence, mut users) = (MockPresenceTracker::new(), MockUserRepository::new());
            let people = [(ADA, NOW), (BOB, NOW)].into_iter().cycle().take(there).collect::<Vec<_>>();
            presence.expect_stop().with(eq(NOW)).times(1).return_once(|_| people);
            users.expect_set_last_seen().times(writes).returning(|seen| {
                assert_eq!(seen[0], (ADA, NOW));
                Ok(())
            });
            let leave = LeaveAll { presence: Arc::new(presence), users: Arc::new(users), clock: clock() };
            ready(leave.execute()).unwrap();
        }
    }
}
