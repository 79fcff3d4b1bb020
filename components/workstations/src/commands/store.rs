//! The SQL of commands. Each change is one statement; events, audit rows and what else follows come from the schema's triggers.

use baton_core::auth::Caller;
use baton_core::db::{Database, params};
use baton_core::events::announce;
use baton_core::{Result, expiry};
use serde::Deserialize;

use super::model::{Command, Give, State};

/// How many commands to a workstation are open at once, at most.
pub const OPEN_MAX: i64 = 100;

/// A command, and whose workstation it is to.
#[derive(Debug, Deserialize)]
pub struct Known {
    /// Whose it is.
    pub user: String,
    /// The command.
    pub command: Command,
}

/// What an answer of a workstation came to.
#[derive(Debug, Deserialize)]
pub struct Answered {
    /// Whether it was taken: it isn't where the command was over before.
    pub taken: bool,
    /// Whose workstation it is.
    pub user: String,
    /// The command as it is now.
    pub command: Command,
}

/// Commands a workstation; none if there is no such workstation, the caller may not, or too many are open.
pub async fn give(
    database: &Database,
    caller: &Caller,
    id: &str,
    workstation_id: &str,
    wanted: &Give,
    data: &str,
) -> Result<Option<Command>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_command (id, workstation_id, user, is_admin, type, data, expires_in_seconds, most, cause)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
             RETURNING (SELECT c.document FROM command_documents c WHERE c.id = do_command.id),
                       (SELECT announcement FROM announcements WHERE change_id = do_command.cause ->> '$.change')",
            params![
                id,
                workstation_id,
                caller.user.as_str(),
                i32::from(caller.is_admin()),
                wanted.r#type.as_str(),
                data,
                wanted.expires_in_seconds(),
                OPEN_MAX,
                cause.json.as_str(),
            ],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// Whether the caller may command a workstation.
pub async fn may_command(database: &Database, caller: &Caller, workstation_id: &str) -> Result<bool> {
    let statement = "SELECT 1 FROM commanders WHERE workstation_id = ? AND user = ? LIMIT 1";
    let parameters = params![workstation_id, caller.user.as_str()];
    Ok(caller.is_admin() || database.row(statement, parameters).await?.is_some())
}

/// One command. That it has expired is recorded first.
pub async fn command(database: &Database, caller: &Caller, id: &str) -> Result<Option<Known>> {
    let is_due = database.row("SELECT 1 FROM commands_due WHERE id = ?", params![id]).await?.is_some();
    if is_due {
        expiry::record_due(database, &caller.request).await?;
    }
    let statement = "SELECT json_object('user', user, 'command', json(document)) FROM command_documents WHERE id = ?";
    database.document(statement, params![id]).await
}

/// Notes what a workstation of the caller's own says of a command; none if there is no such command.
pub async fn answer(
    database: &Database,
    caller: &Caller,
    id: &str,
    state: State,
    message: Option<&str>,
) -> Result<Option<Answered>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_answer_command (command_id, user, state, message, cause) VALUES (?, ?, ?, ?, ?)
             RETURNING (SELECT json_object('taken', json(iif(c.cause = do_answer_command.cause, 'true', 'false')),
                                           'user', d.user, 'command', json(d.document))
                        FROM commands c JOIN command_documents d ON d.id = c.id
                        WHERE c.id = do_answer_command.command_id),
                       (SELECT announcement FROM announcements WHERE change_id = do_answer_command.cause ->> '$.change')",
            params![id, caller.user.as_str(), state.as_str(), message, cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}
