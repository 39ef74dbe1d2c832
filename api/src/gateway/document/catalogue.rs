//! The common vocabulary as a table: every event that clients say and every event that they are told, once.
//!
//! All channels that speak the vocabulary are made of it. What clients are told cannot drift from it: an event that is
//! not here, or carries something else, does not compile. What they say is held against the reader by tests.

use super::schemas::Type;
use crate::dto::{
    DoneDto, EditMessageDto, InConversationDto, JoinedDto, MarkReadDto, MessageDto, OfMessageDto, ReadStateDto,
    SendMessageDto, SetStatusDto, SharedConversationDto, SyncDto, SyncedDto,
};
use crate::gateway::payload::{
    ConversationDeletedDto, ParticipantEventDto, Payload, ReceiptDto, TypingDto, UserOfflineDto, UserOnlineDto,
};

/// Something that clients say.
pub struct ClientEvent {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub summary: &'static str,
    /// What it carries.
    pub payload: Type,
    /// What a success is acknowledged with.
    pub answer: Type,
}

/// Something that clients are told.
pub struct ServerEvent {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub summary: &'static str,
    /// What it carries.
    pub payload: Type,
}

const fn said(name: &'static str, summary: &'static str, payload: Type, answer: Type) -> ClientEvent {
    ClientEvent { name, summary, payload, answer }
}

/// All that clients say.
pub const CLIENT: &[ClientEvent] = &[
    said(
        "conversation:join",
        "Look at a conversation: that somebody types is told to those who look. It is not needed to receive anything else.",
        Type::of::<InConversationDto>(),
        Type::of::<JoinedDto>(),
    ),
    said(
        "conversation:leave",
        "Look away from it. Whoever leaves so still takes part; giving that up is `POST /api/v1/conversations/{id}/leave`.",
        Type::of::<InConversationDto>(),
        Type::of::<DoneDto>(),
    ),
    said(
        "message:send",
        "Say something. Sent again with the same `id`, it is stored and delivered once, and answered the same.",
        Type::beside::<InConversationDto, SendMessageDto>("SendMessageEventDto"),
        Type::of::<MessageDto>(),
    ),
    said(
        "message:edit",
        "Say it otherwise.",
        Type::beside::<OfMessageDto, EditMessageDto>("EditMessageEventDto"),
        Type::of::<MessageDto>(),
    ),
    said(
        "message:delete",
        "Take it back. A tombstone stays, and is the answer.",
        Type::of::<OfMessageDto>(),
        Type::of::<MessageDto>(),
    ),
    said(
        "message:read",
        "Read on, up to a place or a message, exactly one of which is given. The position only ever moves forward.",
        Type::beside::<InConversationDto, MarkReadDto>("MarkReadEventDto"),
        Type::of::<ReadStateDto>(),
    ),
    said(
        "conversation:sync",
        "Ask for what was missed in up to 128 conversations. While `hasMore` is true, ask again from the last change.",
        Type::of::<SyncDto>(),
        Type::of::<SyncedDto>(),
    ),
    said(
        "typing:start",
        "Begin typing, or go on. It ends by itself after 6 seconds, and says so.",
        Type::of::<InConversationDto>(),
        Type::of::<DoneDto>(),
    ),
    said("typing:stop", "End typing.", Type::of::<InConversationDto>(), Type::of::<DoneDto>()),
    said(
        "presence:update",
        "Say how one is. It is announced also when it is the same as before.",
        Type::of::<SetStatusDto>(),
        Type::of::<DoneDto>(),
    ),
];

macro_rules! told {
    ($($variant:ident($payload:ty) = $name:literal, $summary:literal;)+) => {
        /// All that clients are told, beside answers and errors.
        pub const SERVER: &[ServerEvent] =
            &[$(ServerEvent { name: $name, summary: $summary, payload: Type::of::<$payload>() }),+];

        /// The name of what a payload tells.
        pub fn name(payload: &Payload) -> &'static str {
            match payload {
                $(Payload::$variant(carried) => {
                    carries::<$payload>(carried);
                    $name
                })+
            }
        }
    };
}

/// Compiles if the payload is what the table says.
const fn carries<T>(_: &T) {}

told! {
    MessageReceived(MessageDto) = "message:received",
        "A message was posted. Every connection of everyone who takes part is told, the sending one after its answer.";
    MessageUpdated(MessageDto) = "message:updated", "A message was edited.";
    MessageDeleted(MessageDto) = "message:deleted", "A message became a tombstone.";
    ConversationCreated(SharedConversationDto) = "conversation:created",
        "A conversation was made. What differs from viewer to viewer is left out.";
    ConversationUpdated(SharedConversationDto) = "conversation:updated", "Name, picture or policy of a group changed.";
    ConversationDeleted(ConversationDeletedDto) = "conversation:deleted", "A group is gone.";
    ParticipantAdded(ParticipantEventDto) = "participant:added", "Somebody came in. They are told as well.";
    ParticipantRemoved(ParticipantEventDto) = "participant:removed", "Somebody went out. They are told as well.";
    ParticipantUpdated(ParticipantEventDto) = "participant:updated", "Somebody has another role.";
    ReceiptUpdated(ReceiptDto) = "receipt:updated",
        "Somebody read on. In conversations of more than 100 people only the reader's own connections are told.";
    UserOnline(UserOnlineDto) = "user:online",
        "Somebody with whom one shares a conversation is there, or says how they are.";
    UserOffline(UserOfflineDto) = "user:offline", "The last of somebody's connections has gone.";
    TypingUpdate(TypingDto) = "typing:update",
        "Somebody begins or ends typing. Connections that joined the conversation are told, but not who types.";
}
