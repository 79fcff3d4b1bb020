//! The SQL of tools. Each change is one statement: an INSERT into a command view of the schema (`definitions/agents.sql`), which gives
//! the command that the rest of the API gives, and whose RETURNING tells the outcome.

use baton_core::Result;
use baton_core::access::{May, subject};
use baton_core::auth::Caller;
use baton_core::db::{Database, params};
use baton_core::events::announce;
use baton_core::id::new_id;
use baton_core::limits::Quota;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::arguments::{Decision, Part};

/// What there is on a part.
#[derive(Debug, Deserialize)]
pub struct Seen {
    pub part_number: String,
    /// The active sessions on it, those on trees of which it is a part among them, oldest first.
    pub edit_sessions: Vec<Value>,
    /// How many stand in line.
    pub waiting: i64,
}

/// What acquiring came to for one part.
#[derive(Debug, Deserialize)]
pub struct Acquired {
    pub part_number: String,
    /// What the caller may there, if that isn't to edit.
    pub may: Option<May>,
    /// What the agent holds there now.
    pub session: Option<Value>,
    /// What is in the way.
    pub holder: Option<Value>,
    /// The agent's request that stands in line for it.
    pub request: Option<Value>,
}

/// What renewing or releasing came to for one session.
#[derive(Debug, Deserialize)]
pub struct Changed {
    pub session_id: String,
    /// Whose it is; none if there is no such session, or it is hidden from the caller.
    pub user: Option<String>,
    /// What the caller may there, if that isn't to edit.
    pub may: Option<May>,
    /// Why it is over; none while it is active.
    pub reason: Option<String>,
    pub session: Option<Value>,
}

/// What asking came to.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// What the caller may there, if that isn't to edit.
    pub may: Option<May>,
    /// The session; none if there is no such session.
    pub session: Option<Value>,
    /// Why it is over; none while it is active.
    pub reason: Option<String>,
    /// The agent's pending request for it.
    pub request: Option<Value>,
}

/// What an answer came to.
#[derive(Debug, Deserialize)]
pub struct Answered {
    /// Whether it was this very call that answered it.
    pub done: bool,
    /// Why the session is over that the request waits on; none while it is active.
    pub session_reason: Option<String>,
    pub request: Value,
}

/// A request of the agent's, and what has come of it.
#[derive(Debug, Deserialize)]
pub struct Waiting {
    pub request: Value,
    /// The session that it was granted, as long as that is active.
    pub granted: Option<Value>,
}

/// What an agent has to do with.
#[derive(Debug, Deserialize)]
pub struct Own {
    /// What it holds.
    pub edit_sessions: Vec<Value>,
    /// What it waits for.
    pub waiting: Vec<Value>,
    /// What it is asked for.
    pub asked: Vec<Value>,
}

/// Which agent: of which user's, and by which name.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    pub caller: &'a Caller,
    pub agent: &'a str,
}

/// What there is on some parts. What is hidden from the caller is as what nobody has seen.
pub async fn seen(database: &Database, caller: &Caller, parts: &[Part]) -> Result<Vec<Seen>> {
    let numbers = json!(parts.iter().map(|part| &part.number).collect::<Vec<_>>()).to_string();
    let statement = "SELECT json_group_array(json(document))
        FROM (SELECT json_object(
                  'part_number', part.value,
                  'edit_sessions', json((SELECT json_group_array(json(document))
                                         FROM (SELECT h.document
                                               FROM items i
                                               JOIN sessions_in_the_way w ON w.want = json_array(json_array(i.id, '', NULL))
                                               JOIN held_documents h ON h.id = w.id
                                               WHERE i.part_number = part.value
                                                 AND NOT EXISTS (SELECT 1 FROM hidden
                                                                 WHERE want = json_array(json_array(?1, part.value)))
                                               ORDER BY h.seq))),
                  'waiting', (SELECT count(*) FROM items i JOIN handoff_requests r ON r.item_id = i.id
                              WHERE i.part_number = part.value AND r.place IS NOT NULL
                                AND NOT EXISTS (SELECT 1 FROM hidden
                                                WHERE want = json_array(json_array(?1, part.value))))) AS document
              FROM json_each(?2) part ORDER BY part.key)";
    Ok(database.document(statement, params![subject(caller), numbers]).await?.unwrap_or_default())
}

