//! Who is there, for those who ask.

use std::collections::HashMap;
use std::sync::Arc;

use domain::presence::{Presence, Status};
use domain::repository::UserRepository;
use domain::user::User;
use domain::{Limit, Page, UserId};

use crate::Caller;
use crate::ports::PresenceTracker;
use crate::users::UserError;

/// Lists who is there.
pub struct ListOnline {
    /// Knows who is there.
    pub presence: Arc<dyn PresenceTracker>,
    /// Knows them.
    pub users: Arc<dyn UserRepository>,
}

impl ListOnline {
    /// A page of everyone who is there but the caller, in the order of their ids, after `after`.
    pub async fn execute(
        &self,
        caller: &Caller,
        mut after: Option<UserId>,
        limit: Limit,
    ) -> Result<Page<(User, Status)>, UserError> {
        // One more tells whether others follow, and one may be the caller.
        let count = limit.rows() + 2;
        let mut found = Vec::with_capacity(count);
        loop {
            let there = self.presence.list(after, count).await;
            let is_last = there.len() < count;
            after = there.last().map(|(id, _)| *id);
            let ids: Vec<_> = there.iter().map(|(id, _)| *id).filter(|id| *id != caller.user_id).collect();
            if !ids.is_empty() {
                let users = self.users.find_all(&ids).await?;
                let mut users: HashMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
                found.extend(there.into_iter().filter_map(|(id, status)| Some((users.remove(&id)?, status))));
            }
            // A page is short only where the accounts of people who are still there have just been deleted.
            if is_last || found.len() > limit.rows() {
                return Ok(Page::probed(found, limit));
            }
        }
    }
}

/// Shows one person, and whether they are there.
pub struct ShowUser {
    /// Knows them.
    pub users: Arc<dyn UserRepository>,
    /// Knows whether they are there.
    pub presence: Arc<dyn PresenceTracker>,
}

impl ShowUser {
    /// The person of that id; `NotFound` if there is none, or no longer.
    pub async fn execute(&self, id: UserId) -> Result<(User, Presence), UserError> {
        let user = self.users.find(id).await?.ok_or(UserError::NotFound)?;
        let presence = match self.presence.status(id).await {
            Some(status) => Presence::Online(status),
            None => Presence::Offline(self.users.last_seen(id).await?),
        };
        Ok((user, presence))
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::repository::MockUserRepository;
    use mockall::predicate::eq;
    use uuid::Uuid;

    use super::*;
    use crate::ports::MockPresenceTracker;
    use crate::testing::{ADA, BOB, CALLER, IS_DOWN, NOW, ada, outage, ready, shown, user};

    const fn id(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    /// Lists those who are there, in pages, for a database without the accounts of `deleted`.
    fn pages(there: Vec<UserId>, deleted: Vec<UserId>, limit: i64) -> Vec<Vec<UserId>> {
        let (mut presence, mut users) = (MockPresenceTracker::new(), MockUserRepository::new());
        presence.expect_list().returning(move |after, count| {
            let people = there.iter().filter(|id| after.is_none_or(|after| **id > after));
            people.take(count).map(|id| (*id, Status::Busy)).collect()
        });
        users.expect_find_all().returning(move |ids| {
            assert!(!ids.contains(&ADA));
            let found = ids.iter().rev().filter(|id| !deleted.contains(id));
            Ok(found.map(|id| user(*id, "someone")).collect())
        });
        let online = ListOnline { presence: Arc::new(presence), users: Arc::new(users) };
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let page = ready(online.execute(&CALLER, after, Limit::new(limit).unwrap())).unwrap();
            assert!(page.items.iter().all(|(_, status)| *status == Status::Busy));
            pages.push(page.items.iter().map(|(user, _)| user.id).collect::<Vec<_>>());
            if !page.has_more {
                return pages;
            }
            after = page.items.last().map(|(user, _)| user.id);
        }
    }

    #[test]
    fn everyone_else_is_listed_in_pages_by_id() {
        assert_eq!(pages(vec![], vec![], 2), [vec![]]);
        assert_eq!(pages(vec![ADA], vec![], 2), [vec![]]);
        let there = vec![id(1), id(2), ADA, id(0xf01), id(0xf02)];
        assert_eq!(pages(there.clone(), vec![], 2), [vec![id(1), id(2)], vec![id(0xf01), id(0xf02)]]);
        assert_eq!(pages(there.clone(), vec![], 3), [vec![id(1), id(2), id(0xf01)], vec![id(0xf02)]]);
        assert_eq!(pages(there, vec![], 9), [vec![id(1), id(2), id(0xf01), id(0xf02)]]);
    }

    #[test]
    fn deleted_accounts_leave_no_gap() {
        let there: Vec<_> = (1..=9).map(id).collect();
        let deleted = (1..=5).map(id).collect();
        assert_eq!(pages(there, deleted, 2), [vec![id(6), id(7)], vec![id(8), id(9)]]);
    }

    fn show(found: Option<User>, status: Option<Status>) -> Result<(User, Presence), UserError> {
        let (mut presence, mut users) = (MockPresenceTracker::new(), MockUserRepository::new());
        users.expect_find().with(eq(ADA)).times(1).return_once(|_| Ok(found));
        presence.expect_status().with(eq(ADA)).return_const(status);
        users.expect_last_seen().with(eq(ADA)).returning(|_| Ok(Some(NOW)));
        ready(ShowUser { users: Arc::new(users), presence: Arc::new(presence) }.execute(ADA))
    }

    #[test]
    fn a_person_is_shown_as_they_are_or_as_they_were_last_seen() {
        assert_eq!(show(Some(ada()), Some(Status::Away)).unwrap(), (ada(), Presence::Online(Status::Away)));
        assert_eq!(show(Some(ada()), None).unwrap(), (ada(), Presence::Offline(Some(NOW))));
        assert_eq!(shown(&show(None, None).unwrap_err()), (ErrorKind::NotFound, "USER_NOT_FOUND", vec![]));
    }

    #[test]
    fn a_database_that_is_down_is_told() {
        let (mut presence, mut users) = (MockPresenceTracker::new(), MockUserRepository::new());
        presence.expect_list().returning(|_, _| vec![(BOB, Status::Online)]);
        users.expect_find_all().returning(|_| Err(outage()));
        let online = ListOnline { presence: Arc::new(presence), users: Arc::new(users) };
        assert_eq!(shown(&ready(online.execute(&CALLER, None, Limit::DEFAULT)).unwrap_err()), IS_DOWN);
    }
}
