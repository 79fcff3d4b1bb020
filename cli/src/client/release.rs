//! `baton release`

use serde_json::{Value, json};

use super::args::ReleaseArgs;
use super::desk::Desk;
use super::failure::{Code, Failure};
use super::parts::{self, Part};
use super::{say, show};

/// How many are released at once, the most that the contract allows.
const LOT: usize = 1000;

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
    let answer = say::patiently("Releasing", release_all(&mut desk, &sessions)).await?;
    let mut lines: Vec<_> = sessions.iter().map(|session| format!("Released {}", show::item(session))).collect();
    if lines.is_empty() {
        lines.push("You hold nothing".to_owned());
    }
    desk.answer(&answer, lines)
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

/// Each lot in one step. The answer is that of the API for all of them.
async fn release_all(desk: &mut Desk, sessions: &[Value]) -> Result<Value, Failure> {
    let ids: Vec<_> = sessions.iter().filter_map(|session| session["id"].as_str()).collect();
    let (mut released, mut refused) = (Vec::new(), Vec::new());
    for lot in ids.chunks(LOT) {
        let mut answer = desk.api.release_all(lot).await?;
        for (all, member) in [(&mut released, "released"), (&mut refused, "refused")] {
            if let Value::Array(some) = answer[member].take() {
                all.extend(some);
            }
        }
    }
    let answer = json!({ "released": released, "refused": refused });
    match refused.first() {
        None => Ok(answer),
        Some(first) => {
            let code = if first["code"] == "session_lost" { Code::Lost } else { Code::Failed };
            let told = format!("{} of {} weren't released: {}", refused.len(), ids.len(), show::text(first, "code"));
            Err(Failure { code, told, document: Some(answer) })
        }
    }
}
