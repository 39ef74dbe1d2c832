//! What a machine can do at most: frames in, frames out, and nothing that a messenger needs besides. It speaks as much of
//! Confab's plain WebSocket dialect as it takes to be measured by the same generator. Nobody has to sign in.
//!
//! `floor nothing` keeps nothing; `floor each` keeps what waits together in PostgreSQL by one statement, then writes each
//! message to each member; `floor merged` writes to each connection once after each commit. The variables HOST, PORT
//! and `DATABASE_URL` are its settings.

mod frames;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

type Fault = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Fault>;

/// So many messages are kept by one statement.
const BATCH: usize = 512;

#[derive(Deserialize)]
struct Request<'a> {
    event: &'a str,
    id: serde_json::Value,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Data<'a> {
    rooms: Vec<String>,
    #[serde(rename = "conversationId")]
    room: &'a str,
    content: &'a str,
}

/// A connection, as those see it who write to it.
struct Member {
    stream: OwnedWriteHalf,
    waiting: Mutex<Vec<u8>>,
    more: Notify,
}

impl Member {
    fn push(&self, frame: &[u8]) {
        lock(&self.waiting).extend_from_slice(frame);
    }

    /// Writes what the socket takes; the rest is the connection's own task's.
    fn flush(&self) {
        let mut waiting = lock(&self.waiting);
        if waiting.is_empty() {
            return;
        }
        let written = self.stream.try_write(&waiting).unwrap_or(0);
        waiting.drain(..written);
        if !waiting.is_empty() {
            self.more.notify_one();
        }
    }

    async fn write_the_rest(&self) {
        loop {
            self.more.notified().await;
            while !lock(&self.waiting).is_empty() && self.stream.writable().await.is_ok() {
                self.flush();
            }
        }
    }
}

#[derive(Default)]
struct Room {
    seq: i64,
    members: Vec<Arc<Member>>,
}

/// A message that somebody has sent.
struct Sent {
    room: Arc<Mutex<Room>>,
    room_id: String,
    content: String,
    mark: serde_json::Value,
    from: Arc<Member>,
}

#[derive(Default)]
struct Floor {
    rooms: Mutex<HashMap<String, Arc<Mutex<Room>>>>,
    /// Where there is something that keeps.
    keeper: Option<mpsc::Sender<Sent>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "there is no other configuration here")]
fn setting(name: &str) -> Result<String> {
    Ok(std::env::var(name).map_err(|_| format!("{name} is not set"))?)
}

#[tokio::main]
async fn main() -> Result<()> {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let keeper = match mode.as_str() {
        "nothing" => None,
        "each" | "merged" => Some(keep(&setting("DATABASE_URL")?, mode == "merged").await?),
        _ => return Err("floor nothing|each|merged".into()),
    };
    let floor = Arc::new(Floor { keeper, ..Floor::default() });
    let listener = listen(&format!("{}:{}", setting("HOST")?, setting("PORT")?))?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(floor.clone(), stream));
    }
}

fn listen(address: &str) -> Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address.parse()?)?;
    Ok(socket.listen(4096)?)
}

async fn serve(floor: Arc<Floor>, mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8(head)?;
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    let Some(key) = key else {
        return Ok(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await?);
    };
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    let (reader, stream) = stream.into_split();
    let member = Arc::new(Member { stream, waiting: Mutex::default(), more: Notify::new() });
    let ended = tokio::select! {
        ended = read(&floor, reader, &member) => ended,
        () = member.write_the_rest() => Ok(()),
    };
    for room in lock(&floor.rooms).values() {
        lock(room).members.retain(|other| !Arc::ptr_eq(other, &member));
    }
    ended
}

async fn read(floor: &Floor, reader: OwnedReadHalf, member: &Arc<Member>) -> Result<()> {
    let mut bytes = Vec::new();
    loop {
        reader.readable().await?;
        match reader.try_read_buf(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error.into()),
        }
        while let Some(frame) = frames::take(&mut bytes)? {
            handle(floor, &serde_json::from_slice(&frame)?, member).await?;
        }
        if bytes.is_empty() {
            // An idle connection holds no buffer.
            bytes = Vec::new();
        }
    }
}

