//! Profiles, seen and changed.

use std::sync::Arc;

use domain::repository::{UserFilter, UserRepository};
use domain::user::{ProfileChange, User};
use domain::{Page, UserId};

use super::UserError;
use crate::Caller;
use crate::error::taken;
use crate::ports::Clock;

/// Lists everyone who has an account.
pub struct ListUsers {
    /// Knows them.
    pub users: Arc<dyn UserRepository>,
}

impl ListUsers {
    /// A page of them, in the order of their usernames.
    pub async fn execute(&self, filter: UserFilter) -> Result<Page<User>, UserError> {
        Ok(self.users.list(&filter).await?)
    }
}

/// Shows one person.
pub struct GetUser {
    /// Knows them.
    pub users: Arc<dyn UserRepository>,
}

impl GetUser {
    /// The person of that id; `NotFound` if there is none, or no longer.
    pub async fn execute(&self, id: UserId) -> Result<User, UserError> {
        self.users.find(id).await?.ok_or(UserError::NotFound)
    }
}

/// Changes the caller's profile.
pub struct ChangeProfile {
    /// Stores it.
    pub users: Arc<dyn UserRepository>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl ChangeProfile {
    /// The profile after the change; `UsernameTaken` or `EmailTaken` if it cannot be.
    pub async fn execute(&self, caller: &Caller, change: ProfileChange) -> Result<User, UserError> {
        let changed = self.users.change(caller.user_id, change, self.clock.now()).await;
        changed
            .map_err(|error| taken(error, UserError::UsernameTaken, UserError::EmailTaken))?
            .ok_or(UserError::Unauthenticated)
    }
}

#[cfg(test)]
mod tests {
    use domain::repository::{Constraint, MockUserRepository, RepositoryError};
    use domain::value::{DisplayName, Username};
    use domain::{ErrorKind, Limit};
    use mockall::predicate::eq;

    use super::*;
    use crate::testing::{ADA, BOB, CALLER, IS_DOWN, NOW, ada, clock, outage, ready, shown, user};

    #[test]
    fn people_are_listed_as_the_filter_says() {
        let filter =
            UserFilter { search: Some("a".into()), after: Username::parse("aaa").ok(), limit: Limit::new(2).unwrap() };
        let page = Page { items: vec![ada(), user(BOB, "bob")], has_more: true };
        let mut users = MockUserRepository::new();
        let answer = page.clone();
        users.expect_list().with(eq(filter.clone())).times(1).return_once(|_| Ok(answer));
        assert_eq!(ready(ListUsers { users: Arc::new(users) }.execute(filter)).unwrap(), page);
    }

    #[test]
    fn a_person_is_shown_or_not_there() {
        let mut users = MockUserRepository::new();
        users.expect_find().with(eq(ADA)).times(1).returning(|_| Ok(Some(ada())));
        users.expect_find().with(eq(BOB)).times(1).returning(|_| Ok(None));
        let get = GetUser { users: Arc::new(users) };
        assert_eq!(ready(get.execute(ADA)).unwrap(), ada());
        let missing = ready(get.execute(BOB)).unwrap_err();
        assert_eq!(shown(&missing), (ErrorKind::NotFound, "USER_NOT_FOUND", vec![]));
    }

    fn renaming() -> ProfileChange {
        ProfileChange { name: DisplayName::parse("Countess").ok(), ..ProfileChange::default() }
    }

    fn change(answer: Result<Option<User>, RepositoryError>) -> Result<User, UserError> {
        let mut users = MockUserRepository::new();
        users.expect_change().with(eq(ADA), eq(renaming()), eq(NOW)).times(1).return_once(|_, _, _| answer);
        let change = ChangeProfile { users: Arc::new(users), clock: clock() };
        ready(change.execute(&CALLER, renaming()))
    }

    #[test]
    fn a_changed_profile_is_answered_as_it_is_stored() {
        assert_eq!(change(Ok(Some(ada()))).unwrap(), ada());
    }

    #[test]
    fn a_profile_that_cannot_be_changed_says_why() {
        let conflict = |constraint| Err(RepositoryError::Conflict(constraint));
        for (answer, told) in [
            (Ok(None), (ErrorKind::Unauthenticated, "UNAUTHENTICATED", vec![])),
            (conflict(Constraint::Username), (ErrorKind::Conflict, "USERNAME_TAKEN", vec![])),
            (conflict(Constraint::Email), (ErrorKind::Conflict, "EMAIL_TAKEN", vec![])),
            (conflict(Constraint::Other), (ErrorKind::Internal, "INTERNAL", vec![])),
            (Err(outage()), IS_DOWN),
        ] {
            assert_eq!(shown(&change(answer).unwrap_err()), told);
        }
    }
}
