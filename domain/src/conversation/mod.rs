//! Conversations and who takes part in them: one aggregate.
//!
//! A [`Conversation`] is loaded with all who take part, asked to [`apply`](Conversation::apply) a command, and answers
//! with the [`Step`]s that the command comes to, each with its place in the conversation's order. Whoever stores it
//! stores exactly those steps.

mod apply;
mod founding;
mod view;

pub use apply::{Action, Command, Refusal, Step, StepKind};
pub use founding::{Founding, FoundingRequest};
pub use view::{
    Change, ChangePage, ConversationView, ParticipantChange, ParticipantView, ReadState, Standing, Venue, ViewerState,
};

use crate::value::{AvatarUrl, ConversationName};
use crate::{ConversationId, Seq, Timestamp, UserId};

/// What somebody may do in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Takes part.
    Member,
    /// Also removes members, deletes messages and changes the group's name, picture and policy.
    Admin,
    /// Also names admins, deletes the group, and hands it on. There is exactly one.
    Owner,
}

/// Who may add others to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddPolicy {
    /// Everyone who takes part.
    Everyone,
    /// The owner and the admins.
    Admins,
}

/// Somebody who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub user_id: UserId,
    /// As what; in a direct conversation always as a member.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
}

/// What a conversation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Between two people, for good: nobody comes, goes, or owns it, and there is one for each pair.
    Direct,
    /// Between any number, with roles.
    Group(Group),
}

/// What a group has that a direct conversation has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name, if it has one.
    pub name: Option<ConversationName>,
    /// Its picture, if it has one.
    pub avatar: Option<AvatarUrl>,
    /// Who may add others.
    pub add_policy: AddPolicy,
}

/// A conversation with all who take part in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Which one.
    pub id: ConversationId,
    /// Direct or group.
    pub kind: Kind,
    /// All who take part now, in no particular order.
    pub participants: Vec<Participant>,
    /// The place of its last lasting change.
    pub seq: Seq,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name, picture, policy or participants last changed.
    pub updated_at: Timestamp,
}

impl Conversation {
    /// The participant `user`, if they take part.
    pub fn participant(&self, user: UserId) -> Option<&Participant> {
        self.participants.iter().find(|p| p.user_id == user)
    }

    /// The owner of a group.
    pub fn owner(&self) -> Option<UserId> {
        self.participants.iter().find(|p| p.role == Role::Owner).map(|p| p.user_id)
    }

    /// The key that is the same for both people of a direct conversation, whoever of them opens it.
    pub fn direct_key(one: UserId, other: UserId) -> String {
        let (low, high) = if one <= other { (one, other) } else { (other, one) };
        format!("{}{}", low.0.as_simple(), high.0.as_simple())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::testing::{at, person};

    const ADA: UserId = person(0xada);
    const BOB: UserId = person(0xb0b);
    const EVE: UserId = person(0xe7e);

    #[test]
    fn only_who_takes_part_is_a_participant() {
        let direct = Conversation::direct(ConversationId(Uuid::nil()), ADA, BOB, at(5));
        assert_eq!(direct.participant(BOB), Some(&Participant { user_id: BOB, role: Role::Member, joined_at: at(5) }));
        assert_eq!(direct.participant(EVE), None);
    }

    #[test]
    fn a_group_has_an_owner_and_a_direct_conversation_has_none() {
        let id = ConversationId(Uuid::nil());
        assert_eq!(Conversation::group(id, BOB, None, &[ADA], at(5)).owner(), Some(BOB));
        assert_eq!(Conversation::direct(id, ADA, BOB, at(5)).owner(), None);
    }

    #[test]
    fn a_pair_has_one_key_whoever_of_them_asks() {
        let key = Conversation::direct_key(ADA, BOB);
        assert_eq!(key, "00000000000000000000000000000ada00000000000000000000000000000b0b");
        assert_eq!(key, Conversation::direct_key(BOB, ADA));
        assert_ne!(key, Conversation::direct_key(ADA, EVE));
    }

    #[test]
    fn roles_rise_from_member_to_owner() {
        assert!(Role::Member < Role::Admin && Role::Admin < Role::Owner);
    }
}
