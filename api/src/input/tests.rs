use domain::user::ProfileChange;
use serde_json::json;

use super::*;
use crate::dto::{
    AddParticipantsDto, ChangeProfileDto, CreateConversationDto, LoginDto, MarkReadDto, RegisterDto, SendMessageDto,
};

fn faults<R: Request>(value: serde_json::Value) -> Vec<(String, String)> {
    match from_value::<R>(value) {
        Ok(_) => Vec::new(),
        Err(Unreadable::Malformed) => vec![("malformed".into(), String::new())],
        Err(Unreadable::Invalid(faults)) => {
            faults.into_iter().map(|fault| (fault.field.into_owned(), fault.message.into_owned())).collect()
        }
    }
}

fn names<R: Request>(value: serde_json::Value) -> Vec<String> {
    faults::<R>(value).into_iter().map(|(field, _)| field).collect()
}

#[test]
fn every_field_at_fault_is_named_at_once() {
    assert_eq!(names::<RegisterDto>(json!({})), ["password", "username"]);
    let all =
        json!({"username": "a b", "email": 5, "name": "", "password": ["x"], "avatar": "ftp://x", "role": "admin"});
    assert_eq!(names::<RegisterDto>(all), ["avatar", "email", "name", "password", "role", "username"]);
}

#[test]
fn operators_are_no_strings() {
    let operator = json!({"username": {"$ne": null}, "password": {"$gt": ""}});
    let expected = [("password".into(), "must be a string".into()), ("username".into(), "must be a string".into())];
    assert_eq!(faults::<LoginDto>(operator), expected);
}

#[test]
fn a_login_names_exactly_one() {
    assert_eq!(names::<LoginDto>(json!({"username": "ada", "email": "a@b.org", "password": "x"})), ["username"]);
    assert_eq!(names::<LoginDto>(json!({"password": "x"})), ["username"]);
    assert!(names::<LoginDto>(json!({"email": "a@b.org", "password": "x"})).is_empty());
    assert!(names::<LoginDto>(json!({"email": null, "username": "ada", "password": "x"})).is_empty());
}

#[test]
fn faults_never_carry_the_value() {
    let secret = "hunter2";
    let shown =
        format!("{:?}", faults::<RegisterDto>(json!({"username": secret, "email": secret, "password": secret})));
    assert!(!shown.contains(secret), "{shown}");
}

#[test]
fn unknown_keys_are_named_shortly() {
    let long = "k".repeat(10_000);
    let body = json!({"content": "hi", long: 1, "a": 1, "b": 1, "c": 1, "d": 1});
    let names = names::<SendMessageDto>(body);
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|name| name.len() <= 32));
}

#[test]
fn a_change_leaves_what_is_absent_and_clears_what_is_null() {
    let change = from_value::<ChangeProfileDto>(json!({"email": null, "name": "Ada"})).unwrap();
    assert_eq!(change.email, Some(None));
    assert_eq!(change.avatar, None);
    assert_eq!(change.name.map(domain::value::DisplayName::into_string), Some("Ada".to_owned()));
    assert_eq!(from_value::<ChangeProfileDto>(json!({})), Ok(ProfileChange::default()));
    assert_eq!(names::<ChangeProfileDto>(json!({"name": null, "username": null})), ["name", "username"]);
}

#[test]
fn lists_are_bounded_and_hold_ids() {
    let id = "0192F0C1-5A10-7D20-8E30-4F5061728394";
    assert!(names::<CreateConversationDto>(json!({"participantIds": vec![id; 1000]})).is_empty());
    assert_eq!(names::<CreateConversationDto>(json!({"participantIds": vec![id; 1001]})), ["participantIds"]);
    for bad in
        [json!(["x"]), json!([5]), json!("x"), json!({}), json!([id.replace('-', "")]), json!([format!("{{{id}}}")])]
    {
        assert_eq!(names::<CreateConversationDto>(json!({"participantIds": bad})), ["participantIds"]);
    }
    assert_eq!(names::<AddParticipantsDto>(json!({"userIds": []})), ["userIds"]);
    assert_eq!(names::<AddParticipantsDto>(json!({"userIds": [id], "userId": id})), ["userId"]);
    assert_eq!(names::<AddParticipantsDto>(json!({})), ["userId"]);
}

#[test]
fn places_are_whole_and_not_negative() {
    for bad in [json!(-1), json!(1.5), json!("1"), json!(true), json!(1e30)] {
        assert_eq!(names::<MarkReadDto>(json!({"seq": bad})), ["seq"]);
    }
    assert!(names::<MarkReadDto>(json!({"seq": 0})).is_empty());
}

#[test]
fn bodies_are_one_json_object() {
    let read = |text: &str| from_slice::<SendMessageDto>(text.as_bytes()).map(|message| message.body.into_string());
    assert_eq!(read(r#"{"content":"hi"}"#), Ok("hi".into()));
    assert_eq!(read(" {\"content\":\"hi\"} \n"), Ok("hi".into()));
    for malformed in
        ["", "{", "{\"content\":\"hi\"}x", "\u{feff}{\"content\":\"hi\"}", "{'a':1}", "{\"content\":\"\u{1}\"}", "nul"]
    {
        assert_eq!(read(malformed), Err(Unreadable::Malformed), "{malformed:?}");
    }
    let deep = format!("{{\"content\":{}{}}}", "[".repeat(60_000), "]".repeat(60_000));
    assert_eq!(read(&deep), Err(Unreadable::Malformed));
    for other in ["[]", "5", "null", "\"x\"", "true"] {
        assert_eq!(
            read(other),
            Err(Unreadable::Invalid(vec![FieldError::new("body", "must be an object")])),
            "{other}"
        );
    }
    let twice = r#"{"content":"a","content":"b"}"#;
    assert_eq!(read(twice), Err(Unreadable::Invalid(vec![FieldError::new("content", "must be given once")])));
}

#[test]
fn text_that_is_no_unicode_is_malformed() {
    assert_eq!(from_slice::<SendMessageDto>(b"{\"content\":\"\xff\"}").err(), Some(Unreadable::Malformed));
    assert_eq!(from_slice::<SendMessageDto>(br#"{"content":"\ud800"}"#).err(), Some(Unreadable::Malformed));
}
