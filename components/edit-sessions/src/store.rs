//! The SQL. Each change is one statement: an INSERT into a command view of the schema, whose trigger does the rest,
//! and whose RETURNING tells the outcome.

use std::sync::LazyLock;

use baton_core::access::{May, subject};
use baton_core::auth::Caller;
use baton_core::db::{Batched, Database, Outcome, params};
use baton_core::events::announce;
use baton_core::id::new_id;
use baton_core::limits::Quota;
use baton_core::page::{Page, Paged};
use baton_core::request::Cause;
use baton_core::written::Written;
use baton_core::{Problem, Result, expiry};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::filter::Filter;
use crate::model::{Acquire, HeldPart, Holder, Item, Reserved, Session, Waiting};

/// What an acquire came to.
#[derive(Debug, Deserialize)]
pub struct Acquired {
    /// Whose workstation it is; none if there is no such workstation.
    pub workstation_user: Option<String>,
    /// The session that this workstation now holds in this scope.
    pub session: Option<Written<Session>>,
    /// Who is in the way.
    pub holder: Option<Holder>,
    /// Of a tree, who is in the way in which part.
    pub holders: Vec<HeldPart>,
    /// Who stands in line for it, before everybody else.
    pub first: Option<Waiting>,
    /// Others' reservations that are in the way.
    pub reservations: Vec<Reserved>,
    /// The item's revision, if it is another one than expected.
    pub other_revision: Option<String>,
    /// What the caller may there, if that isn't to edit.
    pub may: Option<May>,
}

impl From<SessionState> for Acquired {
    /// What was acquired with nothing in the way.
    fn from(state: SessionState) -> Self {
        Self {
            workstation_user: Some(state.user),
            session: Some(state.session),
            holder: None,
            holders: Vec::new(),
            first: None,
            reservations: Vec::new(),
            other_revision: None,
            may: None,
        }
    }
}

/// A session, whose it is, and why it is over.
#[derive(Debug, Deserialize)]
pub struct SessionState {
    /// The holder.
    pub user: String,
    /// `released`, `expired`, `transferred` or `force_released`; none while it is active.
    pub reason: Option<String>,
    /// Its item, if it has expired and nobody has recorded that.
    #[serde(default)]
    pub due: Option<String>,
    /// What the caller may there, if a change asks for the right to edit, and that is less.
    #[serde(default)]
    pub may: Option<May>,
    /// The session.
    pub session: Written<Session>,
}

/// Acquires, renews and releases that come at the same time go down in one statement: first those that concern nobody else, of which
/// this returns the session's state. It compiles in a fifth of the time of what all of them need.
const PLAIN_EDIT: Batched = Batched::new(PLAIN);
const PLAIN: &str =
    "INSERT INTO do_plain_edit (verb, session_id, item_id, part_number, user, workstation_id, context_level, object_id,
                                ttl_seconds, note, revision, scope, cause)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
            value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12
     FROM json_each(?)
     RETURNING (SELECT s.state FROM session_states s
                WHERE s.id = do_plain_edit.session_id AND s.part_number = do_plain_edit.part_number
                  AND EXISTS (SELECT 1 FROM sessions m
                              WHERE m.id = do_plain_edit.session_id AND m.cause = do_plain_edit.cause)),
         (SELECT announcement FROM announcements WHERE change_id = do_plain_edit.cause ->> '$.change'),
         do_plain_edit.cause ->> '$.change'";

/// One that goes alone needs what its own verb does, and no more.
static ACQUIRE_ALONE: LazyLock<String> = LazyLock::new(|| alone("acquire"));
static RENEW_ALONE: LazyLock<String> = LazyLock::new(|| alone("renew"));
static RELEASE_ALONE: LazyLock<String> = LazyLock::new(|| alone("release"));

fn alone(verb: &str) -> String {
    PLAIN.replace("do_plain_edit", &format!("do_plain_{verb}"))
}

