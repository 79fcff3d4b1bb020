//! `allowed_outbound_hosts`: whom a component may connect to, by Spin's rules.

use std::net::IpAddr;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use ipnet::IpNet;
use url::{Host, Url};

/// The hosts that a component may connect to.
#[derive(Debug, Default)]
pub struct AllowedHosts {
    patterns: Vec<Pattern>,
}

/// How somebody may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A pattern names the host: wherever it is.
    Named,
    /// It fits where anybody does: outside alone.
    Anybody,
}

/// `scheme://host:port`, each of them a pattern.
#[derive(Debug)]
struct Pattern {
    /// None: any.
    scheme: Option<String>,
    host: HostPattern,
    /// None: any.
    ports: Option<Range<u32>>,
}

#[derive(Debug)]
enum HostPattern {
    Any,
    /// Of this domain, which begins with a dot.
    SubdomainOf(String),
    Network(IpNet),
    Exactly(Host),
    /// The application itself, which is reached over HTTP only.
    Itself,
}

impl AllowedHosts {
    /// Adds a pattern. Errors don't show it, as it may hold a password.
    ///
    /// Errors: a pattern that Spin would refuse.
    pub fn add(&mut self, pattern: &str) -> Result<()> {
        self.patterns.push(Pattern::parse(pattern)?);
        Ok(())
    }

    /// Whether a Redis address may be connected to.
    pub fn allow_redis(&self, address: &str) -> bool {
        parse_address(address).is_some_and(|url| self.allow(&url))
    }

    /// How a request may be sent to this URL; none if it may not.
    pub fn reach(&self, url: &str) -> Option<Reach> {
        let url = Url::parse(url).ok()?;
        let mut fitting = self.fitting(&url).peekable();
        fitting.peek()?;
        Some(if fitting.all(|pattern| matches!(pattern.host, HostPattern::Any)) {
            Reach::Anybody
        } else {
            Reach::Named
        })
    }

    /// Whether one of the patterns lets requests go to anybody.
    pub fn have_anybody(&self) -> bool {
        let is_of_requests =
            |pattern: &Pattern| pattern.scheme.as_deref().is_none_or(|scheme| scheme.starts_with("http"));
        self.patterns.iter().any(|pattern| matches!(pattern.host, HostPattern::Any) && is_of_requests(pattern))
    }

    fn allow(&self, url: &Url) -> bool {
        self.fitting(url).next().is_some()
    }

    fn fitting<'a>(&'a self, url: &'a Url) -> impl Iterator<Item = &'a Pattern> {
        let host = url.host_str().and_then(|host| Host::parse(host).ok());
        let port = url.port().or_else(|| well_known_port(url.scheme()));
        let fits = move |pattern: &&Pattern| host.as_ref().is_some_and(|host| pattern.allows(url.scheme(), host, port));
        self.patterns.iter().filter(fits)
    }
}

impl Pattern {
    fn parse(pattern: &str) -> Result<Self> {
        let (scheme, rest) = pattern
            .trim()
            .split_once("://")
            .context("no scheme: it is scheme://host:port, each of which may be \"*\"")?;
        let (host, port) = split_port(rest)?;
        Ok(Self { ports: parse_ports(port, scheme)?, scheme: parse_scheme(scheme)?, host: HostPattern::parse(host)? })
    }

    fn allows(&self, scheme: &str, host: &Host<String>, port: Option<u16>) -> bool {
        let scheme_fits = self.scheme.as_deref().is_none_or(|own| own == scheme);
        let port_fits = match (&self.ports, port) {
            (None, _) => true,
            (Some(ports), Some(port)) => ports.contains(&u32::from(port)),
            (Some(_), None) => false,
        };
        scheme_fits && port_fits && self.host.allows(host)
    }
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self> {
        let host = host.trim();
        if host == "*" {
            return Ok(Self::Any);
        }
        if matches!(host, "self" | "self.alt") {
            return Ok(Self::Itself);
        }
        if let Some(network) = parse_network(host) {
            return Ok(Self::Network(network));
        }
        let host = host.strip_suffix('/').unwrap_or(host);
        ensure!(!host.contains('/'), "a path has no meaning here");
        ensure!(!host.starts_with('{'), "lists of hosts are not known");
        if let Some(domain) = host.strip_prefix("*.") {
            ensure!(!domain.contains('*'), "\"*\" goes only in front of a domain");
            return match Host::parse(domain)? {
                Host::Domain(domain) => Ok(Self::SubdomainOf(format!(".{domain}"))),
                _ => bail!("\"*.\" goes only in front of a domain"),
            };
        }
        ensure!(!host.contains('*'), "\"*\" goes only in front of a domain");
        Ok(Self::Exactly(Host::parse(host)?))
    }

    fn allows(&self, host: &Host<String>) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::SubdomainOf(domain), Host::Domain(name)) => name.ends_with(domain),
            (Self::Network(network), Host::Ipv4(address)) => network.contains(&IpAddr::V4(*address)),
            (Self::Network(network), Host::Ipv6(address)) => network.contains(&IpAddr::V6(*address)),
            (Self::Exactly(own), host) => own == host,
            (Self::SubdomainOf(_) | Self::Network(_) | Self::Itself, _) => false,
        }
    }
}

/// The host and the port of `host[:port][/]`; the port is empty if there is none.
fn split_port(rest: &str) -> Result<(&str, &str)> {
    let Some((host, tail)) = rest.rsplit_once(':') else {
        return Ok((rest, ""));
    };
    if tail.is_empty() || HostPattern::parse(rest).is_ok() {
        // The colon is the end, or one of an IPv6 address.
        return Ok((if tail.is_empty() { host } else { rest }, ""));
    }
    match tail.split_once('/') {
        Some((port, "")) => Ok((host, port)),
        Some(_) => bail!("a path has no meaning here"),
        None => Ok((host, tail)),
    }
}

