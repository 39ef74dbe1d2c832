//! A history, put together by what it is about.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::history::{Link, Outcome, Record, Seen, What};

/// A message that somebody wanted to send.
#[derive(Debug)]
pub struct Sending<'a> {
    pub chat: &'a str,
    pub by: &'a str,
    /// When it was first tried.
    pub since: u64,
    /// By which connections, in order.
    pub tries: Vec<Option<Link>>,
    /// When it was first acknowledged.
    pub acknowledged: Option<u64>,
    /// Whether each try was refused.
    refused: usize,
}

impl Sending<'_> {
    /// Whether nothing of it may be stored.
    pub fn is_refused(&self) -> bool {
        self.acknowledged.is_none() && self.refused == self.tries.len()
    }
}

/// A connection.
#[derive(Debug)]
pub struct Connection<'a> {
    pub user: &'a str,
    pub door: &'a str,
    pub spares_own: bool,
    pub opened: u64,
    pub is_open: bool,
    pub logged_out: Option<u64>,
    /// What it was told, by chat.
    pub heard: BTreeMap<&'a str, Vec<(u64, &'a Seen)>>,
}

/// How somebody stands to a chat at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    In,
    Out,
    Unknown,
}

/// Pages that somebody read.
#[derive(Debug)]
pub struct Walk<'a> {
    pub user: &'a str,
    pub since: u64,
    pub at: u64,
    pub messages: &'a [Seen],
}

/// What one person sees of a chat in the end.
#[derive(Debug)]
pub struct Sight<'a> {
    pub user: &'a str,
    pub messages: &'a [Seen],
    pub listed: Option<&'a str>,
}

/// A chat.
#[derive(Debug, Default)]
pub struct Chat<'a> {
    /// What each sees in the end; the first is taken for the truth.
    pub sights: Vec<Sight<'a>>,
    /// The places of messages in the end, by content.
    pub places: HashMap<&'a str, i64>,
    pub walks: Vec<Walk<'a>>,
    pub syncs: Vec<(i64, i64, &'a [Seen])>,
    /// Comings and goings that somebody was told of.
    moves: HashMap<&'a str, BTreeMap<i64, bool>>,
    /// Times between which somebody was surely out: removed, and not about to be added.
    pub absences: HashMap<&'a str, Vec<(u64, u64)>>,
    /// When somebody was about to be added or removed.
    asked: HashMap<&'a str, BTreeMap<u64, bool>>,
    /// How each stands in the end, as far as it was asked for.
    ends: HashMap<&'a str, bool>,
}

impl Chat<'_> {
    /// Whether somebody was removed, or about to be, at a moment, and nobody had set out to add them again. Who is
    /// added sees the whole history, so they may also be told late what was said before.
    pub fn is_going(&self, user: &str, at: u64) -> bool {
        let asked = self.asked.get(user);
        asked.and_then(|asked| asked.range(..at).next_back()).is_some_and(|(_, came)| !came)
    }

    /// How somebody stands at a place.
    pub fn part(&self, user: &str, seq: i64) -> Part {
        let Some(moves) = self.moves.get(user) else { return Part::Unknown };
        let Some((_, &came)) = moves.range(..=seq).next_back() else { return Part::Unknown };
        // A move that nobody was told of lies between two of the same kind, or before the end.
        let next = moves.range(seq + 1..).next().map(|(_, came)| *came);
        let consistent = match next {
            Some(next) => next != came,
            None => self.ends.get(user).is_none_or(|end| *end == came),
        };
        match (consistent, came) {
            (false, _) => Part::Unknown,
            (true, true) => Part::In,
            (true, false) => Part::Out,
        }
    }
}

