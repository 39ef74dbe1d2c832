//! The task of one session: runs its commands one after another, and takes leave at its end.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use sockets::{Commands, Connection};

use super::Link;
use super::session::{Business, Phase, Session};

pub(super) struct Task {
    session: Rc<Session>,
    commands: Commands,
}

impl Task {
    pub fn new(session: Rc<Session>) -> Self {
        Self { session, commands: Commands::default() }
    }

    /// Runs commands as far as they go; tells whether nothing is left to do.
    fn run(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let link = Link(Rc::clone(&self.session));
        loop {
            if let Some(endpoint) = self.session.endpoint() {
                endpoint.settle(&link);
            }
            if self.session.phase.get() == Phase::Ended {
                return Poll::Ready(());
            }
            if self.commands.run(cx).is_ready() && self.session.business.get() != Business::Idle {
                self.done();
                continue;
            }
            if matches!(self.session.phase.get(), Phase::Closing(_)) {
                self.session.backlog.take();
            }
            if !self.commands.allow_more(self.session.business.get() == Business::Holding) {
                return Poll::Pending;
            }
            let Some(next) = self.session.next_turn() else {
                let has_parted = matches!(self.session.phase.get(), Phase::Parting(_)) && self.commands.is_empty();
                return if has_parted { Poll::Ready(()) } else { Poll::Pending };
            };
            if !self.session.is_backed_up() {
                self.session.go_on();
            }
            if self.session.business.get() == Business::Idle {
                self.session.business.set(Business::Running);
            }
            if let Some(command) = next(&link) {
                self.commands.push(command);
            }
        }
    }

    /// What was held back for the commands goes out.
    fn done(&self) {
        self.session.business.set(Business::Idle);
        self.session.release();
    }
}

impl Future for Task {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.session.remember(cx.waker());
        // What commands answer goes out in one write with what was held back for them.
        let connection = this.session.connection();
        connection.iter().for_each(Connection::cork);
        let done = this.run(cx);
        connection.iter().for_each(Connection::uncork);
        done
    }
}

impl Drop for Task {
    /// Also when a command panicked, or the worker stops.
    fn drop(&mut self) {
        let session = Rc::clone(&self.session);
        self.commands = Commands::default();
        session.backlog.take();
        session.business.set(Business::Idle);
        if session.phase.get() != Phase::Ended {
            let (code, reason) = if std::thread::panicking() { (1011, "internal error") } else { (1001, "going away") };
            session.fail(code, reason);
        }
        session.forget();
        session.worker.dismiss(session.id);
        if let Some(endpoint) = session.endpoint() {
            endpoint.closed(&Link(Rc::clone(&session)), session.parted.get());
        }
    }
}
