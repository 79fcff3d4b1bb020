//! Holding: acquiring, renewing and releasing. An agent takes all that it needs at once or nothing, so that no two of them hold each
//! other up.

use baton_core::access::{require_edit, unknown_item};
use baton_core::auth::Caller;
use baton_core::db::Database;
use baton_core::text::{Message, Note};
use baton_core::{Problem, Result, config};
use serde_json::{Value, json};

use super::arguments::{self, Acquire, Named, Part, Release, Renew, Which};
use super::store::{self, Acquired, Changed, Who};
use super::told::{Told, held, holder, lines, path, with_the_only_one};

/// What the holder is told where an agent says nothing while it joins the line.
const IN_LINE: &str = "An agent stands in line for this.";

/// What tells a program of a session at once.
const SESSION: [&str; 3] = ["session_id", "fence", "expires_at"];

/// Acquires all of some paths or none; stands in line for what is held where that is asked for.
pub async fn acquire(caller: &Caller, wanted: Acquire) -> Result<Told> {
    let parts = wanted.paths.parts()?;
    let timeout = config::session_timeout_seconds().await?;
    let ttl_seconds = config::ttl_seconds(wanted.ttl_seconds).await?.unwrap_or(timeout);
    let message = wanted.message.as_ref().map_or(IN_LINE, Message::as_str);
    let message = wanted.line.unwrap_or(false).then_some(message);
    let note = wanted.note.as_ref().map(Note::as_str);
    let who = Who { caller, agent: arguments::name(wanted.agent.as_ref()) };
    let database = Database::open().await?;
    let acquired = store::acquire(&database, who, &parts, (ttl_seconds, timeout), note, message).await?;
    require_edit(acquired.iter().filter_map(|one| one.may).min(), unknown_item)?;
    if acquired.len() != parts.len() {
        return Err(Problem::unavailable("acquire gave no outcome"));
    }
    match acquired.iter().map(|one| one.session.clone()).collect::<Option<Vec<_>>>() {
        Some(sessions) => Ok(taken(&sessions)),
        None => Ok(refused(&parts, &acquired)),
    }
}

fn taken(sessions: &[Value]) -> Told {
    let until = sessions.iter().filter_map(|session| session["expires_at"].as_str()).min().unwrap_or_default();
    let text = format!(
        "Yours:\n{}Renew before {until}, and release when you are done.",
        lines(sessions, |one| format!("{} (session_id {}, fence {})", path(one), one["session_id"], one["fence"]))
    );
    Told::new(text, with_the_only_one(json!({ "edit_sessions": sessions }), "edit_sessions", &SESSION))
}

fn refused(parts: &[Part], acquired: &[Acquired]) -> Told {
    let holders: Vec<_> = acquired
        .iter()
        .filter(|one| one.session.is_none())
        .filter_map(|one| {
            let path = parts.iter().find(|part| part.number == one.part_number).map(|part| &part.path);
            let holder = one.holder.as_ref()?;
            Some(json!({ "path": path, "part_number": one.part_number, "holder": holder }))
        })
        .collect();
    let requests: Vec<_> = acquired.iter().filter_map(|one| one.request.clone()).collect();
    let code = if holders.is_empty() { "in_line" } else { "held" };
    let mut text = "Nothing was acquired: don't edit these files.\n".to_owned();
    text += &lines(&holders, |one| held(&one["holder"]));
    text += match (holders.is_empty(), requests.is_empty()) {
        (true, true) => "Others stand in line for what you want: acquire with line to stand behind them.",
        (_, false) => {
            "You stand in line for what is held: call wait_for_turn until it is yours, then acquire all of them again."
        }
        (false, true) => {
            "Do something else meanwhile, ask for it by request_handoff, or acquire with line and then call wait_for_turn."
        }
    };
    let mut document = json!({ "code": code, "holders": holders, "handoff_requests": requests });
    if let Some(first) = document["holders"][0]["holder"].as_object().cloned() {
        document["holder"] = json!(first);
    }
    Told::new(text, with_the_only_one(document, "handoff_requests", &["request_id"])).into_error()
}

/// Renews sessions of the agent's.
pub async fn renew(caller: &Caller, wanted: Renew) -> Result<Told> {
    let ttl_seconds = config::ttl_seconds(wanted.ttl_seconds).await?;
    let note = wanted.note.as_ref().map(Note::as_str);
    let database = Database::open().await?;
    let ids = match own(&database, caller, wanted.which, wanted.agent.as_ref()).await? {
        Ok(ids) => ids,
        Err(told) => return Ok(told),
    };
    let changed = store::renew(&database, caller, &ids, ttl_seconds, note).await?;
    if let Some(told) = trouble(caller, &changed, None) {
        return Ok(told);
    }
    let sessions: Vec<_> = changed.into_iter().filter_map(|one| one.session).collect();
    let text = format!(
        "Renewed:\n{}",
        lines(&sessions, |one| format!(
            "{} is yours until {}",
            path(one),
            one["expires_at"].as_str().unwrap_or_default()
        ))
    );
    Ok(Told::new(text, with_the_only_one(json!({ "edit_sessions": sessions }), "edit_sessions", &SESSION)))
}

