//! Bringing databases of earlier releases up to date while instances of those releases go on writing.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rusqlite::{Connection, params};
use serde_json::json;
use uuid::Uuid;

use crate::setup::{connect, earlier, objects, open, whole_schema};

/// How many write at once, and how many instances migrate at once.
const WRITERS: usize = 4;
const INSTANCES: usize = 3;

/// How many changes each writer makes before and after the migration.
const CHANGES: usize = 40;

/// The statements of those releases.
const REGISTER: &str = "INSERT INTO workstations (id, user, name, fingerprint, last_seen, created_at, cause)
    SELECT ?1, ?1, ?1, ?1, now, now, ?2 FROM clock";
const ACQUIRE: &str =
    "INSERT INTO do_acquire (id, item_id, part_number, user, workstation_id, context_level, object_id,
                                               ttl_seconds, cause)
    VALUES (?, ?, ?, ?, ?, 'part', ?, 600, ?)
    RETURNING (SELECT s.id FROM active_sessions s
               WHERE s.part_number = do_acquire.part_number AND s.workstation_id = do_acquire.workstation_id
                 AND s.user = do_acquire.user AND s.object_id IS do_acquire.object_id),
              (SELECT s.id FROM active_sessions s
               WHERE s.part_number = do_acquire.part_number AND s.workstation_id <> do_acquire.workstation_id
               ORDER BY s.seq LIMIT 1)";
const RENEW: &str = "INSERT INTO do_renew (session_id, part_number, user, ttl_seconds, cause) VALUES (?, ?, ?, NULL, ?)
    RETURNING (SELECT state FROM session_states s WHERE s.id = do_renew.session_id)";
const RELEASE: &str = "INSERT INTO do_release (session_id, part_number, user, cause) VALUES (?, ?, ?, ?)
    RETURNING (SELECT state FROM session_states s WHERE s.id = do_release.session_id)";
const ASK: &str = "INSERT INTO do_request_handoff (id, session_id, part_number, requester, workstation_id, message,
                                                   auto_acquire, ttl_seconds, cause)
    VALUES (?, ?, ?, ?, ?, 'please', 1, 600, ?)
    RETURNING (SELECT r.document FROM handoff_documents r
               WHERE r.session_id = do_request_handoff.session_id AND r.requester = do_request_handoff.requester
                 AND r.status = 'pending')";

#[test]
fn every_earlier_schema_is_brought_up_to_date_under_load() {
    for version in 1..=3 {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("baton.db");
        set_up(&file, version);
        let acquired = migrate_under_load(&file);
        assert_eq!(objects(&file), whole_schema().1, "from schema {version}");
        check(&connect(&file), acquired);
    }
}

/// A database of an earlier release.
fn set_up(file: &Path, version: u32) {
    let connection = connect(file);
    connection.pragma_update(None, "journal_mode", "WAL").expect("a setting");
    connection.execute_batch("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)").expect("a table");
    for step in 1..=version {
        earlier(step).iter().for_each(|statement| connection.execute_batch(statement).expect("a released statement"));
        connection.execute("INSERT INTO schema_version VALUES (?)", [step]).expect("a version");
    }
}

/// Writers go on before, during and after the migration. Returns how many sessions they were told to have acquired.
fn migrate_under_load(file: &Path) -> usize {
    let (is_over, made) = (AtomicBool::new(false), [const { AtomicUsize::new(0) }; WRITERS]);
    let work = &|number: usize| {
        let mut writer = Writer::new(file, format!("user {number}"));
        while !is_over.load(Ordering::Relaxed) {
            writer.change(made[number].fetch_add(1, Ordering::Relaxed));
            // SQLite lets in whoever looks at the right moment: the others are to have one, too.
            std::thread::sleep(Duration::from_micros(500));
        }
        writer.acquired
    };
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|number| scope.spawn(move || work(number))).collect();
        // Until each has made some changes more, or one has failed.
        let go_on = || {
            let before = made.each_ref().map(|made| made.load(Ordering::Relaxed));
            let is_short =
                || made.iter().zip(before).any(|(made, count)| made.load(Ordering::Relaxed) < count + CHANGES);
            while is_short() && !writers.iter().any(|writer| writer.is_finished()) {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        go_on();
        std::thread::scope(|scope| (0..INSTANCES).for_each(|_| drop(scope.spawn(|| open(file)))));
        go_on();
        is_over.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().expect("no change fails")).sum()
    })
}

/// An instance of an earlier release, at which one user works.
struct Writer {
    connection: Connection,
    user: String,
    held: Vec<(String, String)>,
    acquired: usize,
}

impl Writer {
    fn new(file: &Path, user: String) -> Self {
        let connection = connect(file);
        connection.pragma_update(None, "synchronous", "OFF").expect("a setting");
        connection.busy_timeout(Duration::from_secs(30)).expect("a setting");
        connection.execute(REGISTER, params![user, cause(&user)]).expect("a workstation");
        Self { connection, user, held: Vec::new(), acquired: 0 }
    }

