//! Namespaces, events and acknowledgements.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::time::Duration;

use common::{Note, Raw, SOCKET, Server};
use socketio::Options;

/// A session in no namespace.
async fn fresh(server: &Server) -> Raw {
    let mut raw = server.raw().await;
    raw.websocket(SOCKET).await;
    raw
}

#[tokio::test]
async fn a_client_enters_namespaces_with_and_without_a_payload() {
    let server = Server::start();
    let mut raw = fresh(&server).await;
    let main = raw.enter("").await;
    let custom = raw.enter("/custom,").await;
    assert_eq!((main.len(), custom.len()), (22, 22));
    assert_ne!(main, custom);
    for (packet, answer, auth) in [
        ("40{\"token\":\"123\"}", "40{\"sid\":\"", "42[\"auth\",{\"token\":\"123\"}]"),
        (
            "40/custom,{\"n\": 12345678901234567890}",
            "40/custom,{\"sid\":\"",
            "42/custom,[\"auth\",{\"n\": 12345678901234567890}]",
        ),
    ] {
        let mut raw = fresh(&server).await;
        raw.say(packet).await;
        let heard = raw.hear().await;
        assert!(heard.starts_with(answer) && heard.ends_with("\"}"), "{heard}");
        raw.hears(auth).await;
    }
    // Without the comma.
    let mut raw = fresh(&server).await;
    raw.say("40/custom").await;
    assert!(raw.hear().await.starts_with("40/custom,{\"sid\":\""));
}

#[tokio::test]
async fn an_application_gives_ids_and_reasons() {
    let server = Server::start();
    let mut raw = server.raw().await;
    assert_eq!(raw.upgrade(SOCKET, "", "Authorization: Bearer abc\r\n").await.status, 101);
    raw.hear().await;
    raw.say("40/again,").await;
    raw.hears("40/again,{\"sid\":\"earlier\",\"pid\":\"private\"}").await;
    raw.say("40/random").await;
    raw.hears("44/random,{\"message\":\"Invalid namespace\"}").await;
    raw.say("40/no,{}").await;
    raw.hears("44/no,{\"message\":\"No\",\"data\":{\"token\":\"Bearer abc\"}}").await;
}

#[tokio::test]
async fn a_malformed_packet_ends_its_session_only() {
    let mut server = Server::start();
    let (mut other, _) = server.member().await;
    for text in [
        "4",
        "4abc",
        "49",
        "4999",
        "42{}",
        "42[]",
        "42[null]",
        "42[\"connect\"]",
        "42abc[\"message\"]",
        "42[\"a\"",
        "418446744073709551616",
        "4218446744073709551616[\"a\"]",
        "45[\"a\"]",
        "4511-[\"a\"]",
        "45999999999-[\"a\"]",
        "451.2-[\"a\"]",
        "44{\"message\":\"x\"}",
        "41/admin,{}",
        "43[1]",
        "4310{}",
        "40[]",
        "42/custom,[\"a\"]",
        "41/custom",
        "43/custom,1[]",
    ] {
        for enters in [false, true] {
            let mut raw = fresh(&server).await;
            if enters {
                raw.enter("").await;
                server.opened().await;
            }
            raw.say(text).await;
            assert_eq!(raw.hears_close().await, 1002, "{text}");
            if enters {
                assert_eq!(server.note().await, Note::Closed("/".to_owned(), false), "{text}");
            }
        }
    }
    other.say("42[\"still\"]").await;
    other.hears("42[\"still\"]").await;
}

#[tokio::test]
async fn a_malformed_packet_is_refused_over_polling() {
    let mut server = Server::start();
    let (mut raw, sid, _) = server.poller().await;
    assert_eq!(raw.post(SOCKET, &sid, "42[\"good\"]\x1e42{}").await.code(), 3);
    assert_eq!(raw.poll(SOCKET, &sid).await.code(), 1);
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
}

#[tokio::test]
async fn an_event_before_its_namespace_ends_the_session() {
    let server = Server::start();
    let mut raw = fresh(&server).await;
    raw.say("42[\"early\"]").await;
    assert_eq!(raw.hears_close().await, 1002);
}

