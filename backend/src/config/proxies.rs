//! Which proxies stand before the server.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;

/// The networks whose `X-Forwarded-For` counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether `address` is that of a proxy.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let wrong = || {
        format!("“{text}” is no network; networks are like 10.0.0.0/8, 192.0.2.1/32, 2001:db8::/32")
    };
    let (address, _) = text.split_once('/').ok_or_else(wrong)?;
    // `IpNet` alone takes 010 for ten, where others take it for eight.
    address.parse::<IpAddr>().map_err(|_| wrong())?;
    let network: IpNet = text.parse().map_err(|_| wrong())?;
    if network.prefix_len() == 0 {
        // Whoever calls could then name any address as his own.
        return Err(format!("“{text}” is everybody, not a proxy"));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(text: &str, address: &str) -> bool {
        let proxies: TrustedProxies = text.parse().unwrap();
        proxies.contain(address.parse().unwrap())
    }

    #[test]
    fn only_what_is_in_a_network_is_a_proxy() {
        let networks = "10.0.0.0/8, 192.0.2.1/32,2001:db8::/32,";
        for proxy in ["10.0.0.1", "10.255.255.255", "192.0.2.1", "2001:db8::1"] {
            assert!(trusted(networks, proxy), "{proxy}");
        }
        for other in ["11.0.0.1", "192.0.2.2", "2001:db9::1", "::1"] {
            assert!(!trusted(networks, other), "{other}");
        }
        assert!(!trusted("", "127.0.0.1"));
    }

    #[test]
    fn whatever_is_no_network_is_named() {
        for (text, named) in [
            ("10.0.0.0/8, proxy.example", "“proxy.example”"),
            ("10.0.0.1", "“10.0.0.1”"),
            ("10.0.0.0/33", "“10.0.0.0/33”"),
            ("010.0.0.0/8", "“010.0.0.0/8”"),
            ("0.0.0.0/0", "everybody"),
            ("::/0", "everybody"),
        ] {
            let error = TrustedProxies::from_str(text).unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
