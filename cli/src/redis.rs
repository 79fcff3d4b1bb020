//! Which Redis the application is given.

use baton_runner::Variables;

/// The variable with the address, which may hold a password.
pub const URL: &str = "redis_url";

/// The variable with a pattern of the same Redis, by which `allowed_outbound_hosts` names it.
const HOST: &str = "redis_host";

/// All variables that name a Redis.
pub const VARIABLES: [&str; 2] = [URL, HOST];

/// A Redis.
#[derive(Debug, PartialEq)]
pub enum Redis {
    /// The application has no variable for one.
    Unknown,
    /// The one in this process, as no other is given.
    Own,
    /// A server, by the pattern of its address: without user, password and database.
    Server(Option<String>),
}

impl Redis {
    /// The Redis of an application with these variables.
    pub fn of(variables: &Variables) -> Self {
        match variables.get(URL) {
            None => Self::Unknown,
            Some("") => Self::Own,
            Some(url) => Self::Server(pattern(url)),
        }
    }

    /// Whether it is the one in this process.
    pub fn is_own(&self) -> bool {
        *self == Self::Own
    }

    /// Variables in which the pattern stands, unless the operator gave another.
    pub fn complete(&self, variables: Variables) -> Variables {
        match self {
            Self::Server(Some(pattern)) if variables.get(HOST) == Some("") => variables.with(&[(HOST, pattern)]),
            _ => variables,
        }
    }
}

/// An address as a pattern for `allowed_outbound_hosts`; none if it is no URL, which whoever connects is told.
fn pattern(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(format!("{}://{host}:{}", url.scheme(), url.port().unwrap_or(6379)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_tells_no_password() {
        for (url, expected) in [
            ("redis://127.0.0.1", "redis://127.0.0.1:6379"),
            ("redis://:secret@cache.example:6400/2", "redis://cache.example:6400"),
            ("rediss://user:secret@[::1]:1/?x=y", "rediss://[::1]:1"),
        ] {
            assert_eq!(pattern(url).as_deref(), Some(expected));
        }
        assert_eq!(pattern("no url"), None);
    }
}
