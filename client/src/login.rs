//! Where a user is signed in ("The command line" of the contract).

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::folder::Folder;

/// The file in the configuration folder.
const FILE: &str = "login.json";

/// All Batons that a user is signed in to, and the one that commands speak to.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Logins {
    /// The URL of the one that commands speak to.
    pub current: Option<String>,
    /// By the URL.
    pub logins: BTreeMap<String, Login>,
}

/// One of them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Login {
    /// Who it is.
    pub user: String,
    /// A JWT or an API key.
    pub token: String,
}

impl Logins {
    /// What the user has; nothing if there is no file.
    ///
    /// Errors: the file can't be read, or is something else.
    pub fn load(folder: &Folder) -> Result<Self> {
        let Some(content) = folder.read(FILE)? else {
            return Ok(Self::default());
        };
        // What is in it is a secret: the error must not show it.
        let read: Option<Self> = serde_json::from_str(&content).ok();
        read.with_context(|| format!("{} holds something else than logins", folder.file(FILE).display()))
    }

    /// Keeps a login, and makes it the one that commands speak to.
    ///
    /// Errors: the file can't be written.
    pub fn keep(mut self, folder: &Folder, url: &Url, login: Login) -> Result<()> {
        let url = canonical(url);
        self.logins.insert(url.clone(), login);
        self.current = Some(url);
        folder.write(FILE, &serde_json::to_vec_pretty(&self)?)
    }

    /// The login that commands use, and where.
    pub fn current(&self) -> Option<(&str, &Login)> {
        let url = self.current.as_deref()?;
        Some((url, self.logins.get(url)?))
    }

    /// The login at this URL.
    pub fn at(&self, url: &Url) -> Option<&Login> {
        self.logins.get(&canonical(url))
    }
}

/// A Baton's URL as it is written everywhere: without a slash at its end.
pub fn canonical(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_login_is_the_current_one_and_no_other_is_lost() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::at(directory.path().to_owned());
        let login = |user: &str| Login { user: user.into(), token: format!("token of {user}") };
        let [one, two] = ["http://one/", "https://two/shop"].map(|url| Url::parse(url).unwrap());
        assert!(Logins::load(&folder).unwrap().current().is_none());
        Logins::load(&folder).unwrap().keep(&folder, &one, login("ann")).unwrap();
        Logins::load(&folder).unwrap().keep(&folder, &two, login("bob")).unwrap();
        let logins = Logins::load(&folder).unwrap();
        assert_eq!(logins.current().map(|(url, login)| (url, login.user.as_str())), Some(("https://two/shop", "bob")));
        assert_eq!(logins.at(&one).unwrap().token, "token of ann");
    }

    #[test]
    fn a_file_of_another_kind_is_named_without_what_is_in_it() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::at(directory.path().to_owned());
        folder.write(FILE, b"secret").unwrap();
        let said = format!("{:#}", Logins::load(&folder).unwrap_err());
        assert!(said.contains("login.json") && !said.contains("secret"), "{said}");
    }
}
