//! The SQL. Each change is one statement: an INSERT into a command view of the schema, whose trigger does the rest,
//! and whose RETURNING tells the outcome.

use baton_core::access::{May, subject, visible};
use baton_core::auth::Caller;
use baton_core::db::{Database, params};
use baton_core::events::announce;
use baton_core::id::new_id;
use baton_core::limits::Quota;
use baton_core::page::{Page, Paged};
use baton_core::{Problem, Result};
use serde::Deserialize;
use uuid::Uuid;

use crate::model::{Ask, HandoffRequest, Place};

/// The session that somebody asks for.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    /// The holder.
    pub user: String,
    /// Why it is over; none while it is active.
    pub reason: Option<String>,
}

/// What asking came to.
#[derive(Debug)]
pub enum Asked {
    /// A new request, and nothing else.
    Plainly(HandoffRequest),
    /// Something else: another request, or none.
    Otherwise(Asking),
}

/// What there is when somebody has asked.
#[derive(Debug, Deserialize)]
pub struct Asking {
    /// Whose workstation the request names; none if there is no such workstation, or it names none.
    pub workstation_user: Option<String>,
    /// The session; none if this item has no such session.
    pub session: Option<Wanted>,
    /// The caller's pending request for it.
    pub request: Option<HandoffRequest>,
    /// What the caller may there, if that isn't to edit.
    pub may: Option<May>,
}

/// What an answer or a cancellation came to.
#[derive(Debug, Deserialize)]
pub struct Answered {
    /// Whether it was this very call that ended the request.
    pub done: bool,
    /// Why the session is over that the request waits on; none while it is active.
    pub session_reason: Option<String>,
    /// Whether who asked may not edit there, and so isn't handed anything.
    pub is_barred: bool,
    /// The request as it is now.
    pub request: HandoffRequest,
}

/// The holder's answer.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// Hand it over.
    Accept,
    /// Refuse, perhaps with a word.
    Decline(Option<&'a str>),
}

/// Asks where that comes to a new request and to nothing else, which compiles in a tenth of the time (docs/changes.md, "Most edits are
/// plain").
const ASK_PLAINLY: &str =
    "INSERT INTO do_plain_request_handoff (id, session_id, part_number, requester, workstation_id, message,
                                           auto_acquire, whole_item, ttl_seconds, cause)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     RETURNING (SELECT document FROM handoff_documents WHERE id = do_plain_request_handoff.id),
               (SELECT announcement FROM announcements WHERE change_id = do_plain_request_handoff.cause ->> '$.change')";

/// Asks.
const ASK: &str = "INSERT INTO do_request_handoff (id, session_id, part_number, requester, workstation_id, message,
                                     auto_acquire, whole_item, ttl_seconds, cause)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     RETURNING json_object(
         'workstation_user', (SELECT w.user FROM workstations w WHERE w.id = do_request_handoff.workstation_id),
         'session', json((SELECT json_object('user', s.user, 'reason', s.reason) FROM session_documents s
                          WHERE s.id = do_request_handoff.session_id
                            AND s.part_number = do_request_handoff.part_number)),
         'request', json((SELECT d.document FROM handoff_requests r JOIN handoff_documents d ON d.id = r.id
                          WHERE r.session_id = do_request_handoff.session_id
                            AND r.requester = do_request_handoff.requester
                            AND r.cause = do_request_handoff.cause AND r.status = 'pending')),
         'may', (SELECT b.may FROM barred b
                 WHERE b.want = json_array(json_array(iif(do_request_handoff.cause ->> '$.admin', NULL,
                                                          do_request_handoff.requester),
                                                      do_request_handoff.part_number)))),
         (SELECT announcement FROM announcements WHERE change_id = do_request_handoff.cause ->> '$.change')";

/// Asks for a session, or asks again. `id` is the request's if it is a new one.
pub async fn ask(
    database: &Database,
    caller: &Caller,
    (part_number, session_id): (&str, &str),
    id: Uuid,
    ask: &Ask,
    ttl_seconds: i64,
) -> Result<Asked> {
    let cause = caller.cause_within(Quota::Requests).await?;
    let parameters = params![
        id.to_string(),
        session_id,
        part_number,
        caller.user.as_str(),
        ask.workstation_id.map(|id| id.to_string()),
        ask.message.as_str(),
        ask.auto_acquire.map(i32::from),
        i32::from(ask.whole_item.unwrap_or(false)),
        ttl_seconds,
        cause.json.as_str(),
    ];
    let tried = database.change(ASK_PLAINLY, parameters.clone()).await;
    let tried = Quota::Requests.explain(database, caller, tried).await?;
    if let Some(request) = tried.state {
        announce(tried.announcement);
        return Ok(Asked::Plainly(request));
    }
    let outcome = database.change(ASK, parameters).await;
    let outcome = Quota::Requests.explain(database, caller, outcome).await?;
    announce(outcome.announcement);
    outcome.state.map(Asked::Otherwise).ok_or_else(|| Problem::unavailable("the request gave no outcome"))
}

