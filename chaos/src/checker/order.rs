//! One order for all: that of senders, that of time, and that of whoever listens.

use std::collections::{BTreeMap, HashSet};

use super::model::Model;
use super::storage::{at, head};
use super::{Class, Findings};

pub fn check(model: &Model<'_>, findings: &mut Findings) {
    for name in model.chats.keys() {
        let log = model.log(name);
        realtime(model, &log, findings);
        fifo(model, &log, findings);
    }
    live(model, findings);
}

/// What was acknowledged before another was sent comes before it.
fn realtime(model: &Model<'_>, log: &[(i64, &str)], findings: &mut Findings) {
    let mut latest: Option<(u64, &str)> = None;
    for (_, content) in log {
        let Some(sending) = model.sendings.get(content) else { continue };
        if let (Some(done), Some((since, before))) = (sending.acknowledged, latest)
            && done < since
        {
            let (late, early) = (head(content), head(before));
            findings.add(Class::Realtime, format!("{early} was sent after {late} was acknowledged, and is before it"));
        }
        latest = latest.max(Some((sending.since, content)));
    }
}

/// What one connection sent, once and with success, keeps its order.
fn fifo(model: &Model<'_>, log: &[(i64, &str)], findings: &mut Findings) {
    let mut last: BTreeMap<u32, (u64, &str)> = BTreeMap::new();
    for (_, content) in log {
        let Some(sending) = model.sendings.get(content) else { continue };
        let ([Some(link)], Some(_)) = (sending.tries.as_slice(), sending.acknowledged) else { continue };
        let before = last.entry(*link).or_insert((sending.since, content));
        if before.0 > sending.since {
            let (early, late) = (head(before.1), head(content));
            findings.add(Class::Fifo, format!("link {link} sent {late} before {early}"));
        }
        *before = (*before).max((sending.since, content));
    }
}

/// Each connection is told in the order of places, each message once.
fn live(model: &Model<'_>, findings: &mut Findings) {
    for (link, connection) in &model.links {
        for (chat, heard) in &connection.heard {
            let places = model.chats.get(chat).map(|chat| &chat.places);
            let place = |content: &str| places.and_then(|places| places.get(content)).copied();
            let mut told = HashSet::new();
            let mut highest = i64::MIN;
            for (_, seen) in heard {
                if !told.insert(seen.content.as_str()) {
                    findings.add(Class::Duplicate, format!("link {link} was told {} twice", at(seen)));
                    continue;
                }
                let Some(seq) = place(&seen.content) else { continue };
                if seq < highest {
                    let door = connection.door;
                    findings.add(Class::Order, format!("link {link} ({door}) was told {} after {highest}", at(seen)));
                }
                highest = highest.max(seq);
            }
        }
    }
}
