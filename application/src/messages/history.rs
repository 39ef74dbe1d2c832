//! What was said.

use std::sync::Arc;

use domain::message::{MessageView, Refusal};
use domain::repository::{ConversationRepository, HistoryRange, HistoryVersion, MessageRepository};
use domain::{ConversationId, Limit, MessageId, Page, Seq};

use super::MessageError;
use crate::Caller;

/// A place in a history: a message, or the place of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Around {
    /// A place.
    Seq(Seq),
    /// A message.
    Message(MessageId),
}

/// Reads a page of a conversation's history.
pub struct ReadHistory {
    /// Knows whether the caller takes part.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Reads the messages.
    pub messages: Arc<dyn MessageRepository>,
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HistoryPage {
    /// The newest.
    Latest,
    /// The nearest before.
    Before(Around),
    /// The nearest after.
    After(Around),
}

impl ReadHistory {
    /// The page, newest first; `ConversationNotFound`, `NotParticipant`, or `MessageNotFound` for a cursor that is no
    /// message of this conversation.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        page: HistoryPage,
        limit: Limit,
    ) -> Result<Page<MessageView>, MessageError> {
        let range = match page {
            HistoryPage::Latest => HistoryRange::Latest,
            HistoryPage::Before(around) => HistoryRange::Before(self.place(caller, id, around).await?),
            HistoryPage::After(around) => HistoryRange::After(self.place(caller, id, around).await?),
        };
        let page = self.messages.history(id, caller.user_id, range, limit).await?;
        if page.items.is_empty() {
            // Nobody who takes no part reads anything: whether there is nothing to read, or they may not, is asked only
            // then.
            self.admit(caller, id).await?;
        }
        #[cfg(feature = "planted-bugs")]
        if planted::is(planted::Bug::PageSkips) && matches!(range, HistoryRange::Before(_)) {
            return Ok(Page { items: page.items.into_iter().skip(1).collect(), ..page });
        }
        Ok(page)
    }

    /// The state of the history, to be asked for before a page: a page that was read at this state is what the caller
    /// would read now. `ConversationNotFound` or `NotParticipant`.
    pub async fn version(&self, caller: &Caller, id: ConversationId) -> Result<HistoryVersion, MessageError> {
        if let Some(version) = self.messages.history_version(id, caller.user_id).await? {
            return Ok(version);
        }
        self.admit(caller, id).await?;
        // They were added just now.
        self.messages.history_version(id, caller.user_id).await?.ok_or(Refusal::NotParticipant.into())
    }

    async fn place(&self, caller: &Caller, id: ConversationId, around: Around) -> Result<Seq, MessageError> {
        match around {
            Around::Seq(seq) => Ok(seq),
            Around::Message(message) => {
                self.admit(caller, id).await?;
                Ok(self.messages.find(id, message).await?.ok_or(Refusal::MessageNotFound)?.seq)
            }
        }
    }