/// The whole.
#[derive(Debug, Default)]
pub struct Model<'a> {
    pub sendings: BTreeMap<&'a str, Sending<'a>>,
    pub links: BTreeMap<Link, Connection<'a>>,
    pub chats: BTreeMap<&'a str, Chat<'a>>,
    /// Everything that was seen of messages, with where.
    pub sights: Vec<(&'a str, &'a Seen, &'static str)>,
    pub shown: Vec<(&'a str, bool)>,
    pub crashes: Vec<&'a str>,
}

impl<'a> Model<'a> {
    pub fn of(history: &'a [Record]) -> Self {
        let mut model = Self::default();
        for record in history {
            model.take(record.at, &record.what);
        }
        for chat in model.chats.values_mut() {
            let truth = chat.sights.first().map_or(&[][..], |sight| sight.messages);
            chat.places = truth.iter().filter_map(|seen| Some((seen.content.as_str(), seen.seq?))).collect();
        }
        model
    }

    /// The messages of a chat in the end, in order.
    pub fn log(&self, chat: &str) -> Vec<(i64, &'a str)> {
        let places = self.chats.get(chat).into_iter().flat_map(|chat| &chat.places);
        let mut log: Vec<_> = places.map(|(content, seq)| (*seq, *content)).collect();
        log.sort_unstable();
        log
    }

    /// What each connection has been told of a chat.
    pub fn contents(heard: &[(u64, &'a Seen)]) -> HashSet<&'a str> {
        heard.iter().map(|(_, seen)| seen.content.as_str()).collect()
    }

    fn take(&mut self, at: u64, what: &'a What) {
        match what {
            What::Send { chat, by, content, link } => {
                let fresh = || Sending { chat, by, since: at, tries: Vec::new(), acknowledged: None, refused: 0 };
                self.sendings.entry(content).or_insert_with(fresh).tries.push(*link);
            }
            What::Sent { content, outcome, .. } => self.sent(at, content, outcome),
            What::Open { link, user, door, spares_own } => {
                let heard = BTreeMap::new();
                let (opened, spares_own) = (at, *spares_own);
                let link_of = Connection { user, door, spares_own, opened, is_open: true, logged_out: None, heard };
                self.links.insert(*link, link_of);
            }
            What::Heard { link, chat, message } => {
                self.sights.push((chat, message, "live"));
                if let Some(link) = self.links.get_mut(link) {
                    link.heard.entry(chat).or_default().push((at, message));
                }
            }
            What::Closed { link } => self.links.get_mut(link).into_iter().for_each(|link| link.is_open = false),
            What::LoggedOut { link } => {
                self.links.get_mut(link).into_iter().for_each(|link| link.logged_out = Some(at));
            }
            What::Shown { user, online } => self.shown.push((user, *online)),
            What::Crashed { how } => self.crashes.push(how),
            What::Fault { .. } => {}
            other => self.take_of_chat(at, other),
        }
    }

    fn sent(&mut self, at: u64, content: &'a str, outcome: &'a Outcome) {
        let Some(sending) = self.sendings.get_mut(content) else { return };
        match outcome {
            Outcome::Acknowledged(seen) => {
                sending.acknowledged.get_or_insert(at);
                self.sights.extend(seen.as_ref().map(|seen| (sending.chat, seen, "acknowledged")));
            }
            Outcome::Refused(_) => sending.refused += 1,
            Outcome::Unknown => {}
        }
    }

    fn take_of_chat(&mut self, at: u64, what: &'a What) {
        match what {
            What::Member { chat, user } => self.moved(chat, user, 0, true),
            What::Moved { chat, user, seq, came } => self.moved(chat, user, *seq, *came),
            What::Move { chat, user, came } => {
                let chat = self.chats.entry(chat).or_default();
                chat.asked.entry(user).or_default().insert(at, *came);
                if *came {
                    let absences = chat.absences.entry(user).or_default();
                    absences.last_mut().into_iter().for_each(|absence| absence.1 = absence.1.min(at));
                }
            }
            What::MoveDone { chat, user, came } => {
                let chat = self.chats.entry(chat).or_default();
                chat.ends.insert(user, *came);
                if !came {
                    chat.absences.entry(user).or_default().push((at, u64::MAX));
                }
            }
            What::Walked { chat, user, since, messages } => {
                self.sights.extend(messages.iter().map(|seen| (chat.as_str(), seen, "page")));
                self.chats.entry(chat).or_default().walks.push(Walk { user, since: *since, at, messages });
            }
            What::Synced { chat, after, upto, messages } => {
                self.sights.extend(messages.iter().map(|seen| (chat.as_str(), seen, "sync")));
                self.chats.entry(chat).or_default().syncs.push((*after, *upto, messages));
            }
            What::Final { chat, user, messages, listed } => {
                self.sights.extend(messages.iter().map(|seen| (chat.as_str(), seen, "history")));
                let sight = Sight { user, messages, listed: listed.as_deref() };
                self.chats.entry(chat).or_default().sights.push(sight);
            }
            _ => {}
        }
    }

    fn moved(&mut self, chat: &'a str, user: &'a str, seq: i64, came: bool) {
        self.chats.entry(chat).or_default().moves.entry(user).or_default().insert(seq, came);
    }
}
