//! Deciding what a batch of drafts comes to. Pure: the same drafts on the same state always come to the same.

use std::collections::{BTreeMap, HashMap};

use domain::conversation::Venue;
use domain::message::{Admission, Draft, Holder, Message, MessageView, Refusal};
use domain::repository::Appended;
use domain::user::Profile;
use domain::{ConversationId, MessageId, Seq, Timestamp, UserId};

/// What is stored of everything that the drafts of a batch touch.
#[derive(Debug, Default)]
pub struct State {
    /// Where the conversations stand.
    pub places: HashMap<ConversationId, Place>,
    /// What the conversations are.
    pub venues: HashMap<ConversationId, Venue>,
    /// Who of the senders takes part where, with an account.
    pub senders: HashMap<(ConversationId, UserId), Profile>,
    /// The messages whose ids the drafts want or answer.
    pub stored: HashMap<MessageId, Message>,
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When the conversation was made: that tells it from one that had its id before.
    pub created_at: Timestamp,
    /// The place of its last change.
    pub seq: Seq,
    /// The place of its last message.
    pub last_message_seq: Option<Seq>,
    /// When that was posted.
    pub last_message_at: Option<Timestamp>,
    /// When it was made or last posted to.
    pub active_at: Timestamp,
}

type PlaceColumns = (i64, Seq, Option<Seq>, Option<i64>, i64);

impl Place {
    /// From the columns of `conversations`.
    pub fn from_row((created_at, seq, last_message_seq, at, active_at): PlaceColumns) -> Self {
        Self {
            created_at: Timestamp::from_micros(created_at),
            seq,
            last_message_seq,
            last_message_at: at.map(Timestamp::from_micros),
            active_at: Timestamp::from_micros(active_at),
        }
    }

    fn take(&mut self, message: &Message) {
        self.seq = message.seq;
        #[cfg(feature = "planted-bugs")]
        if planted::is(planted::Bug::TornList) && message.seq % 3 == 0 {
            return;
        }
        self.last_message_seq = Some(message.seq);
        self.last_message_at = Some(message.created_at);
        self.active_at = self.active_at.max(message.created_at);
    }
}

/// What a batch comes to.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The messages to store.
    pub messages: Vec<Message>,
    /// Where the conversations that take them stand then, in the order of their ids.
    pub places: Vec<(ConversationId, Place)>,
    /// The answer to each draft, in order; they hold once the rest is stored.
    pub outcomes: Vec<Result<Appended, Refusal>>,
}

/// Decides drafts one after the other, each on the state that those before it leave.
pub fn plan(drafts: Vec<Draft>, mut state: State) -> Plan {
    let mut messages = Vec::with_capacity(drafts.len());
    let mut moved = BTreeMap::new();
    let outcomes = drafts
        .into_iter()
        .map(|draft| {
            let outcome = decide(draft, &mut state)?;
            if let Appended::New(view, _) = &outcome {
                let id = view.message.conversation_id;
                messages.push(view.message.clone());
                moved.extend(state.places.get(&id).map(|&place| (id, place)));
            }
            Ok(outcome)
        })
        .collect();
    Plan { messages, places: moved.into_iter().collect(), outcomes }
}

fn decide(draft: Draft, state: &mut State) -> Result<Appended, Refusal> {
    #[cfg(feature = "planted-bugs")]
    let draft = crate::bugs::renamed(draft, &state.stored);
    let place = state.places.get_mut(&draft.conversation_id).ok_or(Refusal::ConversationNotFound)?;
    let venue = state.venues.get(&draft.conversation_id).ok_or(Refusal::ConversationNotFound)?;
    let sender = state.senders.get(&(draft.conversation_id, draft.sender_id)).cloned();
    #[cfg(feature = "planted-bugs")]
    let sender = crate::bugs::remembered((draft.conversation_id, draft.sender_id), sender);
    let holder = state.stored.get(&draft.id);
    let reply_is_there = draft
        .reply_to
        .is_none_or(|id| state.stored.get(&id).is_some_and(|message| message.conversation_id == draft.conversation_id));

    let in_use = holder.map(|m| Holder { sender_id: m.sender_id, conversation_id: m.conversation_id });
    let admission = draft.admit(sender.is_some(), in_use, reply_is_there)?;
    let sender = sender.ok_or(Refusal::NotParticipant)?;
    if let (Admission::Repeat, Some(stored)) = (admission, holder) {
        return Ok(Appended::Repeated(MessageView { message: stored.clone(), sender }));
    }
    let message = draft.post(place.seq + 1, place.last_message_at);
    place.take(&message);
    state.stored.insert(message.id, message.clone());
    Ok(Appended::New(MessageView { message, sender }, venue.clone()))
}

#[cfg(test)]
mod tests {
    use domain::value::MessageBody;
    use uuid::Uuid;

    use super::*;
    use crate::db::testing::{ADA, BOB, HERE, THERE, draft};

