//! Which Baton is spoken to, and who speaks.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context, Result};
use url::Url;

use crate::folder::Folder;
use crate::login::Logins;

/// A Baton, and what proves who speaks to it.
#[derive(Clone, Debug)]
pub struct Access {
    /// Where it is.
    pub url: Url,
    /// Who speaks.
    pub token: Token,
}

/// What proves who speaks. It is looked at for each request, so that what replaces it counts for a command that goes on for
/// days, too.
#[derive(Clone)]
pub enum Token {
    /// Always the same.
    Fixed(String),
    /// The one that the user's login at this URL has by then.
    Kept(Folder, Url),
    /// One that is made when it is needed.
    Made(Arc<dyn Fn() -> Result<String> + Send + Sync>),
}

impl Token {
    /// The token as of now.
    ///
    /// Errors: the login isn't there any longer, or none can be made.
    pub fn now(&self) -> Result<String> {
        match self {
            Self::Fixed(token) => Ok(token.clone()),
            Self::Kept(folder, url) => {
                let logins = Logins::load(folder)?;
                let login = logins.at(url).with_context(|| format!("nobody is signed in to {url} any longer"))?;
                Ok(login.token.clone())
            }
            Self::Made(make) => make(),
        }
    }
}

impl fmt::Debug for Token {
    /// Without the secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token")
    }
}
