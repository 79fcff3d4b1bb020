//! `baton credential`: git's helpers for credentials (git-credential(1), "INPUT/OUTPUT FORMAT"), for the hosts of Batons alone.

use std::collections::HashMap;
use std::io::{self, Read};
use std::time::{SystemTime, UNIX_EPOCH};

use baton_client::{Access, Folder, Logins, Token};
use jsonwebtoken::dangerous::insecure_decode;
use serde::Deserialize;
use url::Url;

use super::failure::Failure;
use super::{access, say};

/// How much is read of what git says.
const INPUT_MAX: u64 = 64 * 1024;

/// The name that is given where git asks for none: the token says whose it is.
const NAME: &str = "baton";

/// Whom git wants credentials for.
#[derive(Debug)]
struct Asked {
    url: Url,
    username: Option<String>,
}

/// When a token ends, in seconds since 1970.
#[derive(Deserialize)]
struct Claims {
    exp: u64,
}

/// Does what git asks of a helper. What there is was kept by `baton login`: nothing is stored here, and nothing erased.
///
/// Errors: standard input can't be read, or the configuration.
pub fn credential(action: &str) -> Result<(), Failure> {
    let mut input = Vec::new();
    io::stdin().take(INPUT_MAX).read_to_end(&mut input)?;
    let Some(asked) = Asked::read(&String::from_utf8_lossy(&input)) else { return Ok(()) };
    let Some(found) = find(&asked.url)? else { return Ok(()) };
    match action {
        "get" => give(&asked, &found),
        "erase" => {
            say::note(&format!("{} doesn't take your token. Sign in again: baton login {0}", found.url));
            Ok(())
        }
        // To store, and what later versions of git may ask for.
        _ => Ok(()),
    }
}

fn give(asked: &Asked, found: &Access) -> Result<(), Failure> {
    let token = found.token.now()?;
    if has_ended(&token) {
        say::note(&format!("Your token for {} has ended. Sign in again: baton login {0}", found.url));
        // Nobody else knows better: git needn't ask.
        return Ok(say::print("quit=1")?);
    }
    let username = asked.username.as_deref().unwrap_or(NAME);
    say::print(&format!("username={username}"))?;
    Ok(say::print(&format!("password={token}"))?)
}

/// A Baton at this place that the user is signed in to: that of the environment, then the current one, then any.
fn find(asked: &Url) -> Result<Option<Access>, Failure> {
    // Nobody who is signed in nowhere is bothered with it here.
    let current = access::find(None).ok().filter(|access| is_at(asked, &access.url));
    if current.is_some() {
        return Ok(current);
    }
    let folder = Folder::config()?;
    let logins = Logins::load(&folder)?;
    let mut urls = logins.logins.keys().filter_map(|url| Url::parse(url).ok());
    let url = urls.find(|url| is_at(asked, url));
    Ok(url.map(|url| Access { token: Token::Kept(folder, url.clone()), url }))
}

/// Whether what git asks for lies at a Baton: the token is for no other scheme, host or port.
fn is_at(asked: &Url, baton: &Url) -> bool {
    let prefix = baton.path().trim_end_matches('/');
    // git leaves the path out, unless it is told to tell it.
    let is_below = asked.path() == "/"
        || asked.path().strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    asked.origin() == baton.origin() && asked.origin().is_tuple() && is_below
}

fn has_ended(token: &str) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    insecure_decode::<Claims>(token).is_ok_and(|token| token.claims.exp <= now)
}

impl Asked {
    /// None where git names no place on the web.
    fn read(input: &str) -> Option<Self> {
        let lines = input.lines().take_while(|line| !line.is_empty());
        let said: HashMap<&str, &str> = lines.filter_map(|line| line.split_once('=')).collect();
        let (protocol, host) = (said.get("protocol")?, said.get("host")?);
        let path = said.get("path").copied().unwrap_or_default().trim_start_matches('/');
        let url = Url::parse(&format!("{protocol}://{host}/{path}")).ok()?;
        let username = said.get("username").map(|name| (*name).to_owned());
        (matches!(url.scheme(), "http" | "https") && url.username().is_empty()).then_some(Self { url, username })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(input: &str, baton: &str) -> bool {
        Asked::read(input).is_some_and(|asked| is_at(&asked.url, &Url::parse(baton).unwrap()))
    }

    #[test]
    fn the_token_is_for_its_own_host_alone() {
        let baton = "https://baton.example.com";
        assert!(asks("protocol=https\nhost=baton.example.com\n\n", baton));
        assert!(asks("protocol=https\nhost=baton.example.com:443\n", baton));
        assert!(asks("protocol=https\nhost=Baton.Example.com\npath=lfs/cad\nusername=x\n", baton));
        for other in [
            "protocol=http\nhost=baton.example.com\n",
            "protocol=https\nhost=baton.example.com:8443\n",
            "protocol=https\nhost=baton.example.com.evil.net\n",
            "protocol=https\nhost=evil.net/baton.example.com\n",
            "protocol=https\nhost=baton.example.com@evil.net\n",
            "protocol=https\nhost=\n",
            "host=baton.example.com\n",
            "protocol=https\n\nhost=baton.example.com\n",
            "",
        ] {
            assert!(!asks(other, baton), "{other:?}");
        }
        let below = "https://example.com/baton";
        assert!(asks("protocol=https\nhost=example.com\npath=baton/lfs/cad\n", below));
        assert!(asks("protocol=https\nhost=example.com\n", below));
        assert!(!asks("protocol=https\nhost=example.com\npath=batons\n", below));
    }

    #[test]
    fn a_token_tells_when_it_ends_and_a_key_does_not() {
        // {"alg":"HS256"} and {"exp":1}, {"exp":99999999999}.
        assert!(has_ended("eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2ln"));
        assert!(!has_ended("eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjk5OTk5OTk5OTk5fQ.c2ln"));
        assert!(!has_ended("baton_0123"));
    }
}
