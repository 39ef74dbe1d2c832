//! How many of something each of many has at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Held<K> = Arc<Mutex<HashMap<K, u32>>>;

/// So many for each at most.
pub struct Counts<K: Hash + Eq + Clone> {
    held: Held<K>,
    most: u32,
}

/// One of them, until it is dropped.
pub struct Pass<K: Hash + Eq + Clone> {
    held: Held<K>,
    key: K,
}

impl<K: Hash + Eq + Clone> Counts<K> {
    /// At most so many for each; `None` if there is no such limit.
    pub fn of(most: Option<u32>) -> Option<Self> {
        Some(Self { held: Arc::default(), most: most? })
    }

    /// One more for `key`, if that is allowed.
    pub fn enter(&self, key: K) -> Option<Pass<K>> {
        let mut held = lock(&self.held);
        let count = held.entry(key.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Pass { held: Arc::clone(&self.held), key })
    }
}

impl<K: Hash + Eq + Clone> Drop for Pass<K> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = lock(&self.held).entry(self.key.clone()) {
            *count.get_mut() = count.get().saturating_sub(1);
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

fn lock<K>(held: &Held<K>) -> MutexGuard<'_, HashMap<K, u32>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_is_let_in_and_the_next_is_not_until_one_goes() {
        let counts = Counts::of(Some(2)).unwrap();
        let (one, two) = (counts.enter("ada"), counts.enter("ada"));
        assert!(one.is_some() && two.is_some());
        assert!(counts.enter("ada").is_none() && counts.enter("bob").is_some());
        drop(one);
        let three = counts.enter("ada");
        assert!(three.is_some() && counts.enter("ada").is_none());
        drop((two, three));
        assert!(lock(&counts.held).is_empty());
    }
}
