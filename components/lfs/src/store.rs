//! The SQL of locks. Each change is one statement: an INSERT into a command view of the schema, whose trigger does the rest, and
//! whose RETURNING tells the outcome.

use baton_core::access::{May, subject, visible};
use baton_core::auth::Caller;
use baton_core::db::{Batched, Database, Outcome, Row, Value, params};
use baton_core::events::announce;
use baton_core::id::new_id;
use baton_core::limits::Quota;
use baton_core::repository::{FilePath, RepositoryName};
use baton_core::written::Written;
use baton_core::{Problem, Result, config};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::model::{Lock, Locks, Page, Verified};

/// Who holds a lock.
#[derive(Debug, Deserialize)]
pub struct Held {
    /// The holder.
    pub user: String,
    /// Since when.
    pub since: String,
    /// What for.
    pub note: Option<String>,
}

/// A lock of somebody's.
#[derive(Debug, Deserialize)]
pub struct Other {
    /// As git-lfs reads it.
    pub lock: Written<Lock>,
    /// Who holds it.
    pub held: Held,
}

/// What locking came to.
#[derive(Debug, Deserialize)]
pub struct Locked {
    /// What the caller holds there now.
    pub own: Option<Written<Lock>>,
    /// What is in the way.
    pub other: Option<Other>,
    /// Who stands in line for it, before everybody else.
    pub first: Option<String>,
    /// Who has reserved it for now.
    pub reserved_by: Option<String>,
    /// What the caller may there, if that isn't to edit.
    pub may: Option<May>,
}

/// A lock that there is or was.
#[derive(Debug, Deserialize)]
pub struct LockState {
    /// Why it is over; none while it is active.
    pub reason: Option<String>,
    /// The item's part number.
    pub part_number: String,
    /// Its path.
    pub path: String,
    /// As git-lfs reads it.
    pub lock: Written<Lock>,
    /// Who holds it.
    pub held: Held,
    /// What the caller may there, if anything is kept from them.
    pub may: Option<May>,
}

/// Locks that come at the same time go down in one statement. What the caller holds on the whole file is in nobody else's way. A
/// session on a tree to which the file belongs stands for a lock of it.
const LOCK: Batched = Batched::new(
    "INSERT INTO do_lock (session_id, item_id, part_number, repository, path, user, workstation_id, ttl_max_seconds, cause)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
            value ->> 8
     FROM json_each(?)
     RETURNING json_object(
         'own', json((SELECT l.document FROM locks l
                      WHERE l.part_number = do_lock.part_number AND l.user = do_lock.user
                      ORDER BY l.object_id IS NOT NULL, l.seq LIMIT 1)),
         'other', json(coalesce(
             (SELECT json_object('lock', json(l.document), 'held', json(l.held)) FROM locks l
              WHERE l.part_number = do_lock.part_number AND l.user <> do_lock.user ORDER BY l.seq LIMIT 1),
             (SELECT json_object('lock', json_object('id', w.id, 'path', do_lock.path, 'locked_at', s.acquired_at,
                                                     'owner', json_object('name', w.user)),
                                 'held', json_object('user', w.user, 'since', s.acquired_at, 'note', s.note))
              FROM items i JOIN workstations own ON own.user = do_lock.user AND own.repository = do_lock.repository
              JOIN sessions_in_the_way w ON w.want = json_array(json_array(i.id, own.id, NULL))
              JOIN sessions s ON s.seq = w.seq
              WHERE i.part_number = do_lock.part_number AND s.item_id <> i.id ORDER BY w.seq LIMIT 1))),
         'first', (SELECT w.document ->> '$.user'
                   FROM items i JOIN workstations own ON own.user = do_lock.user AND own.repository = do_lock.repository
                   JOIN requests_in_the_way w ON w.want = json_array(json_array(i.id, own.id, NULL))
                   WHERE i.part_number = do_lock.part_number ORDER BY w.place LIMIT 1),
         'reserved_by', (SELECT w.document ->> '$.user'
                         FROM items i JOIN workstations own ON own.user = do_lock.user AND own.repository = do_lock.repository
                         JOIN reservations_in_the_way w ON w.want = json_array(json_array(i.id, own.id, NULL))
                         WHERE i.part_number = do_lock.part_number LIMIT 1),
         'may', (SELECT may FROM barred
                 WHERE want = json_array(json_array(iif(do_lock.cause ->> '$.admin', NULL, do_lock.user), do_lock.part_number,
                                                    do_lock.repository || '/' || do_lock.path)))),
         (SELECT announcement FROM announcements WHERE change_id = do_lock.cause ->> '$.change'),
         do_lock.cause ->> '$.change'",
);