/// Releases sessions of the agent's. Doing so again is no error.
pub async fn release(caller: &Caller, wanted: Release) -> Result<Told> {
    let database = Database::open().await?;
    let ids = match own(&database, caller, wanted.which, wanted.agent.as_ref()).await? {
        Ok(ids) => ids,
        Err(told) => return Ok(told),
    };
    let changed = store::release(&database, caller, &ids).await?;
    if let Some(told) = trouble(caller, &changed, Some("released")) {
        return Ok(told);
    }
    let sessions: Vec<_> = changed.into_iter().filter_map(|one| one.session).collect();
    let text = format!("Released:\n{}Don't edit them any more.", lines(&sessions, |one| path(one).to_owned()));
    let released: Vec<_> = sessions.iter().map(|one| &one["session_id"]).collect();
    let document = json!({ "released": released, "edit_sessions": sessions });
    Ok(Told::new(text, with_the_only_one(document, "edit_sessions", &["session_id"])))
}

/// The sessions of the agent's that are meant. One that is named by its id may be any of the user's, unless an agent is named, too.
async fn own(
    database: &Database,
    caller: &Caller,
    which: Which,
    agent: Option<&arguments::Agent>,
) -> Result<Result<Vec<String>, Told>> {
    let parts = match which.named()? {
        Named::Session(id) if agent.is_none() => return Ok(Ok(vec![id.to_string()])),
        Named::Session(id) => Err(id.to_string()),
        Named::Parts(parts) => Ok(parts),
    };
    let agent = arguments::name(agent);
    let held = store::own(database, Who { caller, agent }).await?.edit_sessions;
    let ids = |wanted: &dyn Fn(&Value) -> bool| -> Vec<String> {
        held.iter().filter(|one| wanted(one)).filter_map(|one| one["session_id"].as_str().map(str::to_owned)).collect()
    };
    match parts {
        // One that is over tells why when it is looked at.
        Err(id) => match store::owner(database, &id).await? {
            Some(holder) if holder["user"] == caller.user.as_str() && holder["agent"] != agent => {
                Ok(Err(not_yours(&format!("that session is of {}", self::holder(&holder)))))
            }
            _ => Ok(Ok(vec![id])),
        },
        Ok(parts) => {
            let missing: Vec<_> =
                parts.iter().filter(|part| held.iter().all(|one| one["part_number"] != part.number.as_str())).collect();
            if let Some(part) = missing.first() {
                return Ok(Err(not_yours(&format!("you don't hold {}", part.path))));
            }
            Ok(Ok(ids(&|one| parts.iter().any(|part| one["part_number"] == part.number.as_str()))))
        }
    }
}

fn not_yours(why: &str) -> Told {
    let text = format!("Nothing was done: {why}. my_sessions tells what this agent holds.");
    Told::new(text, json!({ "code": "not_yours", "detail": why })).into_error()
}

/// What the first session says that isn't as it should be: somebody else's, none at all, or over (but for `fine`).
fn trouble(caller: &Caller, changed: &[Changed], fine: Option<&str>) -> Option<Told> {
    let told = |text: String, code: &str, one: &Changed| {
        let document =
            json!({ "code": code, "session_id": one.session_id, "reason": one.reason, "session": one.session });
        Told::new(text, document).into_error()
    };
    changed.iter().find_map(|one| match (&one.user, one.reason.as_deref()) {
        (None, _) => Some(told("There is no such session.".to_owned(), "not_found", one)),
        (Some(user), _) if *user != caller.user => {
            Some(told(format!("That session is {user}'s, not yours: don't edit its file."), "forbidden", one))
        }
        (Some(_), None) if fine.is_none() && one.may.is_some() => {
            Some(told("You may not edit that any more: release it.".to_owned(), "not_yours", one))
        }
        (Some(_), reason) if reason == fine => None,
        (Some(_), None) => Some(told("That had no effect: try again.".to_owned(), "unavailable", one)),
        (Some(_), Some(reason)) => {
            let path = one.session.as_ref().map(path).unwrap_or_default();
            let text = format!("{path} isn't yours any longer ({reason}): stop editing it, and acquire it anew.");
            Some(told(text, "session_lost", one))
        }
    })
}
