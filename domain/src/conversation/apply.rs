//! What may be done to a conversation, by whom, and what it comes to.

use super::{AddPolicy, Conversation, Group, Kind, Participant, Role};
use crate::value::{AvatarUrl, ConversationName};
use crate::{ErrorKind, Seq, Timestamp, UserId};

/// Somebody does something to a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Who.
    pub actor: UserId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: Action,
    /// How many people a group may have.
    pub capacity: usize,
}

/// What may be done to a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Add people, who exist. Those who take part already are passed over.
    Add(Vec<UserId>),
    /// Remove somebody. Whoever does not take part is passed over.
    Remove(UserId),
    /// Give somebody a role. Giving away ownership makes the giver an admin.
    SetRole(UserId, Role),
    /// Leave. An owner hands the group on, the last one out deletes it.
    Leave,
    /// Change name, picture or policy; `None` leaves a thing as it is.
    Edit {
        /// A new name, or none.
        name: Option<Option<ConversationName>>,
        /// A new picture, or none.
        avatar: Option<Option<AvatarUrl>>,
        /// A new policy.
        add_policy: Option<AddPolicy>,
    },
    /// Delete the group with all its messages.
    Delete,
}

/// Why a conversation refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The conversation is not there.
    #[error("There is no such conversation.")]
    NotFound,
    /// Somebody else has a conversation of that id, or the caller another one.
    #[error("That conversation id is in use.")]
    IdTaken,
    /// A person named does not exist.
    #[error("There is no such user.")]
    UserNotFound,
    /// A person named does not take part.
    #[error("That user does not take part in this conversation.")]
    ParticipantNotFound,
    /// The caller does not take part.
    #[error("You do not take part in this conversation.")]
    NotParticipant,
    /// The caller takes part, but their role does not allow it.
    #[error("Your role in this conversation does not allow that.")]
    NotAllowed,
    /// A direct conversation stays as it is.
    #[error("A direct conversation cannot be changed, left or deleted.")]
    Direct,
    /// The owner leaves or hands on, but is not removed.
    #[error("The owner cannot be removed.")]
    OwnerCannotBeRemoved,
    /// A group always has an owner: somebody else must be made it first.
    #[error("The owner keeps the role until somebody else is given it.")]
    OwnerMustHandOver,
    /// More people would take part than may.
    #[error("The group would have more members than it may.")]
    GroupFull,
}

impl Refusal {
    /// What kind of failure it is.
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::NotFound | Self::UserNotFound | Self::ParticipantNotFound => ErrorKind::NotFound,
            Self::NotParticipant | Self::NotAllowed => ErrorKind::Forbidden,
            Self::IdTaken | Self::Direct | Self::OwnerCannotBeRemoved | Self::OwnerMustHandOver | Self::GroupFull => {
                ErrorKind::Conflict
            }
        }
    }

    /// Its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "CONVERSATION_NOT_FOUND",
            Self::IdTaken => "CONVERSATION_ID_TAKEN",
            Self::UserNotFound => "USER_NOT_FOUND",
            Self::ParticipantNotFound => "PARTICIPANT_NOT_FOUND",
            Self::NotParticipant | Self::NotAllowed => "FORBIDDEN",
            Self::Direct => "DIRECT_CONVERSATION",
            Self::OwnerCannotBeRemoved => "OWNER_CANNOT_BE_REMOVED",
            Self::OwnerMustHandOver => "OWNER_MUST_HAND_OVER",
            Self::GroupFull => "GROUP_FULL",
        }
    }
}

/// One lasting change of a conversation, at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its place.
    pub seq: Seq,
    /// What changed.
    pub kind: StepKind,
}

/// What one step changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// Somebody came in, as a member.
    Added(UserId),
    /// Somebody went out, by themselves or not, having had that role.
    Removed(UserId, Role),
    /// Somebody has another role.
    RoleChanged(UserId, Role),
    /// Name, picture or policy changed.
    Edited,
    /// The conversation is gone, with all that was in it.
    Deleted,
}

