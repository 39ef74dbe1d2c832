//! Telling a connection again what was told while it was lost.
//!
//! Nothing is kept of what was sent: the hub knows which events there were, the repository what they say now. A thing
//! that changed twice is told once, as it is; what is of the moment (typing, presence, receipts) is not told again.

use std::collections::HashMap;

use application::conversations::Missed;
use domain::event::{ConversationEvent, Event};
use domain::{ConversationId, Seq};

use super::Gateway;
use super::dialect::{Dialect, Standing};
use super::hub::recovery::{Resumption, Told};
use super::news::News;
use super::session::Wire;

/// Sends what was missed, in the order in which it was told to others, each with its place. `None` if it cannot be
/// told: what others were told is not on account any more, or the repository does not answer.
pub async fn retell(gateway: &Gateway, wire: &impl Wire, dialect: &dyn Dialect, resumption: Resumption) -> Option<()> {
    let missed = gateway.hub.missed(wire.id(), resumption).await?;
    let mut events = read(gateway, missed.iter().map(|(_, told)| told)).await?;
    for (place, told) in &missed {
        // What is not there was superseded: the later change is told at its own place.
        if let Some(event) = events.remove(&(told.conversation_id, told.seq))
            && let Some(frame) = dialect.encode_event(&News::new(&event, Some(place)), Standing::Aside)
        {
            wire.send(&frame);
        }
    }
    Some(())
}

type Events = HashMap<(ConversationId, Seq), Event>;

async fn read<'a>(gateway: &Gateway, missed: impl Iterator<Item = &'a Told>) -> Option<Events> {
    let mut spans: HashMap<ConversationId, (Seq, Seq)> = HashMap::new();
    for told in missed {
        let span = spans.entry(told.conversation_id).or_insert((told.seq, told.seq));
        *span = (span.0.min(told.seq), span.1.max(told.seq));
    }
    let mut events = Events::new();
    for (id, (first, last)) in spans {
        let mut after = first - 1;
        while after < last {
            let read = gateway.state.read_missed.execute(id, after).await;
            let read =
                read.inspect_err(|error| tracing::warn!(%error, conversation = %id, "cannot recover yet")).ok()?;
            let Missed::Events { seq, events: page, .. } = read else { return None };
            if seq <= after {
                return None;
            }
            after = seq;
            events.extend(page.into_iter().map(keyed));
        }
    }
    Some(events)
}

fn keyed(event: ConversationEvent) -> ((ConversationId, Seq), Event) {
    ((event.conversation_id, event.seq), Event::Conversation(event))
}
