//! The driver of the bare fan-out, which speaks as much of the plain WebSocket's dialect as it takes to be compared.

use std::cell::RefCell;
use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::json;

use crate::Result;
use crate::confab::Confab;
use crate::contender::random;
use crate::driver::{Call, Driver, Heard, Http, Person};

/// Rooms are not made at the server: everybody says at the start which ones they are in.
#[derive(Default)]
pub struct Floor {
    rooms: RefCell<HashMap<String, Vec<String>>>,
}

#[async_trait(?Send)]
impl Driver for Floor {
    fn name(&self) -> &'static str {
        "ws"
    }

    async fn person(&self, _http: &Http, name: &str) -> Result<Person> {
        Ok(Person { id: name.to_owned(), token: String::new() })
    }

    async fn room(&self, _http: &Http, people: &[&Person]) -> Result<String> {
        let room = random().to_string();
        let mut rooms = self.rooms.borrow_mut();
        for person in people {
            rooms.entry(person.id.clone()).or_default().push(room.clone());
        }
        Ok(room)
    }

    async fn end_room(&self, _http: &Http, room: &str, _owner: &Person) -> Result<()> {
        self.rooms.borrow_mut().values_mut().for_each(|rooms| rooms.retain(|other| other != room));
        Ok(())
    }

    async fn history(&self, _http: &Http, _room: &str, _reader: &Person) -> Result<Option<Vec<String>>> {
        Ok(None)
    }

    fn page(&self, _room: &str, _limit: usize) -> Option<Call> {
        None
    }

    fn post(&self, _room: &str, _content: &str) -> Option<Call> {
        None
    }

    fn upgrade(&self, _person: &Person) -> (String, String) {
        ("/ws".into(), String::new())
    }

    fn greeting(&self, person: &Person) -> Option<String> {
        let rooms = self.rooms.borrow();
        let rooms = rooms.get(&person.id).map(Vec::as_slice).unwrap_or_default();
        Some(json!({"event": "join", "id": "hi", "data": {"rooms": rooms}}).to_string())
    }

    fn send(&self, room: &str, mark: u32, content: &str) -> String {
        Confab::WebSocket.send(room, mark, content)
    }

    fn read(&self, frame: &[u8], person: &Person) -> Heard {
        Confab::WebSocket.read(frame, person)
    }
}
