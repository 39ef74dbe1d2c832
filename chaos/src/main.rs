//! Runs Confab as a process under load and harm, and judges what its clients saw.
//!
//! `chaos --database sqlite --seconds 30 --seed 7` runs one round. The harm, and what clients want to do, follow from
//! the seed; how processes and threads interleave does not, so a seed repeats a round as far as that allows.

mod checker;
mod database;
mod device;
mod doors;
mod history;
mod nemesis;
mod options;
mod people;
#[cfg(feature = "planted-bugs")]
mod planting;
mod process;
mod report;
mod rest;
mod run;
mod world;

use std::process::ExitCode;

use clap::Parser;

use crate::options::{Options, Part};

/// Why a run could not be carried out; what it finds is another matter.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(Part::Server) = options.part {
        return api::command::run(std::iter::empty()).await;
    }
    match report::carry_out(&options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            report::say(&format!("chaos: {failure}"));
            ExitCode::from(2)
        }
    }
}
