//! What connections say of those behind them.

use std::sync::Arc;

use domain::presence::Status;

use crate::Caller;
use crate::ports::{Clock, Departure, PresenceTracker, TypingTracker};

/// Notes that a connection of the caller is open.
pub struct Connected {
    /// Knows who is there.
    pub presence: Arc<dyn PresenceTracker>,
}

impl Connected {
    /// Notes it; by their first connection the caller is there.
    pub fn execute(&self, caller: &Caller) {
        if let Some(origin) = caller.origin {
            self.presence.connected(caller.user_id, origin);
        }
    }
}

/// Notes that a connection of the caller has ended.
pub struct Disconnected {
    /// Knows who is there.
    pub presence: Arc<dyn PresenceTracker>,
    /// Knows who types.
    pub typing: Arc<dyn TypingTracker>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Disconnected {
    /// Notes it: they type over it no more, and by their last one they go, or are awaited for a while. Nothing comes of
    /// a connection that was not noted as open.
    pub fn execute(&self, caller: &Caller, how: Departure) {
        if let Some(origin) = caller.origin {
            self.presence.disconnected(caller.user_id, origin, how, self.clock.now());
            self.typing.disconnected(origin);
        }
    }
}

/// Says how the caller is.
pub struct SetStatus {
    /// Knows who is there.
    pub presence: Arc<dyn PresenceTracker>,
}

impl SetStatus {
    /// Says it for all their connections, as long as one is open. It is told also if nothing changes by it.
    pub fn execute(&self, caller: &Caller, status: Status) {
        if let Some(origin) = caller.origin {
            self.presence.set_status(caller.user_id, origin, status);
        }
    }
}

#[cfg(test)]
mod tests {
    use mockall::predicate::eq;

    use super::*;
    use crate::ports::{MockPresenceTracker, MockTypingTracker};
    use crate::testing::{ADA, CALLER, LINK, NOW, clock};

    #[test]
    fn a_connection_comes() {
        let mut presence = MockPresenceTracker::new();
        presence.expect_connected().with(eq(ADA), eq(LINK)).times(1).return_const(());
        Connected { presence: Arc::new(presence) }.execute(&CALLER);
    }

    #[test]
    fn a_connection_goes_and_with_it_what_was_typed() {
        for how in [Departure::Clean, Departure::Dropped] {
            let (mut presence, mut typing) = (MockPresenceTracker::new(), MockTypingTracker::new());
            presence.expect_disconnected().with(eq(ADA), eq(LINK), eq(how), eq(NOW)).times(1).return_const(());
            typing.expect_disconnected().with(eq(LINK)).times(1).return_const(());
            let ended = Disconnected { presence: Arc::new(presence), typing: Arc::new(typing), clock: clock() };
            ended.execute(&CALLER, how);
        }
    }

    #[test]
    fn a_status_is_said_over_a_connection() {
        let mut presence = MockPresenceTracker::new();
        presence.expect_set_status().with(eq(ADA), eq(LINK), eq(Status::Busy)).times(1).return_const(());
        SetStatus { presence: Arc::new(presence) }.execute(&CALLER, Status::Busy);
    }

    #[test]
    fn a_caller_without_a_connection_is_not_there() {
        let (presence, typing) = (Arc::new(MockPresenceTracker::new()), Arc::new(MockTypingTracker::new()));
        let caller = Caller { origin: None, ..CALLER };
        Connected { presence: presence.clone() }.execute(&caller);
        SetStatus { presence: presence.clone() }.execute(&caller, Status::Away);
        Disconnected { presence, typing, clock: clock() }.execute(&caller, Departure::Clean);
    }
}
