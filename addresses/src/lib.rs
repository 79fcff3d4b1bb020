//! Which IP addresses are globally reachable, by IANA's registries of special-purpose addresses (RFC 6890, RFC 8190; as of
//! 2025), and by what IPv6 addresses embed: one that a translator or a tunnel turns into an IPv4 address counts as that.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::{Ipv4Net, Ipv6Net};

/// IPv4 networks whose "Globally Reachable" isn't "True", and multicast.
const V4: [&str; 15] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/// What of these is globally reachable nevertheless: anycast of PCP and TURN.
const V4_REACHABLE: [&str; 2] = ["192.0.0.9/32", "192.0.0.10/32"];

/// Of IPv6 only this has been given out for unicast.
const V6_UNICAST: &str = "2000::/3";

/// What of that isn't globally reachable: protocol assignments (Teredo, benchmarks, ORCHID and others), documentation, segment
/// routing's identifiers, and 6to4, whose relays are no more.
const V6: [&str; 4] = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/// What of these is globally reachable nevertheless: anycast of PCP, TURN and DNS-SD, AMT, AS112, ORCHIDv2 and drones' tags.
const V6_REACHABLE: [&str; 7] = [
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:20::/28",
    "2001:30::/28",
];

/// Translation by the well-known prefix (RFC 6052): the last 32 bits are an IPv4 address.
const NAT64: &str = "64:ff9b::/96";

fn parsed<T: std::str::FromStr>(networks: &[&str]) -> Vec<T> {
    networks.iter().filter_map(|network| network.parse().ok()).collect()
}

static V4_NETWORKS: LazyLock<Vec<Ipv4Net>> = LazyLock::new(|| parsed(&V4));
static V4_REACHABLE_NETWORKS: LazyLock<Vec<Ipv4Net>> = LazyLock::new(|| parsed(&V4_REACHABLE));
static V6_UNICAST_NETWORKS: LazyLock<Vec<Ipv6Net>> = LazyLock::new(|| parsed(&[V6_UNICAST]));
static V6_NETWORKS: LazyLock<Vec<Ipv6Net>> = LazyLock::new(|| parsed(&V6));
static V6_REACHABLE_NETWORKS: LazyLock<Vec<Ipv6Net>> = LazyLock::new(|| parsed(&V6_REACHABLE));
static NAT64_NETWORKS: LazyLock<Vec<Ipv6Net>> = LazyLock::new(|| parsed(&[NAT64]));

/// Whether an address is globally reachable.
pub fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let is_in = |networks: &[Ipv4Net]| networks.iter().any(|network| network.contains(&address));
    !is_in(&V4_NETWORKS) || is_in(&V4_REACHABLE_NETWORKS)
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let is_in = |networks: &[Ipv6Net]| networks.iter().any(|network| network.contains(&address));
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_global_v4(mapped);
    }
    if is_in(&NAT64_NETWORKS) {
        let [.., a, b, c, d] = address.octets();
        return is_global_v4(Ipv4Addr::new(a, b, c, d));
    }
    is_in(&V6_UNICAST_NETWORKS) && (!is_in(&V6_NETWORKS) || is_in(&V6_REACHABLE_NETWORKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_is_read() {
        assert_eq!(V4_NETWORKS.len(), V4.len());
        assert_eq!(V4_REACHABLE_NETWORKS.len(), V4_REACHABLE.len());
        assert_eq!(V6_NETWORKS.len(), V6.len());
        assert_eq!(V6_REACHABLE_NETWORKS.len(), V6_REACHABLE.len());
        assert_eq!((V6_UNICAST_NETWORKS.len(), NAT64_NETWORKS.len()), (1, 1));
    }

    #[test]
    fn what_is_inside_is_not_global() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::10.1.2.3",
            "64:ff9b:1::1",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "100:0:0:1::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:f5ff:fffe",
            "2001:2::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
        ] {
            assert!(!is_global(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_is_outside_is_global() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.0.9",
            "192.31.196.1",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:20::1",
            "2001:200::1",
            "2606:4700::1111",
            "2a00:1450::1",
            "2620:4f:8000::1",
        ] {
            assert!(is_global(address.parse().unwrap()), "{address}");
        }
    }
}