impl Conversation {
    /// Decides a command and carries it out, and says which steps it came to. No step means that nothing changed.
    ///
    /// Refusals come in the order of `API.md`: a stranger is refused before anything else is looked at.
    pub fn apply(&mut self, command: &Command) -> Result<Vec<Step>, Refusal> {
        let actor = *self.participant(command.actor).ok_or(Refusal::NotParticipant)?;
        let Kind::Group(group) = &self.kind else { return Err(Refusal::Direct) };
        let mut steps = Steps { seq: self.seq, steps: Vec::new() };
        match &command.action {
            Action::Add(users) => {
                if group.add_policy == AddPolicy::Admins && actor.role < Role::Admin {
                    return Err(Refusal::NotAllowed);
                }
                self.add(users, command, &mut steps)?;
            }
            Action::Remove(user) => self.remove(actor, *user, &mut steps)?,
            Action::SetRole(user, role) => self.set_role(actor, *user, *role, &mut steps)?,
            Action::Leave => self.leave(actor, &mut steps),
            Action::Edit { name, avatar, add_policy } => {
                if actor.role < Role::Admin {
                    return Err(Refusal::NotAllowed);
                }
                let edited = Group {
                    name: name.clone().unwrap_or_else(|| group.name.clone()),
                    avatar: avatar.clone().unwrap_or_else(|| group.avatar.clone()),
                    add_policy: add_policy.unwrap_or(group.add_policy),
                };
                if edited != *group {
                    self.kind = Kind::Group(edited);
                    steps.take(StepKind::Edited);
                }
            }
            Action::Delete => {
                if actor.role < Role::Owner {
                    return Err(Refusal::NotAllowed);
                }
                self.participants.clear();
                steps.take(StepKind::Deleted);
            }
        }
        if !steps.steps.is_empty() {
            self.seq = steps.seq;
            self.updated_at = command.at;
        }
        Ok(steps.steps)
    }

    /// All of them or nobody. A group that has more already, since more were allowed once, stays as it is.
    fn add(&mut self, users: &[UserId], command: &Command, steps: &mut Steps) -> Result<(), Refusal> {
        let before = self.participants.len();
        for &user_id in users {
            if self.participant(user_id).is_none() {
                self.participants.push(Participant { user_id, role: Role::Member, joined_at: command.at });
                steps.take(StepKind::Added(user_id));
            }
        }
        if self.participants.len() > command.capacity.max(before) {
            self.participants.truncate(before);
            return Err(Refusal::GroupFull);
        }
        Ok(())
    }

    fn remove(&mut self, actor: Participant, user: UserId, steps: &mut Steps) -> Result<(), Refusal> {
        let myself = actor.user_id == user;
        if !myself && actor.role < Role::Admin {
            return Err(Refusal::NotAllowed);
        }
        match self.participant(user).map(|p| p.role) {
            None => Ok(()),
            Some(Role::Owner) => Err(Refusal::OwnerCannotBeRemoved),
            Some(role) if !myself && role >= actor.role => Err(Refusal::NotAllowed),
            Some(role) => {
                self.take_out(user, role, steps);
                Ok(())
            }
        }
    }

    fn set_role(&mut self, actor: Participant, user: UserId, role: Role, steps: &mut Steps) -> Result<(), Refusal> {
        let present = self.participant(user).ok_or(Refusal::ParticipantNotFound)?.role;
        if actor.role < Role::Owner {
            return Err(Refusal::NotAllowed);
        }
        if present == role {
            return Ok(());
        }
        if present == Role::Owner {
            return Err(Refusal::OwnerMustHandOver);
        }
        self.give(user, role, steps);
        if role == Role::Owner {
            self.give(actor.user_id, Role::Admin, steps);
        }
        Ok(())
    }

    fn leave(&mut self, actor: Participant, steps: &mut Steps) {
        if actor.role == Role::Owner {
            let Some(heir) = self.heir(actor.user_id) else {
                self.participants.clear();
                steps.take(StepKind::Deleted);
                return;
            };
            self.give(heir, Role::Owner, steps);
        }
        self.take_out(actor.user_id, actor.role, steps);
    }

    /// The oldest admin, else the oldest member, but `owner`.
    fn heir(&self, owner: UserId) -> Option<UserId> {
        let others = self.participants.iter().filter(|p| p.user_id != owner);
        others.min_by_key(|p| (p.role != Role::Admin, p.joined_at, p.user_id)).map(|p| p.user_id)
    }

    fn give(&mut self, user: UserId, role: Role, steps: &mut Steps) {
        if let Some(participant) = self.participants.iter_mut().find(|p| p.user_id == user) {
            participant.role = role;
            steps.take(StepKind::RoleChanged(user, role));
        }
    }

    fn take_out(&mut self, user: UserId, role: Role, steps: &mut Steps) {
        self.participants.retain(|p| p.user_id != user);
        steps.take(StepKind::Removed(user, role));
    }
}

struct Steps {
    seq: Seq,
    steps: Vec<Step>,
}

impl Steps {
    fn take(&mut self, kind: StepKind) {
        self.seq += 1;
        self.steps.push(Step { seq: self.seq, kind });
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
