//! The task of one session: runs its commands one after another, and takes leave at its end.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::future::LocalBoxFuture;
use sockets::Connection;

use super::Link;
use super::session::{Phase, Session};

pub(super) struct Task {
    session: Rc<Session>,
    command: Option<LocalBoxFuture<'static, ()>>,
}

impl Task {
    pub fn new(session: Rc<Session>) -> Self {
        Self { session, command: None }
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
            if let Some(command) = &mut self.command {
                if command.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.command = None;
                self.done();
                continue;
            }
            if matches!(self.session.phase.get(), Phase::Closing(_)) {
                self.session.backlog.take();
            }
            let Some(next) = self.session.next_command() else {
                return if matches!(self.session.phase.get(), Phase::Parting(_)) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                };
            };
            if !self.session.is_backed_up() {
                self.session.go_on();
            }
            self.session.running.set(true);
            self.command = next(&link);
            if self.command.is_none() {
                self.done();
            }
        }
    }

    /// What was held back for the command goes out.
    fn done(&self) {
        self.session.running.set(false);
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
        self.command = None;
        session.backlog.take();
        session.running.set(false);
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
