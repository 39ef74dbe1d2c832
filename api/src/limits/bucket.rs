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
    /// When so many are remembered, those are forgotten for whom it makes no difference any more.
    sweep_at: AtomicUsize,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    /// That rate for each; `None` if there is no such limit.
    pub fn of(rate: Option<Rate>, ticks: &Ticks) -> Option<Self> {
        let rate = rate?;
        let store = Store::new(MOST);
        let limiter = RateLimiter::new(quota(rate)?, store.clone(), ticks.clone());
        Some(Self { limiter, store, interval: rate.interval(), sweep_at: AtomicUsize::new(FEW) })
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

    fn sweep(&self) {
        let due = self.sweep_at.load(Ordering::Relaxed);
        if self.store.len() >= due {
            self.limiter.retain_recent();
            self.sweep_at.store((self.store.len() * 2).clamp(FEW, MOST), Ordering::Relaxed);
        }
    }
}

/// A rate as the limiter takes it.
pub fn quota(rate: Rate) -> Option<Quota> {
    Some(Quota::with_period(rate.interval())?.allow_burst(rate.burst))
}

/// What is remembered of each: until when what was taken is filled up again, less the burst.
struct Store<K> {
    filled: Arc<Mutex<HashMap<K, Nanos>>>,
    most: usize,
}

impl<K> Clone for Store<K> {
    fn clone(&self) -> Self {
        Self { filled: Arc::clone(&self.filled), most: self.most }
    }
}

impl<K: Hash + Eq + Clone> Store<K> {
    fn new(most: usize) -> Self {
        Self { filled: Arc::default(), most }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Nanos>> {
        self.filled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone> StateStore for Store<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut filled = self.lock();
        if let Some(known) = filled.get_mut(key) {
            let (outcome, new) = measure(Some(*known))?;
            *known = new;
            return Ok(outcome);
        }
        let (outcome, new) = measure(None)?;
        if filled.len() >= self.most {
            forget_half(&mut filled);
        }
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
        let clock = FakeRelativeClock::default();
        let store = Store::new(8);
        let rate = quota(Rate::parse("3:1/h").unwrap()).unwrap();
        let limiter: RateLimiter<u32, _, _, NoOpMiddleware<Nanos>> =
            RateLimiter::new(rate, store.clone(), Ticks::Told(clock));
        assert!((0..3).all(|_| limiter.check_key(&0).is_ok()));
        for key in 1..100 {
            assert!(limiter.check_key(&key).is_ok());
            assert!(store.len() <= 8);
        }
        assert!(limiter.check_key(&0).is_err());
    }

    #[test]
    fn no_rate_is_no_limit() {
        assert!(Buckets::<u32>::of(None, &Ticks::start()).is_none());
    }
}
