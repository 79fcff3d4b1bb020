//! What happens to the part meanwhile: who asks for it, and who takes it.

use std::time::Duration;

use baton_client::{Api, Error, Session};
use serde_json::Value;
use tokio::time::sleep;

use super::super::herald::Herald;
use super::super::show;
use super::lost::Lost;
use super::obey::{self, Servant};

/// How long one look for news takes at most, in seconds.
const LOOK: u32 = 30;

/// When a server that can't be reached is tried again. Renewing tells of it.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Tells what happens until the session is lost, and has commands obeyed. Begins at the cursor, for this workstation.
pub async fn hear(
    (mut api, workstation, cursor): (Api, String, String),
    session: &Session,
    herald: &mut Herald,
    servant: &mut Servant,
) -> Lost {
    let mut cursor = Some(cursor);
    loop {
        let heard = match api.events(&workstation, cursor.as_deref(), LOOK).await {
            Ok(heard) => heard,
            Err(error) => {
                // What is older than what is kept can't be heard any more, and renewing tells whether the session was lost.
                if matches!(error, Error::Refused(_)) && error.status() == Some(410) {
                    cursor = None;
                }
                sleep(TRY_AGAIN).await;
                continue;
            }
        };
        for event in &heard.events {
            if obey::is_for(event, session) {
                match servant.obey(event, session, herald).await {
                    Some(lost) => return lost,
                    None => continue,
                }
            }
            if event["part_number"] != session.part_number.as_str() || event["type"] == "workstation.command" {
                continue;
            }
            let line = line(event, session);
            if is_loss(event, session) {
                herald.tell_elsewhere(event, &line);
                return Lost::by(event);
            }
            if !is_own_beginning(event, session) {
                herald.tell_as(event, &line);
            }
        }
        cursor = Some(heard.cursor);
    }
}

fn is_loss(event: &Value, session: &Session) -> bool {
    let ends = ["edit.session_released", "edit.session_expired", "edit.session_transferred", "edit.force_released"];
    let kind = event["type"].as_str().unwrap_or_default();
    ends.contains(&kind) && event["data"]["session_id"] == session.id.as_str()
}

fn is_own_beginning(event: &Value, session: &Session) -> bool {
    let begins = ["edit.session_acquired", "edit.session_granted"];
    let kind = event["type"].as_str().unwrap_or_default();
    begins.contains(&kind) && event["data"]["session_id"] == session.id.as_str()
}

/// What is told: of a request, with how to answer it.
fn line(event: &Value, session: &Session) -> String {
    let line = show::event(event);
    if event["type"] != "edit.handoff_requested" || event["data"]["session_id"] != session.id.as_str() {
        return line;
    }
    let part = show::item(event);
    format!("{line} (to hand it over: baton accept {part}; to keep it: baton decline {part})")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn session() -> Session {
        let times = json!({ "renewed_at": "", "expires_at": "", "user": "ann", "workstation_id": "w" });
        let mut document = json!({ "id": "s", "part_number": "F01" });
        document.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
        Session::of(&document).unwrap()
    }

    #[test]
    fn only_what_ends_this_session_is_its_loss() {
        let event = |kind: &str, id: &str| json!({ "type": kind, "part_number": "F01", "data": { "session_id": id } });
        for kind in ["edit.session_released", "edit.session_expired", "edit.session_transferred", "edit.force_released"]
        {
            assert!(is_loss(&event(kind, "s"), &session()), "{kind}");
            assert!(!is_loss(&event(kind, "another"), &session()), "{kind}");
        }
        assert!(!is_loss(&event("edit.handoff_requested", "s"), &session()));
        assert!(line(&event("edit.handoff_requested", "s"), &session()).contains("baton accept F01"));
        assert!(!line(&event("edit.handoff_cancelled", "s"), &session()).contains("baton accept"));
        assert!(is_own_beginning(&event("edit.session_acquired", "s"), &session()));
        assert!(!is_own_beginning(&event("edit.session_acquired", "another"), &session()));
    }
}
