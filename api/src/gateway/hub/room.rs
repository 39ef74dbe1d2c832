//! A conversation that the hub follows.

use std::time::Duration;

use domain::{Seq, UserId};
use sockets::Lane;

use super::effect::Link;
use super::late::Latecomers;
use super::order::Order;

/// How far a conversation has been told, and who hears it here.
pub struct Room<L> {
    /// Its events.
    pub order: Order,
    /// The place from which it is followed.
    pub begun: Seq,
    /// Who came in before that, and is not let in yet.
    pub late: Vec<Latecomers>,
    links: Vec<(UserId, L)>,
    /// How many links each worker has.
    per_worker: Vec<u32>,
    /// How many links are in each lane.
    per_lane: Vec<u32>,
    empty_since: Option<Duration>,
}

impl<L: Link> Room<L> {
    /// A room that nobody hears yet.
    pub fn new(order: Order) -> Self {
        let begun = order.passed();
        let (links, per_worker, per_lane) = (Vec::new(), Vec::new(), Vec::new());
        Self { order, begun, late: Vec::new(), links, per_worker, per_lane, empty_since: None }
    }

    /// Whether nobody hears it.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// Since when nobody has heard it, if somebody did before.
    pub fn empty_since(&self) -> Option<Duration> {
        self.empty_since
    }

    /// The workers whose connections hear it, a bit each.
    pub fn workers(&self) -> u64 {
        bits(&self.per_worker)
    }

    /// The lanes in which it is heard, a bit each.
    pub fn lanes(&self) -> u64 {
        bits(&self.per_lane)
    }

    /// Everyone who hears it.
    pub fn links(&self) -> &[(UserId, L)] {
        &self.links
    }

    /// The connections of one person.
    pub fn links_of(&self, user: UserId) -> Vec<L> {
        self.links.iter().filter(|(other, _)| *other == user).map(|(_, link)| *link).collect()
    }

    /// A connection hears it from now on.
    pub fn insert(&mut self, user: UserId, link: L, lane: Lane) {
        *count(&mut self.per_worker, link.worker()) += 1;
        *count(&mut self.per_lane, usize::from(lane)) += 1;
        self.links.push((user, link));
        self.empty_since = None;
    }

    /// A connection changes its lane.
    pub fn change(&mut self, from: Lane, to: Lane) {
        *count(&mut self.per_lane, usize::from(from)) -= 1;
        *count(&mut self.per_lane, usize::from(to)) += 1;
    }

    /// A connection, which was in this lane, hears it no more.
    pub fn remove(&mut self, link: L, lane: Lane, now: Duration) {
        if let Some(at) = self.links.iter().position(|(_, other)| *other == link) {
            self.links.swap_remove(at);
            *count(&mut self.per_worker, link.worker()) -= 1;
            *count(&mut self.per_lane, usize::from(lane)) -= 1;
            if self.links.is_empty() {
                self.empty_since = Some(now);
            }
        }
    }

    /// Everyone who heard it.
    pub fn into_links(self) -> Vec<L> {
        self.links.into_iter().map(|(_, link)| link).collect()
    }
}

fn bits(counts: &[u32]) -> u64 {
    counts.iter().enumerate().fold(0, |bits, (place, count)| bits | u64::from(*count > 0) << place)
}

fn count(counts: &mut Vec<u32>, place: usize) -> &mut u32 {
    if counts.len() <= place {
        counts.resize(place + 1, 0);
    }
    &mut counts[place]
}