async fn handle(floor: &Floor, request: &Request<'_>, member: &Arc<Member>) -> Result<()> {
    if request.event == "join" {
        for room in &request.data.rooms {
            let room = lock(&floor.rooms).entry(room.clone()).or_default().clone();
            lock(&room).members.push(member.clone());
        }
        member.push(&frames::text(format!(r#"{{"event":"ack","id":{},"data":{{}}}}"#, request.id).as_bytes()));
        member.flush();
        return Ok(());
    }
    let room = lock(&floor.rooms).get(request.data.room).cloned().ok_or("no such room")?;
    let sent = Sent {
        room,
        room_id: request.data.room.to_owned(),
        content: request.data.content.to_owned(),
        mark: request.id.clone(),
        from: member.clone(),
    };
    if let Some(keeper) = &floor.keeper {
        keeper.send(sent).await?;
    } else {
        let mut room = lock(&sent.room);
        let seq = room.next();
        deliver(&sent, seq, &room.members, Member::flush);
    }
    Ok(())
}

/// Acknowledges a message and hands it to everybody; `then` is done with each after what was handed to them.
fn deliver<'a>(sent: &'a Sent, seq: i64, members: &'a [Arc<Member>], mut then: impl FnMut(&'a Member)) {
    let (room, content) = (&sent.room_id, &sent.content);
    // As long as what Confab says of a message.
    let mut message = String::with_capacity(640);
    let _ = write!(
        message,
        r#"{{"id":"0198c0de-0000-7000-8000-{seq:012x}","conversationId":"{room}","seq":{seq},"changedSeq":{seq},"sender":{{"id":"0198c0de-0000-7000-8000-000000000000","username":"p00000000000000000000","name":"p00000000000000000000","avatar":null}},"content":"{content}","replyTo":null,"attachments":[],"reactions":[],"createdAt":"2026-01-01T00:00:00.000Z","editedAt":null,"deletedAt":null}}"#
    );
    sent.from.push(&frames::text(format!(r#"{{"event":"ack","id":{},"data":{message}}}"#, sent.mark).as_bytes()));
    then(&sent.from);
    let event = frames::text(format!(r#"{{"event":"message:received","data":{message}}}"#).as_bytes());
    for member in members {
        member.push(&event);
        then(member);
    }
}

/// Starts what keeps messages: all that wait are one statement, and then delivered.
async fn keep(url: &str, merged: bool) -> Result<mpsc::Sender<Sent>> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    client
        .batch_execute(
            "drop table if exists messages;
             create table messages (room text, seq bigint, sender text, content text, created_at timestamptz default now(),
             primary key (room, seq))",
        )
        .await?;
    let insert = client
        .prepare(
            "insert into messages (room, seq, sender, content)
             select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[])",
        )
        .await?;
    let (sender, mut receiver) = mpsc::channel(4096);
    tokio::spawn(async move {
        let mut batch: Vec<Sent> = Vec::new();
        while receiver.recv_many(&mut batch, BATCH).await > 0 {
            let seqs: Vec<i64> = batch.iter().map(|sent| lock(&sent.room).next()).collect();
            let rooms: Vec<&str> = batch.iter().map(|sent| sent.room_id.as_str()).collect();
            let contents: Vec<&str> = batch.iter().map(|sent| sent.content.as_str()).collect();
            client.execute(&insert, &[&rooms, &seqs, &rooms, &contents]).await?;
            hand_out(&batch, &seqs, merged);
            batch.clear();
        }
        Ok::<(), tokio_postgres::Error>(())
    });
    Ok(sender)
}

fn hand_out(batch: &[Sent], seqs: &[i64], merged: bool) {
    let mut touched: Vec<Arc<Member>> = Vec::new();
    for (sent, seq) in batch.iter().zip(seqs) {
        let members = lock(&sent.room).members.clone();
        if merged {
            deliver(sent, *seq, &members, |_| {});
            touched.extend(members);
            touched.push(sent.from.clone());
        } else {
            deliver(sent, *seq, &members, Member::flush);
        }
    }
    // Whoever was written to already has nothing waiting.
    for member in &touched {
        member.flush();
    }
}

impl Room {
    fn next(&mut self) -> i64 {
        self.seq += 1;
        self.seq
    }
}
