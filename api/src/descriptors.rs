//! Open files, of which every connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many are kept for what is no connection of a client: the database, the log, the listener.
const KEPT: u64 = 64;

/// How many connections may be open at once so that no more are wanted than the system gives. It gives as many as it
/// may: what a shell allows by default is often far less.
pub fn connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let needed = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_add(KEPT) / 9 * 10 + 10;
    let more = limit.maximum.map_or(needed, |most| most.min(needed));
    let given = match limit.current {
        Some(current) if current < more => {
            let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(more), maximum: limit.maximum });
            Some(if raised.is_ok() { more } else { current })
        }
        given => given,
    };
    let most = given.map_or(wanted, |given| fitting(wanted, given));
    if most < wanted {
        tracing::warn!("the limit of open files leaves room for {most} connections, not for {wanted}");
    }
    most
}

/// As many of them as fit, if so many files may be open: a tenth is left free, and so is what is needed otherwise.
fn fitting(wanted: usize, files: u64) -> usize {
    let free = (files / 10).max(KEPT);
    usize::try_from(files.saturating_sub(free)).unwrap_or(usize::MAX).clamp(1, wanted.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_given_if_there_are_files_for_it() {
        assert_eq!(fitting(20_000, 1_048_576), 20_000);
        assert_eq!(fitting(900, 1000), 900);
        assert_eq!(fitting(901, 1000), 900);
        assert_eq!(fitting(20_000, 256), 192);
        assert_eq!(fitting(20_000, 10), 1);
    }

    #[test]
    fn there_is_room_for_as_many_as_are_told() {
        let told = connections(100);
        let limit = getrlimit(Resource::Nofile);
        assert!(limit.current.is_none_or(|files| files >= u64::try_from(told).unwrap() + KEPT));
    }
}
