//! How much one may send at once, and how much may wait.

use serde_json::{Value, json};
use tests::client::new_id;
use tests::frames::Frames;
use tests::polling::Polling;
use tests::raw::{Raw, masked};

use super::{limited, polling};

#[test]
fn a_frame_and_a_payload_are_so_long() {
    limited(&[("MAX_FRAME_BYTES", "2048"), ("MAX_PAYLOAD_BYTES", "4096")], async |app| {
        let ada = app.http.person("ada").await;
        let padded = |text: &str, length: usize| format!("{text}{}", " ".repeat(length - text.len()));

        let mut plain = ada.dial().await;
        let asked = r#"{"event":"conversation:join","id":"long","data":{}}"#;
        plain.send_text(&padded(asked, 2048)).await;
        assert_eq!(plain.next().await["data"]["code"], "VALIDATION_FAILED");
        plain.send_text(&padded(asked, 2049)).await;
        assert_eq!(plain.closed().await.0, 1009);

        let chat = polling(&ada, "/chat").await.unwrap();
        let event = r#"42/chat,["typing:stop",{}]"#;
        assert_eq!(chat.post_status(padded(event, 4096)).await, 200);
        assert_eq!(chat.post_status(padded(event, 4097)).await, 413);
    });
}

#[test]
fn a_body_is_so_long() {
    limited(&[("MAX_BODY_BYTES", "1024")], async |app| {
        let ada = app.http.person("ada").await;
        let team = ada.group("Team", &[]).await;
        let path = format!("/conversations/{team}/messages");
        let empty = json!({"content": ""}).to_string().len();
        ada.http.post(&path, json!({"content": "x".repeat(1024 - empty)})).await.ok(201);
        let refused = ada.http.post(&path, json!({"content": "x".repeat(1025 - empty)})).await;
        refused.refused(413, "PAYLOAD_TOO_LARGE");
    });
}

#[test]
fn a_message_has_so_many_characters_at_every_door() {
    limited(&[("MAX_MESSAGE_CHARACTERS", "5")], async |app| {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let team = ada.group("Team", &[]).await;
        let path = format!("/conversations/{team}/messages");
        let (right, long) = ("Grüße", "Grüßen");
        let said = ada.http.post(&path, json!({"content": right})).await.ok(201);
        let refused = ada.http.post(&path, json!({"content": long})).await;
        assert_eq!(refused.fields(), ["content"]);
        let one = format!("{path}/{}", said["id"].as_str().unwrap());
        ada.http.patch(&one, json!({"content": right})).await.ok(200);
        ada.http.patch(&one, json!({"content": long})).await.refused(400, "VALIDATION_FAILED");

        let mut plain = ada.connect().await;
        let mut chat = polling(&ada, "/chat").await.unwrap();
        let at = |text: &str| json!({"conversationId": team, "content": text});
        plain.done("message:send", at(right)).await;
        assert_eq!(plain.refused("message:send", at(long)).await, "VALIDATION_FAILED");
        chat.done("message:send", at(right)).await;
        assert_eq!(chat.ask("message:send", at(long)).await["code"], "VALIDATION_FAILED");

        let mut frames = Frames::connect(&ada).await;
        let to_bob = |text: &str| json!({"receiverId": bob.id, "messageId": new_id(), "content": text});
        let before = ada.http.get("/conversations").await.ok(200).as_array().unwrap().len();
        frames.refused("privateMessage", to_bob(long)).await;
        let after = ada.http.get("/conversations").await.ok(200).as_array().unwrap().len();
        assert_eq!(before, after, "what is refused opens no conversation");
        frames.done("privateMessage", to_bob(right)).await;
    });
}

#[test]
fn a_message_comes_in_so_many_fragments() {
    limited(&[("MAX_FRAGMENTS", "3")], async |app| {
        let ada = app.http.person("ada").await;
        let asked = r#"{"event":"typing:stop","id":"x","data":{}}"#.as_bytes();
        let parts = |n: usize| {
            let rest = [masked(0x00, b" ").repeat(n - 2), masked(0x80, b" ")].concat();
            [masked(0x01, asked), rest].concat()
        };
        let mut raw = Raw::dial(&ada).await;
        raw.send(parts(3)).await;
        raw.hears("VALIDATION_FAILED").await;
        raw.send(parts(4)).await;
        assert_eq!(raw.close_code().await, Some(1009));
    });
}

