//! How often, and how many at once: the limits that hold at every door.
//!
//! What they are is set ([`LimitSettings`]), and listed in `docs/limits.md`. Each node counts for itself.

mod address;
mod allowance;
mod bucket;
mod clock;
mod count;

pub use address::Address;
use allowance::Rates;
pub use allowance::{Allowance, Kind, Verdict};

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderMap;
use domain::value::Login;
use domain::{ErrorKind, UserId};
use uuid::Uuid;

use self::address::Addresses;
use self::bucket::Buckets;
use self::clock::Ticks;
use self::count::Counts;
use crate::Problem;
use crate::config::LimitSettings;

/// An account, by the name that is given for it, whether or not there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Account(u64);

/// All limits.
pub struct Limits {
    addresses: Addresses,
    names: RandomState,
    sign_ins: Option<Buckets<Address>>,
    failures_from_address: Option<Buckets<(Address, Account)>>,
    failures: Option<Buckets<Account>>,
    registrations: Option<Buckets<Address>>,
    refreshes: Option<Buckets<Address>>,
    handshakes: Option<Buckets<Address>>,
    calls: Option<Buckets<UserId>>,
    messages: Option<Buckets<UserId>>,
    messages_in_conversation: Option<Buckets<(UserId, Uuid)>>,
    of_connections: Arc<Rates>,
    per_user: Option<Counts<UserId>>,
    per_address: Option<Counts<Address>>,
    members_per_group: usize,
    joined_per_connection: usize,
}

/// A connection that is counted, until this is dropped.
pub struct Pass {
    _user: Option<count::Pass<UserId>>,
    _address: Option<count::Pass<Address>>,
}

/// A password that somebody gives, which counts as wrong until it is told otherwise.
#[must_use]
pub struct Guess<'a> {
    limits: &'a Limits,
    account: Account,
    from: Option<Address>,
}

impl Limits {
    /// These limits.
    pub fn new(settings: &LimitSettings) -> Self {
        Self::at(settings, &Ticks::start())
    }

    fn at(settings: &LimitSettings, ticks: &Ticks) -> Self {
        Self {
            addresses: Addresses::new(settings.trusted_proxies.clone(), settings.exempt.clone()),
            names: RandomState::new(),
            sign_ins: Buckets::of(settings.sign_ins, ticks),
            failures_from_address: Buckets::of(settings.failures_from_address, ticks),
            failures: Buckets::of(settings.failures, ticks),
            registrations: Buckets::of(settings.registrations, ticks),
            refreshes: Buckets::of(settings.refreshes, ticks),
            handshakes: Buckets::of(settings.handshakes, ticks),
            calls: Buckets::of(settings.calls, ticks),
            messages: Buckets::of(settings.messages, ticks),
            messages_in_conversation: Buckets::of(settings.messages_in_conversation, ticks),
            of_connections: Arc::new(Rates::new(settings.commands, settings.typing, settings.statuses, ticks)),
            per_user: Counts::of(settings.connections_per_user),
            per_address: Counts::of(settings.connections_per_address),
            members_per_group: most(settings.members_per_group),
            joined_per_connection: most(settings.joined_per_connection),
        }
    }

    /// How many people a group may have.
    pub fn members_per_group(&self) -> usize {
        self.members_per_group
    }

    /// How many conversations one connection may look at.
    pub fn joined_per_connection(&self) -> usize {
        self.joined_per_connection
    }

    /// Where the client is that sent a request; `None` if limits per address do not hold for it.
    pub fn locate(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<Address> {
        self.addresses.locate(peer, headers)
    }

    /// Somebody makes an account.
    pub fn registration(&self, from: Option<Address>) -> Result<(), Problem> {
        take(self.registrations.as_ref(), from)
    }

    /// Somebody continues a session.
    pub fn refresh(&self, from: Option<Address>) -> Result<(), Problem> {
        take(self.refreshes.as_ref(), from)
    }

    /// Somebody tries to sign in.
    pub fn sign_in(&self, from: Option<Address>, login: &Login) -> Result<Guess<'_>, Problem> {
        take(self.sign_ins.as_ref(), from)?;
        let account = match login {
            Login::Username(username) => username.as_str(),
            Login::Email(email) => email.as_str(),
        };
        self.guess(from, Account(self.names.hash_one(account)))
    }

