//! That a workstation has been told of commands (contract, "Commands to workstations"): what is answered or streamed to it holds
//! them. Polls without any cost nothing more for it.

use baton_core::auth::Caller;
use baton_core::db::Database;
use baton_core::{Result, log};
use serde_json::Value;

use crate::model::Event;
use crate::store;

/// The type of event that is a command.
const COMMAND: &str = "workstation.command";

/// Notes the commands among what a workstation of the caller's is told next. It is told also where that can't be noted: what it
/// says of them counts all the same.
pub async fn note(caller: &Caller, workstation_id: &str, events: &[Event]) {
    let commands: Vec<&str> = events.iter().filter_map(command_id).collect();
    if !commands.is_empty()
        && let Err(problem) = write(caller, workstation_id, &commands).await
    {
        log::line(format_args!("noting that commands are sent: {problem}"));
    }
}

fn command_id(event: &Event) -> Option<&str> {
    if event.r#type == COMMAND { event.data.get("command_id").and_then(Value::as_str) } else { None }
}

async fn write(caller: &Caller, workstation_id: &str, commands: &[&str]) -> Result<()> {
    // A read is no change of the caller's, and counts against no limit.
    let cause = caller.request.cause(&caller.user);
    store::note_sent(&Database::open().await?, workstation_id, commands, &cause).await
}
