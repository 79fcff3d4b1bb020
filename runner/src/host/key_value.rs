//! `spin:key-value`: the store "default", a table in Spin's format in the state directory.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::spawn_blocking;
use wasmtime::component::{Access, Accessor, FutureReader, HasSelf, Resource, StreamReader};

use super::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};
use super::stream::{CAPACITY, ChannelStream};
use super::{MAX_RESULT_BYTES, State};

/// The label of the only store, which Spin keeps in each row.
const LABEL: &str = "default";

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

/// A store that a component has opened.
pub struct OpenStore {
    store: Arc<KeyValueStore>,
    _permit: OwnedSemaphorePermit,
}

impl KeyValueStore {
    /// The store in a file, which comes into being when the store is first used.
    pub fn new(path: PathBuf) -> Self {
        Self { path, connection: Mutex::default() }
    }

    fn with<R>(&self, work: impl FnOnce(&Connection) -> Result<R, Error>) -> Result<R, Error> {
        let mut guard = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match &mut *guard {
            Some(connection) => connection,
            empty => {
                let connection = Connection::open(&self.path).map_err(sql_error)?;
                connection.execute(CREATE, []).map_err(sql_error)?;
                empty.insert(connection)
            }
        };
        work(connection)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")
                .and_then(|mut select| select.query_row([LABEL, key], |row| row.get(0)).optional())
                .map_err(sql_error)
        })
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT (store, key) DO UPDATE SET value = ?3",
                )
                .and_then(|mut upsert| upsert.execute(params![LABEL, key, value]))
                .map(drop)
                .map_err(sql_error)
        })
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.with(|connection| {
            connection
                .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")
                .and_then(|mut delete| delete.execute([LABEL, key]))
                .map(drop)
                .map_err(sql_error)
        })
    }

    fn keys(&self, keys: &mpsc::Sender<String>) -> Result<(), Error> {
        self.with(|connection| {
            let mut select =
                connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1").map_err(sql_error)?;
            let mut rows = select.query([LABEL]).map_err(sql_error)?;
            while let Some(row) = rows.next().map_err(sql_error)? {
                let key = row.get(0).map_err(sql_error)?;
                keys.blocking_send(key).map_err(|_| Error::Other("nobody reads the keys".to_owned()))?;
            }
            Ok(())
        })
    }
}

impl State {
    fn open_store(&mut self, label: &str) -> Result<Resource<OpenStore>, Error> {
        if label != LABEL {
            return Err(Error::AccessDenied);
        }
        let store = self.grants.key_value_store.as_ref().ok_or(Error::AccessDenied)?;
        let permit =
            Arc::clone(&self.places.key_value_stores).try_acquire_owned().map_err(|_| Error::StoreTableFull)?;
        let open = OpenStore { store: Arc::clone(store), _permit: permit };
        self.table.push(open).map_err(|_| Error::StoreTableFull)
    }
}

impl Host for State {}

impl HostStore for State {
    async fn drop(&mut self, store: Resource<OpenStore>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

/// Does something with an open store on a thread that may wait for the disk.
async fn on_store<T: Send, R: Send + 'static>(
    accessor: &Accessor<T, HasSelf<State>>,
    store: Resource<OpenStore>,
    work: impl FnOnce(&KeyValueStore) -> Result<R, Error> + Send + 'static,
) -> Result<R, Error> {
    let store = accessor.with(|mut access| match access.get().table.get(&store) {
        Ok(open) => Ok(Arc::clone(&open.store)),
        Err(_) => Err(Error::NoSuchStore),
    })?;
    spawn_blocking(move || work(&store)).await.map_err(|error| Error::Other(error.to_string()))?
}

impl<T: Send> HostStoreWithStore<T> for HasSelf<State> {
    async fn open(accessor: &Accessor<T, Self>, label: String) -> Result<Resource<OpenStore>, Error> {
        accessor.with(|mut access| access.get().open_store(&label))
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
        key: String,
    ) -> Result<Option<Vec<u8>>, Error> {
        let value = on_store(accessor, store, move |store| store.get(&key)).await?;
        if value.as_ref().is_some_and(|value| value.len() > MAX_RESULT_BYTES) {
            return Err(Error::Other(format!("query result exceeds limit of {MAX_RESULT_BYTES} bytes")));
        }
        Ok(value)
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        on_store(accessor, store, move |store| store.set(&key, &value)).await
    }

    async fn delete(accessor: &Accessor<T, Self>, store: Resource<OpenStore>, key: String) -> Result<(), Error> {
        on_store(accessor, store, move |store| store.delete(&key)).await
    }

    async fn exists(accessor: &Accessor<T, Self>, store: Resource<OpenStore>, key: String) -> Result<bool, Error> {
        on_store(accessor, store, move |store| Ok(store.get(&key)?.is_some())).await
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let (keys_tx, keys) = mpsc::channel(CAPACITY);
        let (outcome_tx, outcome) = oneshot::channel();
        accessor.with(|mut access: Access<'_, T, Self>| {
            let store = Arc::clone(&access.get().table.get(&store)?.store);
            spawn_blocking(move || outcome_tx.send(store.keys(&keys_tx)));
            let keys = StreamReader::new(&mut access, ChannelStream(keys))?;
            let outcome = FutureReader::new(&mut access, outcome)?;
            Ok((keys, outcome))
        })
    }
}

fn sql_error(error: rusqlite::Error) -> Error {
    Error::Other(error.to_string())
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