    /// Somebody who is signed in confirms something by their password.
    pub fn confirmation(&self, from: Option<Address>, user: UserId) -> Result<Guess<'_>, Problem> {
        self.guess(from, Account(self.names.hash_one(user)))
    }

    /// What is wrong is counted before it turns out to be, so that many guesses at once get no further.
    fn guess(&self, from: Option<Address>, account: Account) -> Result<Guess<'_>, Problem> {
        let here = from.map(|from| (from, account));
        take(self.failures_from_address.as_ref(), here)?;
        take(self.failures.as_ref(), Some(account))
            .inspect_err(|_| put_back(self.failures_from_address.as_ref(), here))?;
        Ok(Guess { limits: self, account, from })
    }

    /// Somebody who is signed in makes a REST call.
    pub fn call(&self, user: UserId) -> Result<(), Problem> {
        take(self.calls.as_ref(), Some(user))
    }

    /// Somebody sends a message, to a conversation or to a person.
    pub fn message(&self, user: UserId, to: Uuid) -> Result<(), Problem> {
        take(self.messages.as_ref(), Some(user))?;
        take(self.messages_in_conversation.as_ref(), Some((user, to)))
            .inspect_err(|_| put_back(self.messages.as_ref(), Some(user)))
    }

    /// Somebody asks for a connection, who is not known yet.
    pub fn handshake(&self, from: Option<Address>) -> Result<(), Problem> {
        take(self.handshakes.as_ref(), from)
    }

    /// Somebody connects.
    pub fn connection(&self, user: UserId, from: Option<Address>) -> Result<Pass, Problem> {
        let too_many = || Problem::too_often("There are too many connections. Close one of them first.", 1);
        let user = self.per_user.as_ref().map(|counts| counts.enter(user).ok_or_else(too_many)).transpose()?;
        let counted = self.per_address.as_ref().zip(from);
        let address = counted.map(|(counts, from)| counts.enter(from).ok_or_else(too_many)).transpose()?;
        Ok(Pass { _user: user, _address: address })
    }

    /// What a connection may do.
    pub fn allowance(&self) -> Allowance {
        Allowance::new(&self.of_connections)
    }
}

impl Guess<'_> {
    /// Tells what came of it. Only who was refused has been wrong.
    pub fn settle<T>(self, outcome: &Result<T, Problem>) {
        let wrong = [ErrorKind::Unauthenticated, ErrorKind::Forbidden];
        if !outcome.as_ref().is_err_and(|problem| wrong.contains(&problem.kind)) {
            put_back(self.limits.failures.as_ref(), Some(self.account));
            put_back(self.limits.failures_from_address.as_ref(), self.from.map(|from| (from, self.account)));
        }
    }
}

/// The most there may be; as many as there are if there is no limit.
fn most(limit: Option<u32>) -> usize {
    limit.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
}

fn take<K: Hash + Eq + Clone>(buckets: Option<&Buckets<K>>, key: Option<K>) -> Result<(), Problem> {
    let (Some(buckets), Some(key)) = (buckets, key) else { return Ok(()) };
    buckets.take(&key).map_err(Problem::rate_limited)
}

fn put_back<K: Hash + Eq + Clone>(buckets: Option<&Buckets<K>>, key: Option<K>) {
    if let (Some(buckets), Some(key)) = (buckets, key) {
        buckets.put_back(&key);
    }
}

/// A time as `Retry-After` tells it: whole seconds, and never none.
pub fn whole_seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(seconds).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests;
