//! Force-release (contract, "Force-release and approvals"): whoever may override ends somebody's session, at once, or by an
//! approval where the shop wants one.

use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use crate::approval::Approval;
use crate::auth::Caller;
use crate::db::{Database, Value, params};
use crate::events::announce;
use crate::id::new_id;
use crate::workflow::{self, Workflow};
use crate::{Problem, Result, config};

/// A session in the way.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its item's part number.
    pub part_number: &'a str,
    /// Its id.
    pub session_id: &'a str,
}

/// What an order came to.
#[derive(Debug)]
pub enum Ordered {
    /// The session is over.
    Released {
        /// The session.
        session_id: Uuid,
        /// What its draft became.
        checkpoint_id: Option<Uuid>,
    },
    /// The session goes on until this is signed.
    Awaiting(Box<Approval>),
    /// The session goes on until its holder has saved, which is commanded by this.
    Saving(Uuid),
}

/// Why, and how.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// What the holder is told, and what stands in the audit log.
    pub reason: &'a str,
    /// For how long the holder may save first; 0: not at all.
    pub save_seconds: i64,
}

#[derive(Debug, Deserialize)]
struct Release {
    /// Whether it was this very order that ended the session.
    done: bool,
    /// Why the session is over.
    reason: Option<String>,
    session_id: Uuid,
    checkpoint_id: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
struct Save {
    /// Why the session is over; none while it is active.
    reason: Option<String>,
    /// The command that is open for it.
    command_id: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
struct Request {
    /// Why the session is over; none while it is active.
    reason: Option<String>,
    /// The approval that is open for it.
    approval: Option<Approval>,
}

/// Ends a session, or asks for the approval of that: as `force_release_requires_approval` says. Where the holder may save first,
/// that is commanded, now or with the last signature. 404 if the item has no such session, 410 if it is over.
pub async fn order(caller: &Caller, target: Target<'_>, terms: Terms<'_>) -> Result<Ordered> {
    if config::parsed("force_release_requires_approval", false).await? {
        ask(caller, target, terms).await
    } else if terms.save_seconds > 0 {
        save(caller, target, terms).await
    } else {
        release(caller, target, terms.reason).await
    }
}

async fn save(caller: &Caller, target: Target<'_>, terms: Terms<'_>) -> Result<Ordered> {
    let database = Database::open().await?;
    let Save { reason, command_id } = save_first(&database, caller, target, terms).await?.ok_or_else(unknown)?;
    match (reason, command_id) {
        (Some(reason), _) => Err(Problem::session_lost(&reason)),
        (None, Some(command_id)) => Ok(Ordered::Saving(command_id)),
        (None, None) => Err(Problem::unavailable("the holder could not be commanded to save")),
    }
}

async fn release(caller: &Caller, target: Target<'_>, reason: &str) -> Result<Ordered> {
    let database = Database::open().await?;
    let Release { done, reason, session_id, checkpoint_id } =
        force_release(&database, caller, target, reason).await?.ok_or_else(unknown)?;
    if done {
        Ok(Ordered::Released { session_id, checkpoint_id })
    } else {
        Err(Problem::session_lost(reason.as_deref().unwrap_or("released")))
    }
}

async fn ask(caller: &Caller, target: Target<'_>, terms: Terms<'_>) -> Result<Ordered> {
    let name = config::parsed("force_release_workflow", "session-override".to_owned()).await?;
    let library = workflow::library();
    let workflow = library.find(&name).map_err(|problem| match problem.status() {
        StatusCode::NOT_FOUND => Problem::misconfigured(format!("there is no workflow {name:?}")),
        _ => problem,
    })?;
    let database = Database::open().await?;
    let asked = request_approval(&database, caller, target, terms, workflow).await?.ok_or_else(unknown)?;
    match (asked.reason, asked.approval) {
        (Some(reason), _) => Err(Problem::session_lost(&reason)),
        (None, Some(approval)) => Ok(Ordered::Awaiting(Box::new(approval))),
        (None, None) => Err(Problem::unavailable("the approval could not be asked for")),
    }
}

fn unknown() -> Problem {
    Problem::not_found("this item has no such session")
}

/// Ends a session; none if the item has no such session.
async fn force_release(
    database: &Database,
    caller: &Caller,
    target: Target<'_>,
    reason: &str,
) -> Result<Option<Release>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_force_release (session_id, part_number, admin, reason, cause) VALUES (?, ?, ?, ?, ?)
             RETURNING (SELECT json_object('done', json(iif(s.cause = do_force_release.cause
                                                            AND s.end_reason = 'force_released', 'true', 'false')),
                                           'reason', s.end_reason, 'session_id', s.id,
                                           'checkpoint_id', s.checkpoint_id)
                        FROM sessions s JOIN items i ON i.id = s.item_id
                        WHERE s.id = do_force_release.session_id AND i.part_number = do_force_release.part_number),
                       (SELECT announcement FROM announcements WHERE change_id = do_force_release.cause ->> '$.change')",
            params![
                target.session_id,
                target.part_number,
                caller.user.as_str(),
                reason,
                cause.json.as_str(),
            ],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// Commands the holder of a session to save; none if the item has no such session. A command that is open already stands.
async fn save_first(
    database: &Database,
    caller: &Caller,
    target: Target<'_>,
    terms: Terms<'_>,
) -> Result<Option<Save>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_save_first (command_id, session_id, part_number, admin, reason, save_seconds, cause)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             RETURNING (SELECT json_object('reason', s.reason,
                                           'command_id', (SELECT c.id FROM commands c
                                                          WHERE c.session_id = s.id AND c.ended_at IS NULL))
                        FROM session_documents s
                        WHERE s.id = do_save_first.session_id AND s.part_number = do_save_first.part_number),
                       (SELECT announcement FROM announcements WHERE change_id = do_save_first.cause ->> '$.change')",
            params![
                new_id().to_string(),
                target.session_id,
                target.part_number,
                caller.user.as_str(),
                terms.reason,
                terms.save_seconds,
                cause.json.as_str(),
            ],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// Asks for the approval of an order; none if the item has no such session. If one is open already, it gets this reason, too.
async fn request_approval(
    database: &Database,
    caller: &Caller,
    target: Target<'_>,
    terms: Terms<'_>,
    workflow: &Workflow,
) -> Result<Option<Request>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_request_approval (session_id, part_number, user, reason, cause, id, workflow, version, gates,
                                              on_reject, on_approve, save_seconds)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             RETURNING (SELECT json_object('reason', s.reason,
                                           'approval', json((SELECT a.document FROM approval_documents a
                                                             WHERE a.session_id = s.id AND a.is_open)))
                        FROM session_documents s
                        WHERE s.id = do_request_approval.session_id
                          AND s.part_number = do_request_approval.part_number),
                       (SELECT announcement FROM announcements WHERE change_id = do_request_approval.cause ->> '$.change')",
            [
                params![
                    target.session_id,
                    target.part_number,
                    caller.user.as_str(),
                    terms.reason,
                    cause.json.as_str(),
                    new_id().to_string(),
                ],
                of_workflow(workflow),
                params![terms.save_seconds],
            ]
            .concat(),
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// What an approval keeps of its workflow.
fn of_workflow(workflow: &Workflow) -> Vec<Value> {
    params![
        workflow.name.as_str(),
        i64::from(workflow.version),
        serde_json::to_string(&workflow.gates).unwrap_or_default(),
        workflow.rules.any_reject.as_str(),
        workflow.rules.all_required_approve.as_str(),
    ]
}
