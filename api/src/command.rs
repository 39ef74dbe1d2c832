//! The command line.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::composition;
use crate::config::{ConfigError, Env, LogFormat, LogSettings, Settings, variables};
use crate::running::{Running, StartError};

/// What the program was asked to do.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Serve,
    Migrate,
    Help,
    Version,
}

/// Why it ends without having done so.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("unknown command; confab --help lists what there is")]
    Usage,
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the server failed: {0}")]
    Io(#[from] io::Error),
}

/// Does what the arguments ask for. A failure is one line on standard error: 2 for what is set or typed wrong, 1 for
/// the rest.
pub async fn run(arguments: impl IntoIterator<Item = String>) -> ExitCode {
    let failed = match execute(arguments).await {
        Ok(()) => return ExitCode::SUCCESS,
        Err(failed) => failed,
    };
    let _ = writeln!(io::stderr(), "confab: {failed}");
    ExitCode::from(if matches!(failed, Failed::Usage | Failed::Config(_)) { 2 } else { 1 })
}

async fn execute(arguments: impl IntoIterator<Item = String>) -> Result<(), Failed> {
    match parse(arguments).ok_or(Failed::Usage)? {
        Command::Help => Ok(write!(io::stdout(), "{}", help())?),
        Command::Version => Ok(writeln!(io::stdout(), "confab {}", env!("CARGO_PKG_VERSION"))?),
        Command::Migrate => {
            let settings = Settings::from_env(&Env::from_process()?)?;
            composition::migrate(&settings).await?;
            Ok(writeln!(io::stdout(), "The database is up to date.")?)
        }
        Command::Serve => {
            let settings = Settings::from_env(&Env::from_process()?)?;
            log_to_stdout(&settings.log);
            serve(settings).await
        }
    }
}

fn parse(arguments: impl IntoIterator<Item = String>) -> Option<Command> {
    let mut arguments = arguments.into_iter();
    let command = match arguments.next().as_deref() {
        None | Some("serve") => Command::Serve,
        Some("migrate") => Command::Migrate,
        Some("help" | "--help" | "-h") => Command::Help,
        Some("version" | "--version" | "-V") => Command::Version,
        Some(_) => return None,
    };
    arguments.next().is_none().then_some(command)
}

fn help() -> String {
    format!(
        "confab {}: a self-hosted messenger\n\n\
         confab [serve]   bring the database up to date, and serve\n\
         confab migrate   bring the database up to date\n\
         confab --help    this text\n\
         confab --version\n\n\
         Settings come from the environment, or from a file .env beside it (defaults in brackets):\n\n{}",
        env!("CARGO_PKG_VERSION"),
        variables::help()
    )
}

fn log_to_stdout(settings: &LogSettings) {
    let terminal = io::stdout().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&settings.filter)).with_ansi(terminal);
    let pretty = settings.format.map_or(terminal, |format| format == LogFormat::Pretty);
    // That a logger is there already is no reason not to serve.
    let _ =
        if pretty { builder.try_init() } else { builder.json().flatten_event(true).with_span_list(false).try_init() };
}

async fn serve(settings: Settings) -> Result<(), Failed> {
    let database = place(settings.database.url.expose());
    let (data_dir, swagger_ui) = (settings.data_dir.clone(), settings.http.swagger_ui);
    let running = composition::start(settings).await?;
    let base = format!("//{}", running.address);
    tracing::info!(
        rest = format!("http:{base}/api/v1"),
        websocket = format!("ws:{base}/ws"),
        swagger_ui = if swagger_ui { format!("http:{base}/api") } else { "off".to_owned() },
        database,
        data_dir = %data_dir.display(),
        version = env!("CARGO_PKG_VERSION"),
        "confab is ready"
    );
    stop_on_signal(&running)?;
    running.wait().await?;
    tracing::info!("confab has stopped");
    Ok(())
}

/// The first SIGTERM or SIGINT stops the service gracefully, the second ends the process at once.
fn stop_on_signal(running: &Running) -> io::Result<()> {
    let stopper = running.stopper();
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        tracing::info!("stopping; a second signal ends the process at once");
        tokio::select! {
            () = stopper.stop() => return,
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(())
}

/// Which database, and where, without user and password.
fn place(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = place.split('?').next().unwrap_or_default();
    let kind = if scheme.starts_with("postgres") { "PostgreSQL" } else { "SQLite" };
    format!("{kind} {place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Option<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn serving_is_the_default() {
        assert_eq!(command(""), Some(Command::Serve));
        assert_eq!(command("serve"), Some(Command::Serve));
        assert_eq!(command("migrate"), Some(Command::Migrate));
        assert_eq!(command("--help"), Some(Command::Help));
        assert_eq!(command("--version"), Some(Command::Version));
        for bad in ["server", "serve now", "--port 5"] {
            assert_eq!(command(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_place_of_a_database_tells_no_password() {
        assert_eq!(place("postgres://ada:p@ss@db:5432/confab?sslmode=disable"), "PostgreSQL db:5432/confab");
        assert_eq!(place("sqlite://./data/confab.db"), "SQLite ./data/confab.db");
    }

    #[test]
    fn the_help_fits_the_program() {
        let help = help();
        assert!(help.contains("confab migrate") && help.contains("PORT [3000]"));
    }
}
