//! Telling who comes, goes, and types.

use std::collections::HashMap;
use std::sync::Arc;

use domain::event::{Event, PresenceEvent, Published, TypingEvent};
use domain::presence::Presence;
use domain::repository::{ConversationReader, RepositoryError, UserRepository};
use domain::user::Profile;

use crate::ports::{EventPublisher, PresenceChange};

/// Tells those who share a conversation with somebody that they came, went, or said how they are.
pub struct AnnouncePresence {
    /// Knows their names, and keeps when they were last seen.
    pub users: Arc<dyn UserRepository>,
    /// Knows whom they share conversations with.
    pub reader: Arc<dyn ConversationReader>,
    /// Tells those.
    pub events: Arc<dyn EventPublisher>,
}

impl AnnouncePresence {
    /// Tells it in this order, once the moments of those who went are stored. After a failure the whole can be told
    /// again: told twice, it is as true as told once.
    pub async fn execute(&self, changes: &[PresenceChange]) -> Result<(), RepositoryError> {
        let seen: Vec<_> =
            changes.iter().filter_map(|change| Some((change.user_id, last_seen(change.presence)?))).collect();
        if !seen.is_empty() {
            self.users.set_last_seen(&seen).await?;
        }
        let ids: Vec<_> = changes.iter().map(|change| change.user_id).collect();
        let users = self.users.find_all(&ids).await?;
        let names: HashMap<_, _> = users.iter().map(|user| (user.id, user.name.as_str())).collect();
        for &PresenceChange { user_id, presence } in changes {
            let name = match (names.get(&user_id), presence) {
                (Some(name), _) => *name,
                // Who has deleted the account can only go.
                (None, Presence::Offline(_)) => Profile::DELETED_NAME,
                (None, Presence::Online(_)) => continue,
            };
            let conversations = self.reader.positions(user_id).await?.into_iter().map(|(id, _)| id).collect();
            let event = PresenceEvent { user_id, name: name.to_owned(), presence, conversations };
            self.events.publish(Published { event: Event::Presence(event), origin: None }).await;
        }
        Ok(())
    }
}

fn last_seen(presence: Presence) -> Option<domain::Timestamp> {
    match presence {
        Presence::Online(_) => None,
        Presence::Offline(at) => at,
    }
}

/// Tells those who look at a conversation who types in it.
pub struct AnnounceTyping {
    /// Tells them.
    pub events: Arc<dyn EventPublisher>,
}

impl AnnounceTyping {
    /// Tells it.
    pub async fn execute(&self, event: TypingEvent) {
        self.events.publish(Published { event: Event::Typing(event), origin: None }).await;
    }
}

#[cfg(test)]
mod tests {
    use domain::presence::Status;
    use domain::repository::{MockConversationReader, MockUserRepository};
    use domain::user::User;
    use mockall::predicate::eq;

    use super::*;
    use crate::testing::{ADA, BOB, NOW, Recorder, TEAM, ada, outage, ready, user};

    const CAME: PresenceChange = PresenceChange { user_id: ADA, presence: Presence::Online(Status::Away) };
    const WENT: PresenceChange = PresenceChange { user_id: BOB, presence: Presence::Offline(Some(NOW)) };

    fn told(change: PresenceChange, name: &str) -> Published {
        let PresenceChange { user_id, presence } = change;
        let event = PresenceEvent { user_id, name: name.into(), presence, conversations: vec![TEAM] };
        Published { event: Event::Presence(event), origin: None }
    }

    /// What is told of changes by a database that knows these people, whose ids it is asked for.
    fn announce(changes: &[PresenceChange], known: Vec<User>) -> Vec<Published> {
        let (mut users, mut reader) = (MockUserRepository::new(), MockConversationReader::new());
        let gone: Vec<_> = changes.iter().filter(|change| **change == WENT).map(|_| (BOB, NOW)).collect();
        users.expect_set_last_seen().withf(move |seen| *seen == gone[..]).returning(|_| Ok(()));
        let ids: Vec<_> = changes.iter().map(|change| change.user_id).collect();
        users.expect_find_all().withf(move |asked| *asked == ids[..]).times(1).return_once(|_| Ok(known));
        reader.expect_positions().returning(|_| Ok(vec![(TEAM, 7)]));
        let events = Arc::new(Recorder::default());
        let announce = AnnouncePresence { users: Arc::new(users), reader: Arc::new(reader), events: events.clone() };
        ready(announce.execute(changes)).unwrap();
        events.heard()
    }

    #[test]
    fn who_comes_and_goes_is_told_by_name_to_their_conversations_in_order() {
        let known = vec![user(BOB, "bob"), ada()];
        assert_eq!(announce(&[WENT, CAME], known), [told(WENT, "bob"), told(CAME, "ada")]);
    }

    #[test]
    fn of_who_comes_nothing_is_stored() {
        let (mut users, mut reader) = (MockUserRepository::new(), MockConversationReader::new());
        users.expect_set_last_seen().never();
        users.expect_find_all().returning(|_| Ok(vec![ada()]));
        reader.expect_positions().with(eq(ADA)).times(1).returning(|_| Ok(vec![(TEAM, 7)]));
        let events = Arc::new(Recorder::default());
        let announce = AnnouncePresence { users: Arc::new(users), reader: Arc::new(reader), events: events.clone() };
        ready(announce.execute(&[CAME])).unwrap();
        assert_eq!(events.heard(), [told(CAME, "ada")]);
    }

    #[test]
    fn who_has_no_account_any_more_can_only_go() {
        assert_eq!(announce(&[WENT, CAME], vec![]), [told(WENT, "Deleted user")]);
    }

    #[test]
    fn nobody_is_told_that_somebody_went_before_it_is_stored() {
        let mut users = MockUserRepository::new();
        users.expect_set_last_seen().times(1).returning(|_| Err(outage()));
        let events = Arc::new(Recorder::default());
        let reader = Arc::new(MockConversationReader::new());
        let announce = AnnouncePresence { users: Arc::new(users), reader, events: events.clone() };
        assert!(matches!(ready(announce.execute(&[WENT])), Err(RepositoryError::Unavailable(_))));
        assert_eq!(events.heard(), []);
    }

    #[test]
    fn who_types_is_told() {
        let events = Arc::new(Recorder::default());
        let event = TypingEvent { conversation_id: TEAM, user_id: ADA, is_typing: true };
        ready(AnnounceTyping { events: events.clone() }.execute(event));
        assert_eq!(events.heard(), [Published { event: Event::Typing(event), origin: None }]);
    }
}
