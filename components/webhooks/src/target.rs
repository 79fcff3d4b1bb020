//! Where a webhook's requests may go: `https`, and no address inside. What a name resolves to is judged by the host, at the very
//! connection; here it is made sure that the host does (`guard`).

use std::net::IpAddr;

use baton_addresses::is_global;
use baton_core::config;
use baton_core::{Problem, Result};
use url::{Host, Url};

/// The longest address, in characters.
pub const URL_MAX: usize = 2_000;

/// What belongs to the platform, and is no name of anybody's: what ends so is answered within the application.
const PLATFORM: [&str; 2] = ["spin.internal", "self.alt"];

/// An address that a webhook may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address as it is called.
    pub url: String,
    /// Its host as it stands in the address.
    pub host: String,
    /// Whether the host is a name that an operator hasn't exempted: what it resolves to has to be judged.
    pub must_be_judged: bool,
}

/// The hosts that an operator exempts: the variable `webhook_hosts`, by comma, as they stand in a URL.
#[derive(Clone, Debug, Default)]
pub struct Exempt(Vec<String>);

impl Exempt {
    /// Reads the variable.
    pub async fn of_settings() -> Result<Self> {
        Ok(Self::parse(&config::text("webhook_hosts").await?.unwrap_or_default()))
    }

    fn parse(hosts: &str) -> Self {
        Self(hosts.split(',').map(str::trim).filter(|host| !host.is_empty()).map(str::to_owned).collect())
    }

    /// Whether one of them is the host and port of this address. Without a port it is the one that the scheme has anyway.
    fn has(&self, url: &Url) -> bool {
        self.0.iter().any(|host| {
            let same = Url::parse(&format!("{}://{host}/", url.scheme()));
            same.is_ok_and(|same| {
                same.host() == url.host() && same.port_or_known_default() == url.port_or_known_default()
            })
        })
    }
}

impl Target {
    /// Reads an address; the error says what is wrong with it.
    pub fn parse(text: &str, exempt: &Exempt) -> Result<Self, String> {
        if text.chars().count() > URL_MAX {
            return Err(format!("must have at most {URL_MAX} characters"));
        }
        let mut url = Url::parse(text).map_err(|error| format!("must be a URL: {error}"))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("must begin with https://".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must hold no user name and no password".to_owned());
        }
        url.set_fragment(None);
        let is_exempt = exempt.has(&url);
        if url.scheme() != "https" && !is_exempt {
            return Err("must begin with https://".to_owned());
        }
        let must_be_judged = !is_exempt && judge(url.host())?;
        if url.as_str().len() > URL_MAX {
            return Err(format!("must have at most {URL_MAX} characters, what has to be encoded included"));
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Self { host, must_be_judged, url: url.into() })
    }

    /// The same for a member of a body: 422 if it is wrong.
    pub async fn of_member(text: &str) -> Result<Self> {
        Self::parse(text, &Exempt::of_settings().await?).map_err(|detail| Problem::invalid("url", detail))
    }
}

