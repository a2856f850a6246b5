//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, request::Parts},
};

use crate::config::TrustedProxies;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The part of an IPv6 address that names the network: what one household or server is given.
const NETWORK_BITS: u128 = (u64::MAX as u128) << 64;

/// The address of whoever sent the request: the peer of the connection, or, where that is a proxy
/// of ours, the one that the proxy names. An IPv4 address is always written as one, in IPv6 too.
///
/// Unknown only where the server was started without the addresses of its peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientIp(Option<IpAddr>);

impl ClientIp {
    /// The address that `parts` comes from. Whoever is not in `trusted` names nobody but himself.
    pub(super) fn of(parts: &Parts, trusted: &TrustedProxies) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Self(peer.map(|ConnectInfo(peer)| {
            let peer = peer.ip().to_canonical();
            if trusted.contain(peer) {
                before_the_proxies(&parts.headers, peer, trusted)
            } else {
                peer
            }
        }))
    }

    /// The address itself.
    pub(super) fn address(self) -> Option<IpAddr> {
        self.0
    }

    /// What counts as one address where attempts are counted: of IPv6 the whole /64, in which one
    /// subscriber can take any address that he likes.
    pub(super) fn network(self) -> Option<IpAddr> {
        self.0.map(|address| match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK_BITS).into(),
        })
    }
}

/// Every proxy appends the address that it was called from, so what can be trusted stands on the
/// right: the walk goes leftwards from `peer` to the first address that is no proxy of ours. Where
/// an entry is no address, nobody of ours wrote it, and the walk stays at the last one before.
fn before_the_proxies(headers: &HeaderMap, peer: IpAddr, trusted: &TrustedProxies) -> IpAddr {
    let lines: Vec<_> = headers.get_all(X_FORWARDED_FOR).iter().collect();
    let entries = lines
        .into_iter()
        .rev()
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    let mut found = peer;
    for address in entries.map_while(address) {
        found = address;
        if !trusted.contain(address) {
            break;
        }
    }
    found
}

/// An entry of `X-Forwarded-For`. Some proxies append the port as well.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim();
    let address = entry
        .parse()
        .or_else(|_| entry.parse().map(|entry: SocketAddr| entry.ip()))
        .ok()?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, Request};

    use super::*;

    fn found(peer: &str, lines: &[&str]) -> String {
        let trusted = "10.0.0.0/8, 2001:db8:ffff::/48".parse().unwrap();
        let peer: IpAddr = peer.parse().unwrap();
        let (mut parts, ()) = Request::new(()).into_parts();
        parts
            .extensions
            .insert(ConnectInfo(SocketAddr::new(peer, 4711)));
        for line in lines {
            let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            parts.headers.append(X_FORWARDED_FOR, line);
        }
        let address = ClientIp::of(&parts, &trusted).address();
        address.unwrap().to_string()
    }

    #[test]
    fn a_peer_that_is_no_proxy_of_ours_names_nobody_else() {
        assert_eq!(found("192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
        assert_eq!(found("192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(found("::ffff:192.0.2.1", &[]), "192.0.2.1");
    }

    #[test]
    fn the_right_most_address_that_is_no_proxy_of_ours_counts() {
        for (lines, client) in [
            (&["198.51.100.1"][..], "198.51.100.1"),
            (&["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            (&["203.0.113.9,198.51.100.1 , 10.1.1.1"], "198.51.100.1"),
            (&["203.0.113.9", "198.51.100.1, 10.1.1.1"], "198.51.100.1"),
            (&["198.51.100.1", "10.1.1.1", "10.2.2.2"], "198.51.100.1"),
            (&["::ffff:198.51.100.1, 2001:db8:ffff::7"], "198.51.100.1"),
            (&["2001:db8:1::1"], "2001:db8:1::1"),
            (&["198.51.100.1:40312"], "198.51.100.1"),
            (&["[2001:db8:1::1]:40312"], "2001:db8:1::1"),
            (&["10.3.3.3, 10.1.1.1"], "10.3.3.3"),
        ] {
            assert_eq!(found("10.0.0.1", lines), client, "{lines:?}");
            assert_eq!(found("::ffff:10.0.0.1", lines), client, "{lines:?}");
        }
    }

    #[test]
    fn an_entry_that_is_no_address_ends_the_walk_at_the_last_good_one() {
        for (lines, client) in [
            (&[][..], "10.0.0.1"),
            (&[""], "10.0.0.1"),
            (&["unknown"], "10.0.0.1"),
            (&["198.51.100.1, unknown"], "10.0.0.1"),
            (&["198.51.100.1,"], "10.0.0.1"),
            (&["198.51.100.1, unknown, 10.1.1.1"], "10.1.1.1"),
            (&["198.51.100.1, 300.0.0.1", "10.1.1.1"], "10.1.1.1"),
            (&["198.51.100.1, \u{e4}"], "10.0.0.1"),
        ] {
            assert_eq!(found("10.0.0.1", lines), client, "{lines:?}");
        }
    }

    #[test]
    fn an_ipv6_address_counts_as_its_network() {
        let network = |address: &str| ClientIp(Some(address.parse().unwrap())).network();
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:0:0:9"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
