//! Load on Confab and on what it is compared with, with every delivery checked. `bench/run.sh` runs all of it.

mod check;
mod confab;
mod contender;
mod driver;
mod floor;
mod http1;
mod load;
mod measure;
mod outcome;
mod process;
mod report;
mod scenarios;
mod server;
mod wire;

use clap::{Parser, Subcommand};
use tokio::task::LocalSet;

/// Whatever went wrong.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;
/// What may go wrong.
pub type Result<T> = std::result::Result<T, Fault>;

/// Something that went wrong, in words.
pub fn fault(words: impl Into<String>) -> Fault {
    words.into().into()
}

/// Measures servers; bench/run.sh has everything that this needs.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs each scenario on each server, one at a time, and adds the figures to a file of JSON lines.
    Measure(measure::Options),
    /// Makes a table and plots of such a file.
    Report(report::Options),
}

fn main() -> Result<()> {
    // One thread, so that the servers have the rest of the machine.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match Options::parse().command {
        Command::Measure(options) => LocalSet::new().block_on(&runtime, measure::run(options)),
        Command::Report(options) => report::run(&options),
    }
}