/// Answers a request that the caller holds the session of.
pub async fn answer(
    database: &Database,
    caller: &Caller,
    request_id: &str,
    answer: Answer<'_>,
) -> Result<Option<Answered>> {
    let (status, message) = match answer {
        Answer::Accept => ("accepted", None),
        Answer::Decline(message) => ("declined", message),
    };
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_answer_handoff (request_id, user, status, answer, session_id, cause)
             VALUES (?, ?, ?, ?, ?, ?)
             RETURNING (SELECT json_object('done', json(iif(r.cause = do_answer_handoff.cause
                                                            AND r.status = do_answer_handoff.status, 'true', 'false')),
                                           'session_reason', (SELECT s.reason FROM session_documents s
                                                              WHERE s.id = r.session_id),
                                           'is_barred', json(iif(EXISTS (SELECT 1 FROM barred_requests b
                                                                         WHERE b.request_id = r.id), 'true', 'false')),
                                           'request', json(d.document))
                        FROM handoff_requests r JOIN handoff_documents d ON d.id = r.id
                        WHERE r.id = do_answer_handoff.request_id
                          AND NOT EXISTS (SELECT 1 FROM hidden
                                          WHERE want = json_array(json_array(
                                              iif(do_answer_handoff.cause ->> '$.admin', NULL, do_answer_handoff.user),
                                              d.part_number)))),
                       (SELECT announcement FROM announcements WHERE change_id = do_answer_handoff.cause ->> '$.change')",
            params![request_id, caller.user.as_str(), status, message, new_id().to_string(), cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// Takes back a request of the caller's own.
pub async fn cancel(database: &Database, caller: &Caller, request_id: &str) -> Result<Option<Answered>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_cancel_handoff (request_id, user, cause) VALUES (?, ?, ?)
             RETURNING (SELECT json_object('done', json(iif(r.cause = do_cancel_handoff.cause
                                                            AND r.status = 'cancelled', 'true', 'false')),
                                           'session_reason', (SELECT s.reason FROM session_documents s
                                                              WHERE s.id = r.session_id),
                                           'is_barred', json('false'), 'request', json(d.document))
                        FROM handoff_requests r JOIN handoff_documents d ON d.id = r.id
                        WHERE r.id = do_cancel_handoff.request_id
                          AND (r.requester = do_cancel_handoff.user
                               OR NOT EXISTS (SELECT 1 FROM hidden
                                              WHERE want = json_array(json_array(
                                                  iif(do_cancel_handoff.cause ->> '$.admin', NULL, do_cancel_handoff.user),
                                                  d.part_number))))),
                       (SELECT announcement FROM announcements WHERE change_id = do_cancel_handoff.cause ->> '$.change')",
            params![request_id, caller.user.as_str(), cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// Whether this item has, or had, this session.
pub async fn has_session(database: &Database, part_number: &str, session_id: &str) -> Result<bool> {
    let statement = "SELECT 1 FROM session_documents WHERE id = ? AND part_number = ?";
    Ok(database.row(statement, params![session_id, part_number]).await?.is_some())
}

/// The requests for a session that the caller may see: all of them for its holder and for admins, else their own.
pub async fn on_session(
    database: &Database,
    caller: &Caller,
    session_id: &str,
    page: Page,
) -> Result<Paged<HandoffRequest>> {
    let user = caller.user.as_str();
    let statement = "SELECT document, seq FROM handoff_documents
                     WHERE session_id = ? AND (? OR holder = ? OR requester = ?) AND seq > ? ORDER BY seq LIMIT ?";
    page.read(database, statement, params![session_id, i32::from(caller.is_admin()), user, user]).await
}

/// The requests that the caller made or holds the session of.
pub async fn of_user(database: &Database, caller: &Caller, page: Page) -> Result<Paged<HandoffRequest>> {
    let user = caller.user.as_str();
    // A page of each kind by its index: with OR all that the user ever asked or was asked for would be sorted.
    let visible = visible("?2", "(SELECT i.part_number FROM items i WHERE i.id = r.item_id)");
    let statement = format!(
        "SELECT document, seq FROM handoff_documents WHERE seq IN (
                         SELECT seq FROM (SELECT r.seq FROM handoff_requests r
                                          WHERE r.requester = ?1 AND r.seq > ?3
                                            AND {visible}
                                          ORDER BY r.seq LIMIT ?4)
                         UNION
                         SELECT seq FROM (SELECT r.seq FROM handoff_requests r
                                          WHERE r.holder = ?1 AND r.seq > ?3
                                            AND {visible}
                                          ORDER BY r.seq LIMIT ?4))
                     ORDER BY seq LIMIT ?4"
    );
    page.read(database, &statement, params![user, subject(caller)]).await
}

/// Those of them that nobody has answered yet. They wait for sessions that go on, however many have ended.
pub async fn pending_of_user(database: &Database, caller: &Caller, page: Page) -> Result<Paged<HandoffRequest>> {
    let statement = format!(
        "SELECT document, seq FROM handoff_documents WHERE seq IN (
                         SELECT seq FROM handoff_requests WHERE requester = ?1 AND status = 'pending' AND seq > ?3
                         UNION
                         SELECT r.seq FROM sessions s JOIN handoff_requests r ON r.session_id = s.id
                         WHERE s.user = ?1 AND s.ended_at IS NULL AND r.status = 'pending' AND r.holder = ?1 AND r.seq > ?3)
                       AND {} ORDER BY seq LIMIT ?4",
        visible("?2", "part_number")
    );
    page.read(database, &statement, params![caller.user.as_str(), subject(caller)]).await
}

/// Who stands in line, everywhere.
pub async fn lines(database: &Database, caller: &Caller, page: Page) -> Result<Paged<Place>> {
    let statement = format!(
        "SELECT json_object('user', r.requester, 'workstation_id', r.workstation_id, 'request_id', r.id,
                            'session_id', r.session_id, 'item_id', r.item_id, 'part_number', i.part_number,
                            'object_id', r.object_id, 'scope', r.scope, 'created_at', r.created_at,
                            'absent', json(iif(r.is_absent, 'true', 'false'))), r.place
                     FROM handoff_requests r JOIN items i ON i.id = r.item_id
                     WHERE r.place IS NOT NULL
                       AND {} AND r.place > ? ORDER BY r.place LIMIT ?",
        visible("?", "i.part_number")
    );
    page.read(database, &statement, params![subject(caller)]).await
}
