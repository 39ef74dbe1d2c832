//! Whether everybody was told everything: once, in order, and as the history has it.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

/// A message, by who sent it and how many they had sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The sender, by number.
    pub sender: u32,
    /// The place among what they sent.
    pub n: u32,
}

/// What became of a message, as its sender knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The server has said that it is stored.
    Acked,
    /// The server has refused it.
    Refused,
    /// No answer came: it may be there or not.
    Unanswered,
}

/// What was seen of one room.
#[derive(Debug, Default)]
pub struct Seen {
    /// What was sent, by whomever.
    pub sent: Vec<(Key, Fate)>,
    /// What each connection was told, in that order.
    pub live: Vec<Vec<Key>>,
    /// What is read afterwards, oldest first; `None` where the server keeps nothing.
    pub history: Option<Vec<Key>>,
}

/// What was wrong; all zero if nothing was.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// Deliveries that did not come, of messages that were acknowledged or are kept.
    pub lost: u64,
    /// Deliveries that came once more.
    pub doubled: u64,
    /// Deliveries of what was never sent there, or was refused.
    pub strange: u64,
    /// Deliveries after a later one of the same sender.
    pub misordered: u64,
    /// Connections that heard things in another order than the first of their room.
    pub disagreeing: u64,
    /// Connections that heard things in another order than the history of their room has.
    pub unlike_history: u64,
    /// Acknowledged messages that the history lacks.
    pub history_lost: u64,
    /// Messages that the history has twice.
    pub history_doubled: u64,
    /// Messages of the history that were never sent there, or were refused.
    pub history_strange: u64,
    /// Messages that the history has after a later one of the same sender.
    pub history_misordered: u64,
    /// Messages that somebody was told and the history lacks.
    pub told_not_kept: u64,
}

impl Faults {
    /// Whether there are none.
    pub fn none(&self) -> bool {
        *self == Self::default()
    }

    /// The two together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            lost: self.lost + other.lost,
            doubled: self.doubled + other.doubled,
            strange: self.strange + other.strange,
            misordered: self.misordered + other.misordered,
            disagreeing: self.disagreeing + other.disagreeing,
            unlike_history: self.unlike_history + other.unlike_history,
            history_lost: self.history_lost + other.history_lost,
            history_doubled: self.history_doubled + other.history_doubled,
            history_strange: self.history_strange + other.history_strange,
            history_misordered: self.history_misordered + other.history_misordered,
            told_not_kept: self.told_not_kept + other.told_not_kept,
        }
    }

    /// As it stands in the results.
    pub fn json(&self) -> Value {
        json!({
            "lost": self.lost, "doubled": self.doubled, "strange": self.strange, "misordered": self.misordered,
            "disagreeing": self.disagreeing, "unlikeHistory": self.unlike_history, "historyLost": self.history_lost,
            "historyDoubled": self.history_doubled, "historyStrange": self.history_strange,
            "historyMisordered": self.history_misordered, "toldNotKept": self.told_not_kept,
        })
    }

    /// Those that are not zero, in words.
    pub fn words(&self) -> String {
        let Value::Object(counts) = self.json() else { return String::new() };
        let found: Vec<String> =
            counts.iter().filter(|(_, n)| **n != 0).map(|(name, n)| format!("{name} {n}")).collect();
        if found.is_empty() { "none".into() } else { found.join(", ") }
    }
}

