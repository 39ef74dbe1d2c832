//! Connecting to and migrating a PostgreSQL database.

use std::str::FromStr;
use std::time::Duration;

use diesel::dsl::sql;
use diesel::sql_types::{Bool, Text};
use diesel::{ConnectionError, ConnectionResult, sql_query};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::runtime::Handle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};

use crate::db::settings::{DatabaseTimes, OpenError, chain};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// How long a connection is silent before the system asks whether the server is still there, unless the URL says so.
const KEEPALIVE: Duration = Duration::from_mins(1);

/// What the server ends by itself, should this side not do so; in milliseconds.
const TIMES: &str = "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false), \
                     set_config('idle_in_transaction_session_timeout', $3, false)";

/// Statements are planned once, not each time they are run: all of them go by an index, whatever the values, also if the
/// tables were still empty then. So a page is the end of an index, never a whole conversation that is sorted or joined to
/// be cut.
const SESSION: &str = "SET plan_cache_mode = force_generic_plan; \
                       SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
                       SET enable_mergejoin = off; SET enable_hashjoin = off; SET enable_material = off; \
                       SET jit = off";

/// What is answered is on disk: a role or a database may be set not to wait for that. What waits for more, such as a
/// standby, is left as it is.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', false)
                       WHERE current_setting('synchronous_commit') = 'off'";

/// Migrations take their time, and wait for one another: of several nodes that start at once, one migrates.
const MIGRATION_SESSION: &str = "SET statement_timeout = 0; SET lock_timeout = '60s'; \
                                 SELECT pg_advisory_lock(8243756112067430251)";

/// A database on a PostgreSQL server.
#[derive(Clone)]
pub struct Server {
    config: Config,
    times: DatabaseTimes,
    runtime: Handle,
}

impl Server {
    /// Reads a URL. Connections will be driven by the present runtime.
    pub fn new(url: &str, times: DatabaseTimes) -> Result<Self, OpenError> {
        let mut config = Config::from_str(url).map_err(|error| malformed(&chain(&error)))?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(OpenError::Tls);
        }
        if config.get_hosts().is_empty() {
            return Err(malformed("no host"));
        }
        if config.get_user().is_none() {
            return Err(malformed("no user"));
        }
        config.connect_timeout(times.connect).tcp_user_timeout(Duration::from_secs(10)).ssl_mode(SslMode::Disable);
        if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
            // What is between may forget a connection of which it hears nothing for minutes.
            config.keepalives_idle(KEEPALIVE);
        }
        if config.get_application_name().is_none() {
            config.application_name("confab");
        }
        Ok(Self { config, times, runtime: Handle::current() })
    }

    /// A connection for the pool.
    pub async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        let server = self.clone();
        // On the database's own runtime, for the task that drives the connection must outlive the caller's.
        let connecting =
            self.runtime.spawn(async move { tokio::time::timeout(server.times.connect, server.prepared()).await });
        match connecting.await {
            Ok(Ok(Ok(connection))) => Ok(connection),
            Ok(Ok(Err(error))) => Err(error.into()),
            Ok(Err(_)) => Err(ConnectionError::BadConnection("no connection in time".to_owned())),
            Err(error) => Err(ConnectionError::BadConnection(error.to_string())),
        }
    }

    /// Connects once, and says in words why that fails.
    pub async fn try_connect(&self) -> Result<(), OpenError> {
        match tokio::time::timeout(self.times.connect, self.prepared()).await {
            Ok(Ok(connection)) => {
                warn_unless_durable(connection).await;
                Ok(())
            }
            Ok(Err(error)) => Err(self.explain(&error)),
            Err(_) => Err(OpenError::Unreachable { server: self.address(), cause: "no answer in time".to_owned() }),
        }
    }

    /// Brings the tables up to date.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        let connection = self.establish(MIGRATION_SESSION).await.map_err(|error| self.explain(&error))?;
        // The harness is synchronous; on a blocking thread it works under every kind of runtime.
        let migrating = self.runtime.spawn_blocking(move || {
            let mut connection: AsyncConnectionWrapper<AsyncPgConnection> = connection.into();
            connection.run_pending_migrations(MIGRATIONS).map(|_| ()).map_err(OpenError::migration)
        });
        // The lock ends with the connection.
        migrating.await.map_err(OpenError::unusable)?
    }

    /// A connection for calls.
    async fn prepared(&self) -> Result<AsyncPgConnection, Refused> {
        let mut connection = self.establish(SESSION).await?;
        let DatabaseTimes { statement, lock, idle_in_transaction, .. } = self.times;
        let [statement, lock, idle] = [statement, lock, idle_in_transaction].map(|time| time.as_millis().to_string());
        let set = sql_query(TIMES).bind::<Text, _>(statement).bind::<Text, _>(lock).bind::<Text, _>(idle);
        set.execute(&mut connection).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(connection)
    }

    async fn establish(&self, session: &str) -> Result<AsyncPgConnection, Refused> {
        let (client, connection) = self.config.connect(NoTls).await?;
        let mut connection = AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
        // Failures are told apart by their text, so it should be English; not every role may ask for that.
        let _ = connection.batch_execute("SET lc_messages = 'C'").await;
        for setting in [session, DURABLE] {
            connection.batch_execute(setting).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
        }
        Ok(connection)
    }

    fn explain(&self, error: &Refused) -> OpenError {
        let server = self.address();
        match error {
            Refused::Connecting(error) if error.as_db_error().is_none() => {
                OpenError::Unreachable { server, cause: chain(error) }
            }
            Refused::Connecting(error) => OpenError::Refused { server, cause: chain(error) },
            Refused::SettingUp(error) => OpenError::Refused { server, cause: chain(error) },
        }
    }

    /// Host and port, for people.
    fn address(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        format!("{host}:{}", self.config.get_ports().first().copied().unwrap_or(5432))
    }
}

/// Says so in the log if the server does not write to disk what it is asked to: that is nobody's to set but its
/// administrator's.
async fn warn_unless_durable(mut connection: AsyncPgConnection) {
    let risky = "current_setting('fsync') = 'off' OR current_setting('full_page_writes') = 'off'";
    let found = diesel::select(sql::<Bool>(risky)).get_result::<bool>(&mut connection).await;
    if matches!(found, Ok(true)) {
        tracing::warn!(
            "PostgreSQL runs with fsync or full_page_writes off: should its machine fail, messages are lost"
        );
    }
}

/// The parser's reason, unless it may repeat a part of a password that was not escaped.
fn malformed(reason: &str) -> OpenError {
    let harmless = !reason.contains("unknown option");
    let reason = if harmless { reason } else { "an option is unknown, or a character of the password is not escaped" };
    OpenError::Malformed(format!("{reason}; it should read postgres://user:password@host:port/name"))
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Connecting(#[from] tokio_postgres::Error),
    #[error(transparent)]
    SettingUp(#[from] ConnectionError),
}

impl From<Refused> for ConnectionError {
    fn from(error: Refused) -> Self {
        match error {
            Refused::Connecting(error) => Self::BadConnection(chain(&error)),
            Refused::SettingUp(error) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_silent_connection_is_kept_alive_as_the_url_says_or_every_minute() {
        let idle = |url: &str| Server::new(url, DatabaseTimes::default()).unwrap().config.get_keepalives_idle();
        assert_eq!(idle("postgres://ada@localhost/confab"), Duration::from_mins(1));
        assert_eq!(idle("postgres://ada@localhost/confab?keepalives_idle=7"), Duration::from_secs(7));
    }
}
