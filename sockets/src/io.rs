//! What a connection reads from its socket and writes to it.

use std::io::{self, Read};
use std::time::Instant;

use socket2::SockRef;
use tokio::io::Interest;

use crate::connection::{Inner, Phase};

impl Inner {
    /// What is sent from now on waits for [`uncork`](Self::uncork).
    pub fn cork(&self) {
        self.corked.set(true);
    }

    /// Writes what was sent since [`cork`](Self::cork).
    pub fn uncork(&self) {
        self.corked.set(false);
        self.write_out();
    }

    /// Writes what waits, unless it is corked.
    pub fn flush(&self) {
        if !self.corked.get() {
            self.write_out();
        }
    }

    /// Writes what waits, unless a command is about to answer: then all goes out with the answer.
    pub fn flush_unless_held(&self) {
        if !self.is_holding() {
            self.flush();
        }
    }

    /// Writes what waits, as much as the socket takes, many frames in one call.
    pub fn write_out(&self) {
        loop {
            if self.phase.get() == Phase::Cut {
                return;
            }
            let mut queue = self.queue.borrow_mut();
            if queue.is_idle() {
                self.stalled.set(None);
                return;
            }
            let wrote = if let Some(frame) = queue.alone() {
                // The cheaper call, and by far the most frequent: `send` instead of `writev`.
                self.stream.try_write(frame)
            } else {
                let (slices, count) = queue.slices();
                self.stream.try_write_vectored(&slices[..count])
            };
            match wrote {
                Ok(written) if written > 0 => {
                    queue.advance(written);
                    self.stalled.set(None);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.stalled.get().is_none() {
                        self.stalled.set(Some(Instant::now()));
                    }
                    drop(queue);
                    // The connection's own task waits for room.
                    self.wake();
                    return;
                }
                Ok(_) | Err(_) => {
                    drop(queue);
                    self.cut();
                    return;
                }
            }
        }
    }

    /// Reads what has come. A buffer that it does not fill has emptied the socket, so that it need not be asked again
    /// to learn that it would block.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        let emptied = self.stream.try_io(Interest::READABLE, || {
            read = (&*SockRef::from(&self.stream)).read(buffer)?;
            if read == 0 || read == buffer.len() { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
        });
        match emptied {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock || read == 0 => Err(error),
            _ => Ok(read),
        }
    }

    pub fn is_holding(&self) -> bool {
        self.queue.borrow().is_holding()
    }

    pub fn has_to_write(&self) -> bool {
        !self.queue.borrow().is_idle()
    }
}
