//! What one connection may do.

use std::num::NonZeroU32;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::bucket::quota;
use super::clock::Ticks;
use crate::Problem;
use crate::config::Rate;

type Bucket = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Nanos>>;

/// A connection that sends so many times what it may is closed.
const FAR: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// What kind of command it is, as far as limits go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A start of typing.
    Typing,
    /// A person's status.
    Status,
    /// Anything else, also what is not understood.
    Other,
}

/// Whether a command is carried out.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Granted,
    /// It is refused.
    Refused(Problem),
    /// It is not even answered: the connection ends.
    Ended,
}

/// What a connection may still do.
pub struct Allowance {
    commands: Option<Bucket>,
    patience: Option<Bucket>,
    typing: Option<Bucket>,
    statuses: Option<Bucket>,
}

impl Allowance {
    /// These rates, beginning now.
    pub fn new(commands: Option<Rate>, typing: Option<Rate>, statuses: Option<Rate>, ticks: &Ticks) -> Self {
        let bucket = |quota: Quota| RateLimiter::new(quota, InMemoryState::default(), ticks.clone());
        let of = |rate: Option<Rate>| rate.and_then(quota).map(bucket);
        let far = |quota: Quota| quota.allow_burst(quota.burst_size().saturating_mul(FAR));
        let patience = commands.and_then(quota).map(far).map(bucket);
        Self { commands: of(commands), patience, typing: of(typing), statuses: of(statuses) }
    }

    /// Takes what a command costs.
    pub fn admit(&self, kind: Kind) -> Verdict {
        if self.patience.as_ref().is_some_and(|bucket| bucket.check().is_err()) {
            return Verdict::Ended;
        }
        let special = match kind {
            Kind::Typing => self.typing.as_ref(),
            Kind::Status => self.statuses.as_ref(),
            Kind::Other => None,
        };
        for bucket in self.commands.iter().chain(special) {
            if let Err(refused) = bucket.check() {
                return Verdict::Refused(Problem::rate_limited(refused.wait_time_from(bucket.clock().now())));
            }
        }
        Verdict::Granted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn allowance(commands: &str) -> (Allowance, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let rate = |text| Rate::parse(text);
        let ticks = Ticks::Told(clock.clone());
        (Allowance::new(rate(commands), rate("2:1/m"), rate("1:6/m"), &ticks), clock)
    }

    fn is_refused(verdict: &Verdict) -> bool {
        matches!(verdict, Verdict::Refused(problem) if problem.code == "RATE_LIMITED")
    }

    #[test]
    fn beyond_the_rate_it_is_refused_and_far_beyond_it_ends() {
        let (allowance, clock) = allowance("3:1/s");
        assert!((0..3).all(|_| allowance.admit(Kind::Other) == Verdict::Granted));
        assert!((3..30).all(|_| is_refused(&allowance.admit(Kind::Other))));
        assert_eq!(allowance.admit(Kind::Other), Verdict::Ended);
        clock.advance(Duration::from_secs(1));
        assert_eq!(allowance.admit(Kind::Other), Verdict::Granted);
        assert_eq!(allowance.admit(Kind::Other), Verdict::Ended);
    }

    #[test]
    fn typing_and_statuses_have_rates_of_their_own() {
        let (allowance, clock) = allowance("100:1/s");
        let granted = |kind| allowance.admit(kind) == Verdict::Granted;
        assert!(granted(Kind::Typing) && granted(Kind::Typing));
        assert!(is_refused(&allowance.admit(Kind::Typing)));
        assert!(granted(Kind::Status) && is_refused(&allowance.admit(Kind::Status)));
        clock.advance(Duration::from_secs(10));
        assert!(granted(Kind::Status) && granted(Kind::Other) && is_refused(&allowance.admit(Kind::Typing)));
    }

    #[test]
    fn without_rates_everything_is_granted() {
        let allowance = Allowance::new(None, None, None, &Ticks::start());
        assert!((0..10_000).all(|_| allowance.admit(Kind::Typing) == Verdict::Granted));
    }
}
