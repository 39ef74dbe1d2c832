//! Optimistic concurrency control for posting: what was last seen of conversations, to decide on drafts without asking
//! the database first. The database compares before it stores: whatever happens in a conversation moves its place, so at
//! the place that is remembered everything else is as it is remembered; and a count tells of names that changed.

use std::collections::{HashMap, HashSet};

use domain::conversation::Venue;
use domain::message::{Draft, MessageView};
use domain::repository::Appended;
use domain::user::Profile;
use domain::{ConversationId, Seq, UserId};

use crate::db::plan::{Place, Plan, State, plan};
use crate::db::writer::Outcome;

/// The most senders that are remembered, each for each conversation. When there are more, all are forgotten: a
/// conversation costs one look again, as many messages later as there are senders here.
const MOST: usize = 32_768;

/// What is remembered.
#[derive(Debug, Default)]
pub struct RecalledConversations {
    /// How often profiles had changed before any of these was read.
    profile_changes: Option<i64>,
    conversations: HashMap<ConversationId, Remembered>,
    senders: usize,
}

#[derive(Debug)]
struct Remembered {
    place: Place,
    venue: Venue,
    senders: HashMap<UserId, Profile>,
}

/// What drafts come to if everything is as it is remembered.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// How often profiles have changed then.
    pub profile_changes: i64,
    /// The places of the conversations then.
    pub from: HashMap<ConversationId, Seq>,
    /// What is to be stored, and what the drafts come to then.
    pub plan: Plan,
    /// Which of the drafts the plan is for.
    predicted: Vec<bool>,
}

impl RecalledConversations {
    /// What those drafts come to whose conversation and senders are remembered, if there are any. An answer to another
    /// message is never one of them, nor is what shares a conversation with such a draft: it might come before it.
    pub fn predict(&self, drafts: &[&Draft]) -> Option<Prediction> {
        let profile_changes = self.profile_changes?;
        let is_open = |draft: &&&Draft| draft.reply_to.is_some() || self.sender(draft).is_none();
        let open: HashSet<ConversationId> = drafts.iter().filter(is_open).map(|d| d.conversation_id).collect();
        let predicted: Vec<bool> = drafts.iter().map(|draft| !open.contains(&draft.conversation_id)).collect();
        let drafts: Vec<Draft> =
            drafts.iter().filter(|draft| !open.contains(&draft.conversation_id)).copied().cloned().collect();
        if drafts.is_empty() {
            return None;
        }
        let state = self.state(&drafts);
        let from = state.places.iter().map(|(&id, place)| (id, place.seq)).collect();
        Some(Prediction { profile_changes, from, plan: plan(drafts, state), predicted })
    }

    fn sender(&self, draft: &Draft) -> Option<&Profile> {
        self.conversations.get(&draft.conversation_id)?.senders.get(&draft.sender_id)
    }

    fn state(&self, drafts: &[Draft]) -> State {
        let mut state = State::default();
        for draft in drafts {
            let (id, sender) = (draft.conversation_id, draft.sender_id);
            if let (Some(known), Some(profile)) = (self.conversations.get(&id), self.sender(draft)) {
                state.places.entry(id).or_insert(known.place);
                state.venues.entry(id).or_insert_with(|| known.venue.clone());
                state.senders.entry((id, sender)).or_insert_with(|| profile.clone());
            }
        }
        state
    }

    /// Takes note of what the database made of a prediction: how often profiles have changed by now, and which conversations
    /// were as they were remembered. Answers what the drafts came to; those that are still open are `None`.
    pub fn settle(
        &mut self,
        prediction: Prediction,
        profile_changes: i64,
        moved: &HashSet<ConversationId>,
    ) -> Vec<Option<Outcome>> {
        if profile_changes != prediction.profile_changes {
            self.begin(profile_changes);
        }
        for (id, place) in prediction.plan.places {
            match self.conversations.get_mut(&id) {
                Some(known) if moved.contains(&id) => known.place = place,
                _ => self.forget(id),
            }
        }
        // A refusal may rest on a message of the batch that was not stored.
        let stands = |outcome: &Outcome| match outcome {
            Ok(Appended::New(view, _) | Appended::Repeated(view)) => moved.contains(&view.message.conversation_id),
            Err(_) => false,
        };
        let mut outcomes = prediction.plan.outcomes.into_iter();
        let mut next = |predicted: bool| if predicted { outcomes.next().filter(stands) } else { None };
        prediction.predicted.into_iter().map(&mut next).collect()
    }

