//! What is still to be told.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// What is to be told of each key, the oldest key first. What was not told in time is overtaken by what is newer, so
/// there is never more than one entry for each key, however slow the telling.
#[derive(Debug)]
pub struct Outbox<K, V> {
    order: VecDeque<K>,
    news: HashMap<K, V>,
}

impl<K, V> Default for Outbox<K, V> {
    fn default() -> Self {
        Self { order: VecDeque::new(), news: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash, V> Outbox<K, V> {
    /// Something is to be told.
    pub fn put(&mut self, key: K, value: V) {
        if self.news.insert(key, value).is_none() {
            self.order.push_back(key);
        }
    }

    /// The oldest, at most `count` of them.
    pub fn take(&mut self, count: usize) -> Vec<(K, V)> {
        let keys = self.order.drain(..count.min(self.order.len()));
        keys.filter_map(|key| Some((key, self.news.remove(&key)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_comes_first_and_the_newest_of_each_counts() {
        let mut outbox = Outbox::default();
        for (key, value) in [(1, 'a'), (2, 'b'), (1, 'c'), (3, 'd')] {
            outbox.put(key, value);
        }
        assert_eq!(outbox.take(2), [(1, 'c'), (2, 'b')]);
        outbox.put(1, 'e');
        assert_eq!(outbox.take(9), [(3, 'd'), (1, 'e')]);
        assert_eq!(outbox.take(9), []);
    }
}
