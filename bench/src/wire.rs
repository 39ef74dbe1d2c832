//! A WebSocket client that costs little: no task of its own, no buffer while nothing comes, and nothing copied.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::{Result, fault};

const PATIENCE: Duration = Duration::from_secs(20);
const LARGEST: usize = 8 << 20;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

thread_local! {
    /// What is read goes through one buffer for all connections; only the rest of a frame is kept.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; 64 << 10]);
}

/// The writing side of a connection.
pub struct Outbox(Mutex<OwnedWriteHalf>);

/// The reading side of a connection, and what of a frame came so far.
pub struct Inbox {
    stream: OwnedReadHalf,
    rest: Vec<u8>,
}

/// Connects and asks for the upgrade; `headers` are lines that end in CR LF.
pub async fn open(address: SocketAddr, path: &str, headers: &str) -> Result<(Outbox, Inbox)> {
    timeout(PATIENCE, upgrade(address, path, headers)).await.map_err(|_| fault("no upgrade in time"))?
}

async fn upgrade(address: SocketAddr, path: &str, headers: &str) -> Result<(Outbox, Inbox)> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut stream, writer) = stream.into_split();
    let outbox = Outbox(Mutex::new(writer));
    // The key guards against caches, of which there are none here.
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    outbox.write(request.as_bytes()).await?;
    let mut answer = Vec::new();
    loop {
        if let Some(end) = memchr::memmem::find(&answer, b"\r\n\r\n") {
            if !answer.starts_with(b"HTTP/1.1 101") {
                return Err(fault(format!("no upgrade: {}", String::from_utf8_lossy(&answer))));
            }
            let rest = answer.split_off(end + 4);
            return Ok((outbox, Inbox { stream, rest }));
        }
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(fault("closed instead of upgraded"));
        }
    }
}

impl Outbox {
    /// Sends a text frame.
    pub async fn send(&self, text: &str) -> Result<()> {
        Ok(self.write(&frame(TEXT, text.as_bytes())).await?)
    }

