//! A `baton up` on this machine: its owner speaks to it without signing in anywhere.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use baton_client::{Access, Folder, Token, canonical};
use baton_runner::StateDir;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::cli::Role;
use crate::{board, secret, token};

/// The file in the folder for state. There is no secret in it: that is in the server's state directory.
const FILE: &str = "local.json";

/// How long a token holds that is made for one request.
const TOKEN_TTL: Duration = Duration::from_secs(5 * 60);

/// What a server leaves for its owner's commands while it runs.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub struct Local {
    /// As it is written everywhere.
    url: String,
    state_dir: PathBuf,
    pid: i32,
}

impl Local {
    /// Leaves word of a server in this process, until what is returned is dropped. There is one word for all: the first server
    /// that goes on has it, and one on a port that the system chose is nobody's to find.
    ///
    /// Errors: it can't be written.
    pub fn announce(listen: SocketAddr, state_dir: &Path) -> Result<Option<Announced>> {
        let folder = Folder::state()?;
        let pid = i32::try_from(std::process::id()).context("process ids are positive")?;
        let other = Self::read(&folder)?.filter(|other| other.pid != pid && other.is_running());
        if listen.port() == 0 || other.is_some() {
            return Ok(None);
        }
        let local = Self { url: canonical(&url_of(listen)?), state_dir: state_dir.to_owned(), pid };
        folder.write(FILE, &serde_json::to_vec_pretty(&local)?)?;
        Ok(Some(Announced { folder, local }))
    }

    /// The server that runs on this machine, if there is one of this user's.
    ///
    /// Errors: the folder for state can't be read.
    pub fn find() -> Result<Option<Self>> {
        Ok(Self::read(&Folder::state()?)?.filter(Self::is_running))
    }

    fn read(folder: &Folder) -> Result<Option<Self>> {
        Ok(folder.read(FILE)?.and_then(|content| serde_json::from_str(&content).ok()))
    }

    fn is_running(&self) -> bool {
        kill(Pid::from_raw(self.pid), None).is_ok()
    }

    /// Whether it is the Baton of this URL.
    pub fn is_at(&self, url: &Url) -> bool {
        self.url == canonical(url)
    }

    /// What its owner does there with a token of another make.
    ///
    /// Errors: the word that it left isn't of its making.
    pub fn access_by(&self, token: Token) -> Result<Access> {
        Ok(Access { url: Url::parse(&self.url)?, token })
    }

    /// What its owner does there: as themselves, who may do anything, or as somebody else, who may edit.
    ///
    /// Errors: its secret can't be read.
    pub fn access(&self, as_user: Option<&str>) -> Result<Access> {
        let state = StateDir::open(Some(&self.state_dir), Path::new("/"))?;
        let secret = secret::kept(&state)?.context("the server's secret isn't in its state directory any longer")?;
        let (user, role) =
            as_user.map_or_else(|| (board::person(), Role::Admin), |user| (user.to_owned(), Role::Editor));
        let make = move || token::of_user(&user, role, TOKEN_TTL, &secret);
        self.access_by(Token::Made(Arc::new(make)))
    }
}

fn url_of(listen: SocketAddr) -> Result<Url> {
    // From the same machine, also where it listens to all.
    let host = match listen {
        SocketAddr::V4(address) if address.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(address) if address.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address.ip(),
    };
    Ok(Url::parse(&format!("http://{}", SocketAddr::new(host, listen.port())))?)
}

/// Word of a server, taken back when this is dropped.
pub struct Announced {
    folder: Folder,
    local: Local,
}

impl Drop for Announced {
    fn drop(&mut self) {
        if matches!(Local::read(&self.folder), Ok(Some(left)) if left == self.local) {
            // A server that has ended is known to have.
            let _ = std::fs::remove_file(self.folder.file(FILE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_found_from_the_same_machine() {
        let url = |listen: &str| url_of(listen.parse().unwrap()).unwrap().to_string();
        assert_eq!(url("127.0.0.1:3000"), "http://127.0.0.1:3000/");
        assert_eq!(url("0.0.0.0:80"), "http://127.0.0.1/");
        assert_eq!(url("[::]:3000"), "http://[::1]:3000/");
    }
}
