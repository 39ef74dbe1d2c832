//! Somebody who talks while others do wrong: what must not be disturbed.

use serde_json::json;

use crate::client::{Http, Person};
use crate::socket::Socket;

/// Two people who talk over plain WebSocket.
pub struct Control {
    one: Socket,
    other: Socket,
    room: String,
    said: u64,
}

impl Control {
    /// Signs them up, and lets them begin.
    pub async fn start(http: &Http) -> Self {
        let (one, other) = (http.person("control.one").await, http.person("control.other").await);
        let room = one.group("Control", &[&other]).await;
        Self::between(&one, &other, room).await
    }

    async fn between(one: &Person, other: &Person, room: String) -> Self {
        let mut control = Self { one: one.connect().await, other: other.connect().await, room, said: 0 };
        control.other.done("conversation:join", json!({"conversationId": control.room})).await;
        control.works().await;
        control
    }

    /// Both are still connected, and what one says the other hears: that, and nothing before it.
    pub async fn works(&mut self) {
        self.said += 1;
        let content = format!("still here, {}", self.said);
        let sent = self.one.done("message:send", json!({"conversationId": self.room, "content": content})).await;
        assert_eq!(self.other.next().await, json!({"event": "message:received", "data": sent}));
    }
}
