//! People, and what they say.

use std::sync::atomic::{AtomicI64, Ordering};

use application::ports::IdGenerator;
use domain::conversation::{Action, Command, Conversation};
use domain::message::{Draft, MessageView};
use domain::repository::{Appended, Changed, Rejected};
use domain::user::User;
use domain::value::{ConversationName, DisplayName, Email, MessageBody, PasswordHash, Username};
use domain::{ConversationId, Limit, MessageId, Timestamp, UserId};
use infrastructure::{Repositories, UuidGenerator};
use uuid::Uuid;

/// A moment, in milliseconds.
pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

/// A moment later than all before.
pub fn now() -> Timestamp {
    static MILLIS: AtomicI64 = AtomicI64::new(1_000_000);
    at(MILLIS.fetch_add(1, Ordering::Relaxed))
}

pub fn id() -> Uuid {
    UuidGenerator.message().0
}

pub fn limit(rows: i64) -> Limit {
    Limit::new(rows).unwrap()
}

pub fn user(username: &str) -> User {
    User {
        id: UserId(id()),
        username: Username::parse(username).unwrap(),
        email: Email::parse(&format!("{username}@example.org")).ok(),
        name: DisplayName::parse(username).unwrap(),
        avatar: None,
        password_hash: PasswordHash("$hash".to_owned()),
        created_at: at(0),
        updated_at: at(0),
    }
}

/// Registers people.
pub async fn people<const N: usize>(db: &Repositories, usernames: [&str; N]) -> [UserId; N] {
    let mut ids = [UserId(Uuid::nil()); N];
    for (id, username) in ids.iter_mut().zip(usernames) {
        let user = user(username);
        db.users.insert(&user).await.unwrap();
        *id = user.id;
    }
    ids
}

/// Founds a group of people, owned by the first.
pub async fn group(db: &Repositories, members: &[UserId]) -> ConversationId {
    group_at(db, members, at(0)).await
}

pub async fn group_at(db: &Repositories, members: &[UserId], at: Timestamp) -> ConversationId {
    let (owner, others) = members.split_first().unwrap();
    let name = ConversationName::parse("Team").ok();
    let group = Conversation::group(ConversationId(id()), *owner, name, others, at);
    db.conversations.found(&group).await.unwrap();
    group.id
}

pub async fn direct(db: &Repositories, one: UserId, other: UserId) -> ConversationId {
    let pair = Conversation::direct(ConversationId(id()), one, other, at(0));
    db.conversations.found(&pair).await.unwrap();
    pair.id
}

pub fn draft(conversation_id: ConversationId, sender_id: UserId, text: &str) -> Draft {
    let body = MessageBody::parse(text).unwrap();
    Draft { id: MessageId(id()), conversation_id, sender_id, body, reply_to: None, at: now(), origin: None }
}

/// Posts a message that is new.
pub async fn post(db: &Repositories, conversation: ConversationId, sender: UserId, text: &str) -> MessageView {
    match db.messages.append(draft(conversation, sender, text)).await.unwrap() {
        Appended::New(view, _) => view,
        Appended::Repeated(view) => panic!("posted before: {view:?}"),
    }
}

pub async fn command(
    db: &Repositories,
    id: ConversationId,
    actor: UserId,
    action: Action,
) -> Result<Changed, Rejected<domain::conversation::Refusal>> {
    db.conversations.change(id, &Command { actor, at: now(), action, capacity: 1_000 }).await
}

/// The refusal of what must be refused.
pub fn refusal<T: std::fmt::Debug, R: std::fmt::Debug>(result: Result<T, Rejected<R>>) -> R {
    match result {
        Err(Rejected::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