    /// Whether anything can be remembered: the count of changes of profiles has to be known before.
    pub fn has_begun(&self) -> bool {
        self.profile_changes.is_some()
    }

    /// Forgets everything. Profiles have changed so often by now.
    pub fn begin(&mut self, profile_changes: i64) {
        *self = Self { profile_changes: Some(profile_changes), ..Self::default() };
    }

    /// Remembers what was read and stored in a transaction that began after the count of changes of profiles was read.
    pub fn learn(&mut self, stored: &Plan) {
        let mut posted: HashMap<ConversationId, Vec<(&MessageView, &Venue)>> = HashMap::new();
        for outcome in &stored.outcomes {
            if let Ok(Appended::New(view, venue)) = outcome {
                posted.entry(view.message.conversation_id).or_default().push((view, venue));
            }
        }
        for &(id, place) in &stored.places {
            if let Some(posted) = posted.get(&id) {
                self.remember(id, place, posted);
            }
        }
        if self.senders > MOST {
            *self = Self { profile_changes: self.profile_changes, ..Self::default() };
        }
    }

    fn remember(&mut self, id: ConversationId, place: Place, posted: &[(&MessageView, &Venue)]) {
        let Some((first, venue)) = posted.first() else { return };
        // Who took part at the place before does so still.
        let follows =
            |known: &Remembered| known.place.created_at == place.created_at && known.place.seq + 1 == first.message.seq;
        if !self.conversations.get(&id).is_some_and(follows) {
            self.forget(id);
        }
        let new = || Remembered { place, venue: (*venue).clone(), senders: HashMap::new() };
        let known = self.conversations.entry(id).or_insert_with(new);
        known.place = place;
        for (view, _) in posted {
            if known.senders.insert(view.sender.id, view.sender.clone()).is_none() {
                self.senders += 1;
            }
        }
    }

