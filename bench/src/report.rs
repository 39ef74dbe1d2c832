//! The results, as a table and as plots.

mod plot;
mod table;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use crate::Result;

/// Where the results are, and where the report goes.
#[derive(Args)]
pub struct Options {
    /// The JSON lines that `measure` has written.
    #[arg(long)]
    results: PathBuf,
    /// The folder for report.md and the plots.
    #[arg(long)]
    out: PathBuf,
}

/// What was measured of one server through one door in one scenario, in all passes.
pub struct Series {
    server: String,
    door: String,
    scenario: String,
    passes: Vec<Value>,
}

impl Series {
    /// How it is called in table and plots.
    pub fn label(&self) -> String {
        // Others have one door only.
        if self.server.starts_with("confab") { format!("{} {}", self.server, self.door) } else { self.server.clone() }
    }

    /// The median over the passes.
    pub fn figure(&self, name: &str) -> Option<f64> {
        let mut all: Vec<f64> = self.passes.iter().filter_map(|pass| pass["figures"][name].as_f64()).collect();
        all.sort_by(f64::total_cmp);
        let middle = all.len() / 2;
        match all.len() {
            0 => None,
            n if n % 2 == 1 => all.get(middle).copied(),
            _ => Some(f64::midpoint(all[middle - 1], all[middle])),
        }
    }

    /// What was wrong in any pass, in words.
    pub fn wrong(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        for pass in &self.passes {
            for (name, count) in pass["faults"].as_object().into_iter().flatten() {
                if count.as_u64() != Some(0) && !words.contains(name) {
                    words.push(name.clone());
                }
            }
            for trouble in pass["troubles"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                words.push(trouble.to_owned());
            }
        }
        words.join(", ")
    }
}

/// Everything that was measured.
pub struct Results {
    machine: Value,
    series: Vec<Series>,
}

impl Results {
    fn read(path: &Path) -> Result<Self> {
        let mut this = Self { machine: Value::Null, series: Vec::new() };
        for line in fs::read_to_string(path)?.lines() {
            let line: Value = serde_json::from_str(line)?;
            if line["machine"].is_object() {
                this.machine = line["machine"].clone();
            } else {
                this.add(line);
            }
        }
        Ok(this)
    }

    fn add(&mut self, line: Value) {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let (server, door, scenario) = (text("server"), text("door"), text("scenario"));
        let known = self
            .series
            .iter_mut()
            .find(|series| (&series.server, &series.door, &series.scenario) == (&server, &door, &scenario));
        match known {
            Some(series) => series.passes.push(line),
            None => self.series.push(Series { server, door, scenario, passes: vec![line] }),
        }
    }

    /// All servers in one scenario.
    pub fn of<'a>(&'a self, scenario: &'a str) -> impl Iterator<Item = &'a Series> {
        self.series.iter().filter(move |series| series.scenario == scenario)
    }
}

/// Writes the table and draws the plots.
pub fn run(options: &Options) -> Result<()> {
    let results = Results::read(&options.results)?;
    fs::write(options.out.join("report.md"), table::report(&results)?)?;
    for (name, svg) in plot::all(&results) {
        fs::write(options.out.join(format!("{name}.svg")), svg)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn results() -> Results {
        let mut results = Results { machine: Value::Null, series: Vec::new() };
        for (server, pass, figure) in [("node", 0, 5.0), ("floor", 0, 7.0), ("node", 1, 1.0), ("node", 2, 2.0)] {
            results.add(json!({"server": server, "door": "ws", "scenario": "rooms", "pass": pass,
                "figures": {"x": figure}, "faults": {"lost": pass}, "troubles": []}));
        }
        results
    }

    #[test]
    fn passes_of_the_same_thing_are_put_together() {
        let results = results();
        let all: Vec<_> = results.of("rooms").map(|series| (series.label(), series.figure("x"))).collect();
        assert_eq!(all, [("node".into(), Some(2.0)), ("floor".into(), Some(7.0))]);
        assert_eq!(results.of("idle").count(), 0);
        assert_eq!(results.series[0].figure("y"), None);
    }

    #[test]
    fn what_was_wrong_in_any_pass_is_told() {
        let results = results();
        assert_eq!(results.series[0].wrong(), "lost");
        assert_eq!(results.series[1].wrong(), "");
    }
}
