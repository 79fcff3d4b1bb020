//! `baton acquire`

use baton_client::Acquire;
use serde_json::Value;

use super::args::{AcquireArgs, HowArgs};
use super::desk::Desk;
use super::failure::Failure;
use super::{parts, show, time, wait};

impl HowArgs {
    /// What is asked of the API.
    pub fn acquire(&self) -> Acquire {
        Acquire { tree: self.tree, ttl_seconds: self.ttl.map(|ttl| ttl.as_secs()), note: self.note.clone() }
    }
}

/// Holds parts: all that are named, or none.
///
/// Errors: one is held by somebody else.
pub async fn acquire(mut desk: Desk, args: AcquireArgs) -> Result<(), Failure> {
    let parts = parts::resolve(desk.api.url(), &args.parts)?;
    let document = wait::hold(&mut desk, &parts, &args.how.acquire(), args.how.wait).await?;
    let sessions = document["edit_sessions"].as_array().cloned().unwrap_or_else(|| vec![document.clone()]);
    desk.answer(&document, sessions.iter().map(told))
}

fn told(session: &Value) -> String {
    let left = time::until(session["expires_at"].as_str().unwrap_or_default());
    format!("You hold {} for {left}", show::item(session))
}
