//! Looking: who holds what, and what an agent has to do with.

use baton_core::auth::Caller;
use baton_core::db::Database;
use baton_core::{Result, expiry};
use serde_json::{Value, json};

use super::arguments::{self, MySessions, Part, WhoHolds};
use super::store::{self, Own, Seen, Who};
use super::told::{Told, held, lines, path};

/// Who holds some paths.
pub async fn who_holds(caller: &Caller, WhoHolds { paths, agent }: WhoHolds) -> Result<Told> {
    let parts = paths.parts()?;
    let database = Database::open().await?;
    expiry::record_due(&database, &caller.request).await?;
    let seen = store::seen(&database, caller, &parts).await?;
    let is_own = |session: &Value| {
        session["user"] == caller.user.as_str() && session["agent"] == arguments::name(agent.as_ref())
    };
    let told: Vec<_> = seen.iter().map(|seen| describe(seen, &parts, is_own)).collect();
    let text = format!(
        "{}What nobody holds you can acquire.",
        lines(&told, |one| one["text"].as_str().unwrap_or_default().to_owned())
    );
    let documents: Vec<_> = told.into_iter().map(without_text).collect();
    Ok(Told::new(text, json!({ "paths": documents })))
}

fn describe(
    Seen { part_number, edit_sessions, waiting }: &Seen,
    parts: &[Part],
    is_own: impl Fn(&Value) -> bool,
) -> Value {
    let named = parts.iter().find(|part| part.number == *part_number).map(|part| &part.path);
    let mut text: Vec<_> = edit_sessions
        .iter()
        .map(|session| if is_own(session) { format!("{} is yours", path(session)) } else { held(session) })
        .collect();
    if text.is_empty() {
        text.push(format!("{} is free", named.unwrap_or(part_number)));
    }
    if *waiting > 0 {
        text.push(format!("{waiting} stand in line for it"));
    }
    json!({ "path": named, "part_number": part_number, "held": !edit_sessions.is_empty(),
        "edit_sessions": edit_sessions, "waiting": waiting, "text": text.join("; ") })
}

fn without_text(mut document: Value) -> Value {
    if let Value::Object(members) = &mut document {
        members.remove("text");
    }
    document
}

/// What an agent holds, waits for and is asked for.
pub async fn my_sessions(caller: &Caller, MySessions { agent }: MySessions) -> Result<Told> {
    let database = Database::open().await?;
    expiry::record_due(&database, &caller.request).await?;
    let agent = arguments::name(agent.as_ref());
    let Own { edit_sessions, waiting, asked } = store::own(&database, Who { caller, agent }).await?;
    let text = |of: &Value, member: &str| of[member].as_str().unwrap_or_default().to_owned();
    let mut said = format!("You are the agent {agent}.\n");
    said += &lines(&edit_sessions, |one| {
        format!("you hold {} until {} (session_id {})", path(one), text(one, "expires_at"), text(one, "session_id"))
    });
    said += &lines(&waiting, |one| format!("you wait for {} (request_id {})", path(one), text(one, "request_id")));
    said += &lines(&asked, |one| {
        let (who, message) = (text(one, "requester"), text(one, "message"));
        format!(
            "{who} asks you for {} (request_id {}): {message}. Answer by answer_handoff",
            path(one),
            text(one, "request_id")
        )
    });
    if edit_sessions.is_empty() && waiting.is_empty() && asked.is_empty() {
        said += "You hold nothing, wait for nothing, and nobody asks you for anything.";
    }
    let document = json!({ "agent": agent, "edit_sessions": edit_sessions, "waiting": waiting, "asked": asked });
    Ok(Told::new(said, document))
}
