//! What others ask this workstation to do meanwhile ("Commands to workstations" of the contract).

use std::time::Duration;

use baton_client::{Api, Error, Obeyed, Session};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::super::herald::Herald;
use super::super::{say, show};
use super::lost::Lost;

/// How often one tries to say what has become of a command, and how long one rests in between.
const TRIES: u32 = 10;
const REST: Duration = Duration::from_millis(500);

/// The longest message that the API takes, in characters.
const MESSAGE_MAX: usize = 2000;

/// Where a file is to be kept now: whoever keeps it says when it is, or why it can't be.
pub type SaveNow = oneshot::Sender<Result<(), String>>;

/// Who obeys.
pub struct Servant {
    api: Api,
    /// None where there is no file to be kept.
    drafts: Option<mpsc::Sender<SaveNow>>,
}

impl Servant {
    /// By this connection; files are kept by whoever hears `drafts`.
    pub fn new(api: Api, drafts: Option<mpsc::Sender<SaveNow>>) -> Self {
        Self { api, drafts }
    }

    /// Does what a command asks for, and says so. If that was to release the session, it is lost.
    pub async fn obey(&mut self, event: &Value, session: &Session, herald: &mut Herald) -> Option<Lost> {
        let (id, kind) = (event["data"]["command_id"].as_str()?, event["data"]["type"].as_str()?);
        herald.tell(event);
        if let Err(Error::Refused(_)) = self.api.obeyed(id, Obeyed::Acknowledged, None).await {
            // It is over, or somebody else's to obey.
            return None;
        }
        let done = match kind {
            "save" => self.save().await,
            "release" => self.api.release(&session.part_number, &session.id).await.map_err(|error| error.to_string()),
            "message" => Ok(()),
            other => Err(format!("baton edit doesn't know how to {other}")),
        };
        let is_released = kind == "release" && done.is_ok();
        self.report(id, done).await;
        is_released.then(|| Lost::new("it was released, as somebody had asked this workstation to"))
    }

    async fn save(&self) -> Result<(), String> {
        let no_file = || "baton edit runs without --file: there is nothing that it could save".to_owned();
        let drafts = self.drafts.as_ref().ok_or_else(no_file)?;
        let (kept, is_kept) = oneshot::channel();
        drafts.send(kept).await.map_err(|_| no_file())?;
        is_kept.await.map_err(|_| "the session was lost meanwhile".to_owned())?
    }

    async fn report(&mut self, id: &str, done: Result<(), String>) {
        let (how, message) = match done {
            Ok(()) => (Obeyed::Done, None),
            Err(why) => (Obeyed::Failed, Some(why.chars().take(MESSAGE_MAX).collect::<String>())),
        };
        if let Some(why) = &message {
            say::failure(&format!("That couldn't be done: {}", show::plain(why)));
        }
        for _ in 0..TRIES {
            match self.api.obeyed(id, how, message.as_deref()).await {
                Err(Error::Unreachable(_)) => sleep(REST).await,
                // Whoever asked has been told by whatever else ended it.
                _ => return,
            }
        }
    }
}

/// Whether an event is a command that is about this session: about all of the workstation's, or about this one.
pub fn is_for(event: &Value, session: &Session) -> bool {
    let about = |member: &str, own: &str| event["data"]["data"][member].as_str().is_none_or(|named| named == own);
    event["type"] == "workstation.command"
        && about("session_id", &session.id)
        && about("part_number", &session.part_number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_is_about_all_sessions_or_one() {
        let session = json!({ "id": "s", "part_number": "F01", "renewed_at": "", "expires_at": "", "user": "ann",
            "workstation_id": "w" });
        let session = Session::of(&session).unwrap();
        let of = |data: Value| {
            json!({ "type": "workstation.command",
                "data": { "command_id": "c", "type": "save", "data": data } })
        };
        for about in [json!({}), json!({ "session_id": "s" }), json!({ "part_number": "F01", "message": "x" })] {
            assert!(is_for(&of(about.clone()), &session), "{about}");
        }
        for other in [json!({ "session_id": "t" }), json!({ "session_id": "s", "part_number": "F02" })] {
            assert!(!is_for(&of(other.clone()), &session), "{other}");
        }
        assert!(!is_for(&json!({ "type": "edit.session_released", "data": {} }), &session));
    }
}
