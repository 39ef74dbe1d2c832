//! Whether somebody is there.

use domain::error::Invalid;
use domain::presence::{Presence, Status};
use domain::user::{Profile, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{ProfileDto, PublicProfileDto, Time};
use crate::input::{Field, Fields, Request};

/// How somebody says they are while they are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StatusDto {
    /// There.
    Online,
    /// There, but not looking.
    Away,
    /// There, and not to be disturbed.
    Busy,
}

impl From<Status> for StatusDto {
    fn from(status: Status) -> Self {
        match status {
            Status::Online => Self::Online,
            Status::Away => Self::Away,
            Status::Busy => Self::Busy,
        }
    }
}

/// How somebody says they are.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetStatusDto {
    /// `online`, `away` or `busy`.
    #[schema(value_type = StatusDto, required = true, example = "away")]
    #[serde(default)]
    pub status: Field<String>,
}

impl Request for SetStatusDto {
    type Command = Status;

    fn read(self, fields: &mut Fields) -> Option<Status> {
        fields.required("status", self.status, |text| match text {
            "online" => Ok(Status::Online),
            "away" => Ok(Status::Away),
            "busy" => Ok(Status::Busy),
            _ => Err(Invalid("must be online, away or busy")),
        })
    }
}

/// Somebody who is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OnlineUserDto {
    /// The person.
    #[serde(flatten)]
    pub profile: ProfileDto,
    /// How they say they are.
    pub status: StatusDto,
}

impl From<(User, Status)> for OnlineUserDto {
    fn from((user, status): (User, Status)) -> Self {
        Self { profile: Profile::from(&user).into(), status: status.into() }
    }
}

/// How somebody is, there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PresenceStatusDto {
    /// There.
    Online,
    /// There, but not looking.
    Away,
    /// There, and not to be disturbed.
    Busy,
    /// Not there.
    Offline,
}

/// Whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresenceDto {
    /// How they are.
    pub status: PresenceStatusDto,
    /// When the last connection ended of somebody who is not there; `null` if they are, or never were.
    #[schema(example = json!(null))]
    pub last_seen_at: Option<Time>,
}

impl From<Presence> for PresenceDto {
    fn from(presence: Presence) -> Self {
        let (status, last_seen_at) = match presence {
            Presence::Online(Status::Online) => (PresenceStatusDto::Online, None),
            Presence::Online(Status::Away) => (PresenceStatusDto::Away, None),
            Presence::Online(Status::Busy) => (PresenceStatusDto::Busy, None),
            Presence::Offline(at) => (PresenceStatusDto::Offline, at.map(Time::from)),
        };
        Self { status, last_seen_at }
    }
}

/// What anyone who is signed in may know of a person, and whether they are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownUserDto {
    /// The person.
    #[serde(flatten)]
    pub public: PublicProfileDto,
    /// Whether they are there.
    pub presence: PresenceDto,
}

impl From<(User, Presence)> for ShownUserDto {
    fn from((user, presence): (User, Presence)) -> Self {
        Self { public: user.into(), presence: presence.into() }
    }
}
