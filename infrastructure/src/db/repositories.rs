//! The repository traits over a backend's stamped queries: which query serves a method, and in what kind of
//! transaction. Stamped for each backend, whose `run!` hands a query to its runner:
//!
//! - `statement`: one statement that changes something, a transaction by itself;
//! - `write`: several, all or nothing;
//! - `read`: one query;
//! - `snapshot`: several queries that see the same state.

use std::sync::Arc;

use super::writer::Writer;

/// The messages of a store, whose new ones go through the group-commit writer.
pub struct Messages<S> {
    /// Where they are.
    pub store: Arc<S>,
    /// Where new ones wait for the next commit.
    pub writer: Writer,
}

macro_rules! repositories {
    ($store:ty) => {
        #[async_trait]
        impl UserRepository for $store {
            async fn insert(&self, user: &User) -> Result<(), RepositoryError> {
                let user = user.clone();
                run!(self, statement, users::insert(user))
            }

            async fn find(&self, id: UserId) -> Result<Option<User>, RepositoryError> {
                run!(self, read, users::find(id))
            }

            async fn find_all(&self, ids: &[UserId]) -> Result<Vec<User>, RepositoryError> {
                let ids = ids.to_vec();
                run!(self, read, users::find_all(ids))
            }

            async fn find_by_login(&self, login: &Login) -> Result<Option<User>, RepositoryError> {
                let login = login.clone();
                run!(self, read, users::find_by_login(login))
            }

            async fn list(&self, filter: &UserFilter) -> Result<Page<User>, RepositoryError> {
                let filter = filter.clone();
                run!(self, read, users::list(filter))
            }

            async fn change(
                &self,
                id: UserId,
                change: ProfileChange,
                at: Timestamp,
            ) -> Result<Option<User>, RepositoryError> {
                run!(self, write, users::change(id, change, at))
            }

            async fn set_password(
                &self,
                id: UserId,
                hash: &PasswordHash,
                at: Timestamp,
            ) -> Result<(), RepositoryError> {
                let hash = hash.clone();
                run!(self, statement, users::set_password(id, hash, at))
            }

            async fn set_last_seen(&self, seen: &[(UserId, Timestamp)]) -> Result<(), RepositoryError> {
                let seen = seen.to_vec();
                run!(self, write, users::set_last_seen(seen))
            }

            async fn last_seen(&self, id: UserId) -> Result<Option<Timestamp>, RepositoryError> {
                run!(self, read, users::last_seen(id))
            }

            async fn erase(&self, id: UserId, at: Timestamp) -> Result<(), RepositoryError> {
                run!(self, write, users::erase(id, at))
            }
        }

        #[async_trait]
        impl SessionRepository for $store {
            async fn insert(&self, session: &Session, password: &PasswordHash) -> Result<bool, RepositoryError> {
                let (session, password) = (session.clone(), password.clone());
                run!(self, write, sessions::insert(session, password))
            }

            async fn find(&self, id: SessionId) -> Result<Option<Session>, RepositoryError> {
                run!(self, read, sessions::find(id))
            }

            async fn list(&self, user_id: UserId, now: Timestamp) -> Result<Vec<Session>, RepositoryError> {
                run!(self, read, sessions::list(user_id, now))
            }

            async fn advance(
                &self,
                id: SessionId,
                from: i64,
                next: &TokenHash,
                at: Timestamp,
                expires_at: Timestamp,
            ) -> Result<bool, RepositoryError> {
                let next = next.clone();
                run!(self, statement, sessions::advance(id, from, next, at, expires_at))
            }

            async fn revoke(&self, user_id: UserId, id: SessionId, at: Timestamp) -> Result<bool, RepositoryError> {
                run!(self, statement, sessions::revoke(user_id, id, at))
            }

            async fn revoke_all(
                &self,
                user_id: UserId,
                except: Option<SessionId>,
                at: Timestamp,
            ) -> Result<Vec<SessionId>, RepositoryError> {
                run!(self, statement, sessions::revoke_all(user_id, except, at))
            }
        }

        #[async_trait]
        impl ConversationRepository for $store {
            async fn found(&self, conversation: &Conversation) -> Result<Founded, Rejected<conversation::Refusal>> {
                let conversation = conversation.clone();
                run!(self, write, conversations::found(conversation))?.map_err(Rejected::Refused)
            }

            async fn change(
                &self,
                id: ConversationId,
                command: &Command,
            ) -> Result<Changed, Rejected<conversation::Refusal>> {
                let command = command.clone();
                run!(self, write, conversations::change(id, command))?.map_err(Rejected::Refused)
            }

            async fn direct(&self, one: UserId, other: UserId) -> Result<Option<ConversationId>, RepositoryError> {
                run!(self, read, conversations::direct(one, other))
            }

            async fn standing(&self, id: ConversationId, user_id: UserId) -> Result<Option<Standing>, RepositoryError> {
                run!(self, read, conversations::standing(id, user_id))
            }

            async fn mark_read(
                &self,
                id: ConversationId,
                user_id: UserId,
                seq: Seq,
            ) -> Result<Option<ReadState>, RepositoryError> {
                run!(self, write, conversations::mark_read(id, user_id, seq))
            }
        }

        #[async_trait]
        impl ConversationReader for $store {
            async fn view(
                &self,
                id: ConversationId,
                viewer: UserId,
            ) -> Result<Option<(ConversationView, ViewerState)>, RepositoryError> {
                run!(self, snapshot, reader::view(id, viewer))
            }

            async fn list(
                &self,
                viewer: UserId,
                archived: bool,
                after: Option<ActivityCursor>,
                limit: Limit,
            ) -> Result<Page<(ConversationView, ViewerState)>, RepositoryError> {
                run!(self, snapshot, reader::list(viewer, archived, after, limit))
            }

            async fn participants(
                &self,
                id: ConversationId,
                after: Option<(Timestamp, UserId)>,
                limit: Limit,
            ) -> Result<Page<ParticipantView>, RepositoryError> {
                run!(self, read, reader::participants(id, after, limit))
            }

            async fn positions(&self, user_id: UserId) -> Result<Vec<(ConversationId, Seq)>, RepositoryError> {
                run!(self, read, reader::positions(user_id))
            }

            async fn places(&self, ids: &[ConversationId]) -> Result<Vec<(ConversationId, Seq)>, RepositoryError> {
                let ids = ids.to_vec();
                run!(self, read, reader::places(ids))
            }

            async fn groups_of(&self, user_id: UserId) -> Result<Vec<ConversationId>, RepositoryError> {
                run!(self, read, reader::groups_of(user_id))
            }

            async fn changes(
                &self,
                id: ConversationId,
                after: Seq,
                limit: Limit,
            ) -> Result<Option<ChangePage>, RepositoryError> {
                run!(self, snapshot, reader::changes(id, after, limit))
            }
        }

        #[async_trait]
        impl MessageRepository for Messages<$store> {
            async fn append(&self, draft: Draft) -> Result<Appended, Rejected<message::Refusal>> {
                self.writer.append(draft).await
            }

            async fn revise(&self, revision: &Revision) -> Result<Revised, Rejected<message::Refusal>> {
                let revision = revision.clone();
                run!(self.store, write, messages::revise(revision))?.map_err(Rejected::Refused)
            }

            async fn history(
                &self,
                conversation_id: ConversationId,
                viewer: UserId,
                range: HistoryRange,
                limit: Limit,
            ) -> Result<Page<MessageView>, RepositoryError> {
                run!(self.store, read, messages::history(conversation_id, viewer, range, limit))
            }

            async fn history_version(
                &self,
                conversation_id: ConversationId,
                viewer: UserId,
            ) -> Result<Option<HistoryVersion>, RepositoryError> {
                run!(self.store, read, messages::history_version(conversation_id, viewer))
            }

            async fn said(
                &self,
                conversation_id: ConversationId,
                before: Option<Timestamp>,
                limit: Limit,
            ) -> Result<Vec<Addressed>, RepositoryError> {
                run!(self.store, snapshot, said::said(conversation_id, before, limit))
            }

            async fn latest(
                &self,
                user_id: UserId,
                before: Option<Timestamp>,
                limit: Limit,
            ) -> Result<Vec<Addressed>, RepositoryError> {
                run!(self.store, snapshot, said::latest(user_id, before, limit))
            }

            async fn find(
                &self,
                conversation_id: ConversationId,
                id: MessageId,
            ) -> Result<Option<Message>, RepositoryError> {
                run!(self.store, read, messages::find(conversation_id, id))
            }
        }
    };
}
pub(super) use repositories;

/// What the stamped impls speak of.
pub mod prelude {
    pub use async_trait::async_trait;
    pub use domain::conversation::{
        self, ChangePage, Command, Conversation, ConversationView, ParticipantView, ReadState, Standing, ViewerState,
    };
    pub use domain::message::{self, Addressed, Draft, Message, MessageView, Revision};
    pub use domain::repository::{
        ActivityCursor, Appended, Changed, ConversationReader, ConversationRepository, Founded, HistoryRange,
        HistoryVersion, MessageRepository, Rejected, RepositoryError, Revised, SessionRepository, UserFilter,
        UserRepository,
    };
    pub use domain::session::{Session, TokenHash};
    pub use domain::user::{ProfileChange, User};
    pub use domain::value::{Login, PasswordHash};
    pub use domain::{ConversationId, Limit, MessageId, Page, Seq, SessionId, Timestamp, UserId};

    pub use super::Messages;
    pub use crate::db::writer::{BatchStore, Outcome};
}
