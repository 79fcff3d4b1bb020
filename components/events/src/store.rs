//! The SQL.

use std::collections::HashMap;
use std::time::Duration;

use baton_core::db::{Database, Row, params};
use baton_core::events::announce;
use baton_core::request::{Cause, RequestContext};
use baton_core::{Problem, Result, config};
use serde::Deserialize;

use crate::instance::NAME;
use crate::model::Event;
use crate::shares::Note;

/// How many events, and how many deliveries, one statement forgets at most, so that it never holds up writers for long.
const PRUNE_BATCH: i64 = 500;

/// How many entries of the audit log one statement forgets at most.
const AUDIT_BATCH: i64 = 200;

/// How many items one statement forgets at most.
const ITEMS_BATCH: i64 = 100;

/// What has happened after a cursor, and what is to be done. It is run many times a second. The `+` keeps SQLite from
/// going through all deliveries in the order of the workstations.
pub const PULSE: &str = "
    SELECT (SELECT seq FROM log_head),
           (SELECT json_group_object(workstation_id, through)
            FROM (SELECT workstation_id, max(seq) AS through FROM deliveries WHERE seq > ? GROUP BY +workstation_id)),
           EXISTS (SELECT 1 FROM due),
           (SELECT max(0.0, (julianday('now') - julianday(time)) * 86400)
            FROM audit WHERE hash IS NULL ORDER BY seq LIMIT 1),
           (SELECT holder FROM keeper WHERE until > (SELECT now FROM clock)),
           EXISTS (SELECT 1 FROM stale_sessions WHERE active_at <= (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?))),
           EXISTS (SELECT 1 FROM webhook_work)";

/// Makes an instance the keeper for a moment if there is no other: not for longer, as a session that expires is to be recorded
/// within two seconds, also when the keeper has just gone.
const KEEP: &str =
    "INSERT INTO keeper (id, holder, until) VALUES (1, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 second'))
    ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE until <= (SELECT now FROM clock) OR holder = excluded.holder
    RETURNING holder";

/// For how long it counts how many wait in an instance, unless it says so again: it does after 8 to 10 s (`pump`), and one that has
/// died takes nobody's place for longer.
const WAITS_LEASE: &str = "+20 seconds";

/// Notes how many requests of users wait in an instance, as far as others leave room for them.
pub const NOTE_WAITS: &str = "
    INSERT INTO do_note_waits (user, instance, count, lease, max)
    SELECT value ->> 0, ?, value ->> 1, ?, ? FROM json_each(?)
    RETURNING user,
              coalesce((SELECT w.count FROM waits w
                        WHERE w.user = do_note_waits.user AND w.instance = do_note_waits.instance), 0),
              (SELECT coalesce(sum(w.count), 0) FROM waits w WHERE w.user = do_note_waits.user)";

/// What has been forgotten, and whether there is more that is older than an age.
pub const PRUNABLE: &str = "
    SELECT h.pruned_through,
           EXISTS (SELECT 1 FROM events WHERE seq <= h.pruned_through)
           OR (SELECT e.time < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?)
               FROM events e WHERE e.seq > h.pruned_through AND e.time <= (SELECT now FROM clock) ORDER BY e.seq LIMIT 1)
    FROM log_horizon h";

/// Forgets some of the events that are older than an age.
pub const PRUNE: &str = "INSERT INTO do_prune (before, batch) VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?), ?)
    RETURNING (SELECT pruned_through FROM log_horizon WHERE do_prune.batch > 0)";

/// Finds the oldest entry of the audit log if it is sealed and older than an age, by a clock that may have been ahead.
pub const AUDIT_FORGETTABLE: &str = "
    SELECT 1 FROM (SELECT time, hash FROM audit ORDER BY seq LIMIT 1)
    WHERE hash IS NOT NULL
      AND time NOT BETWEEN strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?) AND (SELECT now FROM clock)";

/// Forgets some of the entries that are older than an age.
const FORGET_AUDIT: &str =
    "INSERT INTO do_forget_audit (before, batch, cause) VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?), ?, ?)";

/// A workstation's share of the log, and the log's ends, all as of one instant.
#[derive(Debug, Deserialize)]
pub struct Look {
    /// Whose workstation it is.
    pub user: String,
    /// The roles of whoever polled last.
    pub roles: Vec<String>,
    /// Whether a session or a command has expired, or a reserved time begun or ended, without anybody having recorded it.
    pub is_due: bool,
    /// Whether it is to be noted that the workstation is there.
    pub is_unheard: bool,
    /// The newest event of all.
    pub head: i64,
    /// The newest event that is no longer kept.
    pub pruned_through: i64,
    /// The workstation's events after the cursor.
    pub events: Vec<Event>,
}

