//! Each class has a history that is guilty of it, and of nothing else, next to one that is innocent.

use super::*;
use crate::history::{Outcome, Seen, What};

const ROOM: &str = "room";

fn seen(content: &str, seq: i64) -> Seen {
    Seen { id: format!("id-{content}"), content: content.into(), seq: Some(seq) }
}

/// A history written by hand: Ada and Bob take part from the beginning, and time passes with each note.
#[derive(Default)]
struct Story(Vec<What>);

impl Story {
    fn new() -> Self {
        Self::default().member("ada").member("bob")
    }

    fn note(mut self, what: What) -> Self {
        self.0.push(what);
        self
    }

    fn member(self, user: &str) -> Self {
        self.note(What::Member { chat: ROOM.into(), user: user.into() })
    }

    fn send(self, by: &str, content: &str, link: Option<u32>) -> Self {
        self.note(What::Send { chat: ROOM.into(), by: by.into(), content: content.into(), link })
    }

    fn sent(self, content: &str, outcome: Outcome) -> Self {
        self.note(What::Sent { content: content.into(), link: None, outcome })
    }

    /// Sent and acknowledged.
    fn said(self, by: &str, content: &str, link: Option<u32>) -> Self {
        self.send(by, content, link).sent(content, Outcome::Acknowledged(None))
    }

    fn open(self, link: u32, user: &str) -> Self {
        self.note(What::Open { link, user: user.into(), door: "events".into(), spares_own: false })
    }

    fn heard(self, link: u32, content: &str, seq: i64) -> Self {
        self.note(What::Heard { link, chat: ROOM.into(), message: seen(content, seq) })
    }

    /// Cleo goes or comes, and Ada's connection 1 is told so.
    fn moves(self, seq: i64, came: bool) -> Self {
        let (chat, user) = (ROOM.to_owned(), "cleo".to_owned());
        self.note(What::Move { chat: chat.clone(), user: user.clone(), came })
            .note(What::Moved { chat: chat.clone(), user: user.clone(), seq, came })
            .note(What::MoveDone { chat, user, came })
    }

    fn walked(self, user: &str, since: u64, messages: &[(&str, i64)]) -> Self {
        let messages = messages.iter().map(|(content, seq)| seen(content, *seq)).collect();
        self.note(What::Walked { chat: ROOM.into(), user: user.into(), since, messages })
    }

    /// In the end, Ada and Bob read this, oldest first.
    fn ends(self, messages: &[(&str, i64)]) -> Self {
        self.ends_for("ada", messages).ends_for("bob", messages)
    }

    fn ends_for(self, user: &str, messages: &[(&str, i64)]) -> Self {
        let messages: Vec<Seen> = messages.iter().rev().map(|(content, seq)| seen(content, *seq)).collect();
        let listed = messages.first().map(|seen| seen.id.clone());
        self.note(What::Final { chat: ROOM.into(), user: user.into(), messages, listed })
    }

    fn findings(self) -> Vec<Finding> {
        let records = (1..).zip(self.0).map(|(at, what)| Record { at, what });
        check(&records.collect::<Vec<_>>())
    }

    #[track_caller]
    fn acquits(self) {
        assert_eq!(self.findings(), []);
    }

    #[track_caller]
    fn convicts(self, class: Class) {
        let findings = self.findings();
        assert!(!findings.is_empty() && findings.iter().all(|f| f.class == class), "{class:?}: {findings:#?}");
    }
}

#[test]
fn an_ordinary_day_acquits() {
    let day = Story::new().open(1, "bob").said("ada", "a", None).heard(1, "a", 1).said("bob", "b", Some(1));
    day.heard(1, "b", 2).walked("ada", 8, &[("b", 2), ("a", 1)]).ends(&[("a", 1), ("b", 2)]).acquits();
}

#[test]
fn lost() {
    Story::new().said("ada", "a", None).ends(&[]).convicts(Class::Lost);
    Story::new().send("ada", "a", None).sent("a", Outcome::Unknown).ends(&[]).acquits();
    Story::new().send("ada", "a", None).sent("a", Outcome::Unknown).ends(&[("a", 1)]).acquits();
}