/// Acquires all of the parts or none. With a message, stands in line for what is held.
pub async fn acquire(
    database: &Database,
    Who { caller, agent }: Who<'_>,
    parts: &[Part],
    (ttl_seconds, request_ttl_seconds): (i64, i64),
    note: Option<&str>,
    message: Option<&str>,
) -> Result<Vec<Acquired>> {
    let cause = caller.cause_within_all(&[Quota::Sessions, Quota::Requests, Quota::Workstations]).await?;
    let parts = json!(parts.iter().map(Part::with_new_ids).collect::<Vec<_>>()).to_string();
    let outcome = database
        .change(
            "INSERT INTO do_agent_acquire (workstation_id, user, agent, parts, ttl_seconds, note, message,
                                           request_ttl_seconds, cause)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
             RETURNING (SELECT json_group_array(json(document))
                        FROM (SELECT json_object(
                                  'part_number', part.value ->> 0,
                                  'may', (SELECT b.may FROM barred b
                                          WHERE b.want = json_array(json_array(
                                              iif(do_agent_acquire.cause ->> '$.admin', NULL, do_agent_acquire.user),
                                              part.value ->> 0, (part.value ->> 3) || '/' || (part.value ->> 4)))),
                                  'session', json((SELECT h.document FROM held_documents h
                                                   WHERE h.item_id = i.id AND h.ended_at IS NULL AND h.reason IS NULL
                                                     AND +h.workstation_id = a.workstation_id AND h.object_id IS NULL)),
                                  'holder', json((SELECT h.document
                                                  FROM sessions_in_the_way w JOIN held_documents h ON h.id = w.id
                                                  WHERE w.want = json_array(json_array(i.id, a.workstation_id, NULL))
                                                    AND w.workstation_id <> a.workstation_id ORDER BY w.seq LIMIT 1)),
                                  'request', json((SELECT d.document FROM asked_documents d
                                                   WHERE d.workstation_id = a.workstation_id AND d.item_id = i.id
                                                     AND d.status = 'pending' ORDER BY d.seq LIMIT 1))) AS document
                              FROM json_each(do_agent_acquire.parts) part
                              LEFT JOIN agents a ON a.user = do_agent_acquire.user AND a.agent = do_agent_acquire.agent
                              LEFT JOIN items i ON i.part_number = part.value ->> 0
                              ORDER BY part.key)),
                       (SELECT announcement FROM announcements WHERE change_id = do_agent_acquire.cause ->> '$.change')",
            params![
                new_id().to_string(),
                caller.user.as_str(),
                agent,
                parts,
                ttl_seconds,
                note,
                message,
                request_ttl_seconds,
                cause.json.as_str(),
            ],
        )
        .await;
    let outcome = Quota::Sessions.explain(database, caller, outcome).await?;
    announce(outcome.announcement);
    Ok(outcome.state.unwrap_or_default())
}

/// Renews sessions of the user's.
pub async fn renew(
    database: &Database,
    caller: &Caller,
    ids: &[String],
    ttl_seconds: Option<i64>,
    note: Option<&str>,
) -> Result<Vec<Changed>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_agent_renew (user, session_ids, ttl_seconds, note, cause) VALUES (?, ?, ?, ?, ?)
             RETURNING (SELECT json_group_array(json_object('session_id', named.value, 'user', h.user, 'reason', h.reason,
                                                            'may', (SELECT b.may FROM barred b
                                                                    WHERE b.want = json_array(json_array(
                                                                        iif(do_agent_renew.cause ->> '$.admin', NULL, do_agent_renew.user),
                                                                        h.part_number))),
                                                            'session', json(h.document)))
                        FROM json_each(do_agent_renew.session_ids) named
                        LEFT JOIN held_documents h ON h.id = named.value
                         AND (h.user = do_agent_renew.user
                              OR NOT EXISTS (SELECT 1 FROM hidden
                                             WHERE want = json_array(json_array(
                                                 iif(do_agent_renew.cause ->> '$.admin', NULL, do_agent_renew.user), h.part_number))))),
                       (SELECT announcement FROM announcements WHERE change_id = do_agent_renew.cause ->> '$.change')",
            params![caller.user.as_str(), json!(ids).to_string(), ttl_seconds, note, cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state.unwrap_or_default())
}

