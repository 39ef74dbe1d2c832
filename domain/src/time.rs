//! Points in time.

use std::time::Duration;

/// A point in time, in whole milliseconds since 1970-01-01 UTC.
///
/// It is never finer than what clients are shown: two moments that look the same on the wire are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// From microseconds since the epoch, as the databases keep them; what is finer than a millisecond is cut off.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros.div_euclid(1000))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0.saturating_mul(1000)
    }

    /// The moment `span` later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This moment, or one millisecond after `last` if the clock has not moved on: times of one conversation rise
    /// strictly, so that a cursor made of a time loses nothing.
    #[must_use]
    pub fn after(self, last: Option<Self>) -> Self {
        last.map_or(self, |last| self.max(Self(last.0.saturating_add(1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_are_cut_to_milliseconds_also_before_the_epoch() {
        assert_eq!(Timestamp::from_micros(1_999).as_millis(), 1);
        assert_eq!(Timestamp::from_micros(-1).as_millis(), -1);
        assert_eq!(Timestamp::from_millis(7).as_micros(), 7_000);
    }

    #[test]
    fn after_rises_strictly_whatever_the_clock_says() {
        let last = Timestamp::from_millis(100);
        assert_eq!(Timestamp::from_millis(90).after(Some(last)).as_millis(), 101);
        assert_eq!(Timestamp::from_millis(100).after(Some(last)).as_millis(), 101);
        assert_eq!(Timestamp::from_millis(105).after(Some(last)).as_millis(), 105);
        assert_eq!(Timestamp::from_millis(5).after(None).as_millis(), 5);
    }

    #[test]
    fn spans_never_run_backwards() {
        let noon = Timestamp::from_millis(1_000);
        assert_eq!(noon.plus(Duration::from_secs(1)).since(noon), Duration::from_secs(1));
        assert_eq!(noon.since(noon.plus(Duration::from_secs(1))), Duration::ZERO);
    }
}
