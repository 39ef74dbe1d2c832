//! Bars in SVG: one plot for each scenario and figure.

use std::fmt::Write as _;

use super::table::number;
use super::{Results, Series};

const WIDTH: f64 = 720.0;
const LABELS: f64 = 200.0;
const FIGURES: f64 = 80.0;
const ROW: f64 = 26.0;
const TOP: f64 = 44.0;

/// The name of the file, the scenario, the figure, and the title.
const PLOTS: &[(&str, &str, &str, &str)] = &[
    ("fanout-100", "fanout-100-paced", "deliveriesPerAllCpuS", "Room of 100, paced: deliveries per CPU-second"),
    ("fanout-1000", "fanout-1000-paced", "deliveriesPerAllCpuS", "Room of 1000, paced: deliveries per CPU-second"),
    ("fanout-latency", "fanout-100-paced", "deliveryP99Ms", "Room of 100, paced: delivery p99, ms (less is better)"),
    ("rooms", "rooms-50x10", "messagesPerAllCpuS", "50 rooms of 10: messages per CPU-second"),
    ("rooms-all", "rooms-10x10-all", "messagesPerAllCpuS", "10 rooms of 10, all send: messages per CPU-second"),
    ("idle", "idle-10000", "kbPerConnection", "10,000 idle connections: KB each (less is better)"),
    ("rest-page", "rest-page", "requestsPerAllCpuS", "History page over REST: requests per CPU-second"),
    ("rest-post", "rest-post", "requestsPerAllCpuS", "Message over REST: requests per CPU-second"),
    ("cold-start", "cold-start", "firstMs", "First start until ready, ms (less is better)"),
];

/// The plots of what was measured: the name and the SVG of each.
pub fn all(results: &Results) -> Vec<(&'static str, String)> {
    let plots = PLOTS.iter().filter_map(|(name, scenario, figure, title)| {
        let bars: Vec<_> = results.of(scenario).filter_map(|series| Some((series, series.figure(figure)?))).collect();
        (!bars.is_empty()).then(|| (*name, draw(title, &bars)))
    });
    plots.collect()
}

fn color(series: &Series) -> &'static str {
    match series.server.split('-').next() {
        Some("confab") => "#2f6fb0",
        Some("floor") => "#9aa5b1",
        Some("socketioxide") => "#8a5fa8",
        _ => "#c2703d",
    }
}

fn draw(title: &str, bars: &[(&Series, f64)]) -> String {
    let largest = bars.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
    let height = TOP + ROW * count(bars.len()) + 10.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"10\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    );
    for (row, (series, value)) in bars.iter().enumerate() {
        let y = TOP + ROW * count(row);
        let long = (WIDTH - LABELS - FIGURES) * value.max(0.0) / largest;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABELS}\" y=\"{y}\" width=\"{long:.1}\" height=\"{}\" fill=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{}</text>",
            LABELS - 8.0,
            y + 14.0,
            escaped(&series.label()),
            ROW - 7.0,
            color(series),
            LABELS + long + 6.0,
            y + 14.0,
            number(*value),
        );
    }
    svg + "</svg>\n"
}

fn count(rows: usize) -> f64 {
    u32::try_from(rows).map_or(0.0, f64::from)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn bars_are_as_long_as_their_figures() {
        let mut results = Results { machine: Value::Null, series: Vec::new() };
        for (server, figure) in [("confab-sqlite", 8000.0), ("node", 2000.0)] {
            results.add(json!({"server": server, "door": "ws", "scenario": "rest-post",
                "figures": {"requestsPerAllCpuS": figure}}));
        }
        let [(name, svg)] = &all(&results)[..] else { panic!("one plot") };
        assert_eq!(*name, "rest-post");
        assert!(svg.contains("width=\"440.0\"") && svg.contains("width=\"110.0\""), "{svg}");
        assert!(svg.contains("confab-sqlite ws") && svg.contains("8.00k"), "{svg}");
    }
}
