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
    let (sessions, free) = say::patiently("Looking", held(&mut desk, &parts, args.mine)).await?;
    let mut lines = show::sessions(&sessions, None);
    lines.extend(free.iter().map(|part| format!("{}  free", part.name)));
    if lines.is_empty() {
        lines.push(if args.mine { "You hold nothing" } else { "Nobody holds anything" }.to_owned());
    }
    desk.answer(&json!({ "edit_sessions": sessions }), lines)
}

/// The sessions, and which of the parts nobody holds. One may be held with a tree that it belongs to.
async fn held<'a>(desk: &mut Desk, parts: &'a [Part], mine: bool) -> Result<(Vec<Value>, Vec<&'a Part>), Failure> {
    if parts.is_empty() {
        let sessions = if mine { desk.api.own_sessions().await } else { desk.api.sessions_of_all().await };
        return Ok((sessions?, Vec::new()));
    }
    let (mut sessions, mut free) = (Vec::new(), Vec::new());
    for part in parts {
        let mut held = desk.api.sessions_on(&part.number).await?;
        if held.is_empty() {
            held = desk.api.sessions_above(&part.number).await?;
        }
        if held.is_empty() {
            free.push(part);
        }
        sessions.extend(held.into_iter().filter(|session| !sessions.contains(session)).collect::<Vec<_>>());
    }
    Ok((sessions, free))
}
