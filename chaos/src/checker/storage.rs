//! What is stored: nothing lost, nothing made up, nothing twice, and everybody sees the same.

use std::collections::{HashMap, HashSet};

use super::model::{Model, Sight};
use super::{Class, Findings};
use crate::history::Seen;

pub fn check(model: &Model<'_>, findings: &mut Findings) {
    lost_and_refused(model, findings);
    for (name, chat) in &model.chats {
        for sight in &chat.sights {
            compare(name, sight, &chat.sights[0], findings);
            torn(name, sight, findings);
        }
    }
    sights(model, findings);
    for crash in &model.crashes {
        findings.add(Class::Crash, *crash);
    }
}

fn lost_and_refused(model: &Model<'_>, findings: &mut Findings) {
    for (content, sending) in &model.sendings {
        let Some(chat) = model.chats.get(sending.chat).filter(|chat| !chat.sights.is_empty()) else { continue };
        let stored = chat.places.contains_key(content);
        if sending.acknowledged.is_some() && !stored {
            findings.add(Class::Lost, format!("{} by {} was acknowledged", head(content), sending.by));
        }
        if sending.is_refused() && stored {
            findings.add(Class::Phantom, format!("{} by {} was refused and is stored", head(content), sending.by));
        }
    }
}

/// Everybody reads the same, newest first, each message once.
fn compare(chat: &str, sight: &Sight<'_>, truth: &Sight<'_>, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for message in sight.messages {
        if !seen.insert(&message.content) {
            findings.add(Class::Duplicate, format!("{} is stored more than once", head(&message.content)));
        }
    }
    for pair in sight.messages.windows(2) {
        if pair[0].seq <= pair[1].seq {
            findings.add(Class::Order, format!("history of {chat}: {} before {}", at(&pair[0]), at(&pair[1])));
        }
    }
    if sight.messages != truth.messages {
        findings.add(Class::Order, format!("{} and {} read different histories of {chat}", sight.user, truth.user));
    }
}

fn torn(chat: &str, sight: &Sight<'_>, findings: &mut Findings) {
    let last = sight.messages.first().map(|seen| seen.id.as_str());
    if last != sight.listed {
        let listed = sight.listed.unwrap_or("nothing");
        findings.add(Class::Torn, format!("{} is shown {listed} as the last of {chat}", sight.user));
    }
}

/// Whatever was seen of a message anywhere is stored so; and every place is one message's.
fn sights(model: &Model<'_>, findings: &mut Findings) {
    let mut ids: HashMap<&str, &str> = HashMap::new();
    let mut places: HashMap<(&str, i64), &str> = HashMap::new();
    for (chat, seen, wherever) in &model.sights {
        let content = seen.content.as_str();
        match model.sendings.get(content) {
            Some(sending) if sending.chat == *chat => {}
            _ => findings.add(Class::Phantom, format!("{wherever}: nobody said {} in {chat}", head(content))),
        }
        let stored = model.chats.get(chat).filter(|chat| !chat.sights.is_empty());
        if let Some(chat) = stored {
            match chat.places.get(content) {
                None => findings.add(Class::Phantom, format!("{wherever}: {} is not stored", at(seen))),
                Some(place) if seen.seq.is_some_and(|seq| seq != *place) => {
                    findings.add(Class::Inconsistent, format!("{wherever}: {} is stored at {place}", at(seen)));
                }
                Some(_) => {}
            }
        }
        if *ids.entry(content).or_insert(&seen.id) != seen.id {
            findings.add(Class::Inconsistent, format!("{wherever}: {} has two ids", head(content)));
        }
        if let Some(seq) = seen.seq
            && *places.entry((chat, seq)).or_insert(content) != content
        {
            findings.add(Class::Inconsistent, format!("{wherever}: {} has the place of another", at(seen)));
        }
    }
}

/// A message and its place.
pub fn at(seen: &Seen) -> String {
    let place = seen.seq.map_or_else(String::new, |seq| format!(" at {seq}"));
    format!("{}{place}", head(&seen.content))
}

/// The part of a content that names the message.
pub fn head(content: &str) -> &str {
    content.split_once(' ').map_or(content, |(head, _)| head)
}
