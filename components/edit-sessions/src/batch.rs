//! Many parts at once (contract): a batch is one statement, in which all is taken or nothing, or whatever is free.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;

use axum::Json as Document;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use baton_core::access::{May, require_edit, unknown_item};
use baton_core::auth::{Caller, Editor};
use baton_core::db::{Database, Outcome, params};
use baton_core::events::announce;
use baton_core::extract::Json;
use baton_core::id::new_id;
use baton_core::limits::Quota;
use baton_core::problem::ProblemDocument;
use baton_core::text::{Note, PartNumber, TtlSeconds};
use baton_core::written::Written;
use baton_core::{Problem, Result, config};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::model::{Holder, Reserved, Session, Waiting};

/// The largest body of a batch, in bytes.
const BODY_MAX: usize = 256 * 1024;

/// How many parts, or sessions, one statement is about at most.
const MEMBERS_MAX: usize = 1_000;

/// What to acquire, for which workstation: the whole of each part.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AcquireMany {
    /// One of the caller's own.
    workstation_id: Uuid,
    /// The parts; one that is named twice counts once.
    #[schema(min_items = 1, max_items = 1000)]
    part_numbers: Vec<PartNumber>,
    /// Whether to take all of them or none, which is so if absent; else whatever is free.
    atomic: Option<bool>,
    /// How long the sessions last without being renewed; `session_timeout_minutes` if absent.
    ttl_seconds: Option<TtlSeconds>,
    /// What they are held for.
    note: Option<Note>,
}

/// What was acquired or renewed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Taken {
    /// The sessions, in the order of the parts.
    #[schema(value_type = Vec<Session>)]
    edit_sessions: Vec<Written<Session>>,
}

/// What was acquired or renewed, and what was not to be had.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenInPart {
    /// The sessions, in the order of the parts.
    #[schema(value_type = Vec<Session>)]
    edit_sessions: Vec<Written<Session>>,
    /// The others.
    refused: Vec<RefusedPart>,
}

/// A part that was not to be had.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedPart {
    /// The part.
    part_number: String,
    /// `held`; `reserved` where it is somebody else's time; `in_line` where only somebody in line is in the way; `not_yours` where one
    /// may not edit it, and `not_found` where one may not view it.
    code: &'static str,
    /// Who is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<Holder>,
    /// Who stands first in line.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<Waiting>,
    /// Whose time it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reservations: Vec<Reserved>,
}

/// What a batch came to.
#[derive(Debug, Deserialize)]
struct Outcomes {
    /// Whose workstation it is; none if there is no such workstation.
    workstation_user: Option<String>,
    parts: Vec<Part>,
}

/// What a batch came to for one part.
#[derive(Debug, Deserialize)]
struct Part {
    part_number: String,
    /// The session that the workstation has on it now.
    session: Option<Written<Session>>,
    /// Who is in the way, where it has none.
    holder: Option<Holder>,
    /// Who stands first in line for it, where it has none.
    first: Option<Waiting>,
    /// Others' reservations that are in the way, where it has none.
    #[serde(default)]
    reservations: Vec<Reserved>,
    /// What the caller may there, if that isn't to edit.
    may: Option<May>,
}

/// Acquires many parts for a workstation: all of them or none, unless `atomic` is false.
#[utoipa::path(post, path = "/api/edit-sessions/batch", tag = "edit sessions", request_body = AcquireMany,
    responses((status = 201, body = Taken, description = "all of them"),
        (status = 200, body = TakenInPart, description = "with `atomic` false: what was free"),
        (status = 409, body = ProblemDocument,
            description = "nothing was taken: `held`, with the member `holders`; `reserved`, with the member `reservations`, where it is somebody else's time; `in_line`, with the member `firsts`, where only those in line are in the way; `quota_exceeded`")))]
pub async fn acquire_many(Editor(caller): Editor, Json(wanted): Json<AcquireMany, BODY_MAX>) -> Result<Response> {
    let parts = once("part_numbers", &wanted.part_numbers)?;
    let ttl_seconds = match config::ttl_seconds(wanted.ttl_seconds).await? {
        Some(seconds) => seconds,
        None => config::session_timeout_seconds().await?,
    };
    let database = Database::open().await?;
    let Outcomes { workstation_user, parts } = take(&database, &caller, &wanted, &parts, ttl_seconds).await?;
    match workstation_user {
        None => return Err(Problem::invalid("workstation_id", "there is no such workstation")),
        Some(user) if user != caller.user => return Err(Problem::forbidden("this workstation is somebody else's")),
        Some(_) => {}
    }
    if wanted.atomic.unwrap_or(true) {
        require_edit(parts.iter().filter_map(|part| part.may).min(), unknown_item)?;
        all(parts)
    } else {
        in_part(parts)
    }
}