/// Releases sessions of the user's.
pub async fn release(database: &Database, caller: &Caller, ids: &[String]) -> Result<Vec<Changed>> {
    let cause = caller.cause();
    let outcome = database
        .change(
            "INSERT INTO do_agent_release (user, session_ids, cause) VALUES (?, ?, ?)
             RETURNING (SELECT json_group_array(json_object('session_id', named.value, 'user', h.user, 'reason', h.reason,
                                                            'may', (SELECT b.may FROM barred b
                                                                    WHERE b.want = json_array(json_array(
                                                                        iif(do_agent_release.cause ->> '$.admin', NULL, do_agent_release.user),
                                                                        h.part_number))),
                                                            'session', json(h.document)))
                        FROM json_each(do_agent_release.session_ids) named
                        LEFT JOIN held_documents h ON h.id = named.value
                         AND (h.user = do_agent_release.user
                              OR NOT EXISTS (SELECT 1 FROM hidden
                                             WHERE want = json_array(json_array(
                                                 iif(do_agent_release.cause ->> '$.admin', NULL, do_agent_release.user), h.part_number))))),
                       (SELECT announcement FROM announcements WHERE change_id = do_agent_release.cause ->> '$.change')",
            params![caller.user.as_str(), json!(ids).to_string(), cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state.unwrap_or_default())
}

/// Asks the holder of a session for it; or stands in line for it.
pub async fn ask(
    database: &Database,
    Who { caller, agent }: Who<'_>,
    session_id: &str,
    message: &str,
    line: bool,
    ttl_seconds: i64,
) -> Result<Asked> {
    let cause = caller.cause_within_all(&[Quota::Requests, Quota::Workstations]).await?;
    let outcome = database
        .change(
            "INSERT INTO do_agent_ask (id, session_id, workstation_id, user, agent, message, auto_acquire, ttl_seconds, cause)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
             RETURNING json_object(
                 'session', json((SELECT h.document FROM held_documents h WHERE h.id = do_agent_ask.session_id)),
                 'reason', (SELECT h.reason FROM held_documents h WHERE h.id = do_agent_ask.session_id),
                 'may', (SELECT b.may FROM held_documents h JOIN barred b
                         ON b.want = json_array(json_array(iif(do_agent_ask.cause ->> '$.admin', NULL, do_agent_ask.user),
                                                           h.part_number))
                         WHERE h.id = do_agent_ask.session_id),
                 'request', json((SELECT d.document FROM agents a JOIN asked_documents d ON d.workstation_id = a.workstation_id
                                  WHERE a.user = do_agent_ask.user AND a.agent = do_agent_ask.agent
                                    AND d.session_id = do_agent_ask.session_id AND d.status = 'pending'
                                  ORDER BY d.seq LIMIT 1))),
                 (SELECT announcement FROM announcements WHERE change_id = do_agent_ask.cause ->> '$.change')",
            params![
                new_id().to_string(),
                session_id,
                new_id().to_string(),
                caller.user.as_str(),
                agent,
                message,
                line.then_some(1_i32),
                ttl_seconds,
                cause.json.as_str(),
            ],
        )
        .await;
    let outcome = Quota::Requests.explain(database, caller, outcome).await?;
    announce(outcome.announcement);
    Ok(outcome.state.unwrap_or(Asked { may: None, session: None, reason: None, request: None }))
}

/// Answers a request that the caller holds the session of; none if there is no such request.
pub async fn answer(
    database: &Database,
    caller: &Caller,
    request_id: Uuid,
    decision: Decision,
    message: Option<&str>,
) -> Result<Option<Answered>> {
    let (status, cause) = (if decision == Decision::Accept { "accepted" } else { "declined" }, caller.cause());
    let outcome = database
        .change(
            "INSERT INTO do_agent_answer (request_id, user, status, answer, session_id, cause) VALUES (?, ?, ?, ?, ?, ?)
             RETURNING (SELECT json_object('done', json(iif(r.cause = do_agent_answer.cause
                                                            AND r.status = do_agent_answer.status, 'true', 'false')),
                                           'session_reason', (SELECT h.reason FROM held_documents h
                                                              WHERE h.id = r.session_id),
                                           'request', json(d.document))
                        FROM handoff_requests r JOIN asked_documents d ON d.id = r.id
                        WHERE r.id = do_agent_answer.request_id
                          AND NOT EXISTS (SELECT 1 FROM hidden
                                          WHERE want = json_array(json_array(
                                              iif(do_agent_answer.cause ->> '$.admin', NULL, do_agent_answer.user),
                                              d.document ->> '$.part_number')))),
                       (SELECT announcement FROM announcements WHERE change_id = do_agent_answer.cause ->> '$.change')",
            params![
                request_id.to_string(),
                caller.user.as_str(),
                status,
                message,
                new_id().to_string(),
                cause.json.as_str(),
            ],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// The agent's requests that are pending, or were granted something that is active; or the one of an id, whatever has come of it.
pub async fn requests(database: &Database, Who { caller, agent }: Who<'_>, id: Option<Uuid>) -> Result<Vec<Waiting>> {
    let statement = "SELECT json_group_array(json_object('request', json(document), 'granted', json(granted)))
        FROM (SELECT d.document, d.granted FROM agents a JOIN asked_documents d ON d.workstation_id = a.workstation_id
              WHERE a.user = ?1 AND a.agent = ?2 AND ?3 IS NULL AND d.status = 'pending'
              UNION ALL
              SELECT d.document, d.granted
              FROM agents a JOIN sessions s ON s.workstation_id = a.workstation_id AND s.ended_at IS NULL
              JOIN asked_documents d ON d.granted_session_id = s.id
              WHERE a.user = ?1 AND a.agent = ?2 AND ?3 IS NULL AND s.origin <> 'acquired' AND d.granted IS NOT NULL
                AND d.item_id = s.item_id
              UNION ALL
              SELECT d.document, d.granted FROM agents a JOIN asked_documents d ON d.workstation_id = a.workstation_id
              WHERE a.user = ?1 AND a.agent = ?2 AND d.id = ?3)";
    let parameters = params![caller.user.as_str(), agent, id.map(|id| id.to_string())];
    Ok(database.document(statement, parameters).await?.unwrap_or_default())
}

/// What an agent holds, waits for and is asked for.
pub async fn own(database: &Database, Who { caller, agent }: Who<'_>) -> Result<Own> {
    let statement = "SELECT json_object(
        'edit_sessions', json((SELECT json_group_array(json(document))
                          FROM (SELECT h.document FROM agents a JOIN held_documents h ON h.workstation_id = a.workstation_id
                                WHERE a.user = ?1 AND a.agent = ?2 AND h.ended_at IS NULL AND h.reason IS NULL ORDER BY h.seq))),
        'waiting', json((SELECT json_group_array(json(document))
                    FROM (SELECT d.document FROM agents a JOIN asked_documents d ON d.workstation_id = a.workstation_id
                          WHERE a.user = ?1 AND a.agent = ?2 AND d.status = 'pending' ORDER BY d.seq))),
        'asked', json((SELECT json_group_array(json(document))
                  FROM (SELECT d.document FROM agents a JOIN sessions s ON s.workstation_id = a.workstation_id
                        JOIN asked_documents d ON d.session_id = s.id
                        WHERE a.user = ?1 AND a.agent = ?2 AND s.ended_at IS NULL AND d.status = 'pending' ORDER BY d.seq))))";
    let found: Option<Own> = database.document(statement, params![caller.user.as_str(), agent]).await?;
    Ok(found.unwrap_or(Own { edit_sessions: Vec::new(), waiting: Vec::new(), asked: Vec::new() }))
}

/// A session, active or over; none if there is none.
pub async fn owner(database: &Database, id: &str) -> Result<Option<Value>> {
    database.document("SELECT document FROM held_documents WHERE id = ?", params![id]).await
}

/// Notes that a request of the user's waits, at most as long as a lease says, or waits no longer: false if there is no room for it
/// among the `max` that may wait at once.
pub async fn note_wait(database: &Database, caller: &Caller, name: &str, waits: bool, max: usize) -> Result<bool> {
    let statement = "INSERT INTO do_note_waits (user, instance, count, lease, max) VALUES (?, ?, ?, '+30 seconds', ?)
        RETURNING EXISTS (SELECT 1 FROM waits w WHERE w.user = do_note_waits.user AND w.instance = do_note_waits.instance)";
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let row = database.row(statement, params![caller.user.as_str(), name, i32::from(waits), max]).await?;
    Ok(row.and_then(|row| row.get(0)).unwrap_or(true))
}