#[test]
fn phantom() {
    let refused = || Story::new().send("ada", "a", None).sent("a", Outcome::Refused("FORBIDDEN".into()));
    refused().ends(&[("a", 1)]).convicts(Class::Phantom);
    refused().send("ada", "a", None).sent("a", Outcome::Unknown).ends(&[("a", 1)]).acquits();
    Story::new().ends(&[("never said", 1)]).convicts(Class::Phantom);
    let told = Story::new().open(1, "bob").send("ada", "a", None).heard(1, "a", 1);
    told.ends(&[]).convicts(Class::Phantom);
}

#[test]
fn duplicate() {
    let twice = || Story::new().open(1, "bob").said("ada", "a", None).heard(1, "a", 1).heard(1, "a", 1);
    twice().ends(&[("a", 1)]).convicts(Class::Duplicate);
    let stored = Story::new().said("ada", "a", None).said("bob", "b", None).ends(&[("a", 1), ("b", 2), ("a", 3)]);
    assert!(count(&stored.findings(), Class::Duplicate) > 0);
}

#[test]
fn inconsistent() {
    let elsewhere = Story::new().open(1, "bob").said("ada", "a", None).heard(1, "a", 2);
    elsewhere.ends(&[("a", 1)]).convicts(Class::Inconsistent);
    let other = Outcome::Acknowledged(Some(Seen { id: "other".into(), ..seen("a", 1) }));
    Story::new().send("ada", "a", None).sent("a", other).ends(&[("a", 1)]).convicts(Class::Inconsistent);
    let shared = Story::new().said("ada", "a", None).said("ada", "b", None).ends(&[("a", 1), ("b", 1)]);
    assert!(count(&shared.findings(), Class::Inconsistent) > 0);
}

#[test]
fn order() {
    let both = || Story::new().open(1, "bob").send("ada", "a", None).send("bob", "b", None);
    both().heard(1, "b", 2).heard(1, "a", 1).ends(&[("a", 1), ("b", 2)]).convicts(Class::Order);
    both().heard(1, "a", 1).heard(1, "b", 2).ends(&[("a", 1), ("b", 2)]).acquits();
    let other = Story::new().send("ada", "a", None).ends_for("ada", &[("a", 1)]).ends_for("bob", &[]);
    other.convicts(Class::Order);
}

#[test]
fn fifo() {
    let both = || Story::new().open(1, "ada").send("ada", "a", Some(1)).send("ada", "b", Some(1));
    let answered = |story: Story| {
        let answered = story.sent("b", Outcome::Acknowledged(None)).sent("a", Outcome::Acknowledged(None));
        answered.heard(1, "b", 1).heard(1, "a", 2).ends(&[("b", 1), ("a", 2)])
    };
    answered(both()).convicts(Class::Fifo);
    answered(both().send("ada", "a", Some(2))).acquits();
}

#[test]
fn realtime() {
    let turned = Story::new().said("ada", "a", None).said("bob", "b", None).ends(&[("b", 1), ("a", 2)]);
    turned.convicts(Class::Realtime);
    let at_once = Story::new().send("ada", "a", None).said("bob", "b", None).sent("a", Outcome::Acknowledged(None));
    at_once.ends(&[("b", 1), ("a", 2)]).acquits();
}

#[test]
fn skip() {
    let three = || Story::new().open(1, "bob").said("ada", "a", None).said("ada", "b", None).said("ada", "c", None);
    let end = [("a", 1), ("b", 2), ("c", 3)];
    three().heard(1, "a", 1).heard(1, "c", 3).ends(&end).convicts(Class::Skip);
    three().heard(1, "b", 2).heard(1, "c", 3).ends(&end).convicts(Class::Skip);
    three().heard(1, "a", 1).heard(1, "b", 2).note(What::Closed { link: 1 }).ends(&end).acquits();
    let before = Story::new().said("ada", "a", None).open(1, "bob").said("ada", "b", None).heard(1, "b", 2);
    before.ends(&[("a", 1), ("b", 2)]).acquits();
}