/// Locks a file for the caller.
pub async fn lock(
    database: &Database,
    caller: &Caller,
    repository: &RepositoryName,
    path: &FilePath,
) -> Result<Option<Locked>> {
    let arguments = vec![
        json!(new_id()),
        json!(new_id()),
        json!(repository.part_number(path)),
        json!(repository.as_str()),
        json!(path.as_str()),
        json!(caller.user),
        json!(new_id()),
        json!(config::session_ttl_max_seconds().await?),
    ];
    let cause = caller.cause_within_all(&[Quota::Sessions, Quota::Workstations]).await?;
    let locked = database.change_together(LOCK, &cause, arguments).await;
    let outcome = Quota::Sessions.explain(database, caller, locked).await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// Unlocks that come at the same time go down in one statement.
const UNLOCK: Batched = Batched::new(
    "INSERT INTO do_release (session_id, part_number, user, cause)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)
     RETURNING (SELECT json_object('reason', s.reason) FROM session_documents s WHERE s.id = do_release.session_id),
         (SELECT announcement FROM announcements WHERE change_id = do_release.cause ->> '$.change'),
         do_release.cause ->> '$.change'",
);

/// Why a session is over; none while it is active.
#[derive(Debug, Deserialize)]
struct Over {
    reason: Option<String>,
}

/// Releases a session of the caller's own; why it is over then.
pub async fn release(database: &Database, caller: &Caller, part_number: &str, id: &str) -> Result<Option<String>> {
    let arguments = vec![json!(id), json!(part_number), json!(caller.user)];
    let outcome: Outcome<Over> = database.change_together(UNLOCK, &caller.cause(), arguments).await?;
    announce(outcome.announcement);
    Ok(outcome.state.and_then(|over| over.reason))
}

/// A lock by its id.
pub async fn state(
    database: &Database,
    caller: &Caller,
    repository: &RepositoryName,
    id: &str,
) -> Result<Option<LockState>> {
    let statement =
        "SELECT json_object('reason', reason, 'part_number', part_number, 'path', path, 'lock', json(document),
                                        'held', json(held),
                                        'may', (SELECT may FROM rights WHERE want = json_array(json_array(?, part_number))))
                     FROM lock_states WHERE id = ? AND repository = ?";
    database.document(statement, params![subject(caller), id, repository.as_str()]).await
}

/// A page of a repository's locks; those of a path, or the one of an id, where these are given.
pub async fn list(
    database: &Database,
    caller: &Caller,
    repository: &RepositoryName,
    path: Option<&FilePath>,
    id: Option<&str>,
    page: Page,
) -> Result<Locks> {
    let mut filter = Filter::default();
    filter.and("repository", repository.as_str());
    filter.and_visible(caller);
    if let Some(path) = path {
        filter.and("part_number", &repository.part_number(path));
    }
    if let Some(id) = id {
        filter.and("id", id);
    }
    let row = filter.read(database, "json_group_array(json(document)) AS locks", page).await?;
    Ok(Locks { locks: row.json(1)?.ok_or_else(no_page)?, next_cursor: next_cursor(&row) })
}

/// A page of a repository's locks, sorted by whose they are. The caller's own are renewed.
pub async fn verify(database: &Database, caller: &Caller, repository: &RepositoryName, page: Page) -> Result<Verified> {
    let columns = "json_group_array(json(document)) FILTER (WHERE user = ?1) AS ours,
                   json_group_array(json(document)) FILTER (WHERE user <> ?1) AS theirs";
    let mut filter = Filter { condition: String::new(), parameters: params![caller.user.as_str()] };
    filter.and("repository", repository.as_str());
    filter.and_visible(caller);
    let row = filter.read(database, columns, page).await?;
    renew(database, caller, repository, page).await?;
    let (ours, theirs) = (row.json(1)?.ok_or_else(no_page)?, row.json(2)?.ok_or_else(no_page)?);
    Ok(Verified { ours, theirs, next_cursor: next_cursor(&row) })
}

/// Renews as many of the caller's locks in a repository as a page may show. git-lfs gathers all pages one after the other: what
/// the first one has renewed the next ones leave alone, and go on with the rest.
async fn renew(database: &Database, caller: &Caller, repository: &RepositoryName, page: Page) -> Result<()> {
    let before = if page.after == 0 { "0 seconds" } else { "-1 minute" };
    let renewable = "SELECT 1 FROM sessions
                     WHERE repository = ? AND user = ? AND ended_at IS NULL AND expires_at > (SELECT now FROM clock)
                       AND renewed_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?) LIMIT 1";
    let parameters = params![repository.as_str(), caller.user.as_str(), before];
    // Most who push hold no lock: nothing is written for them.
    if database.row(renewable, parameters).await?.is_some() {
        let cause = caller.cause();
        let statement = "INSERT INTO do_renew_locks (repository, user, most, before, cause)
             VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?), ?) RETURNING NULL, NULL";
        let parameters = params![repository.as_str(), caller.user.as_str(), page.limit, before, cause.json.as_str()];
        let _: Outcome<IgnoredAny> = database.change(statement, parameters).await?;
    }
    Ok(())
}

/// Which locks to read.
#[derive(Default)]
struct Filter {
    condition: String,
    parameters: Vec<Value>,
}

impl Filter {
    fn and(&mut self, column: &str, value: &str) {
        self.parameters.push(Value::from(value.to_owned()));
        self.condition.push_str(&format!(" AND {column} = ?{}", self.parameters.len()));
    }

    /// What isn't hidden from the caller.
    fn and_visible(&mut self, caller: &Caller) {
        self.parameters.push(Value::from(subject(caller)));
        let visible = visible(&format!("?{}", self.parameters.len()), "part_number");
        self.condition.push_str(&format!(" AND {visible}"));
    }

    /// One row: where the next page begins (null at the end), then the columns, over the locks of a page.
    async fn read(mut self, database: &Database, columns: &str, page: Page) -> Result<Row> {
        let (condition, after) = (&self.condition, self.parameters.len() + 1);
        // All in one row: to hand thousands of rows over to a component takes longer than to read them.
        let statement = format!(
            "SELECT iif(EXISTS (SELECT 1 FROM locks WHERE seq > last{condition}), last, NULL), page.*
             FROM (SELECT {columns}, max(seq) AS last
                   FROM (SELECT seq, user, document FROM locks WHERE seq > ?{after}{condition}
                         ORDER BY seq LIMIT ?{})) AS page",
            after + 1
        );
        self.parameters.extend([page.after, page.limit].map(Value::from));
        database.row(&statement, self.parameters).await?.ok_or_else(no_page)
    }
}

fn next_cursor(row: &Row) -> Option<String> {
    row.get::<i64>(0).map(|place| place.to_string())
}

fn no_page() -> Problem {
    Problem::unavailable("a page without locks")
}
