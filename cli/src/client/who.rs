//! `baton who`

use serde_json::{Value, json};

use super::args::WhoArgs;
use super::desk::Desk;
use super::failure::Failure;
use super::parts::{self, Part};
use super::{say, show};

/// Shows who holds what.
///
/// Errors: those of the API.
pub async fn who(mut desk: Desk, args: WhoArgs) -> Result<(), Failure> {
    let parts = parts::resolve(desk.api.url(), &args.parts)?;
    let sessions = say::patiently("Looking", held(&mut desk, &parts, args.mine)).await?;
    let mut lines = show::sessions(&sessions, None);
    let is_held = |part: &Part| sessions.iter().any(|session| session["part_number"] == part.number.as_str());
    lines.extend(parts.iter().filter(|part| !is_held(part)).map(|part| format!("{}  free", part.name)));
    if lines.is_empty() {
        lines.push(if args.mine { "You hold nothing" } else { "Nobody holds anything" }.to_owned());
    }
    desk.answer(&json!({ "edit_sessions": sessions }), lines)
}

async fn held(desk: &mut Desk, parts: &[Part], mine: bool) -> Result<Vec<Value>, Failure> {
    if parts.is_empty() {
        let sessions = if mine { desk.api.own_sessions().await } else { desk.api.sessions_of_all().await };
        return Ok(sessions?);
    }
    let mut sessions = Vec::new();
    for part in parts {
        sessions.extend(desk.api.sessions_on(&part.number).await?);
    }
    Ok(sessions)
}
