//! A Socket.IO client by polling alone: small, and able to do what a library does not. Everything that is read in a
//! namespace is held against the `AsyncAPI` document.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::client::SOON;
use crate::live::{Direction, Live};

/// A client in one namespace.
pub struct Polling {
    client: reqwest::Client,
    url: String,
    namespace: &'static str,
    early: VecDeque<String>,
    acks: u64,
    live: Arc<Live>,
    /// What the server answered to CONNECT.
    pub welcome: Value,
}

/// An event, with the place at its end if it has one.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// Its payload.
    pub data: Value,
    /// From where a lost connection goes on.
    pub place: Option<String>,
}

impl Polling {
    /// Opens a session and asks to be let into the namespace; `Err` is why it is not.
    pub async fn open(base: &str, namespace: &'static str, auth: &Value) -> Result<Self, Value> {
        let client = reqwest::Client::builder().timeout(SOON).build().unwrap();
        let url = format!("{base}/socket.io/?EIO=4&transport=polling");
        let opened = client.get(&url).send().await.unwrap().text().await.unwrap();
        let opened: Value = serde_json::from_str(opened.strip_prefix('0').unwrap()).unwrap();
        let url = format!("{url}&sid={}", opened["sid"].as_str().unwrap());
        let (early, live) = (VecDeque::new(), Live::of(base).await);
        let mut this = Self { client, url, namespace, early, acks: 0, live, welcome: Value::Null };
        this.post(&format!("40{}{auth}", this.at())).await;
        let answer = this.packet().await;
        let (kind, said) = answer.split_at(2);
        let said: Value = serde_json::from_str(said.strip_prefix(&this.at()).unwrap()).unwrap();
        if kind == "44" {
            return Err(said);
        }
        assert_eq!(kind, "40", "{answer}");
        this.welcome = said;
        Ok(this)
    }

    fn at(&self) -> String {
        if self.namespace == "/" { String::new() } else { format!("{},", self.namespace) }
    }

    /// Its name in the document, where another door is at `/` as well.
    fn channel(&self) -> &'static str {
        if self.namespace == "/" { "main" } else { self.namespace }
    }

    /// Posts something as it is, and gives the status of the answer.
    pub async fn post_status(&self, body: String) -> u16 {
        self.client.post(&self.url).body(body).send().await.unwrap().status().as_u16()
    }

    async fn post(&self, body: &str) {
        let answer = self.client.post(&self.url).body(body.to_owned()).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, "ok"), "{body}");
    }

    /// The next packet that is no heartbeat.
    async fn packet(&mut self) -> String {
        loop {
            match self.early.pop_front() {
                Some(packet) if packet == "2" => self.post("3").await,
                Some(packet) => return packet,
                None => {
                    let answer = self.client.get(&self.url).send().await.unwrap();
                    assert_eq!(answer.status().as_u16(), 200);
                    self.early.extend(answer.text().await.unwrap().split('\u{1e}').map(str::to_owned));
                }
            }
        }
    }

    /// Says something without asking for an answer.
    pub async fn emit(&self, event: &str, data: Value) {
        self.post(&format!("42{}{}", self.at(), json!([event, data]))).await;
    }

    /// Says something and waits for its acknowledgement; what is told meanwhile is kept for later.
    pub async fn ask(&mut self, event: &str, data: Value) -> Value {
        self.acks += 1;
        let mark = format!("43{}{}", self.at(), self.acks);
        self.post(&format!("42{}{}{}", self.at(), self.acks, json!([event, data]))).await;
        let mut meanwhile = VecDeque::new();
        loop {
            let packet = self.packet().await;
            if let Some(args) = packet.strip_prefix(&mark) {
                self.early.extend(std::mem::take(&mut meanwhile));
                let args: Vec<Value> = serde_json::from_str(args).unwrap();
                self.live.judge(self.channel(), Direction::Answered, event, &args[0]);
                return args[0].clone();
            }
            meanwhile.push_back(packet);
        }
    }

    /// Says something that must succeed, and answers its data.
    pub async fn done(&mut self, event: &str, data: Value) -> Value {
        let answer = self.ask(event, data).await;
        assert_eq!(answer["success"], true, "{answer}");
        answer["data"].clone()
    }

    /// The next event.
    pub async fn told(&mut self) -> Told {
        let packet = self.packet().await;
        let args = packet.strip_prefix(&format!("42{}", self.at())).unwrap_or_else(|| panic!("no event: {packet}"));
        let args: Vec<Value> = serde_json::from_str(args).unwrap();
        let name = args[0].as_str().unwrap().to_owned();
        self.live.judge(self.channel(), Direction::Told, &name, &args[1]);
        let place = args.get(2).map(|place| place.as_str().unwrap().to_owned());
        Told { name, data: args[1].clone(), place }
    }

    /// The next event of that name; others before it are passed over.
    pub async fn event(&mut self, name: &str) -> Told {
        loop {
            let told = self.told().await;
            if told.name == name {
                return told;
            }
        }
    }

    /// Waits until the server sends the client away, passing over all else.
    pub async fn sent_away(&mut self) {
        let away = format!("41{}", self.at());
        while self.packet().await != away {}
    }

    /// Checks that the session is over, not only the namespace.
    pub async fn ended(self) {
        let answer = self.client.get(&self.url).send().await.unwrap();
        let status = answer.status().as_u16();
        assert!(status == 400 || answer.text().await.unwrap() == "1", "{status}");
    }
}
