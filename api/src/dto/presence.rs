//! Whether somebody is there.

use domain::presence::Status;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How somebody says they are while they are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

impl From<StatusDto> for Status {
    fn from(status: StatusDto) -> Self {
        match status {
            StatusDto::Online => Self::Online,
            StatusDto::Away => Self::Away,
            StatusDto::Busy => Self::Busy,
        }
    }
}