/// Each once, in order: 422 for none and for more than a statement is about.
fn once<'a, T: Hash + Eq>(field: &str, members: &'a [T]) -> Result<Vec<&'a T>> {
    let mut seen = HashSet::new();
    let members: Vec<_> = members.iter().filter(|member| seen.insert(*member)).collect();
    match members.len() {
        1..=MEMBERS_MAX => Ok(members),
        _ => Err(Problem::invalid(field, format!("must have 1 to {MEMBERS_MAX} members"))),
    }
}

async fn take(
    database: &Database,
    caller: &Caller,
    wanted: &AcquireMany,
    parts: &[&PartNumber],
    ttl_seconds: i64,
) -> Result<Outcomes> {
    let parts: Vec<_> = parts.iter().map(|part| json!([part, new_id(), new_id()])).collect();
    let cause = caller.cause_within(Quota::Sessions).await?;
    // `+`: by the item, and not by all that the workstation holds.
    let outcome = database
        .change(
            "INSERT INTO do_acquire_batch (workstation_id, user, parts, is_atomic, ttl_seconds, note, cause)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             RETURNING json_object(
                 'workstation_user', (SELECT w.user FROM workstations w WHERE w.id = do_acquire_batch.workstation_id),
                 'parts', json((
                     SELECT json_group_array(json(document))
                     FROM (SELECT coalesce(
                               (SELECT json_object('part_number', b.want ->> '$[0][1]', 'may', b.may) FROM barred b
                                WHERE b.want = json_array(json_array(
                                    iif(do_acquire_batch.cause ->> '$.admin', NULL, do_acquire_batch.user), part.value ->> 0))),
                               (SELECT json_object('part_number', s.part_number, 'session', json(s.document))
                                FROM active_sessions s
                                WHERE s.item_id = i.id AND +s.workstation_id = do_acquire_batch.workstation_id
                                  AND s.object_id IS NULL AND s.scope = 'item'),
                               json_object(
                                   'part_number', part.value ->> 0,
                                   'holder', json((SELECT (SELECT h.document FROM shown_holders h
                                                           WHERE h.want = json_array(json_array(
                                                               iif(do_acquire_batch.cause ->> '$.admin', NULL, do_acquire_batch.user),
                                                               json(w.document))))
                                                   FROM sessions_in_the_way w
                                                   WHERE w.want = json_array(json_array(i.id, do_acquire_batch.workstation_id, NULL))
                                                   ORDER BY w.seq LIMIT 1)),
                                   'first', json((SELECT w.document FROM requests_in_the_way w
                                                  WHERE w.want = json_array(json_array(i.id, do_acquire_batch.workstation_id, NULL))
                                                  ORDER BY w.place LIMIT 1)),
                                   'reservations', json((SELECT json_group_array(json(w.document))
                                                         FROM reservations_in_the_way w
                                                         WHERE w.want = json_array(json_array(
                                                                   i.id, do_acquire_batch.workstation_id, NULL)))))) AS document
                           FROM json_each(do_acquire_batch.parts) part LEFT JOIN items i ON i.part_number = part.value ->> 0
                           ORDER BY part.key)))),
                 (SELECT announcement FROM announcements WHERE change_id = do_acquire_batch.cause ->> '$.change')",
            params![
                wanted.workstation_id.to_string(),
                caller.user.as_str(),
                json!(parts).to_string(),
                i32::from(wanted.atomic.unwrap_or(true)),
                ttl_seconds,
                wanted.note.as_ref().map(|note| note.as_str().to_owned()),
                cause.json.as_str(),
            ],
        )
        .await;
    let outcome = Quota::Sessions.explain(database, caller, outcome).await?;
    announce(outcome.announcement);
    outcome.state.ok_or_else(|| Problem::unavailable("a batch had no outcome"))
}

