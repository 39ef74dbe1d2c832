//! A rate for each of many.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::clock::Ticks;
use crate::config::Rate;

/// Of how many something is remembered at most.
const MOST: usize = 100_000;
/// Below so many it is not worth looking who can be forgotten.
const FEW: usize = 1024;

/// A rate for each of many, who are remembered only while that makes a difference.
pub struct Buckets<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, Store<K>, Ticks, NoOpMiddleware<Nanos>>,
    store: Store<K>,
    interval: Duration,
    most: usize,
    /// When so many are remembered, those are forgotten for whom it makes no difference any more.
    sweep_at: AtomicUsize,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    /// That rate for each; `None` if there is no such limit.
    pub fn of(rate: Option<Rate>, ticks: &Ticks) -> Option<Self> {
        Self::bounded(rate?, ticks, MOST)
    }

    fn bounded(rate: Rate, ticks: &Ticks, most: usize) -> Option<Self> {
        let store = Store(Arc::default());
        let limiter = RateLimiter::new(quota(rate)?, store.clone(), ticks.clone());
        Some(Self { limiter, store, interval: rate.interval(), most, sweep_at: AtomicUsize::new(FEW.min(most)) })
    }

    /// Takes one, or tells after how long there is one again.
    pub fn take(&self, key: &K) -> Result<(), Duration> {
        self.sweep();
        self.limiter.check_key(key).map_err(|refused| refused.wait_time_from(self.limiter.clock().now()))
    }

    /// Puts one back that was taken.
    pub fn put_back(&self, key: &K) {
        if let Some(filled) = self.store.lock().get_mut(key) {
            *filled = filled.saturating_sub(self.interval.into());
        }
    }

    /// What this costs is spread: as many have to come before the next time as stay now.
    fn sweep(&self) {
        if self.store.len() < self.sweep_at.load(Ordering::Relaxed) {
            return;
        }
        self.limiter.retain_recent();
        if self.store.len() > self.most / 2 {
            forget_half(&mut self.store.lock());
        }
        self.sweep_at.store((self.store.len() * 2).max(FEW).min(self.most), Ordering::Relaxed);
    }
}

/// A rate as the limiter takes it.
pub fn quota(rate: Rate) -> Option<Quota> {
    Some(Quota::with_period(rate.interval())?.allow_burst(rate.burst))
}

/// What is remembered of each: until when what was taken is filled up again, less the burst.
struct Store<K>(Arc<Mutex<HashMap<K, Nanos>>>);

impl<K> Clone for Store<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Store<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Nanos>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone> StateStore for Store<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut filled = self.lock();
        let (outcome, new) = measure(filled.get(key).copied())?;
        filled.insert(key.clone(), new);
        Ok(outcome)
    }
}

/// Forgets the half of them who are nearest to being allowed everything again.
fn forget_half<K: Hash + Eq + Clone>(filled: &mut HashMap<K, Nanos>) {
    let mut order: Vec<_> = filled.iter().map(|(key, filled)| (*filled, key.clone())).collect();
    let half = order.len().div_ceil(2);
    if half < order.len() {
        order.select_nth_unstable_by_key(half, |(filled, _)| *filled);
    }
    for (_, key) in order.drain(..half) {
        filled.remove(&key);
    }
}

impl<K: Hash + Eq + Clone> ShrinkableKeyedStateStore<K> for Store<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        self.lock().retain(|_, filled| *filled > drop_below);
    }

    fn len(&self) -> usize {
        self.lock().len()
    }

    fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn buckets(rate: &str) -> (Buckets<u32>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Buckets::of(Rate::parse(rate), &Ticks::Told(clock.clone())).unwrap(), clock)
    }

    #[test]
    fn the_burst_is_allowed_and_one_more_is_not() {
        let (buckets, clock) = buckets("5:1/s");
        assert!((0..5).all(|_| buckets.take(&1).is_ok()));
        assert_eq!(buckets.take(&1), Err(Duration::from_secs(1)));
        assert!(buckets.take(&2).is_ok());
        clock.advance(Duration::from_millis(999));
        assert_eq!(buckets.take(&1), Err(Duration::from_millis(1)));
        clock.advance(Duration::from_millis(1));
        assert!(buckets.take(&1).is_ok() && buckets.take(&1).is_err());
    }

    #[test]
    fn what_is_put_back_can_be_taken_again() {
        let (buckets, _) = buckets("2:1/h");
        for _ in 0..10 {
            assert!(buckets.take(&1).is_ok());
            buckets.put_back(&1);
        }
        assert!(buckets.take(&1).is_ok() && buckets.take(&1).is_ok() && buckets.take(&1).is_err());
    }

    #[test]
    fn who_is_as_good_as_new_is_forgotten() {
        let (buckets, clock) = buckets("2:1/s");
        (0..1023).for_each(|key| assert!(buckets.take(&key).is_ok()));
        clock.advance(Duration::from_secs(10));
        assert!(buckets.take(&5000).is_ok());
        assert_eq!(buckets.store.len(), 1024);
        assert!(buckets.take(&5001).is_ok());
        assert_eq!(buckets.store.len(), 2);
    }

    #[test]
    fn no_more_are_remembered_than_the_bound_and_the_busiest_stay() {
        let ticks = Ticks::Told(FakeRelativeClock::default());
        let buckets = Buckets::bounded(Rate::parse("3:1/h").unwrap(), &ticks, 8).unwrap();
        assert!((0..3).all(|_| buckets.take(&0).is_ok()));
        for key in 1..100 {
            assert!(buckets.take(&key).is_ok());
            assert!(buckets.store.len() <= 8);
        }
        assert!(buckets.take(&0).is_err());
    }

    #[test]
    fn no_rate_is_no_limit() {
        assert!(Buckets::<u32>::of(None, &Ticks::start()).is_none());
    }
}
