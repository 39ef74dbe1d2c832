//! Leaving for good.

use std::sync::Arc;

use domain::conversation::{Action, Command};
use domain::event::Event;
use domain::repository::{ConversationReader, ConversationRepository, Rejected, SessionRepository, UserRepository};
use domain::value::Password;
use domain::{ConversationId, Timestamp};

use super::UserError;
use crate::Caller;
use crate::conversations::events;
use crate::ports::{Clock, EventPublisher, PasswordHasher};

/// Deletes the caller's account: they leave their groups, handing on those they own, stay in direct conversations as
/// a deleted user, and their sessions end. Their messages stay.
pub struct DeleteAccount {
    /// Erases the account.
    pub users: Arc<dyn UserRepository>,
    /// Ends the sessions.
    pub sessions: Arc<dyn SessionRepository>,
    /// Lets go of the groups.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Knows the groups.
    pub reader: Arc<dyn ConversationReader>,
    /// Checks the password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Tells all that.
    pub events: Arc<dyn EventPublisher>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl DeleteAccount {
    /// Deletes it; `WrongPassword` if the password is not the caller's.
    ///
    /// Each step is a transaction of its own, in an order that can be run again after a failure half-way: the account
    /// goes once the groups are left. A group somebody adds the caller to in between is left afterwards; once the
    /// account is erased nobody can be added any more.
    pub async fn execute(&self, caller: &Caller, password: &Password) -> Result<(), UserError> {
        let user = self.users.find(caller.user_id).await?.ok_or(UserError::Unauthenticated)?;
        if !self.hasher.verify(password, Some(user.password_hash)).await? {
            return Err(UserError::WrongPassword);
        }
        let now = self.clock.now();
        self.leave_groups(caller, now).await?;
        self.end_sessions(caller, now).await?;
        self.users.erase(caller.user_id, now).await?;
        self.leave_groups(caller, now).await
    }

    /// Told before the account goes: should that fail, these sessions have ended all the same.
    async fn end_sessions(&self, caller: &Caller, now: Timestamp) -> Result<(), UserError> {
        let sessions = self.sessions.revoke_all(caller.user_id, None, now).await?;
        if !sessions.is_empty() {
            self.events.publish(caller.caused(Event::SessionsRevoked { user_id: caller.user_id, sessions })).await;
        }
        Ok(())
    }

    async fn leave_groups(&self, caller: &Caller, now: Timestamp) -> Result<(), UserError> {
        for group in self.reader.groups_of(caller.user_id).await? {
            self.leave(caller, group, now).await?;
        }
        Ok(())
    }

    async fn leave(&self, caller: &Caller, group: ConversationId, now: Timestamp) -> Result<(), UserError> {
        let command = Command { actor: caller.user_id, at: now, action: Action::Leave, capacity: usize::MAX };
        match self.conversations.change(group, &command).await {
            Ok(changed) => {
                for event in events::told(group, caller.user_id, &changed, None) {
                    self.events.publish(caller.caused(Event::Conversation(event))).await;
                }
                Ok(())
            }
            // Removed, or the group deleted, by somebody else in the meantime: gone is gone.
            Err(Rejected::Refused(_)) => Ok(()),
            Err(Rejected::Repository(error)) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests;