    fn forget(&mut self, id: ConversationId) {
        if let Some(known) = self.conversations.remove(&id) {
            self.senders -= known.senders.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::message::Refusal;
    use domain::{MessageId, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::db::testing::{ADA, BOB, HERE, THERE, draft};

    /// What these drafts come to by what is remembered.
    fn predict(recalled: &RecalledConversations, drafts: &[Draft]) -> Option<Prediction> {
        recalled.predict(&drafts.iter().collect::<Vec<_>>())
    }

    fn place(seq: Seq) -> Place {
        let at = Timestamp::from_millis(1);
        Place { created_at: at, seq, last_message_seq: None, last_message_at: None, active_at: at }
    }

    /// What a careful look and post of these drafts comes to, at these places.
    fn stored(drafts: &[Draft], places: &[(ConversationId, Place)]) -> Plan {
        let profile = |id| Profile { id, username: None, name: "x".into(), avatar: None };
        let state = State {
            places: places.iter().copied().collect(),
            venues: places.iter().map(|&(id, _)| (id, Venue::Direct)).collect(),
            senders: drafts.iter().map(|d| ((d.conversation_id, d.sender_id), profile(d.sender_id))).collect(),
            stored: HashMap::new(),
        };
        plan(drafts.to_vec(), state)
    }

    /// Remembers both conversations at place 1, and Ada in both.
    fn recalled() -> RecalledConversations {
        let mut recalled = RecalledConversations::default();
        recalled.begin(7);
        recalled.learn(&stored(&[draft(1, HERE, ADA), draft(2, THERE, ADA)], &[(HERE, place(0)), (THERE, place(0))]));
        recalled
    }

    fn places(outcomes: &[Option<Outcome>]) -> Vec<Option<Seq>> {
        let seq = |outcome: &Option<Outcome>| match outcome {
            Some(Ok(Appended::New(view, _))) => Some(view.message.seq),
            Some(other) => panic!("{other:?}"),
            None => None,
        };
        outcomes.iter().map(seq).collect()
    }

    #[test]
    fn nothing_is_predicted_before_the_count_of_changes_is_known() {
        let mut recalled = RecalledConversations::default();
        recalled.learn(&stored(&[draft(1, HERE, ADA)], &[(HERE, place(0))]));
        assert!(!recalled.has_begun() && predict(&recalled, &[draft(3, HERE, ADA)]).is_none());
    }

    #[test]
    fn what_is_remembered_is_predicted_and_moves_on() {
        let mut recalled = recalled();
        for round in 0..3 {
            let drafts = [2, 3].map(|n| draft(10 + round * 10 + n, HERE, ADA)).to_vec();
            let prediction = predict(&recalled, &drafts).unwrap();
            let seq = Seq::try_from(round * 2 + 1).unwrap();
            assert_eq!((prediction.from.get(&HERE), prediction.profile_changes), (Some(&seq), 7));
            let outcomes = recalled.settle(prediction, 7, &HashSet::from([HERE]));
            assert_eq!(places(&outcomes), [Some(seq + 1), Some(seq + 2)]);
        }
    }

    #[test]
    fn a_conversation_with_an_unknown_sender_or_a_reply_is_left_alone() {
        let recalled = recalled();
        let reply = Draft { reply_to: Some(MessageId(Uuid::from_u128(1))), ..draft(5, HERE, ADA) };
        for open in [draft(5, HERE, BOB), reply] {
            let drafts = vec![draft(3, HERE, ADA), draft(4, THERE, ADA), open.clone()];
            let prediction = predict(&recalled, &drafts).unwrap();
            assert_eq!(prediction.predicted, [false, true, false]);
            assert!(predict(&recalled, &[draft(3, HERE, ADA), open]).is_none());
        }
    }

    #[test]
    fn what_did_not_move_is_open_and_forgotten() {
        let mut recalled = recalled();
        let prediction = predict(&recalled, &[draft(3, HERE, ADA), draft(4, THERE, ADA)]).unwrap();
        assert_eq!(places(&recalled.settle(prediction, 7, &HashSet::from([THERE]))), [None, Some(2)]);
        assert!(predict(&recalled, &[draft(5, HERE, ADA)]).is_none());
        assert!(predict(&recalled, &[draft(5, THERE, ADA)]).is_some());
    }

    #[test]
    fn a_refusal_is_never_predicted() {
        let mut recalled = recalled();
        recalled.learn(&stored(&[draft(3, THERE, BOB)], &[(THERE, place(1))]));
        let prediction =
            predict(&recalled, &[draft(4, HERE, ADA), draft(4, THERE, BOB), draft(5, THERE, ADA)]).unwrap();
        assert_eq!(prediction.plan.outcomes[1], Err(Refusal::IdTaken));
        assert_eq!(places(&recalled.settle(prediction, 7, &HashSet::from([HERE, THERE]))), [Some(2), None, Some(3)]);
    }

    #[test]
    fn when_profiles_have_changed_everything_is_forgotten() {
        let mut recalled = recalled();
        let prediction = predict(&recalled, &[draft(3, HERE, ADA)]).unwrap();
        assert_eq!(places(&recalled.settle(prediction, 8, &HashSet::new())), [None]);
        assert!(recalled.has_begun() && predict(&recalled, &[draft(4, THERE, ADA)]).is_none());
    }

    #[test]
    fn senders_are_kept_only_if_nothing_happened_in_between() {
        let predicts = |from: Place| {
            let mut recalled = recalled();
            recalled.learn(&stored(&[draft(3, HERE, BOB)], &[(HERE, from)]));
            assert!(predict(&recalled, &[draft(4, HERE, BOB)]).is_some());
            predict(&recalled, &[draft(4, HERE, ADA)]).is_some()
        };
        assert!(predicts(place(1)));
        assert!(!predicts(place(2)), "something happened at place 2");
        let again = Timestamp::from_millis(2);
        assert!(!predicts(Place { created_at: again, ..place(1) }), "another conversation under the same id");
    }

    #[test]
    fn too_much_is_forgotten() {
        let mut recalled = recalled();
        for n in 0..MOST as u128 {
            let sender = UserId(Uuid::from_u128(1_000 + n));
            let seq = Seq::try_from(n).unwrap() + 1;
            recalled.learn(&stored(&[draft(1_000 + n, HERE, sender)], &[(HERE, place(seq))]));
            assert!(recalled.senders <= MOST);
        }
        assert!(recalled.has_begun() && recalled.senders < 10, "{}", recalled.senders);
    }
}
