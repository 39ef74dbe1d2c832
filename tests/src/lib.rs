//! What the suites share: fresh databases, the real app on a free port, and people at its doors.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, reason = "these are tests")]

pub mod app;
pub mod client;
pub mod contract;
pub mod database;
pub mod frames;
pub mod live;
pub mod polling;
pub mod socket;

/// Runs each test against the real app on SQLite and, with the feature `postgres`, on PostgreSQL.
#[macro_export]
macro_rules! on_each_database {
    ($($(#[$doc:meta])* async fn $name:ident($app:ident: App) $body:block)+) => {
        $($(#[$doc])* async fn $name($app: &$crate::app::App) $body)+

        mod sqlite {
            $(#[test]
            fn $name() {
                $crate::app::run($crate::app::Kind::Sqlite, async |app, _| super::$name(app).await);
            })+
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            $(#[test]
            fn $name() {
                $crate::app::run($crate::app::Kind::Postgres, async |app, _| super::$name(app).await);
            })+
        }
    };
}
