//! People.

use crate::value::{AvatarUrl, DisplayName, Email, PasswordHash, Username};
use crate::{Timestamp, UserId};

/// A person with an account.
///
/// Nobody is in the system twice: username and e-mail are unique. A deleted account is no `User` any more; what is
/// left of it is a [`Profile`] without a username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who it is.
    pub id: UserId,
    /// The name to sign in by.
    pub username: Username,
    /// The address to sign in by, shown to nobody else.
    pub email: Option<Email>,
    /// The name to be shown by.
    pub name: DisplayName,
    /// A picture.
    pub avatar: Option<AvatarUrl>,
    /// What a password is checked against.
    pub password_hash: PasswordHash,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When its profile or password last changed.
    pub updated_at: Timestamp,
}

/// What anyone may know of a person who speaks or takes part somewhere, present or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Who it is.
    pub id: UserId,
    /// The username; `None` once the account is deleted.
    pub username: Option<String>,
    /// The name to show.
    pub name: String,
    /// A picture.
    pub avatar: Option<String>,
}

impl Profile {
    /// The name that stands where a deleted account's was.
    pub const DELETED_NAME: &'static str = "Deleted user";

    /// What is left of a deleted account.
    pub fn deleted(id: UserId) -> Self {
        Self { id, username: None, name: Self::DELETED_NAME.to_owned(), avatar: None }
    }
}

impl From<&User> for Profile {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            username: Some(user.username.as_str().to_owned()),
            name: user.name.as_str().to_owned(),
            avatar: user.avatar.as_ref().map(|avatar| avatar.as_str().to_owned()),
        }
    }
}

/// What a person changes of their profile; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// A new name to be shown by.
    pub name: Option<DisplayName>,
    /// A new name to sign in by.
    pub username: Option<Username>,
    /// A new e-mail, or none.
    pub email: Option<Option<Email>>,
    /// A new picture, or none.
    pub avatar: Option<Option<AvatarUrl>>,
}

impl ProfileChange {
    /// Applies the change and tells whether it changed anything.
    pub fn apply(self, user: &mut User, at: Timestamp) -> bool {
        let before = user.clone();
        if let Some(name) = self.name {
            user.name = name;
        }
        if let Some(username) = self.username {
            user.username = username;
        }
        if let Some(email) = self.email {
            user.email = email;
        }
        if let Some(avatar) = self.avatar {
            user.avatar = avatar;
        }
        let changed = *user != before;
        if changed {
            user.updated_at = at;
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, avatar, person};

    fn ada() -> User {
        User {
            id: person(0xada),
            username: Username::parse("ada").unwrap(),
            email: Email::parse("ada@example.org").ok(),
            name: DisplayName::parse("Ada Lovelace").unwrap(),
            avatar: Some(avatar("https://example.org/ada.png")),
            password_hash: PasswordHash("$argon2id$ada".into()),
            created_at: at(1),
            updated_at: at(2),
        }
    }

    /// What `change` at 9 makes of Ada, and whether it said that it changed her.
    fn changed(change: ProfileChange) -> (User, bool) {
        let mut user = ada();
        let changed = change.apply(&mut user, at(9));
        (user, changed)
    }

    #[test]
    fn each_part_of_a_profile_changes_alone() {
        let unchanged = || User { updated_at: at(9), ..ada() };
        let countess = DisplayName::parse("Countess").unwrap();
        let lovelace = Username::parse("lovelace").unwrap();
        let (email, picture) = (Email::parse("a@example.org").ok(), Some(avatar("https://example.org/b.png")));
        for (change, after) in [
            (
                ProfileChange { name: Some(countess.clone()), ..Default::default() },
                User { name: countess, ..unchanged() },
            ),
            (
                ProfileChange { username: Some(lovelace.clone()), ..Default::default() },
                User { username: lovelace, ..unchanged() },
            ),
            (ProfileChange { email: Some(email.clone()), ..Default::default() }, User { email, ..unchanged() }),
            (ProfileChange { email: Some(None), ..Default::default() }, User { email: None, ..unchanged() }),
            (
                ProfileChange { avatar: Some(picture.clone()), ..Default::default() },
                User { avatar: picture, ..unchanged() },
            ),
            (ProfileChange { avatar: Some(None), ..Default::default() }, User { avatar: None, ..unchanged() }),
        ] {
            assert_eq!(changed(change.clone()), (after, true), "{change:?}");
        }
    }

    #[test]
    fn what_changes_nothing_leaves_the_time_of_the_last_change() {
        let same = ProfileChange {
            name: Some(ada().name),
            username: Some(ada().username),
            email: Some(ada().email),
            avatar: Some(ada().avatar),
        };
        for change in [ProfileChange::default(), same] {
            assert_eq!(changed(change.clone()), (ada(), false), "{change:?}");
        }
    }

    #[test]
    fn a_profile_shows_neither_email_nor_password() {
        let profile = Profile::from(&ada());
        assert_eq!(
            profile,
            Profile {
                id: person(0xada),
                username: Some("ada".into()),
                name: "Ada Lovelace".into(),
                avatar: Some("https://example.org/ada.png".into()),
            }
        );
        assert_eq!(Profile::from(&User { avatar: None, ..ada() }).avatar, None);
    }

    #[test]
    fn a_deleted_account_leaves_an_id_and_a_stand_in_name() {
        let left = Profile { id: person(7), username: None, name: "Deleted user".into(), avatar: None };
        assert_eq!(Profile::deleted(person(7)), left);
    }
}
