//! What still stands of what was said, paged by time.

use std::sync::Arc;

use domain::message::{Addressed, Recipient, Refusal};
use domain::repository::{ConversationRepository, MessageRepository};
use domain::{ConversationId, Limit, Timestamp, UserId};

use super::MessageError;
use crate::Caller;

/// Reads the newest messages of a conversation that are older than a moment, without tombstones.
pub struct ReadSaid {
    /// Knows whether the caller takes part.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Reads the messages.
    pub messages: Arc<dyn MessageRepository>,
}

impl ReadSaid {
    /// What was said in a group, newest first; `ConversationNotFound` or `NotParticipant`, the latter also for what is
    /// no group. Without a limit nothing is read.
    pub async fn in_group(
        &self,
        caller: &Caller,
        id: ConversationId,
        before: Option<Timestamp>,
        limit: Option<Limit>,
    ) -> Result<Vec<Addressed>, MessageError> {
        let standing = self.conversations.standing(id, caller.user_id).await?.ok_or(Refusal::ConversationNotFound)?;
        standing.participant.ok_or(Refusal::NotParticipant)?;
        let said = self.read(id, before, limit).await?;
        let direct = said.iter().any(|message| matches!(message.to, Recipient::Person(_)));
        if direct { Err(Refusal::NotParticipant.into()) } else { Ok(said) }
    }

    /// What was said between the caller and somebody, newest first; nothing if they never talked.
    pub async fn with_person(
        &self,
        caller: &Caller,
        other: UserId,
        before: Option<Timestamp>,
        limit: Option<Limit>,
    ) -> Result<Vec<Addressed>, MessageError> {
        match self.conversations.direct(caller.user_id, other).await? {
            Some(id) => self.read(id, before, limit).await,
            None => Ok(Vec::new()),
        }
    }

    async fn read(
        &self,
        id: ConversationId,
        before: Option<Timestamp>,
        limit: Option<Limit>,
    ) -> Result<Vec<Addressed>, MessageError> {
        let Some(limit) = limit else { return Ok(Vec::new()) };
        Ok(self.messages.said(id, before, limit).await?)
    }
}

/// Reads the newest message of each of the caller's conversations.
pub struct ReadLatest {
    /// Reads the messages.
    pub messages: Arc<dyn MessageRepository>,
}

