//! What came out of one scenario: figures by name.

use std::fmt;

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

use crate::check::Faults;
use crate::server::Cost;

/// What one scenario has shown.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The scenario.
    pub name: &'static str,
    /// Through which door.
    pub door: &'static str,
    /// By name, in the units that the names end in.
    pub figures: Map<String, Value>,
    /// What the check of deliveries has found, if there was one.
    pub faults: Option<Faults>,
    /// Whatever else went wrong.
    pub troubles: Vec<String>,
}

impl Outcome {
    /// One without figures.
    pub fn new(name: &'static str, door: &'static str) -> Self {
        Self { name, door, ..Self::default() }
    }

    /// Adds a figure.
    pub fn set(&mut self, name: &str, value: f64) {
        let value = if value.abs() < 100.0 { (value * 1000.0).round() / 1000.0 } else { value.round() };
        self.figures.insert(name.to_owned(), json!(value));
    }

    /// Adds p50, p99 and p99.9 of a histogram in microseconds, as milliseconds.
    pub fn set_latency(&mut self, name: &str, histogram: &Histogram<u64>) {
        for (suffix, quantile) in [("P50Ms", 0.5), ("P99Ms", 0.99), ("P999Ms", 0.999)] {
            self.set(&format!("{name}{suffix}"), float(histogram.value_at_quantile(quantile)) / 1000.0);
        }
    }

    /// Adds what that many things (`name`, in the plural) took of the processor.
    pub fn set_cpu(&mut self, name: &str, count: f64, before: &Cost, after: &Cost) {
        if let Some((app, all)) = after.cpu_since(before) {
            self.set("cpuS", app);
            self.set("allCpuS", all);
            // Less than a few ticks says nothing.
            if app >= 0.05 {
                self.set(&format!("{name}PerCpuS"), count / app);
                self.set(&format!("{name}PerAllCpuS"), count / all);
            }
        }
        if let Some(usage) = after.app {
            self.set("rssMb", float(usage.rss) / 1024.0);
            self.set("peakMb", float(usage.peak) / 1024.0);
        }
    }

    /// Whether all was as it should be.
    pub fn good(&self) -> bool {
        self.troubles.is_empty() && self.faults.is_none_or(|faults| faults.none())
    }

    /// As it stands in the results.
    pub fn json(&self) -> Value {
        json!({
            "scenario": self.name, "door": self.door, "figures": self.figures,
            "faults": self.faults.map(|faults| faults.json()), "troubles": self.troubles,
        })
    }
}

/// In one line, for whoever waits for it.
impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}:", self.door, self.name)?;
        for (name, value) in &self.figures {
            write!(out, " {name} {value}")?;
        }
        if !self.good() {
            let faults = self.faults.map_or_else(String::new, |faults| faults.words());
            write!(out, "; WRONG: {faults} {}", self.troubles.join("; "))?;
        }
        Ok(())
    }
}

/// A count as a number to divide.
pub fn float(count: u64) -> f64 {
    // Exact up to millions of millions.
    f64::from(u32::try_from(count >> 32).unwrap_or(u32::MAX)) * 4_294_967_296.0
        + f64::from(u32::try_from(count & 0xffff_ffff).unwrap_or(0))
}

/// An empty histogram of microseconds, up to two minutes.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(120_000_000, 3).unwrap_or_else(|_| unreachable!("the bounds are fine"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_numbers() {
        assert!((float(5_000_000_000) - 5e9).abs() < 1e-3);
        let mut outcome = Outcome::default();
        let mut latency = histogram();
        latency.record(2000).unwrap();
        outcome.set_latency("ack", &latency);
        assert!(outcome.figures["ackP99Ms"].as_f64().unwrap() >= 2.0);
        assert!(outcome.good());
        outcome.faults = Some(Faults { lost: 2, ..Faults::default() });
        assert!(!outcome.good());
    }
}
