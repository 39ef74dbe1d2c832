//! Clients: ordinary ones, and such as send what they like.

use std::io::ErrorKind;
use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::{QUIET, within};

/// A client's frame, masked; `first` has the bits and the opcode.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
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
    wire
}

/// An ordinary client.
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub async fn connect(address: SocketAddr, path: &str) -> Self {
        let stream = within(TcpStream::connect(address)).await.unwrap();
        let url = format!("ws://{address}{path}");
        Self(within(tokio_tungstenite::client_async(url, stream)).await.unwrap().0)
    }

    pub async fn say(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    pub async fn send(&mut self, message: Message) {
        within(self.0.send(message)).await.unwrap();
    }

    pub async fn next(&mut self) -> Message {
        within(self.0.next()).await.unwrap().unwrap()
    }

    pub async fn hear(&mut self) -> String {
        match self.next().await {
            Message::Text(text) => text.to_string(),
            other => panic!("not a text: {other:?}"),
        }
    }

    /// Waits until the server has read what was said. Nothing else comes meanwhile.
    pub async fn has_been_read(&mut self) {
        self.send(Message::Ping("read".into())).await;
        assert_eq!(self.next().await, Message::Pong("read".into()));
    }

    /// Whether nothing comes for a while.
    pub async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(QUIET, self.0.next()).await.is_err()
    }

    /// The code that the server closes with, after which it ends the connection.
    pub async fn hear_close(&mut self) -> u16 {
        let code = match self.next().await {
            Message::Close(Some(frame)) => frame.code.into(),
            other => panic!("not a close: {other:?}"),
        };
        self.ended().await;
        code
    }

    /// Waits for the end of the connection.
    pub async fn ended(&mut self) {
        within(async { while let Some(Ok(_)) = self.0.next().await {} }).await;
    }
}

/// A TCP connection.
pub struct Raw {
    pub stream: TcpStream,
    read: Vec<u8>,
}

/// A response's status, head and body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Raw {
    pub async fn connect(address: SocketAddr) -> Self {
        Self { stream: within(TcpStream::connect(address)).await.unwrap(), read: Vec::new() }
    }

    /// One for which the kernel keeps as little as possible.
    pub async fn narrow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.set_send_buffer_size(4096).unwrap();
        Self { stream: within(socket.connect(address)).await.unwrap(), read: Vec::new() }
    }

    pub fn handshake(path: &str) -> String {
        format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
    }

    pub async fn upgrade(&mut self, path: &str) {
        self.send(Self::handshake(path)).await;
        assert_eq!(self.answer().await.status, 101);
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Sends a request without a body.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
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
        let head = String::from_utf8(self.take(end).await).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
        let body = String::from_utf8(self.take(length).await).unwrap();
        Answer { status, head, body }
    }

    /// The opcode and the payload of the next frame, which must be whole and not masked.
    pub async fn frame(&mut self) -> (u8, Vec<u8>) {
        let head = self.take(2).await;
        assert_eq!(head[0] & 0xF0, 0x80, "it is whole");
        let length = match head[1] {
            126 => usize::from(u16::from_be_bytes(self.take(2).await.try_into().unwrap())),
            127 => usize::try_from(u64::from_be_bytes(self.take(8).await.try_into().unwrap())).unwrap(),
            short => usize::from(short),
        };
        (head[0] & 0x0F, self.take(length).await)
    }

    pub async fn text(&mut self) -> String {
        let (opcode, payload) = self.frame().await;
        assert_eq!(opcode, 0x1, "a text, and not {payload:?}");
        String::from_utf8(payload).unwrap()
    }

    /// The code of the close frame that comes next.
    pub async fn close_code(&mut self) -> u16 {
        let (opcode, payload) = self.frame().await;
        assert_eq!(opcode, 0x8, "a close, and not {payload:?}");
        u16::from_be_bytes([payload[0], payload[1]])
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
        tokio::time::timeout(QUIET, self.stream.read_buf(&mut self.read)).await.is_err() && self.read.is_empty()
    }
}
