//! The SQL. Each change is one statement: an INSERT into a command view of the schema, whose trigger does the rest,
//! and whose RETURNING tells the outcome.

use baton_core::Result;
use baton_core::access::{LEAD_GATE, subject, visible};
use baton_core::approval::Approval;
use baton_core::auth::Caller;
use baton_core::db::{Database, params};
use baton_core::events::announce;
use baton_core::page::{Page, Paged};
use serde::Deserialize;
use serde_json::json;

use crate::model::Sign;

/// What signing came to.
#[derive(Debug, Deserialize)]
pub struct Signed {
    /// True if this very signature stands, false if the user had signed before, none if there is none of the user.
    pub signed: Option<bool>,
    /// Whether it has the gate that is named, if one is.
    pub has_gate: bool,
    /// Whether the user has a role that one of the gates takes, or the one that is named.
    pub has_role: bool,
    /// The approval as it is now.
    pub approval: Approval,
}

/// What cancelling came to.
#[derive(Debug, Deserialize)]
pub struct Cancelled {
    /// Whether it was this very call that ended the approval.
    pub done: bool,
    /// The approval as it is now.
    pub approval: Approval,
}

/// Signs; none if there is no such approval that the caller may see. `allow_self_sign`: whether who asked may sign. Who is a lead
/// of the part may sign for leads; so may an admin who asks for it (the gates that need an admin go first otherwise).
pub async fn sign(
    database: &Database,
    caller: &Caller,
    approval_id: &str,
    sign: &Sign,
    allow_self_sign: bool,
) -> Result<Option<Signed>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_sign (approval_id, user, roles, decision, comment, gate, allow_self_sign, cause)
             SELECT ?1, ?2, iif(EXISTS (SELECT 1 FROM access_settings)
                                AND (?9 AND ?6 = ?10
                                     OR EXISTS (SELECT 1 FROM led WHERE want = (SELECT json_array(json_array(?2, a.part_number))
                                                                                FROM approval_documents a WHERE a.id = ?1))),
                                json_insert(?3, '$[#]', ?10), ?3), ?4, ?5, ?6, ?7, ?8
             RETURNING (SELECT json_object(
                            'approval', json(a.document),
                            'has_gate', json(iif(EXISTS (SELECT 1 FROM approval_gates g WHERE g.approval_id = a.id
                                                           AND (do_sign.gate IS NULL OR do_sign.gate IN (g.role, g.label))),
                                                 'true', 'false')),
                            'has_role', json(iif(EXISTS (SELECT 1 FROM approval_gates g
                                                         JOIN json_each(do_sign.roles) r ON r.value = g.role
                                                         WHERE g.approval_id = a.id
                                                           AND (do_sign.gate IS NULL OR do_sign.gate IN (g.role, g.label))),
                                                 'true', 'false')),
                            'signed', json((SELECT iif(s.cause = do_sign.cause, 'true', 'false') FROM signatures s
                                            WHERE s.approval_id = a.id AND s.user = do_sign.user)))
                        FROM approval_documents a
                        WHERE a.id = do_sign.approval_id
                          AND NOT EXISTS (SELECT 1 FROM hidden
                                          WHERE want = json_array(json_array(iif(do_sign.cause ->> '$.admin', NULL, do_sign.user),
                                                                             a.part_number)))),
                       (SELECT announcement FROM announcements WHERE change_id = do_sign.cause ->> '$.change')",
            params![
                approval_id,
                caller.user.as_str(),
                json!(caller.gate_roles()).to_string(),
                sign.decision.as_str(),
                sign.comment.as_ref().map(|comment| comment.as_str()),
                sign.gate.as_ref().map(|gate| gate.as_str()),
                i32::from(allow_self_sign),
                cause.json.as_str(),
                i32::from(caller.is_admin()),
                LEAD_GATE,
            ],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// Cancels; none if there is no such approval.
pub async fn cancel(database: &Database, caller: &Caller, approval_id: &str) -> Result<Option<Cancelled>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_cancel_approval (approval_id, user, is_admin, cause) VALUES (?, ?, ?, ?)
             RETURNING (SELECT json_object('done', json(iif(a.cause = do_cancel_approval.cause, 'true', 'false')),
                                           'approval', json(d.document))
                        FROM approvals a JOIN approval_documents d ON d.id = a.id
                        WHERE a.id = do_cancel_approval.approval_id
                          AND NOT EXISTS (SELECT 1 FROM hidden
                                          WHERE want = json_array(json_array(
                                              iif(do_cancel_approval.cause ->> '$.admin', NULL, do_cancel_approval.user),
                                              d.part_number)))),
                       (SELECT announcement FROM announcements WHERE change_id = do_cancel_approval.cause ->> '$.change')",
            params![approval_id, caller.user.as_str(), i32::from(caller.is_admin()), cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// One approval.
pub async fn approval(database: &Database, caller: &Caller, id: &str) -> Result<Option<Approval>> {
    let statement = "SELECT document FROM approval_documents
                     WHERE id = ? AND NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(?, part_number)))";
    database.document(statement, params![id, subject(caller)]).await
}

/// The approvals, perhaps only those in one state.
pub async fn list(database: &Database, caller: &Caller, state: Option<&str>, page: Page) -> Result<Paged<Approval>> {
    let statement = format!(
        "SELECT document, seq FROM approval_documents
                     WHERE (? IS NULL OR state = ?) AND {} AND seq > ? ORDER BY seq LIMIT ?",
        visible("?", "part_number")
    );
    page.read(database, &statement, params![state, state, subject(caller)]).await
}