/// What the pump looks at.
#[derive(Debug)]
pub struct Pulse {
    /// The newest event of all.
    pub head: i64,
    /// The workstations that events are for, and the newest one for each.
    pub concerned: HashMap<String, i64>,
    /// Whether time has brought something about that nobody has recorded: an expiry, or somebody in line who has gone.
    pub expiry_due: bool,
    /// How old the oldest row of the audit log is that isn't sealed; 0 if there is none.
    pub unsealed_for: Duration,
    /// The instance that does what is to be done; none if nobody does.
    pub keeper: Option<String>,
    /// Whether a session has gone stale without anybody having been told.
    pub is_stale: bool,
    /// Whether there is something for a webhook that nobody is sending.
    pub webhooks_due: bool,
}

/// What of the log may be forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Prunable {
    /// The newest event that is no longer kept.
    pub pruned_through: i64,
    /// Whether there is more that is older than the retention.
    pub is_due: bool,
}

/// Reads the events of a workstation after a cursor; without one, none. None if there is no such workstation. `viewer` is whose eyes
/// they are for (`access::subject`): what is hidden from them at this moment is passed over.
pub async fn look(
    database: &Database,
    viewer: Option<&str>,
    workstation_id: &str,
    after: Option<i64>,
    limit: i64,
) -> Result<Option<Look>> {
    database
        .document(
            "SELECT json_object(
                 'user', w.user, 'roles', json(w.roles), 'head', (SELECT seq FROM log_head),
                 'is_due', json(iif(EXISTS (SELECT 1 FROM sessions WHERE ended_at IS NULL
                                                                     AND expires_at <= (SELECT now FROM clock))
                                    OR EXISTS (SELECT 1 FROM reserved_times WHERE due_at <= (SELECT now FROM clock))
                                    OR EXISTS (SELECT 1 FROM commands_due), 'true', 'false')),
                 'is_unheard', json(iif(EXISTS (SELECT 1 FROM workstations_unheard WHERE id = w.id), 'true', 'false')),
                 'pruned_through', (SELECT pruned_through FROM log_horizon),
                 'events', json((SELECT json_group_array(json(document))
                                 FROM (SELECT e.document FROM deliveries d JOIN event_documents e ON e.seq = d.seq
                                       WHERE d.workstation_id = w.id AND d.seq > ?
                                         AND (NOT EXISTS (SELECT 1 FROM access_settings)
                                              OR NOT EXISTS (SELECT 1 FROM hidden
                                                             WHERE want = json_array(json_array(?, e.part_number))))
                                       ORDER BY d.seq LIMIT ?))))
             FROM workstations w WHERE w.id = ?",
            params![after.unwrap_or(i64::MAX), viewer.map(str::to_owned), limit, workstation_id],
        )
        .await
}

/// Notes the roles of whoever polled last for these workstations.
pub async fn note_roles(database: &Database, roles: &HashMap<String, Vec<String>>) -> Result<()> {
    let roles = serde_json::to_string(roles).map_err(Problem::unavailable)?;
    let statement =
        "UPDATE workstations SET roles = noted.value FROM json_each(?) AS noted WHERE workstations.id = noted.key";
    database.rows(statement, params![roles]).await.map(drop)
}

/// Notes that workstations are there.
pub async fn note_presence(database: &Database, workstations: &[String]) -> Result<()> {
    let workstations = serde_json::to_string(workstations).map_err(Problem::unavailable)?;
    let statement = "INSERT INTO do_hear (workstation_id) SELECT value FROM json_each(?)";
    database.rows(statement, params![workstations]).await.map(drop)
}

/// Notes that a workstation has been told of commands, by their ids.
pub async fn note_sent(database: &Database, workstation_id: &str, commands: &[&str], cause: &Cause) -> Result<()> {
    let commands = serde_json::to_string(commands).map_err(Problem::unavailable)?;
    let statement = "INSERT INTO do_note_sent (workstation_id, command_ids, cause) VALUES (?, ?, ?)";
    database.rows(statement, params![workstation_id, commands, cause.json.as_str()]).await.map(drop)
}

/// How many of a user's requests there is room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The user.
    pub user: String,
    /// How many may wait in the instance that asked.
    pub count: usize,
    /// How many wait in all of them then.
    pub of_all: usize,
}