/// Looks through what was seen of one room.
pub fn check(seen: &Seen) -> Faults {
    let possible: HashSet<Key> =
        seen.sent.iter().filter(|(_, fate)| *fate != Fate::Refused).map(|(key, _)| *key).collect();
    let mut due: HashSet<Key> =
        seen.sent.iter().filter(|(_, fate)| *fate == Fate::Acked).map(|(key, _)| *key).collect();
    let mut faults = Faults::default();
    let mut first: Option<Order> = None;
    let mut kept = None;
    if let Some(history) = &seen.history {
        let found = look_through(history, &possible, &due);
        faults.history_lost = found.lost;
        faults.history_doubled = found.doubled;
        faults.history_strange = found.strange;
        faults.history_misordered = found.misordered;
        // What is kept was to be told, whether or not its sender knows.
        due.extend(found.order.keys.iter().copied());
        kept = Some(found.order);
    }
    let mut told = HashSet::new();
    for live in &seen.live {
        let found = look_through(live, &possible, &due);
        faults.lost += found.lost;
        faults.doubled += found.doubled;
        faults.strange += found.strange;
        faults.misordered += found.misordered;
        if kept.as_ref().is_some_and(|kept| !found.order.agrees_with(kept)) {
            faults.unlike_history += 1;
        }
        told.extend(found.order.keys.iter().copied());
        match &first {
            Some(first) if !found.order.agrees_with(first) => faults.disagreeing += 1,
            Some(_) => {}
            None => first = Some(found.order),
        }
    }
    if let Some(kept) = &kept {
        faults.told_not_kept = told.iter().filter(|key| !kept.places.contains_key(key)).count() as u64;
    }
    faults
}

/// In which order things came, each by its first time.
struct Order {
    keys: Vec<Key>,
    places: HashMap<Key, usize>,
}

impl Order {
    /// Whether what both have stands in the same order.
    fn agrees_with(&self, other: &Self) -> bool {
        let places = self.keys.iter().filter_map(|key| other.places.get(key));
        places.is_sorted()
    }
}

struct Found {
    lost: u64,
    doubled: u64,
    strange: u64,
    misordered: u64,
    order: Order,
}

