//! How conversations come to be.

use std::collections::BTreeSet;

use super::{AddPolicy, Conversation, Group, Kind, Participant, Role};
use crate::error::FieldError;
use crate::value::ConversationName;
use crate::{ConversationId, Timestamp, UserId};

/// What somebody asks for who wants a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundingRequest {
    /// Who asks. They are always in it.
    pub founder: UserId,
    /// A name, which makes it a group.
    pub name: Option<ConversationName>,
    /// Whether it shall be a group, where that is open.
    pub is_group: Option<bool>,
    /// The others; the founder and repeated ids are folded. `None` if the list was left out.
    pub participants: Option<Vec<UserId>>,
}

/// What it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Founding {
    /// The direct conversation with that person, which may be there already.
    Direct(UserId),
    /// A new group with these others.
    Group(Option<ConversationName>, Vec<UserId>),
}

impl FoundingRequest {
    /// Decides what the request comes to.
    ///
    /// Two people and no name are a direct conversation; one person alone, three, or a name are a group; saying
    /// otherwise by `is_group` is contradictory unless it makes two people a group.
    pub fn decide(self) -> Result<Founding, FieldError> {
        let listed = self.participants.unwrap_or_default();
        if self.name.is_none() && listed.is_empty() {
            return Err(FieldError::new("participantIds", "must name somebody, or the group must have a name"));
        }
        let mut seen = BTreeSet::from([self.founder]);
        let others: Vec<UserId> = listed.into_iter().filter(|&user| seen.insert(user)).collect();
        let direct = self.name.is_none() && others.len() == 1 && self.is_group != Some(true);
        if let (true, Some(&other)) = (direct, others.first()) {
            return Ok(Founding::Direct(other));
        }
        if self.is_group == Some(false) {
            return Err(FieldError::new("isGroup", "must not be false unless there are two people and no name"));
        }
        Ok(Founding::Group(self.name, others))
    }
}

impl Conversation {
    /// A new direct conversation of two people.
    pub fn direct(id: ConversationId, founder: UserId, other: UserId, at: Timestamp) -> Self {
        let join = |user_id| Participant { user_id, role: Role::Member, joined_at: at };
        Self {
            id,
            kind: Kind::Direct,
            participants: vec![join(founder), join(other)],
            seq: 0,
            created_at: at,
            updated_at: at,
        }
    }

    /// A new group, owned by its founder.
    pub fn group(
        id: ConversationId,
        founder: UserId,
        name: Option<ConversationName>,
        others: &[UserId],
        at: Timestamp,
    ) -> Self {
        let owner = Participant { user_id: founder, role: Role::Owner, joined_at: at };
        let members = others.iter().map(|&user_id| Participant { user_id, role: Role::Member, joined_at: at });
        Self {
            id,
            kind: Kind::Group(Group { name, avatar: None, add_policy: AddPolicy::Everyone }),
            participants: std::iter::once(owner).chain(members).collect(),
            seq: 0,
            created_at: at,
            updated_at: at,
        }
    }

    /// Whether founding this group again, under the id of a conversation that is there, is a repeat: that one is a
    /// group of the same owner and the same name. Whoever is in it, and whatever else became of it, stays.
    pub fn repeats(&self, stored: &Self) -> bool {
        match (&self.kind, &stored.kind) {
            (Kind::Group(new), Kind::Group(old)) => new.name == old.name && self.owner() == stored.owner(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