fn parse_scheme(scheme: &str) -> Result<Option<String>> {
    if scheme == "*" {
        return Ok(None);
    }
    ensure!(scheme.chars().all(char::is_alphabetic), "a scheme is letters or \"*\"");
    Ok(Some(scheme.to_owned()))
}

fn parse_ports(port: &str, scheme: &str) -> Result<Option<Range<u32>>> {
    let number = |text: &str| -> Result<u32> {
        let number: u16 = text.parse().context("the port is no number below 65536")?;
        Ok(number.into())
    };
    if port == "*" {
        return Ok(None);
    }
    let (start, end) = match port.split_once("..") {
        Some((start, end)) => (number(start)?, number(end)?),
        None if port.is_empty() => {
            let known = well_known_port(scheme).context("no port, and the scheme has none of its own")?;
            (known.into(), u32::from(known) + 1)
        }
        None => (number(port)?, number(port)? + 1),
    };
    Ok(Some(start..end))
}

fn parse_network(host: &str) -> Option<IpNet> {
    match host.parse::<IpNet>() {
        Ok(network) => Some(network.trunc()),
        Err(_) => host.parse::<IpAddr>().ok().map(IpNet::from),
    }
}

/// An address with or without a scheme. A password that would have to be escaped is no obstacle, as Spin ignores it.
fn parse_address(address: &str) -> Option<Url> {
    let start = address.find("://").map_or(0, |colon| colon + 3);
    let authority_end = address[start..].find('/').map_or(address.len(), |slash| start + slash);
    let host_start = match address[start..authority_end].find('@') {
        Some(at) => start + at + 1,
        None => start,
    };
    let bare = format!("{}{}", &address[..start], &address[host_start..]);
    match Url::parse(&bare) {
        Ok(url) if url.has_host() => Some(url),
        _ => Url::parse(&format!("redis://{bare}")).ok(),
    }
}

fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "redis" => Some(6379),
        "postgres" => Some(5432),
        "mysql" => Some(3306),
        "mqtt" => Some(1883),
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(pattern: &str, address: &str) -> bool {
        let mut hosts = AllowedHosts::default();
        hosts.add(pattern).unwrap();
        hosts.allow_redis(address)
    }

    #[test]
    fn what_fits_is_allowed() {
        for (pattern, address) in [
            ("*://*:*", "rediss://anything.example:1"),
            ("redis://*:*", "redis://:pass@127.0.0.1:6400/3"),
            ("redis://*:*", "redis://user:p#ss?@127.0.0.1:6400"),
            ("redis://localhost", "redis://localhost"),
            ("redis://localhost:6379", "localhost:6379"),
            ("redis://localhost/", "redis://localhost:6379/"),
            ("redis://*.example.org:*", "redis://one.example.org"),
            ("redis://10.0.0.0/8:6379", "redis://10.1.2.3"),
            ("redis://[::1]:6379", "redis://[::1]:6379"),
            ("redis://localhost:6000..7000", "redis://localhost:6999"),
            ("*://localhost:6379", "rediss://localhost:6379"),
        ] {
            assert!(allows(pattern, address), "{pattern} {address}");
        }
    }

    #[test]
    fn what_does_not_fit_is_not_allowed() {
        for (pattern, address) in [
            ("redis://localhost", "redis://localhost:6380"),
            ("redis://localhost", "rediss://localhost"),
            ("redis://localhost", "redis://127.0.0.1"),
            ("redis://localhost:*", "redis://localhost@elsewhere"),
            ("redis://*.example.org:*", "redis://example.org"),
            ("redis://10.0.0.0/8:6379", "redis://11.0.0.1"),
            ("redis://localhost:6000..7000", "redis://localhost:7000"),
            ("http://self", "redis://self"),
            ("redis://*:*", ""),
        ] {
            assert!(!allows(pattern, address), "{pattern} {address}");
        }
        assert!(!AllowedHosts::default().allow_redis("redis://localhost"));
    }

    #[test]
    fn requests_go_to_who_is_allowed_alone() {
        let mut hosts = AllowedHosts::default();
        for pattern in ["https://login.example.com", "http://127.0.0.1:*", "http://[::1]:*", "redis://*:*"] {
            hosts.add(pattern).unwrap();
        }
        for url in ["https://login.example.com/keys?a=b", "http://127.0.0.1:8080/", "http://[::1]:1/x"] {
            assert_eq!(hosts.reach(url), Some(Reach::Named), "{url}");
        }
        for url in [
            "http://login.example.com/keys",
            "https://login.example.com:8443/",
            "https://login.example.com@elsewhere.example/",
            "https://elsewhere.example/",
            "https://127.0.0.1/",
            "http://127.0.0.2/",
            "login.example.com",
        ] {
            assert_eq!(hosts.reach(url), None, "{url}");
        }
        assert!(!hosts.have_anybody());
        hosts.add("*://*:*").unwrap();
        assert!(hosts.have_anybody());
        assert_eq!(hosts.reach("http://127.0.0.1:8080/"), Some(Reach::Named));
        assert_eq!(hosts.reach("https://127.0.0.1:8080/"), Some(Reach::Anybody));
        assert_eq!(hosts.reach("https://elsewhere.example/"), Some(Reach::Anybody));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in [
            "*",
            "localhost",
            "rediss://localhost",
            "redis://localhost/0",
            "redis://localhost:6379/0",
            "redis://a.*.b",
            "redis://localhost:x",
            "red1s://localhost:1",
        ] {
            assert!(AllowedHosts::default().add(pattern).is_err(), "{pattern}");
        }
    }
}
