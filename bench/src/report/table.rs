//! The results as Markdown.

use std::fmt::Write as _;

use super::{Results, Series, targets};
use crate::Result;

/// A heading, and the figures under it.
type Column = (&'static str, &'static [&'static str]);

const EXCHANGE: &[Column] = &[
    ("messages/s", &["messagesPerS"]),
    ("deliveries/s", &["deliveriesPerS"]),
    ("messages per CPU-s", &["messagesPerAllCpuS"]),
    ("deliveries per CPU-s", &["deliveriesPerAllCpuS"]),
    ("ack p50 / p99 / p99.9 ms", &["ackP50Ms", "ackP99Ms", "ackP999Ms"]),
    ("delivery p50 / p99 / p99.9 ms", &["deliveryP50Ms", "deliveryP99Ms", "deliveryP999Ms"]),
    ("peak MB", &["peakMb"]),
];
/// Those whose multiples are shown.
const RIVALS: &[&str] = &["node", "socketioxide"];
const IDLE: &[Column] = &[
    ("KB per connection", &["kbPerConnection"]),
    ("CPU ms per connect", &["cpuMsPerConnect"]),
    ("all connected s", &["connectS"]),
    ("cores while idle", &["idleCores"]),
    ("RSS MB", &["rssMb"]),
];
const REST: &[Column] = &[
    ("requests/s", &["requestsPerS"]),
    ("requests per CPU-s", &["requestsPerAllCpuS"]),
    ("p50 / p99 / p99.9 ms", &["requestP50Ms", "requestP99Ms", "requestP999Ms"]),
    ("peak MB", &["peakMb"]),
];
const LOGINS: &[Column] = &[
    ("delivery p50 / p99 / p99.9 ms, alone", &["quietDeliveryP50Ms", "quietDeliveryP99Ms", "quietDeliveryP999Ms"]),
    ("beside logins", &["busyDeliveryP50Ms", "busyDeliveryP99Ms", "busyDeliveryP999Ms"]),
    ("ack p50 / p99 ms, alone", &["quietAckP50Ms", "quietAckP99Ms"]),
    ("beside logins", &["busyAckP50Ms", "busyAckP99Ms"]),
    ("logins/s", &["loginsPerS"]),
    ("login p50 / p99 ms", &["loginP50Ms", "loginP99Ms"]),
    ("put off", &["putOff"]),
];
const COLD_START: &[Column] = &[
    ("first start ms", &["firstMs"]),
    ("next start ms", &["againMs"]),
    ("CPU ms", &["startCpuMs"]),
    ("RSS MB", &["rssMb"]),
];

/// Each scenario, what it is, its columns, and the one that servers are compared by.
const SECTIONS: &[(&str, &str, &[Column], &str)] = &[
    ("fanout-100-paced", "One room of 100, 100 messages a second from one sender", EXCHANGE, "deliveriesPerAllCpuS"),
    ("fanout-1000-paced", "One room of 1000, 10 messages a second from one sender", EXCHANGE, "deliveriesPerAllCpuS"),
    ("fanout-100-closed", "One room of 100, 8 messages under way at a time", EXCHANGE, "deliveriesPerAllCpuS"),
    ("fanout-1000-closed", "One room of 1000, 4 messages under way at a time", EXCHANGE, "deliveriesPerAllCpuS"),
    ("rooms-50x10", "50 rooms of 10, one sender each that awaits each ack", EXCHANGE, "messagesPerAllCpuS"),
    ("rooms-10x10-all", "10 rooms of 10, all send and await each ack", EXCHANGE, "messagesPerAllCpuS"),
    ("idle-10000", "10,000 connections that say nothing", IDLE, ""),
    ("rest-page", "REST: the newest 50 messages, 16 connections", REST, "requestsPerAllCpuS"),
    ("rest-post", "REST: a message that is kept, 16 connections", REST, "requestsPerAllCpuS"),
    ("logins", "10 rooms of 10, 20 messages a second in each, alone and beside 50 who log in", LOGINS, ""),
    ("cold-start", "Start until ready", COLD_START, ""),
];

/// The whole report.
pub fn report(results: &Results) -> Result<String> {
    let machine = |name: &str| results.machine[name].to_string().replace('"', "");
    let mut text = String::new();
    writeln!(
        text,
        "# Measured by bench/run.sh\n\n{} cores ({}), {}, Linux {}; load average at the start: {}. Generator, server and \
         PostgreSQL share the machine, over loopback, without TLS. Medians of the passes. CPU-s is a second of processor of \
         server and database together; ratios are by it, within this run.\n",
        machine("cores"),
        machine("model"),
        machine("memory"),
        machine("kernel"),
        machine("load"),
    )?;
    for (scenario, title, columns, by) in SECTIONS {
        let all: Vec<&Series> = results.of(scenario).collect();
        if !all.is_empty() {
            writeln!(text, "## {title}\n")?;
            section(&mut text, &all, columns, by)?;
        }
    }
    text.push_str(&targets::section(results));
    Ok(text)
}

fn section(text: &mut String, all: &[&Series], columns: &[Column], by: &str) -> Result<()> {
    let rivals = all.iter().filter(|series| !by.is_empty() && RIVALS.contains(&series.server.as_str()));
    let rivals: Vec<(&str, f64)> =
        rivals.filter_map(|series| Some((series.server.as_str(), series.figure(by)?))).collect();
    let mut headings: Vec<String> = columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
    headings.extend(rivals.iter().map(|(name, _)| format!("of {name}")));
    writeln!(text, "| server | {} | wrong |", headings.join(" | "))?;
    writeln!(text, "|---|{}", "---|".repeat(headings.len() + 1))?;
    for series in all {
        let mut cells: Vec<String> = columns.iter().map(|(_, names)| cell(series, names)).collect();
        let ratio = |(_, theirs): &(&str, f64)| series.figure(by).map(|figure| format!("{:.2}", figure / theirs));
        cells.extend(rivals.iter().map(|rival| ratio(rival).unwrap_or_default()));
        writeln!(text, "| {} | {} | {} |", series.label(), cells.join(" | "), series.wrong())?;
    }
    text.push('\n');
    Ok(())
}

fn cell(series: &Series, names: &[&str]) -> String {
    let figures = names.iter().map(|name| series.figure(name).map_or_else(|| "-".to_owned(), number));
    figures.collect::<Vec<_>>().join(" / ")
}

/// Three digits that mean something.
pub fn number(value: f64) -> String {
    match value.abs() {
        10_000.0.. => format!("{:.0}k", value / 1000.0),
        1000.0..10_000.0 => format!("{:.2}k", value / 1000.0),
        100.0..1000.0 => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_section_shows_figures_ratios_and_what_was_wrong() {
        let mut results = Results { machine: Value::Null, series: Vec::new() };
        for (server, figure, lost) in [("confab-sqlite", 8000.0, 0), ("node", 2000.0, 3), ("socketioxide", 5000.0, 0)] {
            results.add(json!({"server": server, "door": "ws", "scenario": "rest-post",
                "figures": {"requestsPerAllCpuS": figure}, "faults": {"lost": lost}, "troubles": []}));
        }
        let text = report(&results).unwrap();
        assert!(text.contains("| confab-sqlite ws | - | 8.00k | - / - / - | - | 4.00 | 1.60 |  |"), "{text}");
        assert!(text.contains("| node | - | 2.00k | - / - / - | - | 1.00 | 0.40 | lost |"), "{text}");
    }
}
