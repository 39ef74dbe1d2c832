//! A client that sends what it likes: HTTP requests, and WebSocket frames after an upgrade.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{QUIET, within};

/// Paths of requests.
pub const ENGINE: &str = "/engine.io/";
pub const SOCKET: &str = "/socket.io/";

/// A response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The code of an error's body.
    pub fn code(&self) -> u64 {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert!(body["message"].is_string(), "{body}");
        body["code"].as_u64().unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// One TCP connection.
pub struct Raw {
    pub stream: TcpStream,
    read: Vec<u8>,
}

impl Raw {
    pub async fn connect(address: SocketAddr) -> Self {
        Self { stream: within(TcpStream::connect(address)).await.unwrap(), read: Vec::new() }
    }

    /// One for which the kernel keeps as little as possible.
    pub async fn narrow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self { stream: within(socket.connect(address)).await.unwrap(), read: Vec::new() }
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Sends a request; `headers` are whole lines, each with its end.
    pub async fn request(&mut self, method: &str, path: &str, headers: &str, body: &str) {
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        self.send(format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}{length}\r\n{body}")).await;
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.request("GET", path, "", "").await;
        self.answer().await
    }

    pub async fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        self.request(method, path, headers, body).await;
        self.answer().await
    }

    async fn more(&mut self) {
        let read = within(self.stream.read_buf(&mut self.read)).await.unwrap();
        assert_ne!(read, 0, "the connection ended after {:?}", String::from_utf8_lossy(&self.read));
    }

    async fn take(&mut self, length: usize) -> Vec<u8> {
        while self.read.len() < length {
            self.more().await;
        }
        self.read.drain(..length).collect()
    }

    pub async fn answer(&mut self) -> Answer {
        let end = loop {
            match self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.more().await,
            }
        };
        let head = String::from_utf8(self.take(end).await).unwrap();
        let (status, head) = (head.split(' ').nth(1).unwrap().parse().unwrap(), lower_names(&head));
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
        let body = String::from_utf8(self.take(length).await).unwrap();
        Answer { status, head, body }
    }

    /// Opens a session by polling; returns its id.
    pub async fn open(&mut self, path: &str) -> String {
        self.open_with(path, "").await
    }

    pub async fn open_with(&mut self, path: &str, headers: &str) -> String {
        let answer = self.ask("GET", &format!("{path}?EIO=4&transport=polling"), headers, "").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let handshake: serde_json::Value = serde_json::from_str(answer.body.strip_prefix('0').unwrap()).unwrap();
        handshake["sid"].as_str().unwrap().to_owned()
    }

    pub async fn poll(&mut self, path: &str, sid: &str) -> Answer {
        self.get(&format!("{path}?EIO=4&transport=polling&sid={sid}")).await
    }

    pub async fn post(&mut self, path: &str, sid: &str, body: &str) -> Answer {
        self.ask("POST", &format!("{path}?EIO=4&transport=polling&sid={sid}"), "", body).await
    }

    /// Posts what has to be taken.
    pub async fn give(&mut self, path: &str, sid: &str, body: &str) {
        let answer = self.post(path, sid, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"), "{body}");
    }

    /// Asks for a WebSocket; `query` is what comes behind the version.
    pub async fn upgrade(&mut self, path: &str, query: &str, headers: &str) -> Answer {
        let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        self.ask("GET", &format!("{path}?EIO=4&transport=websocket{query}"), &format!("{upgrade}{headers}"), "").await
    }

    /// A WebSocket with a session of its own; returns its id.
    pub async fn websocket(&mut self, path: &str) -> String {
        assert_eq!(self.upgrade(path, "", "").await.status, 101);
        let handshake = self.hear().await;
        let handshake: serde_json::Value = serde_json::from_str(handshake.strip_prefix('0').unwrap()).unwrap();
        assert_eq!(handshake["upgrades"], serde_json::json!([]));
        handshake["sid"].as_str().unwrap().to_owned()
    }

    /// Takes over a session.
    pub async fn take_over(&mut self, path: &str, sid: &str) {
        assert_eq!(self.upgrade(path, &format!("&sid={sid}"), "").await.status, 101);
        self.say("2probe").await;
        assert_eq!(self.hear().await, "3probe");
        self.say("5").await;
    }

    /// Sends a masked frame; `first` has the bits and the opcode.
    pub async fn frame(&mut self, first: u8, payload: &[u8]) {
        let mask = [0x12, 0x34, 0x56, 0x78];
        let mut wire = vec![first];
        match payload.len() {
            short @ 0..=125 => wire.push(0x80 | u8::try_from(short).unwrap()),
            medium @ 126..=0xFFFF => {
                wire.push(0xFE);
                wire.extend(u16::try_from(medium).unwrap().to_be_bytes());
            }
            long => {
                wire.push(0xFF);
                wire.extend((long as u64).to_be_bytes());
            }
        }
        wire.extend(mask);
        wire.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
        self.send(wire).await;
    }

    /// As [`say`](Self::say), if the other side still takes it.
    pub async fn say_if_open(&mut self, text: &str) -> std::io::Result<()> {
        let payload: Vec<u8> = text.bytes().collect();
        let length = u8::try_from(payload.len()).unwrap();
        within(self.stream.write_all(&[&[0x81, 0x80 | length, 0, 0, 0, 0], &payload[..]].concat())).await
    }

    pub async fn say(&mut self, text: &str) {
        self.frame(0x81, text.as_bytes()).await;
    }

    /// The opcode and the payload of the next frame.
    pub async fn next(&mut self) -> (u8, Vec<u8>) {
        let head = self.take(2).await;
        let length = match head[1] {
            126 => usize::from(u16::from_be_bytes(self.take(2).await.try_into().unwrap())),
            127 => usize::try_from(u64::from_be_bytes(self.take(8).await.try_into().unwrap())).unwrap(),
            short => usize::from(short),
        };
        (head[0], self.take(length).await)
    }

    pub async fn hear(&mut self) -> String {
        let (first, payload) = self.next().await;
        assert_eq!(first, 0x81, "a text, and not {payload:?}");
        String::from_utf8(payload).unwrap()
    }

    pub async fn hears(&mut self, expected: &str) {
        assert_eq!(self.hear().await, expected);
    }

    pub async fn hears_bytes(&mut self, expected: &[u8]) {
        assert_eq!(self.next().await, (0x82, expected.to_vec()));
    }

    /// The code of the close frame that comes next; it is answered, and the connection ends.
    pub async fn hears_close(&mut self) -> u16 {
        let (first, payload) = self.next().await;
        assert_eq!(first, 0x88, "a close, and not {:?}", String::from_utf8_lossy(&payload));
        // It may be gone already.
        let _ = self.stream.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await;
        self.ended().await;
        u16::from_be_bytes([payload[0], payload[1]])
    }

    /// Enters a namespace, by its name with a comma, or by none; returns the socket's id.
    pub async fn enter(&mut self, namespace: &str) -> String {
        self.say(&format!("40{namespace}")).await;
        let answer = self.hear().await;
        let answer = answer.strip_prefix(&format!("40{namespace}")).unwrap_or_else(|| panic!("{answer}"));
        let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
        answer["sid"].as_str().unwrap().to_owned()
    }

    /// Waits for the end of the connection; returns what came before it.
    pub async fn ended(&mut self) -> Vec<u8> {
        loop {
            match within(self.stream.read_buf(&mut self.read)).await {
                Ok(0) => return std::mem::take(&mut self.read),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return std::mem::take(&mut self.read),
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Nothing comes, and it does not end.
    pub async fn is_quiet(&mut self) -> bool {
        self.read.is_empty() && tokio::time::timeout(QUIET, self.stream.read_buf(&mut self.read)).await.is_err()
    }
}

fn lower_names(head: &str) -> String {
    head.lines().fold(String::new(), |all, line| match line.split_once(':') {
        Some((name, value)) => all + &name.to_lowercase() + ":" + value + "\n",
        None => all + line + "\n",
    })
}
