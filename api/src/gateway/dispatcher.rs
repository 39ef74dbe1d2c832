//! From commands to use cases: the one switch that every dialect goes through.

use std::sync::Arc;

use application::Caller;
use application::conversations::{Join, MarkRead, ReadChanges};
use application::messages::{ReviseMessage, SendMessage};
use domain::message::RevisionAction;
use domain::{ConversationId, Limit, Seq};

use super::command::{ClientCommand, CommandError, Reply};
use crate::uncancelled;

/// Carries out commands.
pub struct Dispatcher {
    /// Looks at conversations.
    pub join: Arc<Join>,
    /// Posts.
    pub send: Arc<SendMessage>,
    /// Edits and deletes.
    pub revise: Arc<ReviseMessage>,
    /// Moves read positions.
    pub mark_read: Arc<MarkRead>,
    /// Catches up.
    pub changes: Arc<ReadChanges>,
}

impl Dispatcher {
    /// Carries out a command of `caller`. What writes goes on to its end also if the connection is cut meanwhile.
    pub async fn dispatch(&self, caller: Caller, command: ClientCommand) -> Result<Reply, CommandError> {
        match command {
            ClientCommand::Join(id) => {
                let seq = self.join.execute(&caller, id).await.map_err(|e| CommandError::from_failure(&e))?;
                Ok(Reply::Joined(seq))
            }
            ClientCommand::Leave(_) => Ok(Reply::Done),
            ClientCommand::Send(new) => {
                let send = Arc::clone(&self.send);
                let sent = uncancelled(async move { send.execute(&caller, new).await }).await;
                told(sent).map(|sent| Reply::Message(Box::new(sent.view)))
            }
            ClientCommand::Edit(id, message, body) => {
                self.revise(caller, id, message, RevisionAction::Edit(body)).await
            }
            ClientCommand::Delete(id, message) => self.revise(caller, id, message, RevisionAction::Delete).await,
            ClientCommand::Read(id, up_to) => {
                let mark_read = Arc::clone(&self.mark_read);
                let read = uncancelled(async move { mark_read.execute(&caller, id, up_to).await }).await;
                told(read).map(Reply::Read)
            }
            ClientCommand::Sync(positions) => Ok(self.sync(&caller, positions).await),
        }
    }

    async fn revise(
        &self,
        caller: Caller,
        id: ConversationId,
        message: domain::MessageId,
        action: RevisionAction,
    ) -> Result<Reply, CommandError> {
        let revise = Arc::clone(&self.revise);
        let view = uncancelled(async move { revise.execute(&caller, id, message, action).await }).await;
        told(view).map(|view| Reply::Message(Box::new(view)))
    }

    async fn sync(&self, caller: &Caller, positions: Vec<(ConversationId, Seq)>) -> Reply {
        let mut synced = Vec::with_capacity(positions.len());
        for (id, after) in positions {
            let page = self.changes.execute(caller, id, after, Limit::default()).await;
            synced.push((id, page.map_err(|error| CommandError::from_failure(&error))));
        }
        Reply::Synced(synced)
    }
}
