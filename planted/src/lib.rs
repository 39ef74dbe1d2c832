//! Bugs that can be planted in the server, to see that the chaos program finds them. Nothing that is shipped depends
//! on this crate: every use of it is behind the feature `planted-bugs`.

use std::sync::LazyLock;

macro_rules! bugs {
    ($($(#[$doc:meta])+ $bug:ident = $name:literal;)+) => {
        /// A bug.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug {
            $($(#[$doc])+ $bug,)+
        }

        impl Bug {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$bug),+];

            /// What it is called in [`VARIABLE`].
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$bug => $name,)+
                }
            }
        }
    };
}

bugs! {
    /// A message is acknowledged first and committed later.
    AckBeforeCommit = "ack-before-commit";
    /// A message is told to the others first and committed later.
    PublishBeforeCommit = "publish-before-commit";
    /// A resend is stored once more.
    NoDedup = "no-dedup";
    /// Whether the sender takes part is known from a moment before the transaction.
    StaleMembership = "stale-membership";
    /// The list of conversations shows the message before the last, at times.
    TornList = "torn-list";
    /// The bus loses an event now and then, and nobody reads what is missing.
    NoGapRepair = "no-gap-repair";
    /// The bus loses an event now and then, and places are never compared: the last one of all is missed by nobody.
    LossyBus = "lossy-bus";
    /// Events are told in the order they come in.
    HubReorders = "hub-reorders";
    /// Who is removed goes on hearing.
    RemovedHear = "removed-hear";
    /// Who is logged out goes on hearing.
    LoggedOutHear = "logged-out-hear";
    /// What a full queue has no room for is left out, and the connection goes on.
    QueueDrops = "queue-drops";
    /// A person goes offline when the first of two connections closes.
    OfflineOnFirst = "offline-on-first";
    /// A page of history leaves out the row it should begin with.
    PageSkips = "page-skips";
}

/// The variable that names the planted bug.
pub const VARIABLE: &str = "PLANTED_BUG";

#[expect(clippy::disallowed_methods, reason = "settings of the product never name a bug")]
static CHOSEN: LazyLock<Option<String>> = LazyLock::new(|| std::env::var(VARIABLE).ok());

/// Whether that bug is planted in this process.
pub fn is(bug: Bug) -> bool {
    CHOSEN.as_deref() == Some(bug.name())
}
