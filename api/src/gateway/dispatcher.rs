//! From commands to use cases: the one switch that every dialect goes through.

use application::Caller;
use application::messages::NewMessage;
use domain::conversation::Change;
use domain::message::RevisionAction;
use domain::{ConversationId, Limit, MessageId, Seq};

use super::command::{Back, ClientCommand, Reply, Talk};
use crate::{AppState, Problem, uncancelled};

/// Carries out a command of `caller`. What writes goes on to its end also if the connection is cut meanwhile.
pub async fn dispatch(state: &AppState, caller: Caller, command: ClientCommand) -> Result<Reply, Problem> {
    match command {
        ClientCommand::Join(id) => Ok(Reply::Joined(state.join.execute(&caller, id).await?)),
        ClientCommand::Leave(_) => Ok(Reply::Done),
        ClientCommand::Send(new) => post(state, caller, new).await,
        ClientCommand::Edit(id, message, body) => revise(state, caller, id, message, RevisionAction::Edit(body)).await,
        ClientCommand::Delete(id, message) => revise(state, caller, id, message, RevisionAction::Delete).await,
        ClientCommand::Read(id, up_to) => {
            let mark_read = state.mark_read.clone();
            Ok(Reply::Read(uncancelled(async move { mark_read.execute(&caller, id, up_to).await }).await?))
        }
        ClientCommand::StartTyping(id) => {
            state.presence.start_typing.execute(&caller, id).await?;
            Ok(Reply::Done)
        }
        ClientCommand::StopTyping(id) => {
            state.presence.stop_typing.execute(&caller, id).await?;
            Ok(Reply::Done)
        }
        ClientCommand::SetStatus(status) => {
            state.presence.set_status.execute(&caller, status);
            Ok(Reply::Done)
        }
        ClientCommand::Sync(positions) => Ok(sync(state, &caller, positions).await),
        ClientCommand::SendDirect(new) => {
            state.limits.message(caller.user_id, new.to.0)?;
            let send = state.send_direct.clone();
            let posted = uncancelled(async move { send.execute(&caller, new).await }).await?;
            Ok(Reply::Message(Box::new(posted.view)))
        }
        ClientCommand::Create(new) => {
            let create = state.create_conversation.clone();
            uncancelled(async move { create.execute(&caller, new).await }).await?;
            Ok(Reply::Done)
        }
        ClientCommand::Change(id, action) => {
            let change = state.change_conversation.clone();
            uncancelled(async move { change.execute(&caller, id, action).await }).await?;
            Ok(Reply::Done)
        }
        ClientCommand::ReadBack(talk, back) => read_back(state, &caller, talk, back).await,
    }
}

/// Posts a message. It has begun when this returns: messages of one connection are stored in the order of these calls,
/// together where they come together.
pub fn post(state: &AppState, caller: Caller, new: NewMessage) -> impl Future<Output = Result<Reply, Problem>> + use<> {
    let admitted = state.limits.message(caller.user_id, new.conversation_id.0);
    let posted = admitted.map(|()| {
        let send = state.send_message.clone();
        // The scheduler of a worker is FIFO (tokio, `runtime::Builder::new_current_thread`), and the first thing that
        // posting waits for is its commit: so it queues up for that in this order.
        uncancelled(async move { send.execute(&caller, new).await })
    });
    async move { Ok(Reply::Message(Box::new(posted?.await?.view))) }
}

async fn revise(
    state: &AppState,
    caller: Caller,
    id: ConversationId,
    message: MessageId,
    action: RevisionAction,
) -> Result<Reply, Problem> {
    let revise = state.revise_message.clone();
    let view = uncancelled(async move { revise.execute(&caller, id, message, action).await }).await?;
    Ok(Reply::Message(Box::new(view)))
}

async fn read_back(state: &AppState, caller: &Caller, talk: Talk, back: Back) -> Result<Reply, Problem> {
    let Back { before, limit } = back;
    let said = match talk {
        Talk::Each => state.read_latest.execute(caller, before, limit).await?,
        Talk::Group(id) => state.read_said.in_group(caller, id, before, limit).await?,
        Talk::Person(other) => state.read_said.with_person(caller, other, before, limit).await?,
    };
    Ok(Reply::Said(said))
}

/// About so many bytes are answered to one `sync`. Of the conversations that come after, each has one change: the client
/// asks again, and nobody has an answer made that fills their queue many times.
const SYNCED_BYTES: usize = 256 * 1024;

/// What a change takes beside what is said.
const CHANGE_BYTES: usize = 512;

/// Each conversation has its own answer: one that is refused does not spoil the others.
async fn sync(state: &AppState, caller: &Caller, positions: Vec<(ConversationId, Seq)>) -> Reply {
    let (mut synced, mut bytes) = (Vec::with_capacity(positions.len()), 0);
    for (id, after) in positions {
        let limit = if bytes < SYNCED_BYTES { Limit::DEFAULT } else { Limit::ONE };
        let page = state.read_changes.execute(caller, id, after, limit).await;
        bytes += page.iter().flat_map(|page| &page.changes).map(size).sum::<usize>();
        synced.push((id, page.map_err(Problem::from).inspect_err(Problem::log)));
    }
    Reply::Synced(synced)
}

fn size(change: &Change) -> usize {
    let said = match change {
        Change::Message(view) => view.message.content.as_ref().map_or(0, String::len),
        Change::Participant(..) | Change::Conversation(..) => 0,
    };
    CHANGE_BYTES + said
}
