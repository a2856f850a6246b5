//! Nobody but a proxy of ours says where a request comes from, and nothing that a client writes
//! before what our proxies append changes the answer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use twofold::{config::TrustedProxies, http::fuzzing};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const OUR_PROXIES: &str = "10.0.0.0/8, 2001:db8:ffff::/48";
/// Whom a client would like to be taken for.
const SPOOFED: &str = "192.0.2.66";

/// See the module's words. Each line is a line of the header.
pub fn holds(input: &[u8]) {
    let trusted: TrustedProxies = OUR_PROXIES.parse().expect("networks");
    let lines: Vec<_> = input
        .split(|byte| *byte == b'\n')
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .collect();
    let stranger = IpAddr::from([198, 51, 100, 1]);
    let proxy = IpAddr::from([10, 0, 0, 1]);
    assert_eq!(found(&lines, stranger, &trusted), stranger);
    let mapped = Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped();
    let client = found(&lines, proxy, &trusted);
    assert_eq!(found(&lines, mapped.into(), &trusted), client);
    assert_eq!(client, client.to_canonical());
    assert!(client == proxy || named(&lines).contains(&client));
    // Two proxies see the same as one.
    let mut appended = lines.clone();
    appended.push(HeaderValue::from_static("10.9.9.9"));
    let behind_two = found(&appended, proxy, &trusted);
    if client == proxy {
        assert!(trusted.contain(behind_two));
    } else {
        assert_eq!(behind_two, client);
    }

    if !trusted.contain(client) {
        let mut spoofed = vec![HeaderValue::from_static(SPOOFED)];
        spoofed.extend(lines);
        assert_eq!(found(&spoofed, proxy, &trusted), client);
        let first = [SPOOFED.as_bytes(), b", ", spoofed[1].as_bytes()].concat();
        spoofed[1] = HeaderValue::from_bytes(&first).expect("a header's value");
        assert_eq!(found(&spoofed[1..], proxy, &trusted), client);
    }
}

fn found(lines: &[HeaderValue], peer: IpAddr, trusted: &TrustedProxies) -> IpAddr {
    let headers: HeaderMap = lines
        .iter()
        .map(|line| (X_FORWARDED_FOR, line.clone()))
        .fold(HeaderMap::new(), |mut headers, (name, line)| {
            headers.append(name, line);
            headers
        });
    fuzzing::client_address(headers, SocketAddr::new(peer, 4711), trusted).expect("an address")
}

/// Every address that some line names.
fn named(lines: &[HeaderValue]) -> Vec<IpAddr> {
    lines
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .filter_map(|entry| {
            let entry = std::str::from_utf8(entry).ok()?.trim();
            let with_port = entry.parse::<SocketAddr>().map(|entry| entry.ip());
            entry.parse().or(with_port).ok()
        })
        .map(|address: IpAddr| address.to_canonical())
        .collect()
}
