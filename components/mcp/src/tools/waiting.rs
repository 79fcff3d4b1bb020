//! Waiting for one's turn. Nobody keeps anything meanwhile: the request looks now and then, and whoever hangs up and comes back goes
//! on with the same place in line.

use std::time::{Duration, Instant};

use baton_core::auth::Caller;
use baton_core::db::{Database, params};
use baton_core::limits::too_many;
use baton_core::{Result, config, expiry, task};
use serde_json::{Value, json};
use uuid::Uuid;

use super::arguments::{self, WaitForTurn};
use super::store::{self, Waiting, Who};
use super::told::{Told, lines, path, with_the_only_one};

/// How often one looks, and how much more at most.
const LOOK: Duration = Duration::from_millis(250);
const LOOK_JITTER: Duration = Duration::from_millis(100);

/// How soon somebody who waits has likely been answered, in seconds.
const RETRY_AFTER: u64 = 10;

/// Waits until the agent's requests (or one of them) are decided, for as long as is asked for at most.
pub async fn wait_for_turn(caller: &Caller, wanted: WaitForTurn) -> Result<Told> {
    let who = Who { caller, agent: arguments::name(wanted.agent.as_ref()) };
    let deadline = Instant::now() + Duration::from_secs(wanted.seconds());
    let mut found = look(who, wanted.request_id).await?;
    if is_decided(&found) || wanted.seconds() == 0 {
        return Ok(told(&found, wanted.request_id));
    }
    let place = Place::take(caller).await?;
    while !is_decided(&found) && Instant::now() < deadline {
        task::sleep((LOOK + task::jitter(LOOK_JITTER)).min(deadline.saturating_duration_since(Instant::now()))).await;
        found = look(who, wanted.request_id).await?;
    }
    place.leave(caller).await?;
    caller.require_unrevoked().await?;
    Ok(told(&found, wanted.request_id))
}

/// Looks, and records what time has brought about: nobody else may be looking.
async fn look(who: Who<'_>, request_id: Option<Uuid>) -> Result<Vec<Waiting>> {
    let database = Database::open().await?;
    if database.row("SELECT 1 FROM due LIMIT 1", params![]).await?.is_some() {
        expiry::record_due(&database, &who.caller.request).await?;
    }
    store::requests(&database, who, request_id).await
}

fn is_pending(waiting: &Waiting) -> bool {
    waiting.request["status"] == "pending"
}

fn is_decided(found: &[Waiting]) -> bool {
    !found.iter().any(is_pending)
}

fn told(found: &[Waiting], request_id: Option<Uuid>) -> Told {
    if found.is_empty() {
        return nothing(request_id);
    }
    let granted: Vec<_> = found.iter().filter_map(|one| one.granted.clone()).collect();
    let requests: Vec<_> = found.iter().map(|one| &one.request).collect();
    let refused: Vec<_> =
        found.iter().filter(|one| !is_pending(one) && one.granted.is_none()).map(|one| &one.request).collect();
    let pending: Vec<_> = found.iter().filter(|one| is_pending(one)).map(|one| &one.request).collect();
    let mut text = lines(&granted, |one| {
        format!(
            "{} is yours (session_id {}, fence {}), until {}",
            path(one),
            one["session_id"],
            one["fence"],
            one["expires_at"]
        )
    });
    text += &lines(refused.iter().copied(), over);
    text += &lines(pending.iter().copied(), |one| {
        format!(
            "{} is still held by {}; {} stand before you",
            path(one),
            one["holder"].as_str().unwrap_or_default(),
            one["ahead"]
        )
    });
    text += if pending.is_empty() {
        "You wait for nothing any more."
    } else {
        "Call wait_for_turn again; don't edit what isn't yours."
    };
    let document = json!({ "turn": pending.is_empty() && !granted.is_empty(), "edit_sessions": granted, "handoff_requests": requests });
    let document = with_the_only_one(document, "handoff_requests", &["request_id", "status"]);
    Told::new(text, with_the_only_one(document, "edit_sessions", &["session_id", "fence", "expires_at"]))
}

/// What became of a request that gave the agent nothing, or nothing that lasts.
fn over(request: &Value) -> String {
    let text = |member: &str| request[member].as_str().unwrap_or_default();
    let answer = request["answer"].as_str().map(|answer| format!(": {answer}")).unwrap_or_default();
    match text("status") {
        "declined" => {
            format!("{} keeps {}{answer}. Stand in line to have it afterwards", text("holder"), path(request))
        }
        "granted" | "accepted" => format!("{} was yours, and is not any longer: acquire it anew", path(request)),
        status => format!("your request for {} is {status}: acquire it", path(request)),
    }
}

fn nothing(request_id: Option<Uuid>) -> Told {
    let text = match request_id {
        Some(_) => "This agent has made no such request.",
        None => {
            "This agent stands in no line, and nothing was granted to it: acquire what you need, with line where it is held."
        }
    };
    Told::new(text, json!({ "code": "not_waiting", "turn": false, "edit_sessions": [], "handoff_requests": [] }))
        .into_error()
}

/// A place among a user's requests that wait at once (contract, "Limits"). One whose client has hung up is free again by itself.
struct Place {
    name: Option<String>,
}

impl Place {
    async fn take(caller: &Caller) -> Result<Self> {
        let limit = config::rate_of_waiting().await?;
        if limit == 0 {
            return Ok(Self { name: None });
        }
        let name = Uuid::new_v4().to_string();
        if store::note_wait(&Database::open().await?, caller, &name, true, limit).await? {
            Ok(Self { name: Some(name) })
        } else {
            Err(too_many("too many of your requests wait already", RETRY_AFTER))
        }
    }

    async fn leave(self, caller: &Caller) -> Result<()> {
        match self.name {
            Some(name) => store::note_wait(&Database::open().await?, caller, &name, false, 1).await.map(drop),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(status: &str, granted: Option<Value>) -> Waiting {
        let request = json!({ "request_id": "r", "path": "a.rs", "status": status, "holder": "alice", "ahead": 0 });
        Waiting { request, granted }
    }

    #[test]
    fn a_turn_has_come_once_nothing_is_waited_for() {
        let session = json!({ "session_id": "s", "fence": 7, "path": "a.rs", "expires_at": "then" });
        let result = told(&[waiting("granted", Some(session.clone()))], None).result();
        let document = &result["structuredContent"];
        assert_eq!(
            (&document["turn"], &document["fence"], &result["isError"]),
            (&json!(true), &json!(7), &json!(false))
        );
        let result = told(&[waiting("granted", Some(session)), waiting("pending", None)], None).result();
        assert_eq!(result["structuredContent"]["turn"], false);
        assert!(result["content"][0]["text"].as_str().unwrap().contains("Call wait_for_turn again"));
    }

    #[test]
    fn what_was_refused_is_said() {
        let result = told(&[waiting("declined", None)], Some(Uuid::nil())).result();
        assert_eq!((&result["structuredContent"]["turn"], &result["isError"]), (&json!(false), &json!(false)));
        assert!(result["content"][0]["text"].as_str().unwrap().contains("alice keeps a.rs"));
        assert_eq!(told(&[], None).result()["isError"], true);
    }
}