#[tokio::test]
async fn who_is_in_no_namespace_is_sent_away() {
    let connect_timeout = Duration::from_millis(50);
    let mut server = Server::limited(Options { connect_timeout, ..Options::default() });
    let (mut never, mut refused) = (fresh(&server).await, fresh(&server).await);
    let (mut member, _) = server.member().await;
    refused.say("40/random").await;
    refused.hears("44/random,{\"message\":\"Invalid namespace\"}").await;
    assert_eq!(never.hears_close().await, 1008);
    assert_eq!(refused.hears_close().await, 1008);
    assert!(member.is_quiet().await, "it is in one");
    member.say("41").await;
    assert_eq!(member.hears_close().await, 1008);
}

#[tokio::test]
async fn who_waits_to_be_let_in_is_not_sent_away() {
    let connect_timeout = Duration::from_millis(50);
    let mut server = Server::limited(Options { connect_timeout, ..Options::default() });
    let mut raw = fresh(&server).await;
    raw.say("40/slow,").await;
    assert_eq!(server.note().await, Note::Started("connect"));
    assert!(raw.is_quiet().await, "the server takes its time, not the client");
    server.gate.add_permits(1);
    assert!(raw.hear().await.starts_with("40/slow,{\"sid\":\""));
}

#[tokio::test]
async fn leaving_a_namespace_leaves_the_session() {
    let options = Options { ping_interval: Duration::from_millis(100), ..Options::default() };
    let mut server = Server::limited(options);
    let mut raw = fresh(&server).await;
    raw.enter("").await;
    raw.enter("/custom,").await;
    raw.say("41/custom").await;
    raw.say("42[\"still\"]").await;
    raw.hears("42[\"still\"]").await;
    raw.say("41").await;
    raw.hears("2").await;
    raw.enter("").await;
    for expected in ["/", "/custom"] {
        assert!(matches!(server.note().await, Note::Opened(name, _) if name == expected));
    }
    assert_eq!(server.note().await, Note::Closed("/custom".to_owned(), true));
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), true));
    server.opened().await;
    assert_eq!(server.noted(), None);
}

#[tokio::test]
async fn events_and_acknowledgements_are_byte_for_byte() {
    let mut server = Server::start();
    let (mut raw, _) = server.member().await;
    raw.enter("/custom,").await;
    for (said, heard) in [
        ("42[\"message\",1,\"2\",{\"3\":[true]}]", "42[\"message\",1,\"2\",{\"3\":[true]}]"),
        ("42456[\"message\",1,\"2\",{\"3\":[false]}]", "43456[\"message\",1,\"2\",{\"3\":[false]}]"),
        ("42[\"big\",123456789012345678901234567890,1.50]", "42[\"big\",123456789012345678901234567890,1.50]"),
        ("42/custom,0[\"a\",\"\u{1f600}\"]", "43/custom,0[\"a\",\"\u{1f600}\"]"),
        ("429999999999999999999[\"a\"]", "439999999999999999999[\"a\"]"),
    ] {
        raw.say(said).await;
        raw.hears(heard).await;
    }
}

#[tokio::test]
async fn attachments_come_back_where_they_were() {
    let mut server = Server::start();
    let (mut raw, _) = server.member().await;
    let args = "[\"message\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";
    for (said, heard) in
        [(format!("452-{args}"), format!("452-{args}")), (format!("452-789{args}"), format!("462-789{args}"))]
    {
        raw.say(&said).await;
        raw.frame(0x82, &[1, 2, 3]).await;
        raw.frame(0x82, &[4, 5, 6]).await;
        raw.hears(&heard).await;
        raw.hears_bytes(&[1, 2, 3]).await;
        raw.hears_bytes(&[4, 5, 6]).await;
    }
    let (mut polling, sid, _) = server.poller().await;
    polling.give(SOCKET, &sid, &format!("452-7{args}\x1ebAQID\x1ebBAUG\x1e42[\"next\"]")).await;
    assert_eq!(polling.poll(SOCKET, &sid).await.body, format!("462-7{args}\x1ebAQID\x1ebBAUG\x1e42[\"next\"]"));
}

#[tokio::test]
async fn attachments_have_to_come_and_alone() {
    let attachments_timeout = Duration::from_millis(50);
    let mut server = Server::limited(Options { attachments_timeout, ..Options::default() });
    let (mut raw, _) = server.member().await;
    raw.frame(0x82, &[1]).await;
    assert_eq!(raw.hears_close().await, 1002, "of nothing");
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    let (mut raw, _) = server.member().await;
    raw.say("452-[\"a\"]").await;
    raw.frame(0x82, &[1]).await;
    raw.say("42[\"between\"]").await;
    assert_eq!(raw.hears_close().await, 1002, "something between");
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    let (mut raw, _) = server.member().await;
    raw.say("451-[\"a\"]").await;
    assert_eq!(raw.hears_close().await, 1002, "they never come");
}

