//! The task of one connection: reads, runs commands one after another, and writes when the socket has room again.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use crate::command::{Command, Commands};
use crate::connection::{Connection, Inner, Phase};
use crate::decode::{Decoder, Fault, Inbound, Message, code};
use crate::shard::Shard;

/// How many times a connection is read before others on the worker have their turn.
const READS_AT_ONCE: usize = 8;
const READ_BUFFER: usize = 16 * 1024;

thread_local! {
    /// One buffer serves all connections of a worker: it is never kept over a wait.
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BUFFER].into_boxed_slice());
}

/// Drives a connection to its end.
pub(crate) struct Drive {
    shard: Rc<Shard>,
    inner: Rc<Inner>,
    decoder: Decoder,
    commands: Commands,
    backlog: VecDeque<Message>,
    /// The code to answer the client's close frame with, once what came before it is done.
    goodbye: Option<u16>,
    ended: bool,
}

impl Drive {
    /// Takes over a connection that the shard has registered. `early` is what came with the handshake.
    pub fn new(shard: Rc<Shard>, inner: Rc<Inner>, early: &[u8]) -> Self {
        let mut drive = Self {
            shard,
            inner,
            decoder: Decoder::default(),
            commands: Commands::default(),
            backlog: VecDeque::new(),
            goodbye: None,
            ended: false,
        };
        // Should it panic, the connection is given back already.
        if let Some(opened) = drive.inner.handler.opened(&Connection(Rc::clone(&drive.inner))) {
            drive.commands.push(Command::new(opened));
            drive.inner.running.set(true);
        }
        if !early.is_empty() {
            let mut inbound = Vec::new();
            let fed = drive.decoder.feed(early, &drive.inner.options, &mut inbound);
            drive.take(inbound, fed);
        }
        drive
    }

    /// Runs commands as far as they go. What was held back for them goes out once they are done.
    fn run_commands(&mut self, cx: &mut Context<'_>) {
        loop {
            if self.commands.run(cx).is_ready() && self.inner.running.replace(false) {
                self.inner.release();
            }
            if self.inner.phase.get() != Phase::Open {
                self.backlog.clear();
            }
            if self.inner.paused.get() || !self.commands.allow_more(self.inner.is_holding()) {
                return;
            }
            let Some(message) = self.backlog.pop_front() else {
                self.backlog = VecDeque::new();
                return;
            };
            self.inner.running.set(true);
            match self.inner.handler.message(&Connection(Rc::clone(&self.inner)), message) {
                Some(command) => self.commands.push(command),
                None => self.inner.running.set(!self.commands.is_empty()),
            }
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..READS_AT_ONCE {
            let full = self.inner.paused.get() || self.backlog.len() >= self.inner.options.max_backlog;
            if full || self.inner.phase.get() == Phase::Cut {
                return Poll::Pending;
            }
            if ready!(self.inner.stream.poll_read_ready(cx)).is_err() {
                self.inner.cut();
                return Poll::Ready(());
            }
            let mut inbound = Vec::new();
            let read = READ.with(|buffer| {
                let mut buffer = buffer.borrow_mut();
                let read = self.inner.receive(&mut buffer)?;
                Ok::<_, io::Error>((read, self.decoder.feed(&buffer[..read], &self.inner.options, &mut inbound)))
            });
            match read {
                // The client has closed its side; nobody reads what is left.
                Ok((0, _)) => {
                    self.inner.phase.set(Phase::Cut);
                    return Poll::Ready(());
                }
                Ok((_, fed)) => {
                    self.inner.heard();
                    self.take(inbound, fed);
                    self.run_commands(cx);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => {
                    self.inner.cut();
                    return Poll::Ready(());
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn take(&mut self, inbound: Vec<Inbound>, fed: Result<(), Fault>) {
        for item in inbound {
            if self.goodbye.is_some() {
                return;
            }
            match item {
                Inbound::Message(message) => {
                    if self.inner.phase.get() == Phase::Open {
                        self.backlog.push_back(message);
                    }
                }
                Inbound::Ping(payload) => {
                    if self.control() {
                        self.inner.pong(&payload);
                    }
                }
                Inbound::Pong => {
                    self.control();
                }
                Inbound::Close(code) => {
                    self.inner.parted.set(true);
                    self.goodbye = Some(code.unwrap_or(code::NORMAL));
                }
            }
        }
        if self.goodbye.is_none()
            && let Err(fault) = fed
        {
            self.inner.close(fault.code, fault.reason);
        }
    }

    /// Answers the client's close frame, once what came before it is done or will not be.
    fn part(&mut self) {
        let done = self.commands.is_empty() && self.backlog.is_empty();
        if (done || self.inner.phase.get() != Phase::Open)
            && let Some(code) = self.goodbye.take()
        {
            self.inner.answer_close(code);
        }
    }

    /// Counts a control frame; too many within a second end the connection.
    fn control(&self) -> bool {
        let count = self.inner.control_frames.get() + 1;
        self.inner.control_frames.set(count);
        if count > self.inner.options.max_control_frames {
            self.inner.close(code::POLICY, "too many control frames");
        }
        count <= self.inner.options.max_control_frames
    }

    fn write(&self, cx: &mut Context<'_>) -> Poll<()> {
        while self.inner.has_to_write() && self.inner.phase.get() != Phase::Cut {
            match ready!(self.inner.stream.poll_write_ready(cx)) {
                Ok(()) => self.inner.write_out(),
                Err(_) => self.inner.cut(),
            }
        }
        Poll::Ready(())
    }
}

impl Future for Drive {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.inner.remember(cx.waker());
        this.inner.cork();
        this.run_commands(cx);
        let _ = this.read(cx);
        this.part();
        this.inner.uncork();
        let written = this.write(cx).is_ready();
        match this.inner.phase.get() {
            Phase::Cut => this.ended = true,
            // Ours is written and theirs was read: the server closes first (RFC 6455, section 7.1.1).
            Phase::Closing { answered: true, .. } if written => this.ended = true,
            Phase::Closing { .. } | Phase::Open => {}
        }
        if this.ended { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Drive {
    /// Also when a command panicked, or the worker stops.
    fn drop(&mut self) {
        self.commands = Commands::default();
        // The worker ends before its connections have: they are told at least.
        if self.inner.phase.get() == Phase::Open && !std::thread::panicking() {
            self.inner.close(code::GOING_AWAY, "going away");
        }
        self.shard.unregister(self.inner.id);
        self.inner.phase.set(Phase::Cut);
        self.inner.handler.closed(&Connection(Rc::clone(&self.inner)), self.inner.parted.get());
    }
}
