//! Pages of histories that are kept.

use domain::message::{Message, MessageView};
use domain::repository::HistoryVersion;
use domain::user::Profile;
use domain::{ConversationId, MessageId, Page};

use super::*;

const TEAM: ConversationId = ConversationId(Uuid::from_u128(0x7ea));
const VERSION: HistoryVersion = HistoryVersion { created_at: NOW, seq: 1, profile_changes: 0 };

fn hello() -> MessageView {
    let message = Message {
        id: MessageId(Uuid::from_u128(0x4e110)),
        conversation_id: TEAM,
        seq: 1,
        changed_seq: 1,
        sender_id: ADA,
        content: Some("hello".to_owned()),
        reply_to: None,
        created_at: NOW,
        edited_at: None,
        deleted_at: None,
    };
    MessageView { message, sender: Profile::from(&ada()) }
}

/// Reads the newest page once for each version that the history is at, and answers the bodies; pages are read from the
/// database so often.
async fn read(versions: &[HistoryVersion], from_database: usize) -> Vec<web::Bytes> {
    read_with(&[], versions, versions.len(), from_database).await
}

/// The same with these settings; the version is asked for so often.
async fn read_with(
    set: &[(&str, &str)],
    versions: &[HistoryVersion],
    asked: usize,
    from_database: usize,
) -> Vec<web::Bytes> {
    let mut messages = MockMessageRepository::new();
    let mut next = versions.to_vec();
    messages.expect_history_version().times(asked).returning(move |_, _| Ok(Some(next.remove(0))));
    let page = || Page { items: vec![hello()], has_more: false };
    messages.expect_history().times(from_database).returning(move |_, _, _, _| Ok(page()));
    let ports = Ports { messages: Arc::new(messages), ..ports() };
    let settings = Settings::from_env(&Env::of(set.iter().copied())).unwrap();
    let app = init_service(super::super::app(state(ports, &settings), ids(), &settings.http)).await;
    let mut bodies = Vec::new();
    for _ in versions {
        let request = signed_in(Method::GET, &format!("/api/v1/conversations/{TEAM}/messages")).to_request();
        let response = call_service(&app, request).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers().get("content-type").unwrap(), "application/json");
        bodies.push(to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("no body")));
    }
    bodies
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_read_once() {
    let bodies = read(&[VERSION; 3], 1).await;
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    let body: Value = serde_json::from_slice(&bodies[0]).unwrap();
    assert_eq!((&body["success"], &body["statusCode"]), (&json!(true), &json!(200)));
    assert_eq!((&body["data"][0]["content"], &body["pagination"]["hasMore"]), (&json!("hello"), &json!(false)));
}

#[tokio::test]
async fn a_page_that_may_have_changed_is_read_anew() {
    let later = HistoryVersion { seq: 2, ..VERSION };
    read(&[VERSION, later, later, VERSION], 3).await;
}

#[tokio::test]
async fn with_no_memory_for_it_no_page_is_kept() {
    read_with(&[("HISTORY_CACHE_BYTES", "0")], &[VERSION; 3], 0, 3).await;
}
