//! `baton login`

use std::io::{BufRead, IsTerminal};

use baton_client::{Access, Api, Folder, Login, Logins, Machine, Token, canonical};
use serde_json::json;
use url::{Host, Url};

use super::args::{Globals, LoginArgs};
use super::failure::Failure;
use super::show::plain;
use super::{access, say};

/// Signs in: the token is tried, and kept if it is taken.
///
/// Errors: it isn't, or nobody is there.
pub async fn login(args: LoginArgs, globals: &Globals) -> Result<(), Failure> {
    if globals.as_user.is_some() {
        return Err(Failure::misused("--as isn't for `baton login`"));
    }
    let url = access::parse(&args.url)?;
    warn_of_the_way(&url);
    let token = match args.token.as_deref() {
        None | Some("-") => read_token()?,
        Some(token) => token.trim().to_owned(),
    };
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::misused("That is no token"));
    }
    let folder = Folder::config()?;
    let machine = Machine::load(&folder)?;
    let mut api = Api::new(&Access { url: url.clone(), token: Token::Fixed(token.clone()) })?;
    let workstation = say::patiently("Signing in", api.workstation(&machine)).await?;
    let user = workstation.user;
    Logins::load(&folder)?.keep(&folder, &url, Login { user: user.clone(), token })?;
    let url = canonical(&url);
    let told = if globals.json {
        json!({ "url": url, "user": user, "workstation_id": workstation.id }).to_string()
    } else {
        format!("Signed in to {url} as {}", plain(&user))
    };
    Ok(say::print(&told)?)
}

fn warn_of_the_way(url: &Url) {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "http" && !here {
        say::note("Warning: without https your token can be read on its way");
    }
}

fn read_token() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        say::note("Paste your token or key (it isn't shown):");
        return Ok(console::Term::stderr().read_secure_line()?.trim().to_owned());
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
