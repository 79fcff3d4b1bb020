//! The variables that say who the provider is, and what its roles come to here.

use std::net::IpAddr;
use std::sync::OnceLock;

use http::Uri;

use crate::auth::Role;
use crate::{Problem, Result, config};

/// Whom everybody's roles fit.
const EVERYBODY: &str = "*";

/// The provider, and what of its word counts.
#[derive(Debug)]
pub(super) struct Settings {
    /// As it stands in `iss`, to the letter.
    pub issuer: String,
    pub audience: String,
    pub user_claim: String,
    pub role_claim: String,
    /// The provider's names for roles, each with the role here.
    roles: Vec<(String, Role)>,
}

impl Settings {
    /// Reads the settings, which an instance parses once; none if there is no provider.
    pub async fn read() -> Result<Option<&'static Self>> {
        static PARSED: OnceLock<Option<Settings>> = OnceLock::new();
        if let Some(parsed) = PARSED.get() {
            return Ok(parsed.as_ref());
        }
        let issuer = config::parsed("oidc_issuer", String::new()).await?;
        let made = if issuer.is_empty() {
            None
        } else {
            let audience = config::parsed("oidc_audience", String::new()).await?;
            let user_claim = config::parsed("oidc_user_claim", "sub".to_owned()).await?;
            let role_claim = config::parsed("oidc_role_claim", "groups".to_owned()).await?;
            let roles = config::parsed("oidc_roles", String::new()).await?;
            Some(Self::new(&issuer, &audience, &user_claim, &role_claim, &roles).map_err(Problem::misconfigured)?)
        };
        Ok(PARSED.get_or_init(|| made).as_ref())
    }

    pub fn new(
        issuer: &str,
        audience: &str,
        user_claim: &str,
        role_claim: &str,
        roles: &str,
    ) -> std::result::Result<Self, &'static str> {
        if !is_safe(issuer) {
            return Err("the variable oidc_issuer must be a URL of https, or of http on this machine");
        }
        if audience.is_empty() {
            return Err("the variable oidc_audience is not set");
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            user_claim: user_claim.to_owned(),
            role_claim: role_claim.to_owned(),
            roles: parse_roles(roles).ok_or("the variable oidc_roles has a value that can't be used")?,
        })
    }

    /// The highest role that one of these names comes to.
    pub fn role(&self, names: &[String]) -> Option<Role> {
        let fits = |name: &String| name == EVERYBODY || names.contains(name);
        self.roles.iter().filter(|(name, _)| fits(name)).map(|(_, role)| *role).max()
    }
}

/// `name:role` by comma. A name may hold a colon.
fn parse_roles(text: &str) -> Option<Vec<(String, Role)>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, role) = pair.rsplit_once(':')?;
            Some((name.trim().to_owned(), Role::named(role.trim())?))
        })
        .collect()
}

/// Whether what is said there can't be said by anybody on the way: `http` only on this machine.
pub(super) fn is_safe(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match url.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        _ => false,
    }
}
