//! What the suites share: fresh databases, the real app on a free port, and people at its doors.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, reason = "these are tests")]

pub mod app;
pub mod client;
pub mod contract;
pub mod control;
pub mod database;
pub mod frames;
pub mod live;
pub mod polling;
pub mod process;
pub mod proxy;
pub mod raw;
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

/// Runs each test with a fresh SQLite database and, with the feature `postgres`, with a PostgreSQL one.
#[macro_export]
macro_rules! on_each_fresh_database {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(&$crate::database::FreshDatabase::sqlite().await).await;
            }
        )+}

        #[cfg(feature = "postgres")]
        mod postgres {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(&$crate::database::FreshDatabase::postgres().await).await;
            }
        )+}
    };
}
