//! The time of the limiters: it only goes on, whatever is done to the clock of the machine.

use std::time::Instant;

use governor::clock::Clock;
use governor::nanos::Nanos;

/// Time since some moment.
#[derive(Debug, Clone)]
pub enum Ticks {
    /// As it passes.
    Running(Instant),
    /// As a test says.
    #[cfg(test)]
    Told(governor::clock::FakeRelativeClock),
}

impl Ticks {
    /// Begins now.
    pub fn start() -> Self {
        Self::Running(Instant::now())
    }
}

impl Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        match self {
            Self::Running(start) => start.elapsed().into(),
            #[cfg(test)]
            Self::Told(clock) => clock.now(),
        }
    }
}
