//! The door of `{type, params}` frames, against the running app, on each database.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use serde_json::{Value, json};
use tests::client::{Socket, new_id};
use tests::frames::Frames;
use tests::on_each_database;

const STRANGER: &str = "User is not a member of this group";
const NOTHING: [Value; 0] = [];

/// Makes a group of the client's own id.
async fn group(at: &mut Frames, name: &str) -> String {
    let id = new_id();
    assert_eq!(at.done("newGroup", json!({"groupId": id, "groupName": name})).await, Value::Null);
    id
}

/// What of the rows' content is there, newest first.
fn contents(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["content"].as_str().unwrap()).collect()
}

/// Asks page after page, each before the last row of the one before, and answers the ids.
async fn all_pages(at: &mut Frames, kind: &str, mut params: Value) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let rows = at.done(kind, params.clone()).await;
        let rows = rows.as_array().unwrap();
        let Some(last) = rows.last() else { return ids };
        params["cursorCreatedAt"] = last["createdAt"].clone();
        ids.extend(rows.iter().map(|row| row["messageId"].as_str().unwrap().to_owned()));
    }
}

on_each_database! {
    /// Three people found a group, fill it, talk and leave; each hears what the others did, and nobody twice.
    async fn a_group_from_its_founding_to_the_last_word(app: App) {
        let people = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let (ada, bob, eve) = &people;
        let (mut at_ada, mut at_bob, mut at_eve) =
            (Frames::connect(ada).await, Frames::connect(bob).await, Frames::connect(eve).await);
        let mut second = Frames::connect(ada).await;
        let id = new_id().to_uppercase();
        at_ada.done("newGroup", json!({"groupId": id, "groupName": "new name", "color": "red"})).await;
        let id = id.to_lowercase();

        at_ada.done("addUserInGroup", json!({"groupId": id, "userId": bob.id})).await;
        let added = json!({
            "type": "addUserInGroup", "success": true,
            "params": {
                "item": {"message": "User #ada added in group.", "senderName": "ada"},
                "data": null, "isBroadcast": false,
            },
        });
        assert_eq!((at_bob.push().await, second.push().await), (added.clone(), added));
        at_bob.done("addUserInGroup", json!({"groupId": id, "userId": eve.id})).await;
        for at in [&mut at_ada, &mut second, &mut at_eve] {
            assert_eq!(at.push().await["params"]["item"]["message"], "User #bob added in group.");
        }
        at_bob.done("addUserInGroup", json!({"groupId": id, "userId": eve.id})).await;

        let message = new_id();
        let said = json!({"messageId": message, "groupName": "some other", "groupId": id, "content": "Hi"});
        at_ada.done("messageInGroup", said.clone()).await;
        let push = at_bob.push().await;
        let at = push["params"]["item"]["createdAt"].clone();
        let item = json!({
            "groupId": id, "groupName": "new name", "messageId": message, "message": "Hi", "senderName": "ada",
            "senderId": ada.id, "createdAt": at,
        });
        let params = json!({"item": item, "data": null, "isBroadcast": true});
        assert_eq!(push, json!({"type": "messageInGroup", "success": true, "params": params}));
        assert_eq!((at_eve.push().await, second.push().await), (push.clone(), push));
        at_ada.done("messageInGroup", said).await;

        let rows = at_eve.done("getlatestMessageGroup", json!({"groupId": id, "limit": 5, "cursorCreatedAt": null})).await;
        let row = json!({
            "messageId": message, "senderId": ada.id, "senderName": "ada", "groupId": id, "groupName": "new name",
            "content": "Hi", "createdAt": at,
        });
        assert_eq!(rows, json!([row]));
        at_bob.done("leaveGroup", json!({"groupId": id})).await;
        for socket in [&mut at_ada, &mut second, &mut at_eve] {
            let gone = socket.push().await;
            let item = json!({"message": "User bob has leave the group.", "senderName": "bob"});
            assert_eq!((&gone["type"], &gone["params"]["item"]), (&json!("leaveGroup"), &item));
            assert_eq!(gone["params"]["isBroadcast"], false);
        }
        for socket in [&mut at_ada, &mut second, &mut at_eve, &mut at_bob] {
            assert_eq!(socket.quiet().await, NOTHING, "a resend is told to nobody, nor is what changes nothing");
        }
    }

    /// Two people talk in private; the sender's other device hears it, the sending one does not.
    async fn private_words(app: App) {
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let (mut at_ada, mut at_bob, mut at_eve) =
            (Frames::connect(&ada).await, Frames::connect(&bob).await, Frames::connect(&eve).await);
        let mut second = Frames::connect(&ada).await;
        let dialog = |person: &str| json!({"receiverId": person, "limit": 5, "cursorCreatedAt": null});
        assert_eq!(at_ada.done("getlatestMessageDialog", dialog(&bob.id)).await, json!([]));
        assert_eq!(at_ada.done("getlatestMessageDialog", dialog(&new_id())).await, json!([]));

        let message = new_id();
        let said = json!({"messageId": message, "receiverId": bob.id, "content": "Hi"});
        at_ada.done("privateMessage", said.clone()).await;
        let push = at_bob.push().await;
        let at = push["params"]["item"]["createdAt"].clone();
        let item = json!({
            "messageId": message, "message": "Hi", "senderName": "ada", "senderId": ada.id, "createdAt": at,
        });
        let params = json!({"item": item, "data": null, "isBroadcast": true});
        assert_eq!(push, json!({"type": "privateMessage", "success": true, "params": params}));
        assert_eq!(second.push().await, push);
        at_ada.done("privateMessage", said.clone()).await;

        at_bob.done("privateMessage", json!({"messageId": new_id(), "receiverId": ada.id, "content": "Hello"})).await;
        assert_eq!(at_ada.push().await["params"]["item"]["message"], "Hello");
        assert_eq!(second.push().await["params"]["item"]["senderName"], "bob");
        let rows = at_bob.done("getlatestMessageDialog", dialog(&ada.id)).await;
        assert_eq!(contents(&rows), ["Hello", "Hi"]);
        assert_eq!(
            rows[1],
            json!({
                "messageId": message, "senderId": ada.id, "senderName": "ada", "receiverId": bob.id,
                "receiverName": "bob", "content": "Hi", "createdAt": at,
            })
        );
        assert_eq!(rows, at_ada.done("getlatestMessageDialog", dialog(&bob.id)).await, "the same for both");
        assert_eq!(at_eve.done("getlatestMessageDialog", dialog(&ada.id)).await, json!([]));
        let mut taken = said.clone();
        taken["receiverId"] = json!(eve.id);
        assert_eq!(at_ada.refused("privateMessage", taken).await, "That message id is in use.");
        let to = |id: &str| json!({"messageId": new_id(), "receiverId": id, "content": "x"});
        assert_eq!(at_ada.refused("privateMessage", to(&new_id())).await, "There is no such user.");
        assert!(at_ada.refused("privateMessage", to(&ada.id)).await.contains(r#""path":"receiverId""#));
        for socket in [&mut at_ada, &mut second, &mut at_bob, &mut at_eve] {
            assert_eq!(socket.quiet().await, NOTHING);
        }
    }

    /// The list shows one row of each conversation, with what became of it.
    async fn the_list_of_all(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let (mut at_ada, mut at_bob) = (Frames::connect(&ada).await, Frames::connect(&bob).await);
        let team = group(&mut at_ada, "Design Hub").await;
        group(&mut at_ada, "nothing said").await;
        at_ada.done("addUserInGroup", json!({"groupId": team, "userId": bob.id})).await;
        let in_team = |text: &str| json!({"messageId": new_id(), "groupId": team, "content": text});
        at_ada.done("messageInGroup", in_team("first")).await;
        at_ada.done("privateMessage", json!({"messageId": new_id(), "receiverId": bob.id, "content": "you"})).await;
        at_ada.done("messageInGroup", in_team("last")).await;

        let list = at_bob.done("listLastMessage", json!({"limit": 5, "cursorCreatedAt": null})).await;
        assert_eq!(contents(&list), ["last", "you"]);
        let (of_group, of_dialog) = (&list[0], &list[1]);
        assert_eq!((&of_group["groupId"], &of_group["groupName"]), (&json!(team), &json!("Design Hub")));
        assert_eq!((&of_group["receiverId"], &of_group["receiverName"]), (&Value::Null, &Value::Null));
        assert_eq!((&of_dialog["receiverId"], &of_dialog["receiverName"]), (&json!(bob.id), &json!("bob")));
        assert_eq!((&of_dialog["groupId"], &of_dialog["groupName"]), (&Value::Null, &Value::Null));
        for row in list.as_array().unwrap() {
            assert_eq!((&row["updatedAt"], &row["deletedAt"]), (&row["createdAt"], &Value::Null));
            assert_eq!(row.as_object().unwrap().len(), 11);
        }
        let older = at_bob.done("listLastMessage", json!({"cursorCreatedAt": of_group["createdAt"]})).await;
        assert_eq!(older, json!([of_dialog]));

        let path = format!("/conversations/{team}/messages/{}", of_group["messageId"].as_str().unwrap());
        let edited = ada.http.patch(&path, json!({"content": "at last"})).await.ok(200);
        let list = at_bob.done("listLastMessage", json!({})).await;
        assert_eq!((&list[0]["content"], &list[0]["updatedAt"]), (&json!("at last"), &edited["editedAt"]));
        ada.http.delete(&path).await.ok(200);
        assert_eq!(contents(&at_bob.done("listLastMessage", json!({})).await), ["you", "first"]);
        at_bob.done("leaveGroup", json!({"groupId": team})).await;
        assert_eq!(contents(&at_bob.done("listLastMessage", json!({})).await), ["you"]);
        assert_eq!(at_ada.push().await["type"], "leaveGroup", "edits and deletions have no frame");
    }

    /// Pages of any size show everything once, however fast it was written.
    async fn pages_lose_nothing(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let mut at = Frames::connect(&ada).await;
        let team = group(&mut at, "Team").await;
        let sent = (0..30).map(|n| json!({"messageId": new_id(), "groupId": team, "content": format!("{n}")}));
        assert_eq!(at.ask_all("messageInGroup", sent).await, vec![json!("messageInGroupResponse"); 30]);
        let sent = (0..30).map(|n| json!({"messageId": new_id(), "receiverId": bob.id, "content": format!("{n}")}));
        assert_eq!(at.ask_all("privateMessage", sent).await, vec![json!("privateMessage"); 30]);
        for limit in [1, 2, 7, 100] {
            let in_group = json!({"groupId": team, "limit": limit});
            let with_bob = json!({"receiverId": bob.id, "limit": limit});
            for (kind, params) in [("getlatestMessageGroup", in_group), ("getlatestMessageDialog", with_bob)] {
                let mut ids = all_pages(&mut at, kind, params).await;
                assert_eq!(ids.len(), 30, "{kind} by {limit}");
                ids.sort_unstable();
                ids.dedup();
                assert_eq!(ids.len(), 30, "{kind} by {limit}");
            }
            assert_eq!(all_pages(&mut at, "listLastMessage", json!({"limit": limit})).await.len(), 2);
        }
        let default = at.done("getlatestMessageGroup", json!({"groupId": team})).await;
        assert_eq!(default.as_array().unwrap().len(), 20);
        let rows = at.done("getlatestMessageGroup", json!({"groupId": team, "limit": 0})).await;
        assert_eq!(rows, json!([]));
    }

    /// Strangers are told one thing, whether the group is there or not, and hear nothing.
    async fn strangers_and_those_who_left(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let (mut at_ada, mut at_bob) = (Frames::connect(&ada).await, Frames::connect(&bob).await);
        let team = group(&mut at_ada, "Team").await;
        at_ada.done("addUserInGroup", json!({"groupId": team, "userId": bob.id})).await;
        at_ada.done("messageInGroup", json!({"messageId": new_id(), "groupId": team, "content": "welcome"})).await;
        at_bob.done("leaveGroup", json!({"groupId": team})).await;
        assert_eq!((at_bob.push().await["type"].clone(), at_bob.push().await["type"].clone()),
            (json!("addUserInGroup"), json!("messageInGroup")));
        for id in [team.clone(), new_id()] {
            let said = json!({"messageId": new_id(), "groupId": id, "content": "let me in"});
            assert_eq!(at_bob.refused("messageInGroup", said).await, STRANGER);
            for limit in [0, 5] {
                let page = json!({"groupId": id, "limit": limit});
                assert_eq!(at_bob.refused("getlatestMessageGroup", page).await, STRANGER);
            }
            assert_eq!(at_bob.refused("leaveGroup", json!({"groupId": id})).await, STRANGER);
            let add = json!({"groupId": id, "userId": bob.id});
            assert_eq!(at_bob.refused("addUserInGroup", add).await, STRANGER);
        }
        at_ada.done("messageInGroup", json!({"messageId": new_id(), "groupId": team, "content": "he is gone"})).await;
        assert_eq!(at_bob.quiet().await, NOTHING);
        let nobody = json!({"groupId": team, "userId": new_id()});
        assert_eq!(at_ada.refused("addUserInGroup", nobody).await, "There is no such user.");
    }

    /// A founder who does not know whether it worked founds again; anyone else's id is theirs.
    async fn founding_again(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let (mut at_ada, mut at_bob) = (Frames::connect(&ada).await, Frames::connect(&bob).await);
        let mut events = bob.connect().await;
        let team = group(&mut at_ada, "Team").await;
        at_ada.done("addUserInGroup", json!({"groupId": team, "userId": bob.id})).await;
        at_ada.done("newGroup", json!({"groupId": team, "groupName": "Team"})).await;
        let taken = "That conversation id is in use.";
        assert_eq!(at_ada.refused("newGroup", json!({"groupId": team, "groupName": "Crew"})).await, taken);
        assert_eq!(at_bob.refused("newGroup", json!({"groupId": team, "groupName": "Team"})).await, taken);
        let shown = bob.http.get(&format!("/conversations/{team}")).await.ok(200);
        assert_eq!((&shown["ownerId"], &shown["seq"]), (&json!(ada.id), &json!(1)));
        assert_eq!(events.event("participant:added").await["by"], json!(ada.id));
        assert_eq!(tests::client::quiet(&mut events, &team).await, NOTHING);
        let with_id = json!({"id": new_id(), "name": "By REST"});
        assert_eq!(ada.http.post("/conversations", with_id).await.fields(), ["id"], "that door does not offer it");
    }

    /// A group may have any id, also one made of a person's: nobody hears what is not theirs by that.
    async fn an_id_made_to_listen(app: App) {
        let (ada, eve) = (app.http.person("ada").await, app.http.person("eve").await);
        let (mut at_eve, mut at_ada) = (Frames::connect(&eve).await, Frames::connect(&ada).await);
        let person = u128::from_str_radix(&ada.id.replace('-', ""), 16).unwrap();
        for number in [person, !person] {
            let hex = format!("{number:032x}");
            let id = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
            at_eve.done("newGroup", json!({"groupId": id, "groupName": "ear"})).await;
            at_eve.done("messageInGroup", json!({"messageId": new_id(), "groupId": id, "content": "psst"})).await;
        }
        assert_eq!(at_ada.quiet().await, NOTHING);
    }

    /// Whatever people write is text, and a cursor is a time or nothing.
    async fn quotes_and_commands_are_text(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let mut at = Frames::connect(&ada).await;
        let team = group(&mut at, "Robert'); DROP TABLE messages;--").await;
        let words = ["it's", "\"quoted\"", "'); DELETE FROM users;--", "${1+1} \\ %s $1 \u{1f980}", "a\nb"];
        for text in words {
            at.done("messageInGroup", json!({"messageId": new_id(), "groupId": team, "content": text})).await;
            at.done("privateMessage", json!({"messageId": new_id(), "receiverId": bob.id, "content": text})).await;
        }
        let mut newest_first = words;
        newest_first.reverse();
        assert_eq!(contents(&at.done("getlatestMessageGroup", json!({"groupId": team})).await), newest_first);
        assert_eq!(contents(&at.done("getlatestMessageDialog", json!({"receiverId": bob.id})).await), newest_first);
        for cursor in ["' OR '1'='1", "2025-07-01'; DROP TABLE messages;--", ""] {
            let refused = at.refused("listLastMessage", json!({"limit": 5, "cursorCreatedAt": cursor})).await;
            let issues: Value = serde_json::from_str(&refused).unwrap();
            assert_eq!(issues[0]["path"], "cursorCreatedAt");
            assert!(issues[0]["message"].is_string() && cursor.is_empty() || !refused.contains(cursor));
        }
        for (content, limit) in [("", 5), (&"x".repeat(4001), 5), ("x", -1), ("x", 101)] {
            let params = json!({"messageId": new_id(), "groupId": team, "content": content, "limit": limit});
            if limit == 5 {
                assert!(at.refused("messageInGroup", params).await.contains(r#""path":"content""#));
            } else {
                assert!(at.refused("getlatestMessageGroup", params).await.contains(r#""path":"limit""#));
            }
        }
        for (text, message) in [("{", "The frame is not JSON."), (r#"{"type":"shout"}"#, "There is no such type")] {
            at.send_text(text).await;
            assert_eq!(at.read().await, json!({"error": true, "type": "processor", "message": message}));
        }
        assert_eq!(contents(&at.done("listLastMessage", json!({})).await), ["a\nb", "a\nb"]);
    }

    /// What happens at another door is told here, under the names that hold.
    async fn across_doors(app: App) {
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let (mut at_ada, mut at_bob, mut events) =
            (Frames::connect(&ada).await, Frames::connect(&bob).await, ada.connect().await);
        let room = ada.group("Old", &[&bob]).await;
        ada.http.patch("/users/me", json!({"name": "Countess"})).await.ok(200);
        ada.http.patch(&format!("/conversations/{room}"), json!({"name": "New"})).await.ok(200);
        let said = ada.say(&room, "by REST").await;
        for at in [&mut at_ada, &mut at_bob] {
            let push = at.push().await;
            assert_eq!(push["type"], "messageInGroup", "a founding and a renaming have no frame");
            let item = &push["params"]["item"];
            assert_eq!((&item["groupName"], &item["senderName"]), (&json!("New"), &json!("Countess")));
            assert_eq!((&item["messageId"], &item["createdAt"]), (&said["id"], &said["createdAt"]));
        }
        events.done("message:send", json!({"conversationId": room, "content": "by event"})).await;
        assert_eq!(at_bob.push().await["params"]["item"]["message"], "by event");
        assert_eq!(at_ada.push().await["params"]["item"]["message"], "by event");
        at_bob.done("messageInGroup", json!({"messageId": new_id(), "groupId": room, "content": "by frame"})).await;
        loop {
            let told = events.event("message:received").await;
            if told["content"] == "by frame" {
                break;
            }
        }
        let participants = format!("/conversations/{room}/participants");
        ada.http.post(&participants, json!({"userId": eve.id})).await.ok(201);
        assert_eq!(at_bob.push().await["params"]["item"]["message"], "User #Countess added in group.");
        ada.http.delete(&format!("{participants}/{}", eve.id)).await.ok(204);
        let gone = at_bob.push().await;
        let item = json!({"message": "User eve has leave the group.", "senderName": "eve"});
        assert_eq!((&gone["type"], &gone["params"]["item"]), (&json!("leaveGroup"), &item));
        let direct = ada.http.put(&format!("/conversations/direct/{}", bob.id), json!({})).await.ok(201);
        ada.say(direct["id"].as_str().unwrap(), "between us").await;
        assert_eq!(at_bob.push().await["type"], "privateMessage");
    }

    /// The path says which dialect is spoken, and the list does where it says anything.
    async fn the_way_in(app: App) {
        let ada = app.http.person("ada").await;
        let list = |name: &str| ("sec-websocket-protocol", format!("{name}, {}", ada.token()));
        let header = || ("authorization", format!("Bearer {}", ada.token()));
        for (path, headers, protocol) in [
            ("/", vec![list("auth")], Some("auth")),
            ("/", vec![header()], None),
            ("/?x=1", vec![header(), ("sec-websocket-protocol", "auth".to_owned())], Some("auth")),
            ("/ws", vec![list("auth")], Some("auth")),
        ] {
            let mut at = Frames::open(&app.base, path, &headers).await;
            assert_eq!(at.protocol.as_deref(), protocol, "{path}");
            at.done("listLastMessage", json!({})).await;
        }
        for (path, headers) in [("/", vec![list("events")]), ("/ws", vec![list("events")]), ("/ws", vec![header()])] {
            let (mut at, _) = Socket::open_at(&app.base, path, &headers).await;
            assert_eq!(at.refused("conversation:leave", json!({})).await, "VALIDATION_FAILED", "{path}");
        }
        let plain = app.http.send(app.http.raw("GET".parse().unwrap(), "/")).await;
        assert_eq!((plain.status, &plain.body["code"]), (404, &json!("ROUTE_NOT_FOUND")));
    }

    /// Who is not signed in is let in and shown out; so is everyone whose session ends.
    async fn the_way_out(app: App) {
        let unauthorized = (4001, "Unauthorized".to_owned());
        for headers in [
            vec![],
            vec![("sec-websocket-protocol", "auth, no-token".to_owned())],
            vec![("sec-websocket-protocol", "auth".to_owned())],
            vec![("authorization", "Bearer x.y.z".to_owned())],
        ] {
            assert_eq!(Frames::open(&app.base, "/", &headers).await.closed().await, unauthorized);
        }
        let ada = app.http.person("ada").await;
        let other = app.http.sign_in("ada", &ada.id).await;
        let (mut first, mut second) = (Frames::connect(&ada).await, Frames::connect(&other).await);
        ada.http.post("/auth/logout", json!({})).await.ok(204);
        assert_eq!(first.closed().await, unauthorized);
        assert_eq!(second.quiet().await, NOTHING);
        let list = ("sec-websocket-protocol", format!("auth, {}", ada.token()));
        assert_eq!(Frames::open(&app.base, "/", &[list]).await.closed().await, unauthorized);
        assert_eq!(Socket::open(&app.base, None).await.closed().await, unauthorized);
    }
}