/// 201 if all were taken; else who is in the way.
fn all(parts: Vec<Part>) -> Result<Response> {
    let count = parts.len();
    let TakenInPart { edit_sessions, refused } = sort(parts);
    if edit_sessions.len() == count {
        return Ok((StatusCode::CREATED, Document(Taken { edit_sessions })).into_response());
    }
    let held: Vec<_> = refused.iter().filter(|part| part.holder.is_some()).collect();
    if !held.is_empty() {
        let holders: Vec<_> =
            held.iter().map(|part| json!({ "part_number": part.part_number, "holder": part.holder })).collect();
        let detail = format!("{} of {count} parts are held", holders.len());
        return Err(Problem::conflict("held", detail).with("holders", holders.into()));
    }
    let reserved = merge(&refused);
    if !reserved.is_empty() {
        let detail = format!("{} of others' reservations are in the way", reserved.len());
        let reserved = serde_json::to_value(reserved).map_err(Problem::unavailable)?;
        return Err(Problem::conflict("reserved", detail).with("reservations", reserved));
    }
    let firsts = refused.iter().filter(|part| part.first.is_some());
    let firsts: Vec<_> = firsts.map(|part| json!({ "part_number": part.part_number, "first": part.first })).collect();
    if firsts.is_empty() {
        return Err(Problem::unavailable("a batch was refused with nothing in its way"));
    }
    let detail = format!("somebody waits for {} of {count} parts", firsts.len());
    Err(Problem::conflict("in_line", detail).with("firsts", firsts.into()))
}

/// The reservations that are in the way, each once with all of its parts that are.
fn merge(refused: &[RefusedPart]) -> Vec<Reserved> {
    let mut merged: Vec<Reserved> = Vec::new();
    for reserved in refused.iter().flat_map(|part| &part.reservations) {
        match merged.iter_mut().find(|known| (known.id, &known.starts_at) == (reserved.id, &reserved.starts_at)) {
            Some(known) => known.part_numbers.extend(reserved.part_numbers.iter().cloned()),
            None => merged.push(reserved.clone()),
        }
    }
    merged
}

fn in_part(parts: Vec<Part>) -> Result<Response> {
    Ok(Document(sort(parts)).into_response())
}

/// What was taken, and what wasn't.
fn sort(parts: Vec<Part>) -> TakenInPart {
    let (mut edit_sessions, mut refused) = (Vec::new(), Vec::new());
    for Part { part_number, session, holder, first, mut reservations, may } in parts {
        match (session, may) {
            (_, Some(may)) => {
                let code = if may == May::Nothing { "not_found" } else { "not_yours" };
                refused.push(RefusedPart { part_number, code, holder: None, first: None, reservations: Vec::new() });
            }
            (Some(session), None) => edit_sessions.push(session),
            (None, None) => {
                let (is_held, is_reserved) = (holder.is_some(), !reservations.is_empty());
                let code = match (is_held, is_reserved) {
                    (true, _) => "held",
                    (false, true) => "reserved",
                    (false, false) => "in_line",
                };
                reservations.retain(|_| !is_held);
                let first = first.filter(|_| !is_held && !is_reserved);
                refused.push(RefusedPart { part_number, code, holder, first, reservations });
            }
        }
    }
    TakenInPart { edit_sessions, refused }
}

/// What to release: sessions by their ids, or all that a workstation holds.
#[derive(Debug, Deserialize)]
pub struct ReleaseMany {
    session_ids: Option<Vec<Uuid>>,
    workstation_id: Option<Uuid>,
}

impl PartialSchema for ReleaseMany {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
        let uuid = || text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
        let ids = ArrayBuilder::new().items(uuid()).min_items(Some(1)).max_items(Some(MEMBERS_MAX));
        let by_ids = ObjectBuilder::new().property("session_ids", ids).required("session_ids");
        let by_workstation = ObjectBuilder::new().property("workstation_id", uuid()).required("workstation_id");
        OneOfBuilder::new().item(by_ids).item(by_workstation).into()
    }
}

impl ToSchema for ReleaseMany {
    fn name() -> Cow<'static, str> {
        "ReleaseMany".into()
    }
}

/// What was released, and what wasn't.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ReleasedSessions {
    /// The sessions that are released now, or that this user had released before.
    released: Vec<Uuid>,
    /// The others.
    refused: Vec<RefusedSession>,
}

