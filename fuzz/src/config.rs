//! Every value of a setting is taken for what it says, or the start stops with one line that names
//! the setting.

use std::{net::IpAddr, path::Path, time::Duration};

use shared::Timestamp;
use twofold::config::Config;

const SETTINGS: [&str; 12] = [
    "TWOFOLD_TRUSTED_PROXIES",
    "TWOFOLD_LOCKOUT_DURATION",
    "TWOFOLD_REVERIFICATION_AGE",
    "TWOFOLD_SESSION_LIFETIME",
    "TWOFOLD_SESSION_IDLE",
    "TWOFOLD_LOCKOUT_ATTEMPTS",
    "TWOFOLD_PUBLIC_URL",
    "TWOFOLD_ALLOWED_ORIGINS",
    "TWOFOLD_ISSUER",
    "TWOFOLD_ADMINISTRATORS",
    "TWOFOLD_LISTEN",
    "TWOFOLD_RATE_LIMITS",
];

/// See the module's words. The first byte chooses the setting (`a` is the first), the rest is its
/// value.
pub fn holds(input: &[u8]) {
    let Some((chosen, value)) = input.split_first() else {
        return;
    };
    let setting = SETTINGS[usize::from(chosen.wrapping_sub(b'a')) % SETTINGS.len()];
    let value = String::from_utf8_lossy(value).into_owned();
    let variables = [(setting.to_owned(), value.clone())];
    match Config::from_sources(Path::new("/nonexistent/twofold.toml"), variables) {
        Err(error) => {
            let error = error.to_string();
            assert!(error.contains(setting), "{error}");
        }
        Ok(config) if setting == "TWOFOLD_TRUSTED_PROXIES" => proxies(&config, &value),
        Ok(config) => means_something(&config),
    }
}

/// Holds the networks to what their text says, bit by bit.
fn proxies(config: &Config, text: &str) {
    let networks: Vec<(IpAddr, u32)> = text.split(',').filter_map(network).collect();
    assert!(networks.iter().all(|(_, length)| *length > 0), "everybody");
    for address in [
        "0.0.0.0",
        "10.1.2.3",
        "192.0.2.1",
        "255.255.255.255",
        "::1",
        "2001:db8::1",
    ] {
        let address: IpAddr = address.parse().expect("an address");
        let is_proxy = networks.iter().any(|(network, length)| {
            let different_bits = bits(*network) ^ bits(address);
            network.is_ipv4() == address.is_ipv4() && different_bits.leading_zeros() >= *length
        });
        assert_eq!(
            config.trusted_proxies.contain(address),
            is_proxy,
            "{address} in {text:?}"
        );
    }
}

/// The address of a network and how many of its bits count.
fn network(item: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = item.trim().split_once('/')?;
    Some((address.parse().ok()?, length.parse().ok()?))
}

/// The bits of an address, the first one of 128 first.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// What the rules do with an accepted configuration at any time never panics and never goes back.
fn means_something(config: &Config) {
    let rule = config.lockout_rule();
    assert!((5..=100).contains(&rule.attempts));
    let now = Timestamp::from_seconds(1_767_225_610);
    for duration in [
        rule.duration,
        config.reverification_age,
        config.session_lifetime,
        config.session_idle,
    ] {
        assert!(duration >= Duration::from_secs(1));
        assert!(now < now.after(duration));
    }
    assert!(matches!(config.public_url.origin().as_str(), origin if origin.starts_with("http")));
    let issuer = config.issuer.as_str();
    assert!(!issuer.is_empty() && !issuer.contains(':'));
    for administrator in &config.administrators {
        assert_eq!(
            administrator.as_str(),
            administrator.as_str().to_lowercase()
        );
    }
}
