//! What is told and read: everything to whom it concerns, and nothing to others.

use std::collections::HashSet;

use super::model::{Chat, Connection, Model, Part};
use super::storage::head;
use super::{Class, Findings};
use crate::history::{Link, Seen};

pub fn check(model: &Model<'_>, findings: &mut Findings) {
    for (name, chat) in &model.chats {
        let log = model.log(name);
        for (id, link) in &model.links {
            told(model, chat, &log, (*id, link, name), findings);
        }
        read(chat, &log, findings);
        strangers(model, chat, name, &log, findings);
    }
    logged_out(model, findings);
    let gone = model.shown.iter().filter(|(_, online)| !online);
    for (user, _) in gone {
        findings.add(Class::Presence, format!("{user} is connected and shown as offline"));
    }
}

/// A connection was told each message between the first and the last it was told of, and those sent since it opened;
/// if it is still open in the end, the last one as well.
fn told(
    model: &Model<'_>,
    chat: &Chat<'_>,
    log: &[(i64, &str)],
    (id, link, name): (Link, &Connection<'_>, &str),
    findings: &mut Findings,
) {
    let none = Vec::new();
    let heard = link.heard.get(name).unwrap_or(&none);
    let contents = Model::contents(heard);
    let places = || contents.iter().filter_map(|content| chat.places.get(content).copied());
    let (first, last) = (places().min().unwrap_or(i64::MAX), places().max().unwrap_or(i64::MIN));
    for (seq, content) in log.iter().filter(|(_, content)| !contents.contains(content)) {
        let Some(sending) = model.sendings.get(content) else { continue };
        if chat.part(link.user, *seq) != Part::In || (link.spares_own && sending.tries.contains(&Some(id))) {
            continue;
        }
        let is_new = sending.since > link.opened;
        let (door, user) = (link.door, link.user);
        if *seq < last && (*seq > first || is_new) {
            findings.add(Class::Skip, format!("link {id} ({door}) of {user} was not told {} at {seq}", head(content)));
        } else if *seq >= last && is_new && link.is_open && link.logged_out.is_none() {
            let detail = format!("link {id} ({door}) of {user} was never told {} at {seq}", head(content));
            findings.add(Class::Unseen, detail);
        }
    }
}

/// Pages and syncs leave nothing out and say nothing twice.
fn read(chat: &Chat<'_>, log: &[(i64, &str)], findings: &mut Findings) {
    for walk in &chat.walks {
        let seqs: Vec<i64> = walk.messages.iter().filter_map(|seen| seen.seq).collect();
        if seqs.windows(2).any(|pair| pair[0] <= pair[1]) {
            findings.add(Class::Order, format!("the pages that {} read do not go back", walk.user));
        }
        // Pages go back to the beginning.
        let newest = seqs.iter().max().copied().unwrap_or(0);
        missing(walk.messages, log, 0, newest, &format!("the pages that {} read", walk.user), findings);
        let absences = chat.absences.get(walk.user).into_iter().flatten();
        if absences.clone().any(|(gone, back)| walk.since > *gone && walk.at < *back) {
            findings.add(Class::Leak, format!("{} read history after their removal", walk.user));
        }
    }
    for (after, upto, messages) in &chat.syncs {
        missing(messages, log, *after, *upto, &format!("the changes after {after}"), findings);
    }
}

fn missing(messages: &[Seen], log: &[(i64, &str)], after: i64, upto: i64, who: &str, findings: &mut Findings) {
    let there: HashSet<&str> = messages.iter().map(|seen| seen.content.as_str()).collect();
    let due = log.iter().filter(|(seq, _)| *seq > after && *seq <= upto);
    for (seq, content) in due.filter(|(_, content)| !there.contains(content)) {
        findings.add(Class::Skip, format!("{who} left out {} at {seq}", head(content)));
    }
}

/// Nobody hears or says anything where they do not take part.
fn strangers(model: &Model<'_>, chat: &Chat<'_>, name: &str, log: &[(i64, &str)], findings: &mut Findings) {
    for (seq, content) in log {
        let Some(sending) = model.sendings.get(content) else { continue };
        if chat.part(sending.by, *seq) == Part::Out {
            findings.add(Class::Leak, format!("{} said {} at {seq}, removed by then", sending.by, head(content)));
        }
    }
    for (id, link) in &model.links {
        let absences = chat.absences.get(link.user).map_or(&[][..], Vec::as_slice);
        for (at, seen) in link.heard.get(name).into_iter().flatten() {
            let content = seen.content.as_str();
            let out = chat.places.get(content).is_some_and(|seq| chat.part(link.user, *seq) == Part::Out);
            let since = model.sendings.get(content).map_or(0, |sending| sending.since);
            if (out && chat.is_going(link.user, *at)) || absences.iter().any(|(gone, back)| since > *gone && at < back)
            {
                let user = link.user;
                findings.add(Class::Leak, format!("link {id} of {user}, removed by then, was told {}", head(content)));
            }
        }
    }
}

/// Nobody hears what was sent after their logout was acknowledged.
fn logged_out(model: &Model<'_>, findings: &mut Findings) {
    for (id, link) in &model.links {
        let Some(out) = link.logged_out else { continue };
        let heard = link.heard.values().flatten();
        for (_, seen) in heard {
            let since = model.sendings.get(seen.content.as_str()).map(|sending| sending.since);
            if since.is_some_and(|since| since > out) {
                findings.add(Class::Leak, format!("link {id}, logged out, was told {}", head(&seen.content)));
            }
        }
    }
}