#[test]
fn a_packet_has_so_many_attachments() {
    limited(&[("MAX_ATTACHMENTS", "2")], async |app| {
        let ada = app.http.person("ada").await;
        let placeholder = |n: usize| json!({"_placeholder": true, "num": n});
        let packet = |n: usize| {
            let data: Vec<Value> = (0..n).map(placeholder).collect();
            let attached = vec!["bAAAA"; n].join("\u{1e}");
            format!("45{n}-/chat,{}\u{1e}{attached}", json!(["nobody:knows", data]))
        };
        let mut chat = polling(&ada, "/chat").await.unwrap();
        assert_eq!(chat.post_status(packet(2)).await, 200);
        assert_eq!(chat.event("error").await.data["code"], "MALFORMED_JSON", "no event takes them");
        chat.post_status(packet(3)).await;
        chat.ended().await;
    });
}

#[test]
fn so_many_packets_are_posted_at_once() {
    limited(&[("MAX_PACKETS", "3")], async |app| {
        let ada = app.http.person("ada").await;
        let packets = |n: usize| vec![r#"42/chat,["typing:stop",{}]"#; n].join("\u{1e}");
        let chat = polling(&ada, "/chat").await.unwrap();
        assert_eq!(chat.post_status(packets(3)).await, 200);
        assert_eq!(chat.post_status(packets(4)).await, 400);
        chat.ended().await;
    });
}

#[test]
fn an_answer_may_be_longer_than_what_may_wait() {
    limited(&[("QUEUE_BYTES", "65536")], async |app| {
        let ada = app.http.person("ada").await;
        let team = ada.group("Team", &[]).await;
        for _ in 0..18 {
            ada.say(&team, &"x".repeat(4000)).await;
        }
        let everything = json!({"conversations": {&team: 0}});
        for mut door in [polling(&ada, "/chat").await.unwrap(), polling(&ada, "/").await.unwrap()] {
            assert!(door.done("conversation:sync", everything.clone()).await.to_string().len() > 65_536);
        }
        let synced = ada.connect().await.done("conversation:sync", everything).await;
        assert!(synced.to_string().len() > 65_536);
    });
}

#[test]
fn one_sync_answers_so_much_and_the_client_asks_on() {
    limited(&[], async |app| {
        let ada = app.http.person("ada").await;
        let mut places = serde_json::Map::new();
        for number in 0..4 {
            let room = ada.group(&number.to_string(), &[]).await;
            for _ in 0..25 {
                // Each character is six in JSON.
                ada.say(&room, &"\u{1}".repeat(4000)).await;
            }
            places.insert(room, json!(0));
        }
        let mut socket = ada.connect().await;
        let mut synced = 0;
        for round in 0.. {
            assert!(round < 10, "it comes to an end");
            let answer = socket.done("conversation:sync", json!({"conversations": places})).await;
            assert!(answer.to_string().len() < 4 * 1024 * 1024);
            let mut more = false;
            for (room, page) in answer["conversations"].as_object().unwrap() {
                let changes = page["changes"].as_array().unwrap();
                synced += changes.iter().filter(|change| change["type"] == "message").count();
                if let Some(last) = changes.last() {
                    places[room] = last["seq"].clone();
                }
                more |= page["hasMore"] == true;
            }
            if !more {
                break;
            }
        }
        assert_eq!(synced, 100);
    });
}

#[test]
fn so_many_events_are_told_again() {
    limited(&[("RESUME_EVENTS", "2")], async |app| {
        let ada = app.http.person("ada").await;
        let team = ada.group("Team", &[]).await;
        for (missed, goes_on) in [(2, true), (3, false)] {
            let mut lost = polling(&ada, "/chat").await.unwrap();
            ada.say(&team, "known").await;
            let known = lost.event("message:received").await.place;
            for _ in 0..missed {
                ada.say(&team, "missed").await;
            }
            let auth = json!({"token": ada.token(), "pid": lost.welcome["pid"], "offset": known});
            let back = Polling::open(&app.base, "/chat", &auth).await.unwrap();
            assert_eq!(back.welcome["pid"] == lost.welcome["pid"], goes_on, "{missed} missed");
        }
    });
}
