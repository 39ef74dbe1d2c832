//! How many take part, and how many are looked at.

use serde_json::json;
use tests::frames::Frames;

use super::{limited, polling};

#[test]
fn a_group_has_so_many_members() {
    limited(&[("MEMBERS_PER_GROUP", "3")], async |app| {
        let [ada, bob, cid, eve] = [
            app.http.person("ada").await,
            app.http.person("bob").await,
            app.http.person("cid").await,
            app.http.person("eve").await,
        ];
        let ids = [&bob, &cid, &eve].map(|person| person.id.clone());
        let found = |others: &[String]| json!({"name": "Team", "participantIds": others});
        ada.http.post("/conversations", found(&ids)).await.refused(409, "GROUP_FULL");
        assert!(ada.http.get("/conversations").await.ok(200).as_array().unwrap().is_empty());
        let full = ada.http.post("/conversations", found(&ids[..2])).await.ok(201)["id"].as_str().unwrap().to_owned();
        let team = ada.http.post("/conversations", found(&ids[..1])).await.ok(201)["id"].as_str().unwrap().to_owned();
        let people = |id: &str| format!("/conversations/{id}/participants");
        ada.http.post(&people(&full), json!({"userId": ids[2]})).await.refused(409, "GROUP_FULL");
        ada.http.post(&people(&team), json!({"userIds": ids[1..]})).await.refused(409, "GROUP_FULL");
        assert_eq!(ada.http.get(&people(&team)).await.ok(200).as_array().unwrap().len(), 2, "all of them or nobody");
        ada.http.post(&people(&team), json!({"userId": ids[2]})).await.ok(201);
        let mut frames = Frames::connect(&ada).await;
        let refused = frames.refused("addUserInGroup", json!({"groupId": team, "userId": ids[1]})).await;
        assert_eq!(refused, "The group would have more members than it may.");
        ada.http.post("/conversations", json!({"participantIds": [ids[0]]})).await.ok(201);
    });
}

#[test]
fn a_connection_joins_so_many_conversations() {
    limited(&[("JOINED_PER_CONNECTION", "2")], async |app| {
        let ada = app.http.person("ada").await;
        let mut groups = Vec::new();
        for name in ["one", "two", "three"] {
            groups.push(ada.group(name, &[]).await);
        }
        let at = |group: usize| json!({"conversationId": groups[group]});
        let mut socket = ada.connect().await;
        socket.done("conversation:join", at(0)).await;
        socket.done("conversation:join", at(1)).await;
        socket.done("conversation:join", at(1)).await;
        assert_eq!(socket.refused("conversation:join", at(2)).await, "TOO_MANY_JOINED");
        assert_eq!(socket.refused("typing:start", at(2)).await, "NOT_JOINED");
        ada.connect().await.done("conversation:join", at(2)).await;
        socket.done("conversation:leave", at(0)).await;
        socket.done("conversation:join", at(2)).await;

        let mut chats = polling(&ada, "/chats").await.unwrap();
        for group in [0, 1] {
            chats.emit("join", json!({"roomId": groups[group]})).await;
        }
        chats.emit("join", json!({"roomId": groups[2]})).await;
        assert_eq!(chats.event("error").await.data["code"], "TOO_MANY_JOINED");
        // Who speaks is heard all the same.
        let said = json!({"type": "private", "roomId": groups[2], "content": {"type": "text", "message": "hello"}});
        chats.emit("message", said).await;
        chats.event("notification").await;
        assert_eq!(
            ada.http.get(&format!("/conversations/{}/messages", groups[2])).await.ok(200)[0]["content"],
            "hello"
        );
    });
}
