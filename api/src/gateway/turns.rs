//! Whose turn it is to be let in.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::Problem;

/// How many connections are let in at once. What others take that wait for their turn is little; what each would take that
/// waits for the database is not, and after a storm of reconnects that memory would be full of holes.
const AT_ONCE: usize = 64;

/// So long a connection waits for its turn: if the database hangs, each turn takes until it is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The turns, which connections take in the order in which they came.
pub struct Turns(Semaphore);

impl Turns {
    pub fn new() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }

    /// Waits until one more connection may be let in, which lasts as long as this is kept.
    pub async fn take(&self) -> Result<SemaphorePermit<'_>, Problem> {
        match timeout(PATIENCE, self.0.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Problem::busy("too many connections wait to be let in")),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_have_their_turn_and_the_next_when_one_is_done() {
        let turns = Turns::new();
        let mut taken = join_all((0..AT_ONCE).map(|_| turns.take())).await;
        assert!(taken.iter().all(Result::is_ok));
        let next = turns.take();
        tokio::pin!(next);
        assert!(futures_util::poll!(&mut next).is_pending());
        taken.pop();
        assert!(next.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let turns = Turns::new();
        let _taken = join_all((0..AT_ONCE).map(|_| turns.take())).await;
        let refused = turns.take().await.unwrap_err();
        assert_eq!((refused.kind, refused.code), (ErrorKind::Unavailable, "UNAVAILABLE"));
    }
}
