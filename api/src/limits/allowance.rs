//! What one connection may do.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};

use super::bucket::quota;
use super::clock::Ticks;
use crate::Problem;
use crate::config::Rate;

type Bucket = RateLimiter<Spent, Carried, Ticks, NoOpMiddleware<Nanos>>;

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

/// What each connection may do.
pub struct Rates {
    commands: Option<Bucket>,
    patience: Option<Bucket>,
    typing: Option<Bucket>,
    statuses: Option<Bucket>,
}

impl Rates {
    /// These.
    pub fn new(commands: Option<Rate>, typing: Option<Rate>, statuses: Option<Rate>, ticks: &Ticks) -> Self {
        let bucket = |quota: Quota| RateLimiter::new(quota, Carried, ticks.clone());
        let of = |rate: Option<Rate>| rate.and_then(quota).map(bucket);
        let far = |quota: Quota| quota.allow_burst(quota.burst_size().saturating_mul(FAR));
        let patience = commands.and_then(quota).map(far).map(bucket);
        Self { commands: of(commands), patience, typing: of(typing), statuses: of(statuses) }
    }
}

/// What one connection has spent of a rate: until when that is filled up again, less the burst; 0 at the beginning.
#[derive(Default, Clone, PartialEq, Eq)]
struct Spent(Cell<u64>);

impl Hash for Spent {
    /// Whatever is spent: nothing is looked up by it.
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Keeps the state of a limiter in its key, which the connection carries: eight bytes instead of a limiter for each.
struct Carried;

impl StateStore for Carried {
    type Key = Spent;

    fn measure_and_replace<T, F, E>(&self, spent: &Spent, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let before = spent.0.get();
        let (granted, after) = decide((before > 0).then(|| before.into()))?;
        spent.0.set(after.into());
        Ok(granted)
    }
}

/// What a connection may still do.
pub struct Allowance {
    rates: Arc<Rates>,
    commands: Spent,
    patience: Spent,
    typing: Spent,
    statuses: Spent,
}

impl Allowance {
    /// All that these rates give, beginning now.
    pub fn new(rates: &Arc<Rates>) -> Self {
        let rates = Arc::clone(rates);
        let (commands, patience, typing, statuses) = Default::default();
        Self { rates, commands, patience, typing, statuses }
    }

    /// Takes what a command costs.
    pub fn admit(&self, kind: Kind) -> Verdict {
        if self.rates.patience.as_ref().is_some_and(|bucket| bucket.check_key(&self.patience).is_err()) {
            return Verdict::Ended;
        }
        let special = match kind {
            Kind::Typing => self.rates.typing.as_ref().zip(Some(&self.typing)),
            Kind::Status => self.rates.statuses.as_ref().zip(Some(&self.statuses)),
            Kind::Other => None,
        };
        let common = self.rates.commands.as_ref().zip(Some(&self.commands));
        for (bucket, spent) in common.into_iter().chain(special) {
            if let Err(refused) = bucket.check_key(spent) {
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
        let rates = Arc::new(Rates::new(rate(commands), rate("2:1/m"), rate("1:6/m"), &ticks));
        (Allowance::new(&rates), clock)
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
    fn what_one_connection_spends_another_still_has() {
        let (one, clock) = allowance("1:1/s");
        // The limiters are older than the connection.
        clock.advance(Duration::from_hours(1));
        let other = Allowance::new(&one.rates);
        for allowance in [one, other] {
            assert_eq!(allowance.admit(Kind::Other), Verdict::Granted);
            assert!(is_refused(&allowance.admit(Kind::Other)));
        }
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
        let allowance = Allowance::new(&Arc::new(Rates::new(None, None, None, &Ticks::start())));
        assert!((0..10_000).all(|_| allowance.admit(Kind::Typing) == Verdict::Granted));
    }
}
