//! Carries out what was asked for, and tells what came of it.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};

use crate::Failure;
use crate::checker::{Class, Finding, count};
use crate::history::{self, Outcome, Record, What};
use crate::options::Options;
use crate::run::{Plan, Report, run};

/// How many findings of a round are shown.
const SHOWN: usize = 20;

/// Sums over rounds.
#[derive(Debug, Default)]
struct Totals {
    rounds: usize,
    acknowledged: usize,
    told: usize,
    faults: usize,
    findings: Vec<Finding>,
}

/// Whether nothing wrong was found, or, with planted bugs, each of them.
pub async fn carry_out(options: &Options) -> Result<bool, Failure> {
    #[cfg(feature = "planted-bugs")]
    if let Some(which) = &options.planted {
        return crate::planting::find(which, options).await;
    }
    let first = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let mut totals = Totals::default();
    for seed in first..first + options.rounds {
        let plan = Plan { postgres: options.postgres()?, load: options.load(), seed, bug: None };
        let report = run(&plan).await.map_err(|failure| format!("seed {seed}: {failure}"))?;
        tell(seed, &report);
        keep(options, &report)?;
        totals.take(report);
    }
    say(&totals.line());
    Ok(totals.findings.is_empty())
}

/// Writes down the history of a round with findings, if that is wanted.
pub fn keep(options: &Options, report: &Report) -> Result<(), Failure> {
    if let (Some(path), false) = (&options.history, report.findings.is_empty()) {
        history::write(&report.history, BufWriter::new(File::create(path)?))?;
    }
    Ok(())
}

fn tell(seed: u64, report: &Report) {
    let faults = names(&report.history).join(", ");
    say(&format!("seed {seed}: {} findings; faults: {faults}", report.findings.len()));
    for finding in report.findings.iter().take(SHOWN) {
        say(&format!("  {finding}"));
    }
    if !report.findings.is_empty() {
        let lines: Vec<&str> = report.log.lines().rev().take(SHOWN).collect();
        for line in lines.into_iter().rev() {
            say(&format!("  server: {line}"));
        }
    }
}

fn names(history: &[Record]) -> Vec<&str> {
    let faults = history.iter().filter_map(|record| match &record.what {
        What::Fault { name } => Some(name.as_str()),
        _ => None,
    });
    faults.collect()
}

impl Totals {
    fn take(&mut self, report: Report) {
        self.rounds += 1;
        self.faults += names(&report.history).len();
        for record in &report.history {
            match &record.what {
                What::Sent { outcome: Outcome::Acknowledged(_), .. } => self.acknowledged += 1,
                What::Heard { .. } => self.told += 1,
                _ => {}
            }
        }
        self.findings.extend(report.findings);
    }

    fn line(&self) -> String {
        let sum = |classes: &[Class]| classes.iter().map(|class| count(&self.findings, *class)).sum::<usize>();
        let named = [
            ("lost", sum(&[Class::Lost])),
            ("phantom", sum(&[Class::Phantom])),
            ("doubled", sum(&[Class::Duplicate])),
            ("inconsistent", sum(&[Class::Inconsistent, Class::Torn])),
            ("disordered", sum(&[Class::Order, Class::Fifo, Class::Realtime])),
            ("unseen", sum(&[Class::Skip, Class::Unseen])),
            ("leaks", sum(&[Class::Leak])),
            ("presence", sum(&[Class::Presence])),
            ("crashes", sum(&[Class::Crash])),
        ];
        let named: Vec<String> = named.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let Self { rounds, acknowledged, told, faults, .. } = self;
        let found = named.join(", ");
        format!("{rounds} rounds, {faults} faults, {acknowledged} acknowledged, {told} told; {found}")
    }
}

/// Prints a line.
pub fn say(line: &str) {
    // Nobody is left to be told if this fails.
    let _ = writeln!(io::stdout(), "{line}");
}
