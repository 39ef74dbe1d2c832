//! What a client asked for, while it is carried out.

use std::collections::VecDeque;
use std::future::Future;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

/// What is done for one message. It is dropped when its connection ends.
pub struct Command {
    end: LocalBoxFuture<'static, ()>,
    has_begun: bool,
}

impl Command {
    /// A command that is carried out in its turn: after those before it, and before those behind it.
    pub fn new(work: impl Future<Output = ()> + 'static) -> Self {
        Self { end: work.boxed_local(), has_begun: false }
    }

    /// A command that has begun already, in its place among the others of its kind, so that only its end is awaited.
    /// The next message can be taken in meanwhile.
    pub fn begun(end: impl Future<Output = ()> + 'static) -> Self {
        Self { end: end.boxed_local(), has_begun: true }
    }
}

/// The commands of a connection that run. They end in the order in which they came; several run at once only if each
/// has [begun](Command::begun) by itself.
#[derive(Default)]
pub struct Commands(VecDeque<Command>);

impl Commands {
    /// As many have begun at most.
    const AT_ONCE: usize = 64;

    /// Adds one; those before it [allow](Self::allow_more) it.
    pub fn push(&mut self, command: Command) {
        self.0.push_back(command);
    }

    /// Goes on with them, until one has to wait; tells whether none is left.
    pub fn run(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(command) = self.0.front_mut() {
            if command.end.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.0.pop_front();
        }
        self.0 = VecDeque::new();
        Poll::Ready(())
    }

    /// Whether another may come now. While something is held back for these it may not, so that this does not wait for
    /// long.
    pub fn allow_more(&self, is_holding: bool) -> bool {
        self.0.back().is_none_or(|last| last.has_begun && !is_holding && self.0.len() < Self::AT_ONCE)
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