    fn change(&mut self, number: usize) {
        let part = format!("F{}", number % 3);
        match number % 5 {
            0..3 => self.acquire(&part, [None, Some("bore"), Some("rib")][number / 3 % 3]),
            3 => self.renew(),
            _ => self.release(),
        }
    }

    /// Acquires, or stands in line where somebody else is in the way.
    fn acquire(&mut self, part: &str, object: Option<&str>) {
        let (id, item_id) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
        let parameters = params![id, item_id, part, self.user, self.user, object, cause(&self.user)];
        let (own, other) = self.row(ACQUIRE, parameters);
        self.acquired += usize::from(own.as_ref() == Some(&id));
        match (own, other) {
            (Some(own), _) => self.held.push((own, part.to_owned())),
            (None, Some(other)) => {
                let parameters =
                    params![Uuid::new_v4().to_string(), other, part, self.user, self.user, cause(&self.user)];
                self.row(ASK, parameters);
            }
            // It may have ended between the grant to somebody in line and this answer's look: nobody is in the way.
            (None, None) => {}
        }
    }

    fn renew(&self) {
        if let Some((session, part)) = self.held.last() {
            self.row(RENEW, params![session, part, self.user, cause(&self.user)]);
        }
    }

    fn release(&mut self) {
        if let Some((session, part)) = self.held.pop() {
            self.row(RELEASE, params![session, part, self.user, cause(&self.user)]);
        }
    }

    fn row(&self, statement: &str, parameters: &[&dyn rusqlite::ToSql]) -> (Option<String>, Option<String>) {
        let mut statement = self.connection.prepare_cached(statement).expect("the statement is still understood");
        let columns = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, if columns > 1 { row.get(1)? } else { None }));
        statement.query_row(parameters, read).expect("the change is made")
    }
}

fn cause(user: &str) -> String {
    json!({"change": Uuid::new_v4(), "actor": user, "request_id": "load", "ip": null}).to_string()
}

/// What must hold whoever wrote, and with whichever triggers.
fn check(connection: &Connection, acquired: usize) {
    let none = |what: &str, query: &str| {
        let count: i64 =
            connection.query_row(&format!("SELECT count(*) FROM ({query})"), [], |row| row.get(0)).expect(what);
        assert_eq!(count, 0, "{what}");
    };
    none(
        "a scope with two holders",
        "SELECT 1 FROM sessions a JOIN sessions b ON b.item_id = a.item_id AND b.seq > a.seq
         WHERE a.ended_at IS NULL AND b.ended_at IS NULL AND a.workstation_id <> b.workstation_id
           AND (a.object_id IS NULL OR b.object_id IS NULL OR a.object_id = b.object_id)",
    );
    none(
        "a fence that doesn't grow",
        "SELECT 1 FROM sessions a JOIN sessions b ON b.item_id = a.item_id AND b.seq > a.seq AND b.fence <= a.fence",
    );
    none(
        "a fence beyond its grants",
        "SELECT 1 FROM items i WHERE fence <> (SELECT count(*) FROM sessions WHERE item_id = i.id)",
    );
    for log in [
        "events e WHERE e.type = 'edit.session_acquired' AND e.data ->> '$.session_id' = s.id",
        "audit a WHERE a.action = 'edit.session_acquired' AND a.resource_id = s.id",
    ] {
        none(
            "a grant that isn't told once",
            &format!("SELECT 1 FROM sessions s WHERE (SELECT count(*) FROM {log}) <> 1"),
        );
    }
    for log in [
        "events e WHERE e.type = 'edit.session_released' AND e.data ->> '$.session_id' = s.id",
        "audit a WHERE a.action = 'edit.session_released' AND a.resource_id = s.id",
    ] {
        none(
            "an end that isn't told once",
            &format!("SELECT 1 FROM sessions s WHERE (SELECT count(*) FROM {log}) <> (ended_at IS NOT NULL)"),
        );
    }
    none(
        "a request that isn't told",
        "SELECT 1 FROM handoff_requests r WHERE NOT EXISTS (
             SELECT 1 FROM events e WHERE e.type = 'edit.handoff_requested' AND e.data ->> '$.request_id' = r.id)",
    );
    none(
        "a request that waits for nobody",
        "SELECT 1 FROM handoff_requests r JOIN sessions s ON s.id = r.session_id
         WHERE r.status = 'pending' AND r.place IS NULL AND s.ended_at IS NOT NULL",
    );
    let sessions: i64 = connection
        .query_row("SELECT count(*) FROM sessions WHERE origin = 'acquired'", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(usize::try_from(sessions), Ok(acquired), "what was acknowledged, and what is there");
}
