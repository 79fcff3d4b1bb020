//! `POST …/give` (contract, "Giving, keeping, and what is stale"): the holder passes a session on, unasked.

use std::borrow::Cow;

use baton_core::access::{May, not_yours, unknown_session};
use baton_core::auth::{Caller, Editor, name};
use baton_core::db::{Database, Outcome, params};
use baton_core::events::announce;
use baton_core::extract::{Json, Path};
use baton_core::id::new_id;
use baton_core::problem::ProblemDocument;
use baton_core::written::Written;
use baton_core::{Problem, Result};
use serde::Deserialize;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::model::{Holder, Session};
use crate::store::SessionState;

/// To whom: to a workstation, or to the one of a user's that was seen last.
#[derive(Debug, Deserialize)]
pub struct Give {
    workstation_id: Option<Uuid>,
    user: Option<String>,
}

impl PartialSchema for Give {
    fn schema() -> RefOr<Schema> {
        let with = |name: &str, value: ObjectBuilder| ObjectBuilder::new().property(name, value).required(name);
        let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
        let uuid = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
        OneOfBuilder::new().item(with("workstation_id", uuid)).item(with("user", text())).into()
    }
}

impl ToSchema for Give {
    fn name() -> Cow<'static, str> {
        "Give".into()
    }
}

/// What giving came to.
#[derive(Debug, Deserialize)]
struct Given {
    /// The session that was to be given.
    given: Option<SessionState>,
    /// Whose the workstation is that was to get it; none if there is none.
    recipient: Option<String>,
    /// The session that it has got.
    session: Option<Written<Session>>,
    /// Who is in the way of it.
    holder: Option<Holder>,
    /// Whether who was to get it may not edit there.
    is_barred: bool,
    /// What the caller may there, if that isn't to edit.
    may: Option<May>,
}

/// Gives a session of one's own to somebody else, who needn't have asked for it. Its scope and its note go along, and who stands
/// in line waits on the new one.
#[utoipa::path(post, path = "/api/items/{part_number}/edit-sessions/{session_id}/give", tag = "edit sessions",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path)), request_body = Give,
    responses((status = 200, body = Session, description = "the new session"),
        (status = 403, body = ProblemDocument,
            description = "`forbidden`: somebody else's; `not_yours`: who is to get it may not edit this"),
        (status = 409, body = ProblemDocument,
            description = "`no_workstation`: the user has none; `own_session`; `held` where another session is in the way, with the member `holder`"),
        (status = 410, body = ProblemDocument, description = "`session_lost`, with the member `reason`")))]
pub async fn give(Editor(caller): Editor, path: Path, Json(to): Json<Give>) -> Result<Written<Session>> {
    let (part_number, session_id) = (path.part_number()?, path.id("session_id")?);
    if to.workstation_id.is_some() == to.user.is_some() {
        return Err(Problem::invalid("workstation_id", "give either a workstation_id or a user"));
    }
    let database = Database::open().await?;
    let given = hand_over(&database, &caller, part_number.as_str(), &session_id, &to).await?;
    answer(&caller, &to, given)
}

async fn hand_over(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    session_id: &str,
    to: &Give,
) -> Result<Option<Given>> {
    let to_user = match &to.user {
        Some(user) => Some(name::known(user).await?),
        None => None,
    };
    let cause = caller.cause();
    let outcome: Outcome<Given> = database
        .change(
            "INSERT INTO do_give (session_id, part_number, user, workstation_id, to_user, new_session_id, cause)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             RETURNING (SELECT json_object(
                            'given', json((SELECT state FROM session_states s
                                           WHERE s.id = do_give.session_id AND s.part_number = do_give.part_number)),
                            'recipient', (SELECT w.user FROM workstations w WHERE w.id = r.id AND NOT w.leaving),
                            'session', json((SELECT document FROM active_sessions s WHERE s.id = do_give.new_session_id)),
                            'holder', json((SELECT (SELECT h.document FROM shown_holders h
                                                    WHERE h.want = json_array(json_array(
                                                        iif(do_give.cause ->> '$.admin', NULL, do_give.user), json(g.holder))))
                                            FROM gifts g
                                            WHERE g.want = json_array(json_array(do_give.session_id, r.id))
                                              AND g.holder IS NOT NULL)),
                            'is_barred', json(iif((SELECT g.is_barred FROM gifts g
                                                   WHERE g.want = json_array(json_array(do_give.session_id, r.id))),
                                                  'true', 'false')),
                            'may', (SELECT b.may FROM barred b
                                    WHERE b.want = json_array(json_array(iif(do_give.cause ->> '$.admin', NULL, do_give.user),
                                                                         do_give.part_number))))
                        FROM (SELECT coalesce(do_give.workstation_id,
                                              (SELECT l.id FROM seen_last l WHERE l.user = do_give.to_user)) AS id) r),
                       (SELECT announcement FROM announcements WHERE change_id = do_give.cause ->> '$.change')",
            params![
                session_id,
                part_number,
                caller.user.as_str(),
                to.workstation_id.map(|id| id.to_string()),
                to_user,
                new_id().to_string(),
                cause.json.as_str(),
            ],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

fn answer(caller: &Caller, to: &Give, given: Option<Given>) -> Result<Written<Session>> {
    let Some(Given { given, recipient, session, holder, is_barred, may }) = given else {
        return Err(Problem::unavailable("giving had no outcome"));
    };
    let given = given.filter(|_| may != Some(May::Nothing)).ok_or_else(unknown_session)?;
    if given.user != caller.user {
        return Err(Problem::forbidden("this session is somebody else's"));
    }
    if let Some(session) = session {
        return Ok(session);
    }
    match (given.reason, recipient, holder) {
        (Some(reason), ..) => Err(Problem::session_lost(&reason)),
        (None, None, _) if to.workstation_id.is_some() => {
            Err(Problem::invalid("workstation_id", "there is no such workstation"))
        }
        (None, None, _) => Err(Problem::conflict("no_workstation", "this user has no workstation that could get it")),
        (None, Some(user), _) if user == caller.user => {
            Err(Problem::conflict("own_session", "it is yours already: give it to somebody else"))
        }
        (None, Some(user), _) if is_barred => Err(not_yours(format!("{user} may not edit this"))),
        (None, Some(_), Some(holder)) => {
            let detail = format!("a session of {} is in the way of giving it", holder.user);
            let holder = serde_json::to_value(holder).map_err(Problem::unavailable)?;
            Err(Problem::conflict("held", detail).with("holder", holder))
        }
        (None, Some(_), None) => Err(Problem::unavailable("the session was not given, for no reason")),
    }
}
