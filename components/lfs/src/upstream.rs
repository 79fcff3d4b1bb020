//! Where a repository's objects lie.

use axum::http::Uri;
use axum::http::uri::Authority;
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

/// The longest address, in characters.
const ADDRESS_MAX: usize = 2_000;

/// The address of another Git LFS server, without credentials, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, max_length = 2000, pattern = "^https?://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?$")]
pub struct Upstream(String);

impl Upstream {
    /// Reads an address; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > ADDRESS_MAX {
            return Err(format!("must have at most {ADDRESS_MAX} characters"));
        }
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let rest = rest.ok_or_else(|| "must begin with https:// or http://".to_owned())?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if !is_host(host) {
            return Err("must have a host, with a port or without, and no credentials".to_owned());
        }
        if !path.chars().all(|c| c.is_ascii_alphanumeric() || IN_A_PATH.contains(c)) {
            return Err(
                "must end with a path, without a query, and with what isn't a letter or a digit encoded".to_owned()
            );
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    /// The address, without a slash at its end.
    pub fn address(&self) -> &str {
        &self.0
    }

    /// Where a batch of objects is asked for.
    pub fn batch(&self) -> String {
        format!("{}/objects/batch", self.0)
    }

    /// Whether this is the host and port that a client has called as `host`. git-lfs would take its credentials along there.
    pub fn is_at(&self, host: &str) -> bool {
        let own = self.0.parse::<Uri>().ok();
        let own = own.as_ref().and_then(Uri::authority);
        own.is_some_and(|own| same(own, host))
    }
}

/// What a path may hold besides letters and digits (RFC 3986, section 3.3).
const IN_A_PATH: &str = "._~!$&'()*+,;=:@%/-";

/// Whether this is a name or an address, with a port or without.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port =
        |port: &str| port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let is_one = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => !inner.is_empty() && inner.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.')),
        None => !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')),
    };
    is_one && port.is_none_or(is_port)
}

fn same(own: &Authority, host: &str) -> bool {
    host.parse::<Authority>()
        .is_ok_and(|host| own.host().eq_ignore_ascii_case(host.host()) && own.port_u16() == host.port_u16())
}

impl<'de> Deserialize<'de> for Upstream {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let batch = |text: &str| Upstream::parse(text).map(|upstream| upstream.batch());
        let expected = "https://git.example.com/cad.git/info/lfs/objects/batch";
        assert_eq!(batch("https://git.example.com/cad.git/info/lfs").as_deref(), Ok(expected));
        assert_eq!(batch("https://git.example.com/cad.git/info/lfs/").as_deref(), Ok(expected));
        assert_eq!(batch("http://127.0.0.1:9").as_deref(), Ok("http://127.0.0.1:9/objects/batch"));
        let long = format!("https://h/{}", "x".repeat(ADDRESS_MAX));
        let bad = [
            "",
            "cad",
            "/lfs",
            "ftp://h/x",
            "file:///x",
            "https://",
            "https://u:p@h/x",
            "https://h/x?y",
            "https://h/x#y",
            "https://h/a b",
            "https://h/\r\nX: y",
            "javascript:x",
            &long,
        ];
        for bad in bad {
            assert!(Upstream::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_host_that_was_called() {
        let upstream = Upstream::parse("https://Git.example.com/x").unwrap();
        assert!(upstream.is_at("git.example.com") && !upstream.is_at("git.example.com:8443") && !upstream.is_at("h"));
        assert!(Upstream::parse("http://127.0.0.1:9/x").unwrap().is_at("127.0.0.1:9"));
        assert!(Upstream::parse("http://[::1]:9/x").unwrap().is_at("[::1]:9"));
        assert!(!upstream.is_at("") && !upstream.is_at("a b"));
    }
}