#[tokio::test]
async fn a_handler_asks_the_client_within_a_command() {
    let mut server = Server::start();
    let (mut raw, _) = server.member().await;
    raw.say("42[\"ask\"]").await;
    raw.hears("420[\"question\"]").await;
    // What comes behind waits for its turn; an acknowledgement does not, and one that nobody asked for is nothing.
    raw.say("42[\"behind\"]").await;
    raw.say("437[\"unasked\"]").await;
    raw.say("430[42,\"b\"]").await;
    raw.hears("42[\"answer\",[42,\"b\"]]").await;
    raw.hears("42[\"behind\"]").await;
    raw.say("430[\"twice\"]").await;
    raw.say("42[\"ask\"]").await;
    raw.hears("421[\"question\"]").await;
    raw.hears("42[\"answer\",[\"the client has not answered in time\"]]").await;
    raw.say("431[\"too late\"]").await;
    raw.say("42[\"still\"]").await;
    raw.hears("42[\"still\"]").await;
}

#[tokio::test]
async fn answers_that_are_waited_for_are_bounded() {
    let mut server = Server::limited(Options { max_acks: 2, ..Options::default() });
    let (mut raw, _) = server.member().await;
    raw.say("42[\"wonder\",3]").await;
    raw.hears("420[\"question\"]").await;
    raw.hears("421[\"question\"]").await;
    assert_eq!(server.note().await, Note::Answer("too many acknowledgements are waited for".to_owned()));
    raw.say("431[\"one\"]").await;
    assert_eq!(server.note().await, Note::Answer("[\"one\"]".to_owned()));
    drop(raw);
    let ended = Note::Answer("the socket has ended".to_owned());
    common::assert_all(&[server.note().await, server.note().await], &[Note::Closed("/".to_owned(), false), ended]);
}

#[tokio::test]
async fn a_question_and_its_answer_may_have_attachments() {
    let mut server = Server::start();
    let (mut raw, _) = server.member().await;
    raw.say("451-[\"wonder\",1,{\"_placeholder\":true,\"num\":0}]").await;
    raw.frame(0x82, &[1, 2]).await;
    raw.hears("451-0[\"question\"]").await;
    raw.hears_bytes(&[1, 2]).await;
    raw.say("461-0[{\"_placeholder\":true,\"num\":0}]").await;
    raw.frame(0x82, &[3]).await;
    assert_eq!(server.note().await, Note::Answer("[{\"_placeholder\":true,\"num\":0}]".to_owned()));
}

#[tokio::test]
async fn commands_run_in_order_over_all_namespaces() {
    let mut server = Server::start();
    let mut raw = fresh(&server).await;
    // All at once: each waits for the one before.
    for text in
        ["40{\"open\":\"slow\"}", "40/custom,", "42[\"slow\"]", "42/custom,[\"behind\"]", "41", "40", "42[\"last\"]"]
    {
        raw.say(text).await;
    }
    assert!(raw.hear().await.starts_with("40{\"sid\":"));
    server.opened().await;
    assert_eq!(server.note().await, Note::Started("open"));
    assert!(raw.is_quiet().await);
    server.gate.add_permits(1);
    raw.hears("42[\"ready\"]").await;
    assert!(raw.hear().await.starts_with("40/custom,{\"sid\":"));
    server.opened().await;
    assert_eq!(server.note().await, Note::Started("slow"));
    server.gate.add_permits(1);
    raw.hears("42[\"slow\"]").await;
    raw.hears("42/custom,[\"behind\"]").await;
    assert!(raw.hear().await.starts_with("40{\"sid\":"));
    raw.hears("42[\"last\"]").await;
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), true));
    server.opened().await;
}

#[tokio::test]
async fn heartbeats_go_on_while_a_command_runs() {
    let options = Options {
        ping_interval: Duration::from_millis(60),
        ping_timeout: Duration::from_millis(60),
        ..Options::default()
    };
    let mut server = Server::limited(options);
    let (mut raw, _) = server.member().await;
    raw.say("42[\"slow\"]").await;
    for _ in 0..4 {
        raw.hears("2").await;
        raw.say("3").await;
    }
    server.gate.add_permits(1);
    raw.hears("42[\"slow\"]").await;
}
