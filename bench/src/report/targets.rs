//! What is asked of Confab, as multiples of the rival on socketioxide in the same run.

use std::fmt::Write as _;

use super::{Results, Series};

const RIVAL: &str = "socketioxide";

/// How a multiple must compare.
#[derive(Debug, Clone, Copy)]
enum Asked {
    AtLeast(f64),
    AtMost(f64),
}

impl Asked {
    fn met_by(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(bar) => ratio >= bar,
            Self::AtMost(bar) => ratio <= bar,
        }
    }
}

/// The scenario, what it is, the figure, and what is asked of it.
const TARGETS: &[(&str, &str, &str, Asked)] = &[
    ("fanout-1000-paced", "room of 1000: deliveries per CPU-s", "deliveriesPerAllCpuS", Asked::AtLeast(1.5)),
    ("rooms-50x10", "50 rooms of 10: messages per CPU-s", "messagesPerAllCpuS", Asked::AtLeast(2.5)),
    ("rooms-10x10-all", "10 rooms of 10, all send: messages per CPU-s", "messagesPerAllCpuS", Asked::AtLeast(5.0)),
    ("rest-page", "history page: requests per CPU-s", "requestsPerAllCpuS", Asked::AtLeast(1.6)),
    ("rest-post", "message by REST: requests per CPU-s", "requestsPerAllCpuS", Asked::AtLeast(1.6)),
    ("idle-10000", "idle connection: KB", "kbPerConnection", Asked::AtMost(1.0)),
];

/// A table with a line for each thing that is asked and a column for each of Confab's series; empty without the rival.
pub fn section(results: &Results) -> String {
    let mut columns: Vec<String> = Vec::new();
    for (scenario, ..) in TARGETS {
        for series in ours(results, scenario) {
            if !columns.contains(&series.label()) {
                columns.push(series.label());
            }
        }
    }
    let mut lines = String::new();
    for (scenario, title, figure, asked) in TARGETS {
        let rival = results.of(scenario).find(|series| series.server == RIVAL);
        let Some(theirs) = rival.and_then(|series| series.figure(figure)) else { continue };
        let cell = |label: &String| {
            let series = ours(results, scenario).find(|series| series.label() == *label);
            series.and_then(|series| series.figure(figure)).map_or_else(
                || "-".to_owned(),
                |mine| {
                    let ratio = mine / theirs;
                    format!("{ratio:.2}{}", if asked.met_by(ratio) { "" } else { " **missed**" })
                },
            )
        };
        let cells: Vec<String> = columns.iter().map(cell).collect();
        let (Asked::AtLeast(bar) | Asked::AtMost(bar)) = asked;
        let words = if matches!(asked, Asked::AtLeast(_)) { "at least" } else { "at most" };
        let _ = writeln!(lines, "| {title} | {words} {bar} | {} |", cells.join(" | "));
    }
    if lines.is_empty() || columns.is_empty() {
        return String::new();
    }
    let (heads, rule) = (columns.join(" | "), "---|".repeat(columns.len() + 2));
    format!("## What is asked: multiples of {RIVAL}\n\n| what | asked | {heads} |\n|{rule}\n{lines}\n")
}

fn ours<'a>(results: &'a Results, scenario: &'a str) -> impl Iterator<Item = &'a Series> {
    results.of(scenario).filter(|series| series.server.starts_with("confab"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn results(all: &[(&str, &str, &str, f64)]) -> Results {
        let mut results = Results { machine: Value::Null, series: Vec::new() };
        for (server, scenario, figure, value) in all {
            results.add(json!({"server": server, "door": "ws", "scenario": scenario, "figures": {*figure: value}}));
        }
        results
    }

    #[test]
    fn what_is_missed_is_marked() {
        let text = section(&results(&[
            ("confab-sqlite", "rooms-50x10", "messagesPerAllCpuS", 500.0),
            ("confab-postgres", "rooms-50x10", "messagesPerAllCpuS", 400.0),
            ("socketioxide", "rooms-50x10", "messagesPerAllCpuS", 200.0),
            ("confab-sqlite", "idle-10000", "kbPerConnection", 60.0),
            ("socketioxide", "idle-10000", "kbPerConnection", 30.0),
            ("confab-sqlite", "rest-page", "requestsPerAllCpuS", 1.0),
        ]));
        assert!(text.contains("| confab-sqlite ws | confab-postgres ws |"), "{text}");
        assert!(text.contains("| at least 2.5 | 2.50 | 2.00 **missed** |"), "{text}");
        assert!(text.contains("| at most 1 | 2.00 **missed** | - |"), "{text}");
        assert!(!text.contains("history page"), "{text}");
    }

    #[test]
    fn without_the_rival_nothing_is_said() {
        assert_eq!(section(&results(&[("confab-sqlite", "rooms-50x10", "messagesPerAllCpuS", 5.0)])), "");
    }
}