/// Those that may do more, or are refused. Where an acquire has made a session, nobody is looked for that would be in its way.
const EDIT: Batched = Batched::new(
    "INSERT INTO do_edit (verb, session_id, item_id, part_number, user, workstation_id, context_level, object_id,
                          ttl_seconds, note, revision, scope, cause)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
            value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12
     FROM json_each(?)
     RETURNING '{\"may\":' || coalesce(iif(EXISTS (SELECT 1 FROM access_settings), coalesce(
                   (SELECT may FROM barred
                    WHERE want = json_array(json_array(iif(cause ->> '$.admin', NULL, user), do_edit.part_number))),
                   (SELECT 1 FROM barred_trees
                    WHERE do_edit.verb = 'acquire' AND do_edit.scope = 'tree'
                      AND want = json_array(json_array(iif(cause ->> '$.admin', NULL, user), do_edit.part_number)))), NULL), 'null')
               || ',' || substr(CASE verb WHEN 'acquire' THEN json_object(
         'workstation_user', (SELECT w.user FROM workstations w WHERE w.id = do_edit.workstation_id),
         'session', json((SELECT s.document FROM active_sessions s
                          WHERE s.part_number = do_edit.part_number
                            AND s.workstation_id = do_edit.workstation_id AND s.user = do_edit.user
                            AND s.object_id IS do_edit.object_id AND s.scope = do_edit.scope)),
         'holder', json((SELECT (SELECT h.document FROM shown_holders h
                                 WHERE h.want = json_array(json_array(iif(do_edit.cause ->> '$.admin', NULL, do_edit.user),
                                                                      json(w.document))))
                         FROM items i JOIN sessions_in_the_way w
                           ON w.want = json_array(json_array(i.id, do_edit.workstation_id, do_edit.object_id, NULL,
                                                             do_edit.scope))
                         WHERE i.part_number = do_edit.part_number
                           AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = do_edit.session_id)
                         ORDER BY w.seq LIMIT 1)),
         'holders', json((SELECT json_group_array(json_object('part_number', h.part_number, 'holder', json((
                              SELECT o.document FROM shown_holders o
                              WHERE o.want = json_array(json_array(iif(do_edit.cause ->> '$.admin', NULL, do_edit.user),
                                                                   json(h.document)))))))
                          FROM (SELECT h.part_number, h.document, max(h.is_own * 1000000000000 - h.item_seq)
                                FROM items i JOIN holders_in_trees h
                                  ON h.want = json_array(json_array(i.id, do_edit.workstation_id))
                                WHERE i.part_number = do_edit.part_number AND do_edit.scope = 'tree'
                                  AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = do_edit.session_id)
                                GROUP BY h.seq ORDER BY h.seq LIMIT 100) h)),
         'first', json((SELECT w.document
                        FROM items i JOIN requests_in_the_way w
                          ON w.want = json_array(json_array(i.id, do_edit.workstation_id, do_edit.object_id, NULL,
                                                            do_edit.scope))
                        WHERE i.part_number = do_edit.part_number
                          AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = do_edit.session_id)
                        ORDER BY w.place LIMIT 1)),
         'reservations', json(coalesce((SELECT CASE WHEN do_edit.scope = 'tree'
                                                         OR EXISTS (SELECT 1 FROM reserved_times r WHERE r.item_id = i.id)
                                            THEN (SELECT json_group_array(json(document))
                                                  FROM (SELECT w.document FROM reservations_in_the_way w
                                                        WHERE w.want = json_array(json_array(i.id, do_edit.workstation_id,
                                                                                             do_edit.object_id, NULL, do_edit.scope))
                                                        LIMIT 100))
                                            ELSE '[]' END
                                FROM items i WHERE i.part_number = do_edit.part_number), '[]')),
         'other_revision', (SELECT i.revision FROM items i
                            WHERE i.part_number = do_edit.part_number AND i.revision <> do_edit.revision))
         ELSE (SELECT state FROM session_states s
               WHERE s.id = do_edit.session_id AND s.part_number = do_edit.part_number) END, 2),
         (SELECT announcement FROM announcements WHERE change_id = do_edit.cause ->> '$.change'),
         do_edit.cause ->> '$.change'",
);

/// Acquires a scope, or renews it if the workstation holds it. `id` is the session's if it is a new one.
pub async fn acquire(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    id: Uuid,
    wanted: &Acquire,
    ttl_seconds: i64,
) -> Result<Option<Acquired>> {
    let arguments = vec![
        json!("acquire"),
        json!(id),
        json!(new_id()),
        json!(part_number),
        json!(caller.user),
        json!(wanted.workstation_id),
        json!(wanted.context_level.unwrap_or_default().as_str()),
        json!(wanted.object_id.as_ref().map(|object| object.as_str())),
        json!(ttl_seconds),
        json!(wanted.note.as_ref().map(|note| note.as_str())),
        json!(wanted.expected_revision.as_ref().map(|revision| revision.as_str())),
        json!(wanted.scope.unwrap_or_default().as_str()),
    ];
    let cause = caller.cause_within(Quota::Sessions).await?;
    let acquired = make(database, &ACQUIRE_ALONE, &cause, arguments).await;
    Quota::Sessions.explain(database, caller, acquired).await
}

/// Renews a session of the caller's own; the state tells whether it was to be had.
pub async fn renew(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    session_id: &str,
    ttl_seconds: Option<i64>,
    note: Option<&str>,
) -> Result<Option<SessionState>> {
    let changed = (ttl_seconds, note, None);
    let arguments = on_session("renew", session_id, part_number, caller, changed);
    make(database, &RENEW_ALONE, &caller.cause(), arguments).await
}

