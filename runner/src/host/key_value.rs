//! `spin:key-value`: the store "default".

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use wasmtime::component::{Access, Accessor, FutureReader, HasSelf, Resource, StreamReader};

use super::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};
use super::resources::OpenStore;
use super::state::State;
use super::stream::ChannelStream;
use crate::key_value::{KeyValueStore, LABEL};
use crate::limits::{MAX_RESULT_BYTES, STREAM_CAPACITY};

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
    work: impl FnOnce(&KeyValueStore) -> rusqlite::Result<R> + Send + 'static,
) -> Result<R, Error> {
    let store = accessor.with(|mut access| match access.get().table.get(&store) {
        Ok(open) => Ok(Arc::clone(&open.store)),
        Err(_) => Err(Error::NoSuchStore),
    })?;
    let done = spawn_blocking(move || work(&store)).await.map_err(|error| Error::Other(error.to_string()))?;
    done.map_err(sql_error)
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
        let (keys_tx, keys) = mpsc::channel(STREAM_CAPACITY);
        let (outcome_tx, outcome) = oneshot::channel();
        accessor.with(|mut access: Access<'_, T, Self>| {
            let store = Arc::clone(&access.get().table.get(&store)?.store);
            spawn_blocking(move || outcome_tx.send(store.keys(&keys_tx).map_err(sql_error)));
            let keys = StreamReader::new(&mut access, ChannelStream::<String, String>::new(keys))?;
            let outcome = FutureReader::new(&mut access, outcome)?;
            Ok((keys, outcome))
        })
    }
}

fn sql_error(error: rusqlite::Error) -> Error {
    Error::Other(error.to_string())
}