#[test]
fn pages_and_syncs() {
    let three = || Story::new().said("ada", "a", None).said("ada", "b", None).said("ada", "c", None);
    let end = [("a", 1), ("b", 2), ("c", 3)];
    three().walked("bob", 1, &[("c", 3), ("a", 1)]).ends(&end).convicts(Class::Skip);
    three().walked("bob", 1, &[("b", 2), ("b", 2), ("a", 1)]).ends(&end).convicts(Class::Order);
    three().walked("bob", 1, &[("b", 2), ("a", 1)]).ends(&end).acquits();
    let synced = |upto, messages: &[(&str, i64)]| {
        let messages = messages.iter().map(|(content, seq)| seen(content, *seq)).collect();
        three().note(What::Synced { chat: ROOM.into(), after: 1, upto, messages }).ends(&end)
    };
    synced(3, &[("b", 2)]).convicts(Class::Skip);
    synced(2, &[("b", 2)]).acquits();
}

#[test]
fn unseen() {
    let last = || Story::new().open(1, "bob").said("ada", "a", None).heard(1, "a", 1).said("ada", "b", None);
    last().ends(&[("a", 1), ("b", 2)]).convicts(Class::Unseen);
    last().note(What::Closed { link: 1 }).ends(&[("a", 1), ("b", 2)]).acquits();
    last().heard(1, "b", 2).ends(&[("a", 1), ("b", 2)]).acquits();
    let spared = What::Open { link: 2, user: "ada".into(), door: "frames".into(), spares_own: true };
    Story::new().note(spared).said("ada", "a", Some(2)).ends(&[("a", 1)]).acquits();
}

#[test]
fn what_is_told_and_said_after_a_removal_leaks() {
    let room = || Story::new().member("cleo").open(2, "cleo").moves(1, false);
    room().said("ada", "a", None).heard(2, "a", 2).ends(&[("a", 2)]).convicts(Class::Leak);
    room().said("ada", "a", None).ends(&[("a", 2)]).acquits();
    room().send("cleo", "c", None).sent("c", Outcome::Unknown).ends(&[("c", 2)]).convicts(Class::Leak);
    let back = room().said("ada", "a", None).moves(3, true).said("ada", "b", None);
    back.heard(2, "b", 4).ends(&[("a", 2), ("b", 4)]).acquits();
    let late = room().said("ada", "a", None).moves(3, true).heard(2, "a", 2);
    late.ends(&[("a", 2)]).acquits();
    let missed = room().moves(2, true).said("ada", "b", None).ends(&[("b", 3)]);
    missed.convicts(Class::Unseen);
}

#[test]
fn what_is_read_after_a_removal_leaks() {
    let room = || Story::new().member("cleo").said("ada", "a", None).moves(2, false);
    // The removal is noted at 8.
    room().walked("cleo", 9, &[("a", 1)]).ends(&[("a", 1)]).convicts(Class::Leak);
    room().walked("cleo", 7, &[("a", 1)]).ends(&[("a", 1)]).acquits();
    room().moves(3, true).walked("cleo", 9, &[("a", 1)]).ends(&[("a", 1)]).acquits();
}

#[test]
fn a_move_that_nobody_was_told_of_leaves_doubt() {
    let unseen =
        Story::new().member("cleo").note(What::MoveDone { chat: ROOM.into(), user: "cleo".into(), came: false });
    unseen.send("cleo", "c", None).sent("c", Outcome::Unknown).ends(&[("c", 2)]).acquits();
}

#[test]
fn what_is_heard_after_logout_leaks() {
    let out = || Story::new().open(1, "bob").send("ada", "a", None).note(What::LoggedOut { link: 1 });
    let late = out().heard(1, "a", 1).said("ada", "b", None).heard(1, "b", 2).ends(&[("a", 1), ("b", 2)]);
    late.convicts(Class::Leak);
    out().heard(1, "a", 1).said("ada", "b", None).ends(&[("a", 1), ("b", 2)]).acquits();
}

#[test]
fn torn() {
    let listed = |id: Option<&str>| {
        let (messages, listed) = (vec![seen("a", 1)], id.map(str::to_owned));
        let sight = What::Final { chat: ROOM.into(), user: "ada".into(), messages, listed };
        Story::new().said("ada", "a", None).note(sight)
    };
    listed(Some("id-a")).acquits();
    listed(None).convicts(Class::Torn);
    listed(Some("id-b")).convicts(Class::Torn);
}

#[test]
fn presence_and_crashes() {
    let shown = |online| What::Shown { user: "ada".into(), online };
    Story::new().note(shown(false)).convicts(Class::Presence);
    Story::new().note(shown(true)).acquits();
    Story::new().note(What::Crashed { how: "exit code 101".into() }).convicts(Class::Crash);
}