    async fn admit(&self, caller: &Caller, id: ConversationId) -> Result<(), MessageError> {
        let standing = self.conversations.standing(id, caller.user_id).await?.ok_or(Refusal::ConversationNotFound)?;
        standing.participant.ok_or(Refusal::NotParticipant)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::conversation::Standing;
    use domain::repository::{MockConversationRepository, MockMessageRepository};
    use mockall::predicate::eq;

    use super::*;
    use crate::Failure;
    use crate::testing::{ADA, CALLER, HELLO, NOW, STRANGER, TEAM, hello, outage, ready, shown, standing};

    /// Knows how the reader stands, and is asked once.
    fn stands(standing: Option<Standing>) -> MockConversationRepository {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_standing().with(eq(TEAM), eq(ADA)).times(1).return_once(move |_, _| Ok(standing));
        conversations
    }

    fn read(
        conversations: MockConversationRepository,
        messages: MockMessageRepository,
        page: HistoryPage,
    ) -> Result<Page<MessageView>, MessageError> {
        let read = ReadHistory { conversations: Arc::new(conversations), messages: Arc::new(messages) };
        ready(read.execute(&CALLER, TEAM, page, Limit::new(2).unwrap()))
    }

    #[test]
    fn a_page_is_the_newest_or_next_to_a_place_or_a_message() {
        // The message was posted at 5, and it is where it was posted, however often it was edited since.
        for (page, range) in [
            (HistoryPage::Latest, HistoryRange::Latest),
            (HistoryPage::Before(Around::Seq(3)), HistoryRange::Before(3)),
            (HistoryPage::After(Around::Seq(3)), HistoryRange::After(3)),
            (HistoryPage::Before(Around::Message(HELLO)), HistoryRange::Before(5)),
            (HistoryPage::After(Around::Message(HELLO)), HistoryRange::After(5)),
        ] {
            let by_message = matches!(range, HistoryRange::Before(5) | HistoryRange::After(5));
            let answer = Page { items: vec![hello(6, 6)], has_more: true };
            let stored = answer.clone();
            let mut messages = MockMessageRepository::new();
            messages
                .expect_find()
                .with(eq(TEAM), eq(HELLO))
                .times(usize::from(by_message))
                .returning(|_, _| Ok(Some(hello(5, 9).message)));
            messages
                .expect_history()
                .with(eq(TEAM), eq(ADA), eq(range), eq(Limit::new(2).unwrap()))
                .times(1)
                .return_once(|_, _, _, _| Ok(stored));
            let asked = if by_message { stands(Some(standing(7))) } else { MockConversationRepository::new() };
            assert_eq!(read(asked, messages, page).unwrap(), answer, "{page:?}");
        }
    }

    #[test]
    fn an_empty_page_is_for_those_who_take_part() {
        for (standing, comes_to) in [
            (Some(standing(7)), None),
            (None, Some((ErrorKind::NotFound, "CONVERSATION_NOT_FOUND", vec![]))),
            (Some(STRANGER), Some((ErrorKind::Forbidden, "FORBIDDEN", vec![]))),
        ] {
            let mut messages = MockMessageRepository::new();
            messages.expect_history().times(1).returning(|_, _, _, _| Ok(Page { items: vec![], has_more: false }));
            let refused = read(stands(standing), messages, HistoryPage::Latest).err();
            assert_eq!(refused.as_ref().map(shown), comes_to);
        }
    }

    #[test]
    fn a_message_of_another_conversation_is_no_place_in_this_one() {
        for page in [HistoryPage::Before(Around::Message(HELLO)), HistoryPage::After(Around::Message(HELLO))] {
            let mut messages = MockMessageRepository::new();
            messages.expect_find().with(eq(TEAM), eq(HELLO)).times(1).returning(|_, _| Ok(None));
            let refused = read(stands(Some(standing(7))), messages, page).unwrap_err();
            assert_eq!(shown(&refused), (ErrorKind::NotFound, "MESSAGE_NOT_FOUND", vec![]), "{page:?}");
        }
    }

    #[test]
    fn strangers_read_nothing_and_nobody_reads_what_is_not_there() {
        for (standing, comes_to) in [
            (None, (ErrorKind::NotFound, "CONVERSATION_NOT_FOUND", vec![])),
            (Some(STRANGER), (ErrorKind::Forbidden, "FORBIDDEN", vec![])),
        ] {
            let page = HistoryPage::Before(Around::Message(HELLO));
            assert_eq!(shown(&read(stands(standing), MockMessageRepository::new(), page).unwrap_err()), comes_to);
        }
    }

    #[test]
    fn a_version_is_for_those_who_take_part() {
        let version = HistoryVersion { created_at: NOW, seq: 7, profile_changes: 1 };
        let ask = |asked: &[Option<HistoryVersion>], conversations| {
            let (mut messages, mut answers) = (MockMessageRepository::new(), asked.to_vec());
            let expected = messages.expect_history_version().with(eq(TEAM), eq(ADA)).times(asked.len());
            expected.returning(move |_, _| Ok(answers.remove(0)));
            let read = ReadHistory { conversations: Arc::new(conversations), messages: Arc::new(messages) };
            ready(read.version(&CALLER, TEAM))
        };
        assert_eq!(ask(&[Some(version)], MockConversationRepository::new()).unwrap(), version);
        assert_eq!(ask(&[None, Some(version)], stands(Some(standing(7)))).unwrap(), version, "added in between");
        for (asked, standing, comes_to) in [
            (&[None][..], None, (ErrorKind::NotFound, "CONVERSATION_NOT_FOUND", vec![])),
            (&[None], Some(STRANGER), (ErrorKind::Forbidden, "FORBIDDEN", vec![])),
            (&[None, None], Some(standing(7)), (ErrorKind::Forbidden, "FORBIDDEN", vec![])),
        ] {
            assert_eq!(shown(&ask(asked, stands(standing)).unwrap_err()), comes_to);
        }
    }

    #[test]
    fn a_history_that_cannot_be_read_is_not_empty() {
        let mut messages = MockMessageRepository::new();
        messages.expect_history().times(1).returning(|_, _, _, _| Err(outage()));
        let failed = read(MockConversationRepository::new(), messages, HistoryPage::Latest).unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::Unavailable);
    }
}