impl ReadLatest {
    /// A page of them, newest first, if older than `before`. Without a limit nothing is read. Those that share their
    /// time with the last one come along beyond the limit.
    pub async fn execute(
        &self,
        caller: &Caller,
        before: Option<Timestamp>,
        limit: Option<Limit>,
    ) -> Result<Vec<Addressed>, MessageError> {
        let Some(limit) = limit else { return Ok(Vec::new()) };
        Ok(self.messages.latest(caller.user_id, before, limit).await?)
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::conversation::Standing;
    use domain::repository::{MockConversationRepository, MockMessageRepository};
    use mockall::predicate::eq;

    use super::*;
    use crate::testing::{
        ADA, BOB, CALLER, IS_DOWN, NOW, STRANGER, TEAM, hello, outage, profile, ready, shown, standing,
    };

    const TWO: fn() -> Option<Limit> = || Limit::new(2);

    fn said(to: Recipient) -> Vec<Addressed> {
        vec![Addressed { view: hello(5, 5), to }]
    }

    fn in_group() -> Vec<Addressed> {
        said(Recipient::Group(Some("Team".into())))
    }

    fn to_bob() -> Vec<Addressed> {
        said(Recipient::Person(profile(BOB, "bob")))
    }

    /// Reads messages of a store that must be asked for two before now in the team, and answers so.
    fn reads(answer: Vec<Addressed>) -> MockMessageRepository {
        let mut messages = MockMessageRepository::new();
        let (before, limit) = (Some(NOW), Limit::new(2).unwrap());
        messages.expect_said().with(eq(TEAM), eq(before), eq(limit)).times(1).return_once(|_, _, _| Ok(answer));
        messages
    }

    fn of_group(standing: Option<Standing>, messages: MockMessageRepository) -> ReadSaid {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_standing().with(eq(TEAM), eq(ADA)).times(1).return_once(move |_, _| Ok(standing));
        ReadSaid { conversations: Arc::new(conversations), messages: Arc::new(messages) }
    }

    fn of_pair(direct: Option<ConversationId>, messages: MockMessageRepository) -> ReadSaid {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_direct().with(eq(ADA), eq(BOB)).times(1).return_once(move |_, _| Ok(direct));
        ReadSaid { conversations: Arc::new(conversations), messages: Arc::new(messages) }
    }

    #[test]
    fn who_takes_part_reads_what_was_said_in_a_group() {
        let read = of_group(Some(standing(7)), reads(in_group()));
        assert_eq!(ready(read.in_group(&CALLER, TEAM, Some(NOW), TWO())).unwrap(), in_group());
    }

    #[test]
    fn strangers_read_nothing_and_a_direct_conversation_is_no_group() {
        let forbidden = (ErrorKind::Forbidden, "FORBIDDEN", vec![]);
        for (standing, messages, comes_to) in [
            (None, MockMessageRepository::new(), (ErrorKind::NotFound, "CONVERSATION_NOT_FOUND", vec![])),
            (Some(STRANGER), MockMessageRepository::new(), forbidden.clone()),
            (Some(standing(7)), reads(to_bob()), forbidden),
        ] {
            let refused = ready(of_group(standing, messages).in_group(&CALLER, TEAM, Some(NOW), TWO())).unwrap_err();
            assert_eq!(shown(&refused), comes_to);
        }
    }

    #[test]
    fn a_pair_reads_what_it_said_and_nothing_if_it_never_talked() {
        let read = of_pair(Some(TEAM), reads(to_bob()));
        assert_eq!(ready(read.with_person(&CALLER, BOB, Some(NOW), TWO())).unwrap(), to_bob());
        let read = of_pair(None, MockMessageRepository::new());
        assert_eq!(ready(read.with_person(&CALLER, BOB, Some(NOW), TWO())).unwrap(), []);
    }

    #[test]
    fn who_asks_for_no_rows_gets_none_but_must_take_part_all_the_same() {
        let nothing = MockMessageRepository::new;
        assert_eq!(ready(of_group(Some(standing(7)), nothing()).in_group(&CALLER, TEAM, None, None)).unwrap(), []);
        assert!(ready(of_group(Some(STRANGER), nothing()).in_group(&CALLER, TEAM, None, None)).is_err());
        assert_eq!(ready(of_pair(Some(TEAM), nothing()).with_person(&CALLER, BOB, None, None)).unwrap(), []);
        let latest = ReadLatest { messages: Arc::new(nothing()) };
        assert_eq!(ready(latest.execute(&CALLER, None, None)).unwrap(), []);
    }

    #[test]
    fn the_latest_are_those_of_the_caller() {
        let mut messages = MockMessageRepository::new();
        messages
            .expect_latest()
            .with(eq(ADA), eq(Some(NOW)), eq(Limit::new(2).unwrap()))
            .times(1)
            .return_once(|_, _, _| Ok(in_group()));
        let latest = ReadLatest { messages: Arc::new(messages) };
        assert_eq!(ready(latest.execute(&CALLER, Some(NOW), TWO())).unwrap(), in_group());
    }

    #[test]
    fn a_database_that_is_down_has_not_said_nothing() {
        let mut messages = MockMessageRepository::new();
        messages.expect_latest().times(1).returning(|_, _, _| Err(outage()));
        let latest = ReadLatest { messages: Arc::new(messages) };
        assert_eq!(shown(&ready(latest.execute(&CALLER, None, TWO())).unwrap_err()), IS_DOWN);
    }
}