/// Notes how many requests of these users wait in this instance, and tells how many of them may, where `max` of a user's may wait
/// in all instances together.
pub async fn note_waits(database: &Database, notes: &[Note], max: usize) -> Result<Vec<Room>> {
    let waits: Vec<_> = notes.iter().map(|note| (&note.user, note.count)).collect();
    let waits = serde_json::to_string(&waits).map_err(Problem::unavailable)?;
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let rows = database.rows(NOTE_WAITS, params![NAME.as_str(), WAITS_LEASE, max, waits]).await?;
    let number = |row: &Row, column| row.get::<i64>(column).and_then(|number| usize::try_from(number).ok());
    let room = |row: &Row| {
        Some(Room { user: row.get::<&str>(0)?.to_owned(), count: number(row, 1)?, of_all: number(row, 2)? })
    };
    Ok(rows.iter().filter_map(room).collect())
}

/// Looks whether anything happened after `since`. A setting that can't be used makes no session stale, and keeps nobody from
/// being woken.
pub async fn pulse(database: &Database, since: i64) -> Result<Pulse> {
    let stale = config::session_stale_seconds().await.ok().map(seconds_ago);
    let row = database.row(PULSE, params![since, stale]).await?.ok_or_else(|| Problem::unavailable("no pulse"))?;
    Ok(Pulse {
        head: row.get(0).unwrap_or(0),
        concerned: row.json(1)?.unwrap_or_default(),
        expiry_due: row.get(2).unwrap_or(false),
        unsealed_for: Duration::try_from_secs_f64(row.get(3).unwrap_or(0.0)).unwrap_or_default(),
        keeper: row.get::<&str>(4).map(str::to_owned),
        is_stale: row.get(5).unwrap_or(false),
        webhooks_due: row.get(6).unwrap_or(false),
    })
}

/// Tells of some of the sessions that have gone stale; true if there are more.
pub async fn tell_stale(database: &Database, context: &RequestContext) -> Result<bool> {
    let (ago, cause) = (seconds_ago(config::session_stale_seconds().await?), context.cause("system").json);
    let outcome = database
        .change(
            "INSERT INTO do_tell_stale (before, cause) VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?), ?)
             RETURNING (SELECT iif(EXISTS (SELECT 1 FROM stale_sessions WHERE active_at <= do_tell_stale.before),
                                   'true', 'false')),
                       (SELECT announcement FROM announcements WHERE change_id = do_tell_stale.cause ->> '$.change')",
            params![ago, cause],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state.unwrap_or(false))
}

fn seconds_ago(seconds: f64) -> String {
    format!("-{seconds:.3} seconds")
}

/// Makes an instance the keeper; false if another one is.
pub async fn keep(database: &Database, name: &str) -> Result<bool> {
    database.row(KEEP, params![name]).await.map(|row| row.is_some())
}

/// Looks whether the oldest entry of the audit log is older than an age, and forgets some of them if it is; false if there is
/// nothing more to forget.
pub async fn forget_audit(database: &Database, retention_days: u32, context: &RequestContext) -> Result<bool> {
    let age = format!("-{retention_days} days");
    if database.row(AUDIT_FORGETTABLE, params![age.as_str()]).await?.is_none() {
        return Ok(false);
    }
    database.rows(FORGET_AUDIT, params![age, AUDIT_BATCH, context.cause("system").json]).await.map(|_| true)
}

/// Forgets some of the items that have been of no use for a day, if there are any.
pub async fn forget_items(database: &Database, context: &RequestContext) -> Result<()> {
    if database.row("SELECT 1 FROM items_of_no_use LIMIT 1", params![]).await?.is_none() {
        return Ok(());
    }
    let statement = "INSERT INTO do_forget_items (batch, cause) VALUES (?, ?)";
    database.rows(statement, params![ITEMS_BATCH, context.cause("system").json]).await.map(drop)
}

/// Looks whether there are events older than the retention.
pub async fn prunable(database: &Database, retention_hours: u32) -> Result<Prunable> {
    let row = database.row(PRUNABLE, params![age(retention_hours)]).await?;
    let row = row.ok_or_else(|| Problem::unavailable("the log has no horizon"))?;
    Ok(Prunable { pruned_through: row.get(0).unwrap_or(0), is_due: row.get(1).unwrap_or(false) })
}

/// Forgets some of the events that are older than the retention; gives the newest one that is no longer kept.
pub async fn prune(database: &Database, retention_hours: u32) -> Result<i64> {
    let row = database.row(PRUNE, params![age(retention_hours), PRUNE_BATCH]).await?;
    row.and_then(|row| row.get(0)).ok_or_else(|| Problem::unavailable("the log has no horizon"))
}

fn age(retention_hours: u32) -> String {
    format!("-{retention_hours} hours")
}
