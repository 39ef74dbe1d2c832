//! Signing up.

use std::sync::Arc;

use domain::repository::{Constraint, RepositoryError, UserRepository};
use domain::user::User;
use domain::value::{AvatarUrl, DisplayName, Email, Password, Username};
use domain::{FieldError, Timestamp};

use super::AuthError;
use crate::error::taken;
use crate::ports::{Clock, IdGenerator, PasswordHasher};

/// How often another suffix is tried for a username that is made up.
const SUFFIX_TRIES: usize = 5;

/// What somebody tells of themselves who signs up.
#[derive(Debug, Clone)]
pub struct Registration {
    /// A name to sign in by; made from the e-mail when absent.
    pub username: Option<Username>,
    /// An address to sign in by.
    pub email: Option<Email>,
    /// A name to be shown by; the username when absent.
    pub name: Option<DisplayName>,
    /// The password.
    pub password: Password,
    /// A picture.
    pub avatar: Option<AvatarUrl>,
}

/// Makes an account.
pub struct Register {
    /// Stores it.
    pub users: Arc<dyn UserRepository>,
    /// Hashes its password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Names it.
    pub ids: Arc<dyn IdGenerator>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Register {
    /// Makes the account; `UsernameTaken` or `EmailTaken` if it cannot be.
    pub async fn execute(&self, registration: Registration) -> Result<User, AuthError> {
        let Registration { username, email, name, password, avatar } = registration;
        let (mut username, derived_from) = match (username, &email) {
            (Some(username), _) => (username, None),
            (None, Some(email)) => (Username::derive(email, None), Some(email.clone())),
            (None, None) => return Err(AuthError::Invalid(FieldError::new("username", "or email must be given"))),
        };
        let password_hash = self.hasher.hash(&password).await.map_err(AuthError::choosing("password"))?;
        let mut tries = 0;
        loop {
            let at = self.clock.now();
            let user = self.user(username, email.clone(), name.clone(), password_hash.clone(), avatar.clone(), at)?;
            match (self.users.insert(&user).await, &derived_from) {
                (Ok(()), _) => return Ok(user),
                (Err(RepositoryError::Conflict(Constraint::Username)), Some(email)) if tries < SUFFIX_TRIES => {
                    tries += 1;
                    username = Username::derive(email, Some(&self.ids.suffix()));
                }
                (Err(error), _) => return Err(taken(error, AuthError::UsernameTaken, AuthError::EmailTaken)),
            }
        }
    }

    fn user(
        &self,
        username: Username,
        email: Option<Email>,
        name: Option<DisplayName>,
        password_hash: domain::value::PasswordHash,
        avatar: Option<AvatarUrl>,
        at: Timestamp,
    ) -> Result<User, AuthError> {
        let name = match name {
            Some(name) => name,
            None => DisplayName::parse(username.as_str()).map_err(|e| AuthError::Invalid(e.of("name")))?,
        };
        Ok(User { id: self.ids.user(), username, email, name, avatar, password_hash, created_at: at, updated_at: at })
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::repository::MockUserRepository;
    use domain::value::PasswordHash;

    use super::*;
    use crate::Failure;
    use crate::ports::{HashingError, MockIdGenerator, MockPasswordHasher};
    use crate::testing::{ADA, NOW, clock, hash, outage, password, ready, shown};

    fn registration(username: Option<&str>, email: Option<&str>) -> Registration {
        Registration {
            username: username.map(|name| Username::parse(name).unwrap()),
            email: email.map(|address| Email::parse(address).unwrap()),
            name: None,
            password: password("correct horse"),
            avatar: None,
        }
    }

    /// Registers with those usernames taken, and those suffixes coming up.
    fn register(
        users: MockUserRepository,
        suffixes: &'static [&'static str],
        registration: Registration,
    ) -> Result<User, AuthError> {
        let mut hasher = MockPasswordHasher::new();
        hasher
            .expect_hash()
            .withf(|password| password.expose() == "correct horse")
            .times(1)
            .returning(|_| Ok(hash("hash of correct horse")));
        let mut ids = MockIdGenerator::new();
        ids.expect_user().return_const(ADA);
        let mut coming = suffixes.iter();
        ids.expect_suffix().times(suffixes.len()).returning(move || (*coming.next().unwrap()).to_owned());
        let register =
            Register { users: Arc::new(users), hasher: Arc::new(hasher), ids: Arc::new(ids), clock: clock() };
        ready(register.execute(registration))
    }

    /// A store where these usernames are taken, which is asked so many times.
    fn taken_usernames(taken: &'static [&'static str], asked: usize) -> MockUserRepository {
        let mut users = MockUserRepository::new();
        users.expect_insert().times(asked).returning(|user| {
            if taken.contains(&user.username.as_str()) {
                Err(RepositoryError::Conflict(Constraint::Username))
            } else {
                Ok(())
            }
        });
        users
    }

