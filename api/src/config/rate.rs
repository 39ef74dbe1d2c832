//! Rates.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use super::parse::within;

/// So many at once, and from then on so many in each unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: NonZeroU32,
    count: NonZeroU32,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Unit {
    /// As it is written, and as it is.
    const fn parts(self) -> (&'static str, Duration) {
        match self {
            Self::Second => ("s", Duration::from_secs(1)),
            Self::Minute => ("m", Duration::from_mins(1)),
            Self::Hour => ("h", Duration::from_hours(1)),
        }
    }
}

impl Rate {
    /// The largest of either number: what comes of them fits the limiter's arithmetic.
    const MOST: u32 = 100_000;

    /// Reads a burst and what comes after, such as `200:20/s`.
    pub fn parse(text: &str) -> Option<Self> {
        let (burst, refill) = text.split_once(':')?;
        let (count, unit) = refill.split_once('/')?;
        let unit = [Unit::Second, Unit::Minute, Unit::Hour].into_iter().find(|known| known.parts().0 == unit)?;
        let number = |text: &str| within(1..=Self::MOST)(text).and_then(NonZeroU32::new);
        Some(Self { burst: number(burst)?, count: number(count)?, unit })
    }

    /// The time after which there is one more.
    pub fn interval(self) -> Duration {
        self.unit.parts().1 / self.count.get()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.burst, self.count, self.unit.parts().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_a_burst_and_a_refill() {
        let rate = Rate::parse("200:20/s").unwrap();
        assert_eq!((rate.burst.get(), rate.interval()), (200, Duration::from_millis(50)));
        assert_eq!(Rate::parse("5:1/m").unwrap().interval(), Duration::from_mins(1));
        assert_eq!(Rate::parse("30:60/h").unwrap().interval(), Duration::from_mins(1));
        assert!(Rate::parse("100000:100000/h").is_some());
        for bad in ["", "20", "20/s", "20:20", "0:1/s", "1:0/s", "100001:1/s", "1:100001/s", "1:1/d", "-1:1/s", "1:1/"]
        {
            assert_eq!(Rate::parse(bad), None, "{bad}");
        }
        assert_eq!(rate.to_string(), "200:20/s");
    }
}
