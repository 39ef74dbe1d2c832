//! Where a client is.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::{self, HeaderMap};

use crate::config::Networks;

/// What counts as one client by its address: a network of 64 bits, where addresses are plenty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl Address {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(long) => {
                let [a, b, c, d, ..] = long.segments();
                Self(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            short @ IpAddr::V4(_) => Self(short),
        }
    }
}

/// Finds out where clients are.
pub struct Addresses {
    trusted: Networks,
    exempt: Networks,
    has_warned: AtomicBool,
}

impl Addresses {
    /// Those proxies are believed, and those clients do not count.
    pub fn new(trusted: Networks, exempt: Networks) -> Self {
        Self { trusted, exempt, has_warned: AtomicBool::new(false) }
    }

    /// Where the client is that sent a request with these headers from there; `None` if limits per address do not hold
    /// for it.
    pub fn locate(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<Address> {
        let peer = peer?.to_canonical();
        let client = if self.trusted.contain(peer) {
            self.forwarded(peer, headers)
        } else {
            if peer.is_loopback() && headers.contains_key(header::X_FORWARDED_FOR) {
                self.warn();
            }
            peer
        };
        (!self.exempt.contain(client)).then(|| Address::of(client))
    }

    /// Each proxy adds whom it heard to the end of the list: the last that is no proxy of ours is the client. What stands
    /// before it is hearsay.
    fn forwarded(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lists: Vec<_> = headers.get_all(header::X_FORWARDED_FOR).collect();
        let mut client = peer;
        for list in lists.into_iter().rev() {
            let Ok(list) = list.to_str() else { return client };
            for entry in list.rsplit(',') {
                let Some(address) = read(entry.trim()) else { return client };
                client = address;
                if !self.trusted.contain(client) {
                    return client;
                }
            }
        }
        client
    }

    fn warn(&self) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a proxy on this machine is not trusted, so no limit per address holds for whoever comes through it; \
                 TRUSTED_PROXIES=loopback trusts it"
            );
        }
    }
}

/// An address, as proxies write it: some add the port.
fn read(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let with_port = || entry.parse().ok().map(|address: std::net::SocketAddr| address.ip());
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;
    use crate::config::{Env, Settings};

    fn addresses(trusted: &str, exempt: &str) -> Addresses {
        let env = Env::of([("TRUSTED_PROXIES", trusted), ("RATE_LIMIT_EXEMPT", exempt)]);
        let limits = Settings::from_env(&env).unwrap().limits;
        Addresses::new(limits.trusted_proxies, limits.exempt)
    }

    fn locate(addresses: &Addresses, peer: &str, forwarded: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(header::X_FORWARDED_FOR, HeaderValue::from_static(value));
        }
        addresses.locate(Some(peer.parse().unwrap()), &headers).map(|Address(address)| address.to_string())
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let addresses = addresses("10.0.0.0/8,loopback", "loopback");
        let at = |peer, forwarded: &[&'static str]| locate(&addresses, peer, forwarded).unwrap_or("exempt".into());
        assert_eq!(at("192.0.2.1", &["198.51.100.9"]), "192.0.2.1");
        assert_eq!(at("192.0.2.1", &["127.0.0.1"]), "192.0.2.1");
        assert_eq!(at("10.0.0.1", &["198.51.100.9"]), "198.51.100.9");
        assert_eq!(at("10.0.0.1", &["127.0.0.1, 198.51.100.9, 10.0.0.7"]), "198.51.100.9");
        assert_eq!(at("10.0.0.1", &["203.0.113.5", "198.51.100.9", "10.0.0.7"]), "198.51.100.9");
        assert_eq!(at("127.0.0.1", &["198.51.100.9:4711"]), "198.51.100.9");
        assert_eq!(at("10.0.0.1", &["198.51.100.9, nonsense"]), "10.0.0.1");
        assert_eq!(at("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(at("127.0.0.1", &[]), "exempt");
    }

    #[test]
    fn neighbours_in_an_ipv6_network_are_one() {
        let addresses = addresses("", "none");
        let at = |peer| locate(&addresses, peer, &[]);
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
        assert_eq!(read("[2001:db8::1]:443"), "2001:db8::1".parse().ok());
        assert_eq!(read("[2001:db8::1]"), "2001:db8::1".parse().ok());
    }

    #[test]
    fn a_proxy_on_this_machine_that_is_not_trusted_is_warned_of() {
        let addresses = addresses("10.0.0.0/8", "loopback");
        assert_eq!(locate(&addresses, "127.0.0.1", &[]), None);
        assert!(!addresses.has_warned.load(Ordering::Relaxed));
        assert_eq!(locate(&addresses, "127.0.0.1", &["198.51.100.9"]), None);
        assert!(addresses.has_warned.load(Ordering::Relaxed));
    }
}