    async fn write(&self, mut bytes: &[u8]) -> std::io::Result<()> {
        let stream = self.0.lock().await;
        while !bytes.is_empty() {
            match stream.try_write(bytes) {
                Ok(n) => bytes = &bytes[n..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => timeout(PATIENCE, stream.writable())
                    .await
                    .map_err(|_| Error::new(ErrorKind::TimedOut, "the server reads nothing"))??,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Inbox {
    /// Reads until the end and hands on each text frame; what is answered to it is sent. Answers how it ended.
    pub async fn listen(mut self, outbox: &Outbox, mut on: impl FnMut(&[u8]) -> Option<String>) -> End {
        let mut answers = Vec::new();
        let mut ended = take(&mut self.rest, &mut on, &mut answers);
        loop {
            match ended {
                Ok(None) => {}
                Ok(Some(end)) => return end,
                Err(error) => return End::Broken(error.to_string()),
            }
            for answer in answers.drain(..) {
                if let Err(error) = outbox.write(&answer).await {
                    return End::Broken(error.to_string());
                }
            }
            ended = self.read(&mut on, &mut answers).await;
        }
    }

    /// Waits for bytes once. A read that does not fill the buffer is not followed by another, which would find nothing.
    async fn read(
        &mut self,
        on: &mut impl FnMut(&[u8]) -> Option<String>,
        answers: &mut Vec<Vec<u8>>,
    ) -> std::io::Result<Option<End>> {
        poll_fn(|context| {
            SCRATCH.with_borrow_mut(|scratch| {
                let mut buffer = ReadBuf::new(scratch);
                ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
                let mut bytes = buffer.filled();
                if bytes.is_empty() {
                    return Poll::Ready(Ok(Some(End::Eof)));
                }
                if !self.rest.is_empty() {
                    self.rest.extend_from_slice(bytes);
                    return Poll::Ready(take(&mut self.rest, on, answers));
                }
                let end = eat(&mut bytes, on, answers);
                self.rest.extend_from_slice(bytes);
                Poll::Ready(end)
            })
        })
        .await
    }
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The server closed it, with that code.
    Closed(u16),
    /// Without a goodbye.
    Eof,
    /// By an error.
    Broken(String),
}

/// Eats what is whole of what was kept, and gives the memory back when nothing is left.
fn take(
    rest: &mut Vec<u8>,
    on: &mut impl FnMut(&[u8]) -> Option<String>,
    answers: &mut Vec<Vec<u8>>,
) -> std::io::Result<Option<End>> {
    if rest.is_empty() {
        return Ok(None);
    }
    let mut bytes = rest.as_slice();
    let end = eat(&mut bytes, on, answers)?;
    let left = bytes.len();
    if left == 0 {
        *rest = Vec::new();
    } else {
        rest.drain(..rest.len() - left);
    }
    Ok(end)
}

/// Hands on each whole frame and leaves the rest.
fn eat(
    bytes: &mut &[u8],
    on: &mut impl FnMut(&[u8]) -> Option<String>,
    answers: &mut Vec<Vec<u8>>,
) -> std::io::Result<Option<End>> {
    while let Some((code, payload, after)) = parse(bytes)? {
        *bytes = after;
        match code {
            TEXT => {
                if let Some(answer) = on(payload) {
                    answers.push(frame(TEXT, answer.as_bytes()));
                }
            }
            CLOSE => {
                let code = payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                return Ok(Some(End::Closed(code)));
            }
            PING => answers.push(frame(PONG, payload)),
            _ => {}
        }
    }
    Ok(None)
}

/// An opcode, the payload, and what follows the frame.
type Frame<'a> = (u8, &'a [u8], &'a [u8]);

/// The first frame, if it is whole.
fn parse(bytes: &[u8]) -> std::io::Result<Option<Frame<'_>>> {
    let [first, second, after @ ..] = bytes else { return Ok(None) };
    if first & 0xf0 != 0x80 || second & 0x80 != 0 {
        return Err(Error::new(ErrorKind::InvalidData, "a frame in parts, packed or masked"));
    }
    let (len, after) = match second {
        126 => {
            let Some((len, after)) = after.split_first_chunk() else { return Ok(None) };
            (usize::from(u16::from_be_bytes(*len)), after)
        }
        127 => {
            let Some((len, after)) = after.split_first_chunk() else { return Ok(None) };
            (usize::try_from(u64::from_be_bytes(*len)).unwrap_or(usize::MAX), after)
        }
        len => (usize::from(*len), after),
    };
    if len > LARGEST {
        return Err(Error::new(ErrorKind::InvalidData, "a frame beyond all measure"));
    }
    Ok(after.split_at_checked(len).map(|(payload, after)| (first & 0x0f, payload, after)))
}

/// A client's frame. It is masked with zeros, which leaves it as it is.
fn frame(code: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 14);
    frame.push(0x80 | code);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len @ ..=125), _) => frame.push(0x80 | len),
        (_, Ok(len)) => {
            frame.push(0x80 | 0x7e);
            frame.extend_from_slice(&len.to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 0x7f);
            frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a server would send it.
    fn served(code: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = frame(code, payload);
        let mask = bytes.len() - payload.len() - 4;
        bytes.drain(mask..mask + 4);
        bytes[1] &= 0x7f;
        bytes
    }

    #[test]
    fn frames_of_every_length_are_read_back() {
        for len in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let payload = vec![b'x'; len];
            let mut bytes = served(TEXT, &payload);
            bytes.push(7);
            assert_eq!(parse(&bytes).unwrap(), Some((TEXT, payload.as_slice(), [7].as_slice())), "{len}");
            assert!(parse(&bytes[..bytes.len() - 2]).unwrap().is_none(), "{len}");
        }
        assert!(parse(&[]).unwrap().is_none());
        assert!(parse(&[0x01, 0x01, b'x']).is_err());
    }

    #[test]
    fn what_is_cut_anywhere_is_put_together() {
        let whole =
            [served(TEXT, b"one"), served(PING, b"p"), served(TEXT, b"two"), served(CLOSE, &[0x0f, 0xa8])].concat();
        for cut in 0..whole.len() {
            let (mut heard, mut answers, mut rest) = (Vec::new(), Vec::new(), Vec::new());
            let mut on = |text: &[u8]| {
                heard.push(text.to_vec());
                None
            };
            rest.extend_from_slice(&whole[..cut]);
            assert_eq!(take(&mut rest, &mut on, &mut answers).unwrap(), None, "{cut}");
            rest.extend_from_slice(&whole[cut..]);
            assert_eq!(take(&mut rest, &mut on, &mut answers).unwrap(), Some(End::Closed(4008)), "{cut}");
            assert_eq!(heard, [b"one", b"two"], "{cut}");
            assert_eq!(answers, [frame(PONG, b"p")], "{cut}");
        }
    }
}