    fn state() -> State {
        let at = Timestamp::from_millis(1_000);
        let place =
            Place { created_at: at, seq: 7, last_message_seq: Some(5), last_message_at: Some(at), active_at: at };
        let profile = |id| Profile { id, username: Some("x".into()), name: "x".into(), avatar: None };
        State {
            places: HashMap::from([(HERE, place), (THERE, place)]),
            venues: HashMap::from([(HERE, Venue::Group(Some("Here".into()))), (THERE, Venue::Direct)]),
            senders: HashMap::from([
                ((HERE, ADA), profile(ADA)),
                ((HERE, BOB), profile(BOB)),
                ((THERE, ADA), profile(ADA)),
            ]),
            stored: HashMap::new(),
        }
    }

    fn seqs(plan: &Plan, conversation: ConversationId) -> Vec<Seq> {
        plan.messages.iter().filter(|m| m.conversation_id == conversation).map(|m| m.seq).collect()
    }

    #[test]
    fn places_are_taken_without_gaps_in_each_conversation() {
        let drafts = vec![draft(1, HERE, ADA), draft(2, THERE, ADA), draft(3, HERE, BOB), draft(4, HERE, ADA)];
        let plan = plan(drafts, state());
        assert_eq!(seqs(&plan, HERE), [8, 9, 10]);
        assert_eq!(seqs(&plan, THERE), [8]);
        let places: Vec<_> = plan.places.iter().map(|(id, place)| (*id, place.seq, place.last_message_seq)).collect();
        assert_eq!(places, [(HERE, 10, Some(10)), (THERE, 8, Some(8))]);
    }

    #[test]
    fn a_new_message_says_what_its_conversation_is() {
        let plan = plan(vec![draft(1, HERE, ADA), draft(2, THERE, ADA)], state());
        let venue = |outcome: &Result<Appended, Refusal>| match outcome {
            Ok(Appended::New(_, venue)) => Some(venue.clone()),
            _ => None,
        };
        let venues: Vec<_> = plan.outcomes.iter().map(venue).collect();
        assert_eq!(venues, [Some(Venue::Group(Some("Here".into()))), Some(Venue::Direct)]);
    }

    #[test]
    fn times_rise_strictly_whatever_the_clock_says() {
        let plan = plan((1..=3).map(|id| draft(id, HERE, ADA)).collect(), state());
        let times: Vec<_> = plan.messages.iter().map(|m| m.created_at.as_millis()).collect();
        assert_eq!(times, [1_001, 1_002, 1_003]);
        assert_eq!(plan.places[0].1.active_at.as_millis(), 1_003);
    }

    #[test]
    fn activity_never_goes_back() {
        let mut state = state();
        let later = Timestamp::from_millis(9_000);
        for place in state.places.values_mut() {
            *place = Place { active_at: later, ..*place };
        }
        assert_eq!(plan(vec![draft(1, HERE, ADA)], state).places[0].1.active_at, later);
    }

    #[test]
    fn a_repeat_within_the_batch_is_stored_once_and_answered_twice() {
        let second = Draft { body: MessageBody::parse("something else").unwrap(), ..draft(1, HERE, ADA) };
        let plan = plan(vec![draft(1, HERE, ADA), second], state());
        assert_eq!(plan.messages.len(), 1);
        let [Ok(Appended::New(first, _)), Ok(Appended::Repeated(second))] = plan.outcomes.as_slice() else {
            panic!("{:?}", plan.outcomes)
        };
        assert_eq!(first, second);
    }

    #[test]
    fn a_repeat_of_what_is_stored_stores_nothing() {
        let mut state = state();
        let stored = draft(1, HERE, ADA).post(3, None);
        state.stored.insert(stored.id, stored.clone());
        let plan = plan(vec![draft(1, HERE, ADA)], state);
        assert!(plan.messages.is_empty() && plan.places.is_empty());
        assert!(matches!(&plan.outcomes[0], Ok(Appended::Repeated(view)) if view.message == stored));
    }

    #[test]
    fn a_bad_draft_fails_alone() {
        let nowhere = ConversationId(Uuid::from_u128(9));
        let lost_reply = Draft { reply_to: Some(MessageId(Uuid::from_u128(99))), ..draft(5, HERE, ADA) };
        let drafts = vec![
            draft(1, HERE, ADA),
            draft(1, HERE, BOB),
            draft(1, THERE, ADA),
            draft(2, THERE, BOB),
            draft(3, nowhere, ADA),
            lost_reply,
            draft(6, HERE, BOB),
        ];
        let plan = plan(drafts, state());
        let refusals: Vec<_> = plan.outcomes.iter().map(|outcome| outcome.as_ref().err().copied()).collect();
        let expected = [
            None,
            Some(Refusal::IdTaken),
            Some(Refusal::IdTaken),
            Some(Refusal::NotParticipant),
            Some(Refusal::ConversationNotFound),
            Some(Refusal::MessageNotFound),
            None,
        ];
        assert_eq!(refusals, expected);
        assert_eq!(seqs(&plan, HERE), [8, 9]);
    }

    #[test]
    fn a_reply_may_answer_a_message_of_the_same_batch_in_the_same_conversation() {
        let to_first =
            |id, conversation| Draft { reply_to: Some(MessageId(Uuid::from_u128(1))), ..draft(id, conversation, ADA) };
        let plan = plan(vec![draft(1, HERE, ADA), to_first(2, HERE), to_first(3, THERE)], state());
        assert!(plan.outcomes[1].is_ok());
        assert_eq!(plan.outcomes[2], Err(Refusal::MessageNotFound));
    }
}
