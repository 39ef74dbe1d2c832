//! Plants bugs and looks whether they are found: a judge that finds none of them is not to be trusted.

use std::time::Duration;

use planted::{Bug, VARIABLE};
use tokio::time::Instant;

use crate::Failure;
use crate::checker::{Class, count};
use crate::options::Options;
use crate::report::{keep, say};
use crate::run::{Plan, Report, run};

/// How long each bug has to show itself.
const LIMIT: Duration = Duration::from_mins(2);
/// How long harm is done in a round: many short rounds find more than a long one.
const LOAD: Duration = Duration::from_secs(8);

/// Plants one bug, or each in turn; whether all were found.
pub async fn find(which: &str, options: &Options) -> Result<bool, Failure> {
    let bugs: Vec<Bug> = Bug::ALL.iter().copied().filter(|bug| which == "all" || which == bug.name()).collect();
    if bugs.is_empty() {
        let names: Vec<&str> = Bug::ALL.iter().map(|bug| bug.name()).collect();
        return Err(format!("there is no such bug to plant; there are {}", names.join(", ")).into());
    }
    let mut missed = 0;
    for &bug in &bugs {
        missed += usize::from(!is_found(bug, options).await?);
    }
    say(&format!("{} of {} planted bugs were found", bugs.len() - missed, bugs.len()));
    Ok(missed == 0)
}

async fn is_found(bug: Bug, options: &Options) -> Result<bool, Failure> {
    let started = Instant::now();
    let mut seed = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    while started.elapsed() < LIMIT {
        let plan = Plan { postgres: options.postgres()?, load: LOAD, seed, bug: Some((VARIABLE, bug.name())) };
        let report = run(&plan).await.map_err(|failure| format!("{}, seed {seed}: {failure}", bug.name()))?;
        keep(options, &report)?;
        if !report.findings.is_empty() {
            let seconds = started.elapsed().as_secs();
            say(&format!("{}: found after {seconds} s, seed {seed}: {}", bug.name(), classes(&report)));
            return Ok(true);
        }
        seed += 1;
    }
    say(&format!("{}: NOT found", bug.name()));
    Ok(false)
}

/// How many findings there are of each class.
fn classes(report: &Report) -> String {
    let mut classes: Vec<Class> = report.findings.iter().map(|finding| finding.class).collect();
    classes.dedup();
    let named = classes.iter().map(|class| format!("{} {class:?}", count(&report.findings, *class)));
    named.collect::<Vec<_>>().join(", ")
}
