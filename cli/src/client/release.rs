//! `baton release`

use baton_client::Session;
use serde_json::{Value, json};

use super::args::ReleaseArgs;
use super::desk::Desk;
use super::failure::{Code, Failure};
use super::parts::{self, Part};
use super::{say, show};

/// Releases parts: all that are named, or none.
///
/// Errors: the user doesn't hold one of them.
pub async fn release(mut desk: Desk, args: ReleaseArgs) -> Result<(), Failure> {
    let sessions = if args.all {
        desk.api.own_sessions().await?
    } else {
        let mut sessions = Vec::new();
        for part in parts::resolve(desk.api.url(), &args.parts)? {
            sessions.extend(own(&mut desk, &part).await?);
        }
        sessions
    };
    say::patiently("Releasing", release_all(&mut desk, &sessions)).await?;
    let ids: Vec<_> = sessions.iter().map(|session| &session["id"]).collect();
    let mut lines: Vec<_> = sessions.iter().map(|session| format!("Released {}", show::item(session))).collect();
    if lines.is_empty() {
        lines.push("You hold nothing".to_owned());
    }
    desk.answer(&json!({ "released": ids, "refused": [] }), lines)
}

/// The user's sessions on a part, which there must be: any of them, wherever they were begun.
///
/// Errors: there is none; held by somebody else where that is why.
pub async fn own(desk: &mut Desk, part: &Part) -> Result<Vec<Value>, Failure> {
    let active = desk.api.sessions_on(&part.number).await?;
    let me = desk.workstation().await?.user;
    let (mine, theirs): (Vec<_>, Vec<_>) = active.into_iter().partition(|session| session["user"] == me.as_str());
    match theirs.first() {
        _ if !mine.is_empty() => Ok(mine),
        Some(other) => {
            let told = format!("{} isn't yours, but held by {}", part.name, show::holder(other));
            Err(Failure::new(Code::Held, told))
        }
        None => Err(Failure::failed(format!("You don't hold {}", part.name))),
    }
}

async fn release_all(desk: &mut Desk, sessions: &[Value]) -> Result<(), Failure> {
    for session in sessions {
        let session = Session::of(session)?;
        desk.api.release(&session.part_number, &session.id).await?;
    }
    Ok(())
}