/// Releases a session of the caller's own, and leaves a revision if there is one; the state tells whether it was to be had.
pub async fn release(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    session_id: &str,
    revision: Option<&str>,
) -> Result<Option<SessionState>> {
    let changed = (None, None, revision);
    let arguments = on_session("release", session_id, part_number, caller, changed);
    make(database, &RELEASE_ALONE, &caller.cause(), arguments).await
}

/// The arguments of what is done with a session that there is.
fn on_session(
    verb: &str,
    session_id: &str,
    part_number: &str,
    caller: &Caller,
    (ttl_seconds, note, revision): (Option<i64>, Option<&str>, Option<&str>),
) -> Vec<Value> {
    let (id, part_number, user) = (json!(session_id), json!(part_number), json!(caller.user));
    let (none, changed) = (|| Value::Null, [json!(ttl_seconds), json!(note), json!(revision)]);
    [vec![json!(verb), id, none(), part_number, user, none(), none(), none()], changed.into(), vec![none()]].concat()
}

/// Makes a change, together with others that wait, and has it announced: as a plain edit if it is one, by the statement of its own if it
/// goes alone.
async fn make<T>(database: &Database, alone: &'static str, cause: &Cause, arguments: Vec<Value>) -> Result<Option<T>>
where
    T: DeserializeOwned + From<SessionState>,
{
    let plain = PLAIN_EDIT.or_alone(alone);
    let tried: Outcome<SessionState> = database.change_together(plain, cause, arguments.clone()).await?;
    let outcome = match tried {
        Outcome { state: Some(state), announcement } => Outcome { state: Some(T::from(state)), announcement },
        Outcome { state: None, .. } => database.change_together(EDIT, cause, arguments).await?,
    };
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// One session, active or over.
pub async fn session(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    session_id: &str,
) -> Result<Option<SessionState>> {
    let state: Option<SessionState> = database
        .document(
            "SELECT state FROM session_states
             WHERE id = ? AND part_number = ? AND NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(?, part_number)))",
            params![session_id, part_number, subject(caller)],
        )
        .await?;
    if let Some(item_id) = state.as_ref().and_then(|state| state.due.as_deref()) {
        expiry::record(database, &caller.request, item_id).await?;
    }
    Ok(state)
}

/// An item with its active sessions.
pub async fn item(database: &Database, caller: &Caller, part_number: &str) -> Result<Option<Written<Item>>> {
    let found = read_item(database, caller, part_number).await?;
    match found {
        Some((_, Some(item_id))) => {
            expiry::record(database, &caller.request, &item_id).await?;
            Ok(read_item(database, caller, part_number).await?.map(|(item, _)| item))
        }
        found => Ok(found.map(|(item, _)| item)),
    }
}

/// An item, and its id if anything is due on it.
async fn read_item(
    database: &Database,
    caller: &Caller,
    part_number: &str,
) -> Result<Option<(Written<Item>, Option<String>)>> {
    let statement = "SELECT json_object('item_id', i.id, 'part_number', i.part_number,
                                        'repository', i.repository, 'path', i.path, 'fence', i.fence,
                                        'revision', i.revision,
                                        'edit_sessions', json((SELECT json_group_array(json(s.document))
                                                               FROM active_sessions s WHERE s.item_id = i.id)),
                                        'held_with', json((SELECT json_group_array(json(s.document))
                                                           FROM tree_holds h CROSS JOIN active_sessions s ON s.seq = h.session_seq
                                                           WHERE h.item_id = i.id
                                                             AND NOT EXISTS (SELECT 1 FROM hidden
                                                                             WHERE want = json_array(json_array(?1, s.part_number)))))),
                            (SELECT d.item_id FROM due d WHERE d.item_id = i.id LIMIT 1)
                     FROM items i
                     WHERE i.part_number = ?2
                       AND NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(?1, i.part_number)))";
    let Some(row) = database.row(statement, params![subject(caller), part_number]).await? else { return Ok(None) };
    let item = row.json(0)?.ok_or_else(|| Problem::unavailable("an item without its document"))?;
    Ok(Some((item, row.get::<&str>(1).map(str::to_owned))))
}

/// The active sessions on an item.
pub async fn on_item(database: &Database, part_number: &str, page: Page) -> Result<Paged<Written<Session>>> {
    let statement = "SELECT document, seq FROM active_sessions WHERE part_number = ? AND seq > ? ORDER BY seq LIMIT ?";
    page.read(database, statement, params![part_number]).await
}

/// The active sessions that pass a filter.
pub async fn filtered(database: &Database, filter: &Filter, page: Page) -> Result<Paged<Written<Session>>> {
    page.read_with(database, |after, limit| filter.statement(after, limit)).await
}