fn look_through(heard: &[Key], possible: &HashSet<Key>, due: &HashSet<Key>) -> Found {
    let mut order = Order { keys: Vec::with_capacity(heard.len()), places: HashMap::with_capacity(heard.len()) };
    let mut latest: HashMap<u32, u32> = HashMap::new();
    let (mut doubled, mut strange, mut misordered) = (0, 0, 0);
    for key in heard {
        if !possible.contains(key) {
            strange += 1;
            continue;
        }
        if order.places.contains_key(key) {
            doubled += 1;
            continue;
        }
        order.places.insert(*key, order.keys.len());
        order.keys.push(*key);
        let latest = latest.entry(key.sender).or_insert(key.n);
        if key.n < *latest {
            misordered += 1;
        }
        *latest = key.n.max(*latest);
    }
    let lost = due.iter().filter(|key| !order.places.contains_key(key)).count() as u64;
    Found { lost, doubled, strange, misordered, order }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(sender: u32, n: u32) -> Key {
        Key { sender, n }
    }

    /// Two senders in turn, three connections, all as it should be.
    fn good() -> Seen {
        let all: Vec<Key> = (0..20).map(|i| key(i % 2, i / 2)).collect();
        Seen {
            sent: all.iter().map(|key| (*key, Fate::Acked)).collect(),
            live: vec![all.clone(), all.clone(), all.clone()],
            history: Some(all),
        }
    }

    /// What is found once the change is made to what was good.
    fn after(change: impl FnOnce(&mut Seen)) -> Faults {
        let mut seen = good();
        change(&mut seen);
        check(&seen)
    }

    fn history(seen: &mut Seen) -> &mut Vec<Key> {
        seen.history.as_mut().unwrap()
    }

    #[test]
    fn nothing_is_found_where_nothing_is_wrong() {
        assert_eq!(check(&good()), Faults::default());
        assert!(check(&Seen::default()).none());
        assert_eq!(check(&good()).words(), "none");
        assert!(after(|seen| seen.history = None).none());
    }

    #[test]
    fn each_loss_is_found_wherever_it_is() {
        for place in [0, 7, 19] {
            assert_eq!(after(|seen| _ = seen.live[1].remove(place)), Faults { lost: 1, ..Faults::default() });
        }
        assert_eq!(after(|seen| seen.live[0].clear()), Faults { lost: 20, ..Faults::default() });
        let all = after(|seen| seen.live.iter_mut().for_each(|live| live.truncate(18)));
        assert_eq!(all, Faults { lost: 6, ..Faults::default() });
    }

    #[test]
    fn a_double_is_found_side_by_side_and_far_apart() {
        for place in [5, 20] {
            let found = after(|seen| seen.live[2].insert(place, key(0, 2)));
            assert_eq!(found, Faults { doubled: 1, ..Faults::default() });
        }
    }

    #[test]
    fn a_loss_is_not_made_up_for_by_a_double() {
        let found = after(|seen| seen.live[0][4] = key(1, 1));
        assert_eq!(found, Faults { lost: 1, doubled: 1, ..Faults::default() });
    }

    #[test]
    fn disorder_of_one_sender_is_found_at_each_who_saw_it() {
        // Places 4 and 6 are the same sender's.
        let found = after(|seen| seen.live[1].swap(4, 6));
        assert_eq!((found.misordered, found.disagreeing, found.unlike_history, found.lost), (1, 1, 1, 0));
        let found = after(|seen| seen.live.iter_mut().for_each(|live| live.swap(4, 6)));
        assert_eq!((found.misordered, found.disagreeing, found.unlike_history), (3, 0, 3));
    }

    #[test]
    fn disorder_between_senders_is_found_too() {
        let found = after(|seen| seen.live[2].swap(4, 5));
        assert_eq!(found, Faults { disagreeing: 1, unlike_history: 1, ..Faults::default() });
        // Seen from the first connection, which is itself the odd one.
        let found = after(|seen| seen.live[0].swap(4, 5));
        assert_eq!(found, Faults { disagreeing: 2, unlike_history: 1, ..Faults::default() });
    }

    #[test]
    fn a_history_in_another_order_than_all_heard_is_found() {
        let found = after(|seen| history(seen).swap(10, 11));
        assert_eq!(found, Faults { unlike_history: 3, ..Faults::default() });
        let found = after(|seen| history(seen).swap(10, 12));
        assert_eq!(found, Faults { unlike_history: 3, history_misordered: 1, ..Faults::default() });
    }

    #[test]
    fn what_the_history_lacks_or_has_twice_is_found() {
        let found = after(|seen| _ = history(seen).remove(3));
        assert_eq!(found, Faults { history_lost: 1, told_not_kept: 1, ..Faults::default() });
        let found = after(|seen| history(seen).push(key(0, 0)));
        assert_eq!(found, Faults { history_doubled: 1, ..Faults::default() });
    }

    #[test]
    fn what_nobody_sent_or_was_refused_is_strange() {
        let found = after(|seen| seen.live[1].push(key(7, 0)));
        assert_eq!(found, Faults { strange: 1, ..Faults::default() });
        let found = after(|seen| seen.sent[0].1 = Fate::Refused);
        assert_eq!(found, Faults { strange: 3, history_strange: 1, ..Faults::default() });
    }

    #[test]
    fn what_was_not_answered_may_be_there_or_not_but_not_half() {
        let last = key(1, 9);
        assert!(after(|seen| seen.sent[19].1 = Fate::Unanswered).none());
        let gone = after(|seen| {
            seen.sent[19].1 = Fate::Unanswered;
            seen.live.iter_mut().for_each(|live| live.retain(|key| *key != last));
            history(seen).retain(|key| *key != last);
        });
        assert!(gone.none());
        let half = after(|seen| {
            seen.sent[19].1 = Fate::Unanswered;
            seen.live[2].pop();
        });
        assert_eq!(half, Faults { lost: 1, ..Faults::default() });
        let told_only = after(|seen| {
            seen.sent[19].1 = Fate::Unanswered;
            history(seen).retain(|key| *key != last);
        });
        assert_eq!(told_only, Faults { told_not_kept: 1, ..Faults::default() });
    }

    #[test]
    fn faults_add_up_and_are_told() {
        let one = Faults { lost: 1, history_lost: 2, ..Faults::default() };
        let sum = one.and(Faults { lost: 3, doubled: 1, ..Faults::default() });
        assert_eq!(sum, Faults { lost: 4, doubled: 1, history_lost: 2, ..Faults::default() });
        assert!(sum.words().contains("lost 4") && sum.words().contains("historyLost 2"), "{}", sum.words());
        assert!(!sum.none());
    }
}
