//! The judge: a pure function from a history to what is wrong with it.
//!
//! Place in a conversation (`seq`) decides wherever it can; clocks only where one thing was answered before another was
//! asked for. So a slow machine is never found guilty.

mod delivery;
mod model;
mod order;
mod storage;
#[cfg(test)]
mod tests;

use std::fmt;

use self::model::Model;
use crate::history::Record;

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// An acknowledged message is not there in the end.
    Lost,
    /// A message that was refused, never sent, or is not stored was seen.
    Phantom,
    /// A message is stored, or was told to one connection, more than once.
    Duplicate,
    /// Two sights of a message differ, or two messages have one place.
    Inconsistent,
    /// Two observers saw messages in different orders.
    Order,
    /// Messages of one connection changed places.
    Fifo,
    /// A message is after one that was sent only when it had been acknowledged.
    Realtime,
    /// A connection, a page or a sync left something out.
    Skip,
    /// A connection was not told the last of it until the end.
    Unseen,
    /// Somebody heard, read or said something who was no participant, or was logged out.
    Leak,
    /// The list of conversations and the history disagree.
    Torn,
    /// Somebody is shown as what they are not.
    Presence,
    /// The server ended otherwise than it was told to.
    Crash,
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of what kind.
    pub class: Class,
    /// What exactly.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.class, self.detail)
    }
}

/// All findings, in the order of their classes.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, class: Class, detail: impl Into<String>) {
        self.0.push(Finding { class, detail: detail.into() });
    }
}

/// Judges a history.
pub fn check(history: &[Record]) -> Vec<Finding> {
    let model = Model::of(history);
    let mut findings = Findings::default();
    storage::check(&model, &mut findings);
    order::check(&model, &mut findings);
    delivery::check(&model, &mut findings);
    let mut findings = findings.0;
    findings.sort_by(|one, other| one.class.cmp(&other.class).then_with(|| one.detail.cmp(&other.detail)));
    findings.dedup();
    findings
}

/// How many there are of a class.
pub fn count(findings: &[Finding], class: Class) -> usize {
    findings.iter().filter(|finding| finding.class == class).count()
}