/// Whether what a host resolves to has to be judged: an address is judged here.
fn judge(host: Option<Host<&str>>) -> Result<bool, String> {
    let address: IpAddr = match host {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let is_platforms = PLATFORM
                .into_iter()
                .any(|own| name.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
            return if is_platforms { Err("must be a host outside of this application".to_owned()) } else { Ok(true) };
        }
        None => return Err("must have a host".to_owned()),
    };
    if is_global(address) { Ok(false) } else { Err(format!("must be globally reachable, which {address} isn't")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str, exempt: &str) -> Result<Target, String> {
        Target::parse(url, &Exempt::parse(exempt))
    }

    #[test]
    fn a_literal_address_inside_is_refused_in_any_spelling() {
        for host in [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0x7f.1",
            "017700000001",
            "0177.0.0.1",
            "0177.1",
            "127.0.0.1.",
            "127.0.0.01",
            "0",
            "0.0.0.0",
            "10.0.0.1",
            "10.1",
            "0xa000001",
            "012.0.0.1",
            "172.16.0.1",
            "2886729729",
            "192.168.1.1",
            "0xc0a80101",
            "192.168.257",
            "169.254.169.254",
            "0xa9fea9fe",
            "2852039166",
            "0251.0376.0251.0376",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "4294967295",
            "%31%32%37.0.0.1",
            "%31%32%37%2e0%2e0%2e1",
            "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
            "127\u{3002}0\u{3002}0\u{3002}1",
            "\u{2460}\u{2461}\u{2466}.0.0.1",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[0000:0000::0001]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[0:0:0:0:0:ffff:7f00:0001]",
            "[::ffff:10.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[::ffff:0:127.0.0.1]",
            "[64:ff9b::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::a00:1]",
            "[64:FF9B::A9FE:A9FE]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2002:a00:1::1]",
            "[2002:c0a8:101::]",
            "[2001::1]",
            "[2001:0:7f00:1::]",
            "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
            "[2001:db8::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[100::1]",
            "[3fff::1]",
            "[5f00::1]",
        ] {
            for url in [format!("https://{host}/hook"), format!("https://{host}:8443/")] {
                assert!(parse(&url, "").is_err(), "{url}");
            }
        }
    }

    #[test]
    fn what_is_no_address_of_a_receiver_is_refused() {
        for url in [
            "",
            "x",
            "hooks.example.com",
            "//hooks.example.com/",
            "http://hooks.example.com/",
            "http://8.8.8.8/",
            "ftp://hooks.example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:,x",
            "https://",
            "https:///",
            "https://u:p@hooks.example.com/",
            "https://u@hooks.example.com/",
            "https://hooks.example.com:99999/",
            "https://1.2.3.4.5/",
            "https://256.1.1.1/",
            "https://0x100000000/",
            "https://[::1",
            "https://[fe80::1%25eth0]/",
            "https://a b/",
            "https://webhooks.spin.internal/send",
            "https://spin.internal/",
            "https://SERVICE.SPIN.INTERNAL./",
            "https://self.alt/",
            &format!("https://hooks.example.com/{}", "x".repeat(2_000)),
            &format!("https://hooks.example.com/{}", "\u{e4}".repeat(1_000)),
        ] {
            assert!(parse(url, "").is_err(), "{url}");
        }
    }

    #[test]
    fn names_are_judged_when_they_are_called_and_addresses_outside_at_once() {
        for (url, expected, must_be_judged) in [
            ("https://hooks.example.com/a?b=c#d", "https://hooks.example.com/a?b=c", true),
            ("HTTPS://Hooks.Example.COM:443", "https://hooks.example.com/", true),
            ("https://b\u{fc}cher.example/", "https://xn--bcher-kva.example/", true),
            ("https://localhost:8443/", "https://localhost:8443/", true),
            ("https://8.8.8.8/", "https://8.8.8.8/", false),
            ("https://134744072/", "https://8.8.8.8/", false),
            ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/", false),
            ("https://[64:ff9b::808:808]/", "https://[64:ff9b::808:808]/", false),
            ("https://notspin.internal/", "https://notspin.internal/", true),
        ] {
            let target = parse(url, "").unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!((target.url.as_str(), target.must_be_judged), (expected, must_be_judged));
        }
    }

    #[test]
    fn exempt_hosts_are_those_of_the_url_with_its_port() {
        let hosts = "127.0.0.1:8080, hooks.internal ,[::1]:9";
        for url in [
            "http://127.0.0.1:8080/",
            "https://127.0.0.1:8080/x",
            "http://2130706433:8080/",
            "http://hooks.internal/",
            "https://hooks.internal:443/",
            "http://[0::1]:9/",
        ] {
            let target = parse(url, hosts).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert!(!target.must_be_judged, "{url}");
        }
        for url in [
            "http://127.0.0.1/",
            "http://127.0.0.1:8081/",
            "https://127.0.0.2:8080/",
            "http://hooks.internal:8080/",
            "http://x.hooks.internal/",
            "http://[::1]/",
            "ftp://127.0.0.1:8080/",
            "http://u@127.0.0.1:8080/",
        ] {
            assert!(parse(url, hosts).is_err(), "{url}");
        }
        assert!(parse("https://x.hooks.internal/", hosts).unwrap().must_be_judged);
    }
}
