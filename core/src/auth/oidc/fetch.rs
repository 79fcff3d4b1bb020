//! Asking the provider for its keys: where they are (OpenID Connect Discovery 1.0, section 4), and then for them.

use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::settings::is_safe;
use crate::task::within;

/// How long the provider may take for both.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest document that is read, in bytes.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively nobody is asked"))]
const BYTES_MAX: usize = 512 * 1024;

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// The keys as text, which is known to hold some; the error is for the log.
pub(super) async fn keys(issuer: &str) -> Result<String, String> {
    let keys = within(PATIENCE, async {
        let discovery = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let discovery: Discovery = parse(&host::get(&discovery).await?)?;
        if discovery.issuer != issuer {
            return Err(format!("{issuer} says that it is {}", discovery.issuer));
        }
        if !is_safe(&discovery.jwks_uri) {
            return Err("the keys are neither behind https nor on this machine".to_owned());
        }
        let keys = host::get(&discovery.jwks_uri).await?;
        read(&keys).map(|_| keys)
    });
    keys.await.unwrap_or_else(|| Err(format!("no answer within {PATIENCE:?}")))
}

/// Reads keys. One of a kind that isn't known here is passed over, and so doesn't keep the others from being used.
pub(super) fn read(text: &str) -> Result<JwkSet, String> {
    #[derive(Deserialize)]
    struct Keys {
        keys: Vec<serde_json::Value>,
    }
    let keys: Keys = parse(text)?;
    Ok(JwkSet { keys: keys.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect() })
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("what came is not what was asked for: {error}"))
}

#[cfg(target_arch = "wasm32")]
mod host {
    use http_body_util::{BodyExt, Limited};
    use send_wrapper::SendWrapper;
    use spin_sdk::http::{EmptyBody, Request, send};

    use super::BYTES_MAX;

    /// What is there. Redirects are not followed.
    pub async fn get(url: &str) -> Result<String, String> {
        SendWrapper::new(async {
            let request = Request::get(url).header("accept", "application/json").body(EmptyBody::new());
            let request = request.map_err(|error| error.to_string())?;
            let response = send(request).await.map_err(|error| format!("{url}: {error:?}"))?;
            if response.status() != 200 {
                return Err(format!("{url}: status {}", response.status()));
            }
            let body = Limited::new(response.into_body(), BYTES_MAX).collect().await;
            let bytes = body.map_err(|error| format!("{url}: {error}"))?.to_bytes();
            String::from_utf8(bytes.to_vec()).map_err(|error| format!("{url}: {error}"))
        })
        .await
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod host {
    /// Natively there is no provider to ask: tests keep keys in the database.
    pub async fn get(url: &str) -> Result<String, String> {
        Err(format!("{url} is not asked here"))
    }
}