    #[test]
    fn an_account_is_stored_with_the_hash_of_its_password() {
        let registration = Registration {
            name: DisplayName::parse("Ada Lovelace").ok(),
            avatar: AvatarUrl::parse("https://example.org/ada.png").ok(),
            ..registration(Some("ada"), Some("ada@example.org"))
        };
        let account = User {
            id: ADA,
            username: Username::parse("ada").unwrap(),
            email: Email::parse("ada@example.org").ok(),
            name: DisplayName::parse("Ada Lovelace").unwrap(),
            avatar: AvatarUrl::parse("https://example.org/ada.png").ok(),
            password_hash: PasswordHash("hash of correct horse".into()),
            created_at: NOW,
            updated_at: NOW,
        };
        let expected = account.clone();
        let mut users = MockUserRepository::new();
        users.expect_insert().withf(move |user| *user == expected).times(1).returning(|_| Ok(()));
        assert_eq!(register(users, &[], registration).unwrap(), account);
    }

    #[test]
    fn who_gives_no_name_is_shown_by_the_username() {
        let user = register(taken_usernames(&[], 1), &[], registration(Some("ada"), None)).unwrap();
        assert_eq!((user.name.as_str(), user.email), ("ada", None));
    }

    #[test]
    fn who_gives_no_username_gets_one_made_of_the_email() {
        let user = register(taken_usernames(&[], 1), &[], registration(None, Some("Ada+L@example.org"))).unwrap();
        assert_eq!((user.username.as_str(), user.name.as_str()), ("ada-l", "ada-l"));
    }

    #[test]
    fn a_made_up_username_that_is_taken_gets_another_suffix_until_it_is_free() {
        let users = taken_usernames(&["ada", "ada-aaaaaa"], 3);
        let user = register(users, &["aaaaaa", "bbbbbb"], registration(None, Some("ada@example.org"))).unwrap();
        assert_eq!((user.username.as_str(), user.name.as_str()), ("ada-bbbbbb", "ada-bbbbbb"));
    }

    #[test]
    fn five_suffixes_are_tried() {
        let users = taken_usernames(&["ada", "ada-a", "ada-b", "ada-c", "ada-d", "ada-e"], 6);
        let refused = register(users, &["a", "b", "c", "d", "e"], registration(None, Some("ada@example.org")));
        assert_eq!(refused.unwrap_err().code(), "USERNAME_TAKEN");
    }

    #[test]
    fn a_username_that_was_chosen_is_not_changed() {
        let refused = register(taken_usernames(&["ada"], 1), &[], registration(Some("ada"), Some("a@example.org")));
        assert_eq!(shown(&refused.unwrap_err()), (ErrorKind::Conflict, "USERNAME_TAKEN", vec![]));
    }

    #[test]
    fn an_email_belongs_to_one_account() {
        for username in [None, Some("ada")] {
            let mut users = MockUserRepository::new();
            users.expect_insert().times(1).returning(|_| Err(RepositoryError::Conflict(Constraint::Email)));
            let refused = register(users, &[], registration(username, Some("ada@example.org"))).unwrap_err();
            assert_eq!(shown(&refused), (ErrorKind::Conflict, "EMAIL_TAKEN", vec![]), "{username:?}");
        }
    }

    #[test]
    fn a_database_that_is_down_is_asked_once() {
        let mut users = MockUserRepository::new();
        users.expect_insert().times(1).returning(|_| Err(outage()));
        let failed = register(users, &[], registration(None, Some("ada@example.org")));
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unavailable);
    }

    /// Whoever hashes, stores or names anything here fails the test.
    fn register_that_does_nothing(hasher: MockPasswordHasher) -> Register {
        let (users, ids) = (MockUserRepository::new(), MockIdGenerator::new());
        Register { users: Arc::new(users), hasher: Arc::new(hasher), ids: Arc::new(ids), clock: clock() }
    }

    #[test]
    fn a_username_or_an_email_must_be_given() {
        let register = register_that_does_nothing(MockPasswordHasher::new());
        let refused = ready(register.execute(registration(None, None))).unwrap_err();
        assert_eq!(shown(&refused), (ErrorKind::Invalid, "VALIDATION_FAILED", vec!["username"]));
    }

    #[test]
    fn a_common_password_is_refused_where_it_stands() {
        let mut hasher = MockPasswordHasher::new();
        hasher.expect_hash().times(1).returning(|_| Err(HashingError::Common));
        let refused = ready(register_that_does_nothing(hasher).execute(registration(Some("ada"), None))).unwrap_err();
        assert_eq!(shown(&refused), (ErrorKind::Invalid, "VALIDATION_FAILED", vec!["password"]));
    }

    #[test]
    fn nothing_is_stored_when_the_hasher_is_busy() {
        let mut hasher = MockPasswordHasher::new();
        hasher.expect_hash().times(1).returning(|_| Err(HashingError::Busy));
        let failed = ready(register_that_does_nothing(hasher).execute(registration(Some("ada"), None)));
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unavailable);
    }
}
