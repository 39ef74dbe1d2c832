//! HTTP and WebSocket by the byte: what no client library would send.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Person, SOON, discreet};

/// The headers of a handshake that is right.
pub const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                           Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A connection.
pub struct Raw {
    stream: TcpStream,
    /// What was read and not yet looked at.
    seen: Vec<u8>,
}

/// An answer, as it came.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    /// In lower case.
    pub head: String,
    pub body: String,
}

impl RawAnswer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value.trim())
    }
}

impl Raw {
    /// Connects to the server at `base`.
    pub async fn connect(base: &str) -> Self {
        let stream = TcpStream::connect(base.trim_start_matches("http://")).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, seen: Vec::new() }
    }

    /// Sends a request on a connection of its own and reads the answer, if there is one before the end.
    pub async fn ask(base: &str, request: impl AsRef<[u8]>) -> Option<RawAnswer> {
        let mut raw = Self::connect(base).await;
        raw.send(request).await;
        raw.answer().await
    }

    /// Opens a WebSocket with these headers beside those of the handshake.
    pub async fn websocket(base: &str, path: &str, headers: &str) -> Self {
        let mut raw = Self::connect(base).await;
        raw.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n{UPGRADE}{headers}\r\n")).await;
        assert_eq!(raw.answer().await.unwrap().status, 101);
        raw
    }

    /// Opens the plain WebSocket of somebody.
    pub async fn dial(who: &Person) -> Self {
        Self::websocket(&who.http.base, "/ws", &format!("Authorization: Bearer {}\r\n", who.token())).await
    }

    /// Sends bytes. A server that has ended the connection is no failure: what it said is to be read.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// The next answer; `None` if the connection ends before.
    pub async fn answer(&mut self) -> Option<RawAnswer> {
        let end = loop {
            match self.seen.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.more().await?,
            }
        };
        let head = String::from_utf8(self.seen.drain(..end).collect()).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = RawAnswer { status, head, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        while self.seen.len() < length {
            self.more().await?;
        }
        answer.body = String::from_utf8(self.seen.drain(..length).collect()).unwrap();
        if status >= 400 {
            discreet(&answer.body);
        }
        Some(answer)
    }

    /// Sends nothing more.
    pub async fn shut(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// Waits for the end, passing over what still comes.
    pub async fn ended(&mut self) {
        while self.more().await.is_some() {}
    }

    /// The code of the close frame that the server sends, passing over all other frames.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            let (opcode, payload) = self.frame().await?;
            if opcode == 0x8 {
                return Some(u16::from_be_bytes([payload[0], payload[1]]));
            }
        }
    }

    /// Waits for a text with that in it, passing over others.
    pub async fn hears(&mut self, part: &str) {
        loop {
            let (opcode, payload) = self.frame().await.unwrap_or_else(|| panic!("the end before {part}"));
            assert_ne!(opcode, 0x8, "a close before {part}");
            if String::from_utf8_lossy(&payload).contains(part) {
                return;
            }
        }
    }

    async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        while self.seen.len() < 2 {
            self.more().await?;
        }
        let (start, length) = match self.seen[1] {
            126 => {
                while self.seen.len() < 4 {
                    self.more().await?;
                }
                (4, usize::from(u16::from_be_bytes([self.seen[2], self.seen[3]])))
            }
            short => (2, usize::from(short)),
        };
        while self.seen.len() < start + length {
            self.more().await?;
        }
        let opcode = self.seen[0] & 0xF;
        let payload = self.seen[start..start + length].to_vec();
        self.seen.drain(..start + length);
        Some((opcode, payload))
    }

    async fn more(&mut self) -> Option<()> {
        let reading = tokio::time::timeout(SOON * 3, self.stream.read_buf(&mut self.seen));
        match reading.await.expect("something is read in time, or the end") {
            Ok(1..) => Some(()),
            Ok(0) | Err(_) => None,
        }
    }
}

/// A client's frame, masked with zeros.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(0x80 | u8::try_from(short).unwrap()),
        medium @ 126..=0xFFFF => {
            frame.push(0xFE);
            frame.extend(u16::try_from(medium).unwrap().to_be_bytes());
        }
        long => {
            frame.push(0xFF);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}
