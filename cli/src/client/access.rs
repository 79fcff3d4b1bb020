//! How a command finds the Baton that it speaks to, and who speaks.

use baton_client::{Access, Folder, Logins, Token};
use url::Url;

use super::failure::Failure;
use super::local::Local;

/// The variables that go before a login.
const URL: &str = "BATON_URL";
const TOKEN: &str = "BATON_TOKEN";

/// In this order: the environment, the login, a `baton up` on this machine.
///
/// Errors: there is none of these, or no token for the Baton that is named.
pub fn find(as_user: Option<&str>) -> Result<Access, Failure> {
    let given = variable(URL).map(|url| parse(&url)).transpose()?;
    if let Some(user) = as_user {
        return as_somebody(given.as_ref(), user);
    }
    let (folder, token) = (Folder::config()?, variable(TOKEN));
    let logins = Logins::load(&folder)?;
    let url = match given {
        Some(url) => Some(url),
        None => logins.current().map(|(url, _)| parse(url)).transpose()?,
    };
    if let (Some(url), Some(token)) = (&url, &token) {
        return Ok(Access { url: url.clone(), token: Token::Fixed(token.clone()) });
    }
    if let Some(url) = url.as_ref().filter(|url| logins.at(url).is_some()) {
        return Ok(Access { url: url.clone(), token: Token::Kept(folder, url.clone()) });
    }
    let local = Local::find()?.filter(|local| url.as_ref().is_none_or(|url| local.is_at(url)));
    match (local, token, url) {
        (Some(local), Some(token), _) => Ok(local.access_by(Token::Fixed(token))?),
        (Some(local), None, _) => Ok(local.access(None)?),
        (None, _, Some(url)) => Err(Failure::misused(format!("You aren't signed in to {url}: baton login {url}"))),
        (None, ..) => {
            Err(Failure::misused("You aren't signed in: baton login URL. (No `baton up` runs on this machine.)"))
        }
    }
}

fn as_somebody(given: Option<&Url>, user: &str) -> Result<Access, Failure> {
    let local = Local::find()?.filter(|local| given.is_none_or(|url| local.is_at(url)));
    let local = local.ok_or_else(|| Failure::misused("--as is for a `baton up` on this machine, and none runs"))?;
    Ok(local.access(Some(user))?)
}

/// What somebody gives as the URL of a Baton.
///
/// Errors: it is none.
pub fn parse(url: &str) -> Result<Url, Failure> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let parsed = parsed.filter(|url| url.query().is_none() && url.fragment().is_none() && url.username().is_empty());
    parsed.ok_or_else(|| Failure::misused(format!("{url:?} is no URL of a Baton, such as https://baton.example.com")))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
