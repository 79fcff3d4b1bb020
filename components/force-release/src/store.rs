//! The SQL. Each change is one statement: an INSERT into a command view of the schema, whose trigger does the rest,
//! and whose RETURNING tells the outcome.

use baton_core::Result;
use baton_core::approval::Approval;
use baton_core::auth::Caller;
use baton_core::db::{Database, Value, params};
use baton_core::events::announce;
use baton_core::id::new_id;
use baton_core::workflow::Workflow;
use serde::Deserialize;
use uuid::Uuid;

/// A session in the way.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its item's part number.
    pub part_number: &'a str,
    /// Its id.
    pub session_id: &'a str,
}

/// What an order came to.
#[derive(Debug, Deserialize)]
pub struct Ordered {
    /// Whether it was this very order that ended the session.
    pub done: bool,
    /// Why the session is over.
    pub reason: Option<String>,
    /// The session.
    pub session_id: Uuid,
    /// What its draft became.
    pub checkpoint_id: Option<Uuid>,
}

/// What asking for an approval came to.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// Why the session is over; none while it is active.
    pub reason: Option<String>,
    /// The approval that is open for it.
    pub approval: Option<Approval>,
}

/// Ends a session; none if the item has no such session.
pub async fn force_release(
    database: &Database,
    caller: &Caller,
    target: Target<'_>,
    reason: &str,
) -> Result<Option<Ordered>> {
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

/// Asks for the approval of an order; none if the item has no such session. If one is open already, it gets this reason, too.
pub async fn request_approval(
    database: &Database,
    caller: &Caller,
    target: Target<'_>,
    reason: &str,
    workflow: &Workflow,
) -> Result<Option<Asked>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_request_approval (session_id, part_number, user, reason, cause, id, workflow, version, gates,
                                              on_reject, on_approve)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
                    reason,
                    cause.json.as_str(),
                    new_id().to_string(),
                ],
                of_workflow(workflow),
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