/// A session that wasn't to be released.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedSession {
    /// The session.
    session_id: Uuid,
    /// `forbidden`: it is somebody else's; `session_lost`: it ended in another way; `not_found`.
    code: &'static str,
}

/// What releasing came to for one session.
#[derive(Debug, Deserialize)]
struct Left {
    session_id: Uuid,
    /// Whose it is; none if there is no such session.
    user: Option<String>,
    /// Why it is over.
    reason: Option<String>,
}

/// Releases many sessions of one's own, or all of a workstation of one's own.
#[utoipa::path(post, path = "/api/edit-sessions/release", tag = "edit sessions", request_body = ReleaseMany,
    responses((status = 200, body = ReleasedSessions), (status = 403, body = ProblemDocument)))]
pub async fn release_many(
    Editor(caller): Editor,
    Json(which): Json<ReleaseMany, BODY_MAX>,
) -> Result<Document<ReleasedSessions>> {
    let database = Database::open().await?;
    let mut released = ReleasedSessions::default();
    match (which.session_ids, which.workstation_id) {
        (Some(ids), None) => {
            let ids = once("session_ids", &ids)?;
            leave(&database, &caller, json!(ids).to_string(), &mut released).await?;
        }
        (None, Some(workstation_id)) => leave_all(&database, &caller, workstation_id, &mut released).await?,
        _ => return Err(Problem::invalid("session_ids", "give either session_ids or a workstation_id")),
    }
    Ok(Document(released))
}

/// Releases what a workstation of the caller's holds, a statement for as many as one is about.
async fn leave_all(
    database: &Database,
    caller: &Caller,
    workstation_id: Uuid,
    released: &mut ReleasedSessions,
) -> Result<()> {
    let workstation_id = workstation_id.to_string();
    let owner = database.row("SELECT user FROM workstations WHERE id = ?", params![workstation_id.as_str()]).await?;
    match owner.as_ref().and_then(|row| row.get::<&str>(0)) {
        None => return Err(Problem::invalid("workstation_id", "there is no such workstation")),
        Some(user) if user != caller.user => return Err(Problem::forbidden("this workstation is somebody else's")),
        Some(_) => {}
    }
    let held = "SELECT json_group_array(id), max(seq)
                FROM (SELECT id, seq FROM sessions WHERE workstation_id = ? AND ended_at IS NULL AND seq > ?
                      ORDER BY seq LIMIT ?)";
    let limit = i64::try_from(MEMBERS_MAX).unwrap_or(i64::MAX);
    let mut after = 0;
    loop {
        let row = database.row(held, params![workstation_id.as_str(), after, limit]).await?;
        let Some((ids, last)) = row.as_ref().and_then(|row| Some((row.get::<&str>(0)?, row.get::<i64>(1)?))) else {
            return Ok(());
        };
        leave(database, caller, ids.to_owned(), released).await?;
        after = last;
    }
}

/// Releases the sessions in a JSON array of ids.
async fn leave(
    database: &Database,
    caller: &Caller,
    session_ids: String,
    released: &mut ReleasedSessions,
) -> Result<()> {
    let cause = caller.cause();
    let outcome: Outcome<Vec<Left>> = database
        .change(
            "INSERT INTO do_release_batch (session_ids, user, cause) VALUES (?, ?, ?)
             RETURNING (SELECT json_group_array(json_object('session_id', named.value, 'user', s.user, 'reason', s.reason))
                        FROM json_each(do_release_batch.session_ids) named
                        LEFT JOIN session_documents s ON s.id = named.value
                         AND (s.user = do_release_batch.user
                              OR NOT EXISTS (SELECT 1 FROM hidden
                                             WHERE want = json_array(json_array(
                                                 iif(do_release_batch.cause ->> '$.admin', NULL, do_release_batch.user),
                                                 s.part_number))))),
                       (SELECT announcement FROM announcements WHERE change_id = do_release_batch.cause ->> '$.change')",
            params![session_ids, caller.user.as_str(), cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    for Left { session_id, user, reason } in outcome.state.unwrap_or_default() {
        let code = match (user, reason.as_deref()) {
            (None, _) => "not_found",
            (Some(user), _) if user != caller.user => "forbidden",
            (Some(_), Some("released")) => {
                released.released.push(session_id);
                continue;
            }
            (Some(_), _) => "session_lost",
        };
        released.refused.push(RefusedSession { session_id, code });
    }
    Ok(())
}
