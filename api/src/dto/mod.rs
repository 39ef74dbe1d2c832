//! The wire types: what clients read and write, in camelCase, the same at every door.
//!
//! Answers are made `From` the domain's types. Requests are read by [`crate::input`], and come to the command of a use
//! case. A missing value is `null`, never left out.

mod auth;
mod change;
mod conversation;
mod message;
mod nulls;
mod presence;
mod socket;
mod time;
mod user;

pub use auth::{LoginDto, RefreshDto, RegisterDto, SessionDto, SignedInDto};
pub use change::{ChangeDto, ChangedDto, ChangesDto, ParticipantChangeDto};
pub use conversation::{
    AddParticipantsDto, AddPolicyDto, ChangeConversationDto, ConversationDto, CreateConversationDto, MarkReadDto,
    ParticipantDto, ReadStateDto, RoleDto, SetRoleDto, SharedConversationDto,
};
pub use message::{EditMessageDto, MessageDto, SendMessage, SendMessageDto};
pub use nulls::never_left_out;
pub use presence::{OnlineUserDto, PresenceDto, PresenceStatusDto, SetStatusDto, ShownUserDto, StatusDto};
pub use socket::{
    DoneDto, FieldErrorDto, InConversationDto, JoinedDto, OfMessageDto, RefusalDto, SocketErrorDto, SyncDto,
    SyncedConversationDto, SyncedDto, SyncedPageDto,
};
pub use time::Time;
pub use user::{ChangePasswordDto, ChangeProfileDto, DeleteAccountDto, OwnProfileDto, ProfileDto, PublicProfileDto};
