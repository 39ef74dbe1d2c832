//! Every scenario on every server, one at a time.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::contender::{self, Arena, Door, Places};
use crate::outcome::Outcome;
use crate::process::machine;
use crate::scenarios::exchange::Times;
use crate::scenarios::{self, Scenario};
use crate::server::Server;
use crate::{Fault, Result};

/// What is measured, and with what.
#[derive(Args)]
pub struct Options {
    /// Only servers whose name contains one of these.
    #[arg(long)]
    server: Vec<String>,
    /// Only scenarios whose name contains one of these.
    #[arg(long)]
    scenario: Vec<String>,
    /// Only doors of this name: ws, socketio.
    #[arg(long)]
    door: Vec<String>,
    /// How often everything is measured; the servers take turns.
    #[arg(long, default_value_t = 3)]
    passes: usize,
    /// Short and once, to see that it runs: the figures say little.
    #[arg(long)]
    quick: bool,
    /// Confab's program.
    #[arg(long)]
    confab: PathBuf,
    /// The program of the bare fan-out.
    #[arg(long)]
    floor: PathBuf,
    /// The folder of the server on Node, installed.
    #[arg(long)]
    node: PathBuf,
    /// The program of the server on socketioxide; left out where there is none.
    #[arg(long)]
    socketioxide: PathBuf,
    /// A PostgreSQL on this machine, where databases may be made.
    #[arg(long)]
    postgres: Option<String>,
    /// Where the results go.
    #[arg(long)]
    out: PathBuf,
}

fn wanted(name: &str, patterns: &[String]) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| name.contains(pattern.as_str()))
}

/// Measures, and adds the figures to a file of JSON lines.
pub async fn run(options: Options) -> Result<()> {
    let postgres = options.postgres.as_deref();
    let Options { confab, floor, node, socketioxide, .. } = &options;
    let places = Places { confab, floor, node, socketioxide, postgres };
    let mut contenders = contender::all(&places);
    contenders.retain(|contender| wanted(contender.name, &options.server));
    for contender in &mut contenders {
        contender.doors.retain(|door| wanted(door.name, &options.door));
    }
    let mut arenas = Vec::new();
    for contender in contenders {
        let server = Server::new(contender.recipe.clone(), postgres).await?;
        arenas.push((contender, Arena::new(server)));
    }
    let times = if options.quick {
        Times { warm_up: Duration::from_millis(500), measure: Duration::from_secs(2), rest: Duration::from_secs(2) }
    } else {
        Times { warm_up: Duration::from_secs(1), measure: Duration::from_secs(5), rest: Duration::from_secs(30) }
    };
    let mut out = OpenOptions::new().create(true).append(true).open(&options.out)?;
    writeln!(out, "{}", json!({"machine": machine()}))?;
    for pass in 0..if options.quick { 1 } else { options.passes } {
        for scenario in scenarios::ALL.iter().filter(|scenario| wanted(scenario.name(), &options.scenario)) {
            for (contender, arena) in &mut arenas {
                for door in contender.doors.iter().filter(|door| scenario.suits(contender, door)) {
                    let line = measure(scenario, contender.name, arena, door, times).await;
                    writeln!(out, "{}", with_pass(line, pass))?;
                }
            }
        }
    }
    Ok(())
}

fn with_pass(mut line: Value, pass: usize) -> Value {
    line["pass"] = json!(pass);
    line
}

/// Runs one scenario; what goes wrong is told in the results, and the next one gets its turn.
#[expect(clippy::print_stderr, reason = "this is a command-line tool")]
async fn measure(scenario: &Scenario, server: &str, arena: &mut Arena, door: &Door, times: Times) -> Value {
    let outcome = async {
        arena.server.renew().await?;
        let outcome = scenario.run(arena, door, times).await?;
        arena.server.stop().await?;
        Ok::<_, Fault>(outcome)
    };
    let outcome = outcome.await.unwrap_or_else(|error| {
        let mut outcome = Outcome::new(scenario.name(), door.name);
        outcome.troubles.push(error.to_string());
        outcome
    });
    eprintln!("{server} {outcome}");
    let mut line = outcome.json();
    line["server"] = json!(server);
    line
}
