//! People, places and drafts for the tests of what decides and stores.

use domain::message::Draft;
use domain::value::MessageBody;
use domain::{ConversationId, MessageId, Timestamp, UserId};
use uuid::Uuid;

pub const HERE: ConversationId = ConversationId(Uuid::from_u128(1));
pub const THERE: ConversationId = ConversationId(Uuid::from_u128(2));
pub const ADA: UserId = UserId(Uuid::from_u128(11));
pub const BOB: UserId = UserId(Uuid::from_u128(12));

pub fn draft(id: u128, conversation_id: ConversationId, sender_id: UserId) -> Draft {
    let body = MessageBody::parse(&format!("message {id}")).unwrap();
    let at = Timestamp::from_millis(500);
    Draft { id: MessageId(Uuid::from_u128(id)), conversation_id, sender_id, body, reply_to: None, at, origin: None }
}
