//! Points in time as clients read them.

use std::fmt;

use chrono::{DateTime, Datelike as _, Timelike as _};
use domain::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A point in time: RFC 3339, UTC, with milliseconds and `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-21T09:30:00.000Z")]
pub struct Time(pub Timestamp);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Beyond what a calendar can say (some 260 000 years from now) there is no time to show.
        let at = DateTime::from_timestamp_millis(self.0.as_millis()).unwrap_or(DateTime::UNIX_EPOCH);
        let (year, month, day) = (at.year(), at.month(), at.day());
        let (hour, minute, second, millis) = (at.hour(), at.minute(), at.second(), at.timestamp_subsec_millis());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_z() {
        let show = |millis| Time(Timestamp::from_millis(millis)).to_string();
        assert_eq!(show(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(show(1_795_253_400_007), "2026-11-21T09:30:00.007Z");
        assert_eq!(show(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(serde_json::to_string(&Time(Timestamp::from_millis(1))).unwrap(), r#""1970-01-01T00:00:00.001Z""#);
    }
}
