//! Asking for what somebody else holds, and answering who asks.

use baton_core::access::{require_edit, unknown_session};
use baton_core::auth::Caller;
use baton_core::db::Database;
use baton_core::text::Message;
use baton_core::{Problem, Result, config};
use serde_json::{Value, json};

use super::arguments::{self, AnswerHandoff, Decision, Named, RequestHandoff};
use super::store::{self, Answered, Asked, Who};
use super::told::{Told, held, lines, path, with_the_only_one};

/// Asks the holder of a session, or of whatever is held of some paths.
pub async fn request(caller: &Caller, wanted: RequestHandoff) -> Result<Told> {
    let ttl_seconds = config::session_timeout_seconds().await?;
    let who = Who { caller, agent: arguments::name(wanted.agent.as_ref()) };
    let line = wanted.line.unwrap_or(false);
    let database = Database::open().await?;
    let ids = match wanted.which.named()? {
        Named::Session(id) => vec![id.to_string()],
        Named::Parts(parts) => {
            let seen = store::seen(&database, caller, &parts).await?;
            let sessions = seen.iter().flat_map(|one| &one.edit_sessions);
            let others = sessions.filter(|one| one["user"] != caller.user.as_str() || one["agent"] != who.agent);
            others.filter_map(|one| one["session_id"].as_str().map(str::to_owned)).collect()
        }
    };
    let mut requests = Vec::new();
    for id in &ids {
        let asked = store::ask(&database, who, id, wanted.message.as_str(), line, ttl_seconds).await?;
        require_edit(asked.may, unknown_session)?;
        match asked {
            Asked { request: Some(request), .. } => requests.push(request),
            asked => return Ok(not_asked(&asked)),
        }
    }
    Ok(told(&requests, line))
}

fn told(requests: &[Value], line: bool) -> Told {
    if requests.is_empty() {
        let text = "Nobody else holds any of them: acquire them.";
        return Told::new(text, json!({ "code": "not_held", "handoff_requests": [] })).into_error();
    }
    let text = |one: &Value, member: &str| one[member].as_str().unwrap_or_default().to_owned();
    let asked = lines(requests, |one| {
        format!("{} is asked for {} (request_id {})", text(one, "holder"), path(one), text(one, "request_id"))
    });
    let next = if line {
        "You stand in line: call wait_for_turn until it is yours."
    } else {
        "The holder owes no answer. Call wait_for_turn to hear of one; don't edit meanwhile."
    };
    let document = json!({ "handoff_requests": requests });
    Told::new(format!("{asked}{next}"), with_the_only_one(document, "handoff_requests", &["request_id", "status"]))
}

fn not_asked(Asked { session, reason, .. }: &Asked) -> Told {
    let (text, code) = match (session, reason) {
        (None, _) => ("There is no such session.".to_owned(), "not_found"),
        (Some(session), Some(reason)) => {
            (format!("{} isn't held by that session any longer ({reason}): acquire it.", path(session)), "session_lost")
        }
        (Some(session), None) => (format!("You hold it yourself: {}.", held(session)), "own_session"),
    };
    Told::new(text, json!({ "code": code, "reason": reason, "session": session })).into_error()
}

/// Answers somebody who asks.
pub async fn answer(caller: &Caller, wanted: AnswerHandoff) -> Result<Told> {
    let message = wanted.message.as_ref().map(Message::as_str);
    let database = Database::open().await?;
    let answered = store::answer(&database, caller, wanted.request_id, wanted.decision, message).await?;
    let Answered { done, session_reason, request } =
        answered.ok_or_else(|| Problem::not_found("there is no such request"))?;
    if request["holder"] != caller.user.as_str() {
        return Err(Problem::forbidden("only the holder answers a request"));
    }
    if !done {
        return Ok(not_answered(session_reason.as_deref(), &request));
    }
    let (who, path) = (request["requester"].as_str().unwrap_or_default(), path(&request));
    let text = match wanted.decision {
        Decision::Accept => format!("{path} is {who}'s now: don't edit it any more."),
        Decision::Decline => format!("{path} stays yours; {who} is told so."),
    };
    let document =
        json!({ "request_id": request["request_id"], "status": request["status"], "handoff_request": request });
    Ok(Told::new(text, document))
}

fn not_answered(session_reason: Option<&str>, request: &Value) -> Told {
    let status = request["status"].as_str().unwrap_or_default();
    let (code, text) = match (status, session_reason) {
        ("pending", Some(reason)) => ("session_lost", format!("The session that it waits on is over ({reason}).")),
        ("pending", None) => ("held", "Another session is in the way of handing it over.".to_owned()),
        _ => ("not_pending", format!("It has been answered already: {status}.")),
    };
    Told::new(text, json!({ "code": code, "handoff_request": request })).into_error()
}
