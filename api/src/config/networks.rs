//! Networks.

use std::net::IpAddr;

use super::parse::within;

/// Networks, of one address or more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<(IpAddr, u8)>);

impl Networks {
    /// Whether an address is in one of them. An IPv4 address is the same when it is written as IPv6.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|&(network, prefix)| match (network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(prefix);
                network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(prefix);
                network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            _ => false,
        })
    }

    /// Reads a list such as `10.0.0.0/8,::1,loopback`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut networks = Vec::new();
        for entry in text.split(',').map(str::trim) {
            if entry.eq_ignore_ascii_case("loopback") {
                networks.extend([(IpAddr::from([127, 0, 0, 0]), 8), (IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), 128)]);
                continue;
            }
            let (address, prefix) = entry.split_once('/').map_or((entry, None), |(a, prefix)| (a, Some(prefix)));
            let address: IpAddr = address.parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            networks.push((address, prefix.map_or(Some(most), within(0..=most))?));
        }
        Some(Self(networks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_first_and_last_address_and_no_more() {
        let networks = Networks::parse("10.1.0.0/16, 192.0.2.7,2001:db8::/32,loopback").unwrap();
        let holds = |address: &str| networks.contain(address.parse().unwrap());
        for inside in [
            "10.1.0.0",
            "10.1.255.255",
            "192.0.2.7",
            "2001:db8::",
            "2001:db8:ffff::1",
            "127.9.9.9",
            "::1",
            "::ffff:192.0.2.7",
        ] {
            assert!(holds(inside), "{inside}");
        }
        for outside in ["10.0.255.255", "10.2.0.0", "192.0.2.8", "2001:db9::", "::2", "128.0.0.1"] {
            assert!(!holds(outside), "{outside}");
        }
        assert!(Networks::parse("0.0.0.0/0").unwrap().contain([8, 8, 8, 8].into()));
        for bad in ["", "10.0.0.0/33", "::/129", "proxy.example.org", "10.0.0.1,", "10.0.0.0/", "10.0.0.0/-1"] {
            assert_eq!(Networks::parse(bad), None, "{bad}");
        }
    }
}
