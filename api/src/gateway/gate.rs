//! How many connections are let in at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use crate::Problem;

/// So many. What others take that wait before the gate is little; what each would take that
/// waits for the database is not, and after a storm of reconnects that memory would be full of holes.
const AT_ONCE: usize = 64;

/// So long a connection waits before it: if the database hangs, each that is let in takes until it is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A gate through which connections come in the order in which they came to it.
pub struct Gate(Arc<Semaphore>);

/// A connection is being let in, as long as this is kept.
pub type Entered = OwnedSemaphorePermit;

impl Gate {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// Waits until one more connection may be let in.
    pub async fn enter(&self) -> Result<Entered, Problem> {
        // A box of its own leaves nothing behind; in one with the rest it would, among others of that size that stay.
        let mut patience = Box::pin(sleep(PATIENCE));
        let entered = tokio::select! {
            biased;
            entered = Arc::clone(&self.0).acquire_owned() => entered.ok(),
            () = &mut patience => None,
        };
        entered.ok_or_else(|| Problem::busy("too many connections wait to be let in"))
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_are_let_in_and_the_next_when_one_is_done() {
        let gate = Gate::new();
        let mut entered = join_all((0..AT_ONCE).map(|_| gate.enter())).await;
        assert!(entered.iter().all(Result::is_ok));
        let next = gate.enter();
        tokio::pin!(next);
        assert!(futures_util::poll!(&mut next).is_pending());
        entered.pop();
        assert!(next.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let gate = Gate::new();
        let _entered = join_all((0..AT_ONCE).map(|_| gate.enter())).await;
        let refused = gate.enter().await.unwrap_err();
        assert_eq!((refused.kind, refused.code), (ErrorKind::Unavailable, "UNAVAILABLE"));
    }
}
