//! The key-value store "default": a table in Spin's format in the state directory.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::mpsc;

/// The label of the only store, which Spin keeps in each row.
pub const LABEL: &str = "default";

const CREATE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL,
    key   TEXT NOT NULL,
    value BLOB NOT NULL,

    PRIMARY KEY (store, key)
)";

/// A file of keys and values, with one connection for the whole process, as in Spin.
pub struct KeyValueStore {
    path: PathBuf,
    connection: Mutex<Option<Connection>>,
}

impl KeyValueStore {
    /// The store in a file, which comes into being when the store is first used.
    pub fn new(path: PathBuf) -> Self {
        Self { path, connection: Mutex::default() }
    }

    fn with<R>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<R>) -> rusqlite::Result<R> {
        let mut guard = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match &mut *guard {
            Some(connection) => connection,
            empty => {
                let connection = Connection::open(&self.path)?;
                connection.execute(CREATE, [])?;
                empty.insert(connection)
            }
        };
        work(connection)
    }

    /// The value of a key.
    ///
    /// Errors: SQLite's.
    pub fn get(&self, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")
                .and_then(|mut select| select.query_row([LABEL, key], |row| row.get(0)).optional())
        })
    }

    /// Gives a key a value.
    ///
    /// Errors: SQLite's.
    pub fn set(&self, key: &str, value: &[u8]) -> rusqlite::Result<()> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT (store, key) DO UPDATE SET value = ?3",
                )
                .and_then(|mut upsert| upsert.execute(params![LABEL, key, value]))
                .map(drop)
        })
    }

    /// Removes a key, if it is there.
    ///
    /// Errors: SQLite's.
    pub fn delete(&self, key: &str) -> rusqlite::Result<()> {
        self.with(|connection| {
            connection
                .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")
                .and_then(|mut delete| delete.execute([LABEL, key]))
                .map(drop)
        })
    }

    /// Sends all keys on, as long as somebody takes them. This blocks while nobody does.
    ///
    /// Errors: SQLite's.
    pub fn keys(&self, keys: &mpsc::Sender<String>) -> rusqlite::Result<()> {
        self.with(|connection| {
            let mut select = connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?;
            let mut rows = select.query([LABEL])?;
            while let Some(row) = rows.next()? {
                if keys.blocking_send(row.get(0)?).is_err() {
                    break;
                }
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_in_spins_table() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("kv.db");
        let store = KeyValueStore::new(path.clone());
        assert_eq!(store.get("a").unwrap(), None);
        store.set("a", b"1").unwrap();
        store.set("a", b"2").unwrap();
        assert_eq!(store.get("a").unwrap().as_deref(), Some(&b"2"[..]));
        let label: String = Connection::open(path)
            .unwrap()
            .query_row("SELECT store FROM spin_key_value", [], |row| row.get(0))
            .unwrap();
        assert_eq!(label, "default");
        store.delete("a").unwrap();
        store.delete("a").unwrap();
        assert_eq!(store.get("a").unwrap(), None);
    }
}
