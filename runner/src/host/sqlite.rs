//! `spin:sqlite`: the database "default", a file in the state directory.

mod connection;
mod database;
mod statement;
mod wal;
mod writer;

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::{Access, Accessor, FutureReader, HasSelf, Resource, StreamReader};

use super::State;
use super::bindings::spin::sqlite::sqlite::{
    Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value,
};
use super::stream::ChannelStream;

use connection::{Connection, Running};
pub use database::Database;

/// A connection that a component has opened.
pub struct OpenConnection {
    connection: Connection,
    _permit: OwnedSemaphorePermit,
}

type Reading = (Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>);

impl State {
    fn open_database(&mut self, label: &str) -> Result<Resource<OpenConnection>, Error> {
        if label != "default" {
            return Err(Error::AccessDenied);
        }
        let database = self.grants.database.as_ref().ok_or(Error::AccessDenied)?;
        let permit = Arc::clone(&self.places.databases)
            .try_acquire_owned()
            .map_err(|_| Error::Io("too many connections opened".to_owned()))?;
        let open = OpenConnection { connection: Connection::new(Arc::clone(database)), _permit: permit };
        self.table.push(open).map_err(|error| Error::Io(error.to_string()))
    }

    fn connection(&self, resource: &Resource<OpenConnection>) -> Result<Connection, Error> {
        match self.table.get(resource) {
            Ok(open) => Ok(open.connection.clone()),
            Err(_) => Err(Error::InvalidConnection),
        }
    }
}

impl Host for State {}

impl HostConnection for State {
    async fn open(&mut self, label: String) -> Result<Resource<OpenConnection>, Error> {
        self.open_database(&label)
    }

    async fn execute(
        &mut self,
        connection: Resource<OpenConnection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        self.connection(&connection)?.execute(statement, parameters).await?.collect().await
    }

    async fn last_insert_rowid(&mut self, connection: Resource<OpenConnection>) -> wasmtime::Result<i64> {
        Ok(self.connection(&connection)?.last_insert_rowid().await)
    }

    async fn changes(&mut self, connection: Resource<OpenConnection>) -> wasmtime::Result<u64> {
        Ok(self.connection(&connection)?.changes().await)
    }

    async fn drop(&mut self, connection: Resource<OpenConnection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for HasSelf<State> {
    async fn open_async(accessor: &Accessor<T, Self>, label: String) -> Result<Resource<OpenConnection>, Error> {
        accessor.with(|mut access| access.get().open_database(&label))
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenConnection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<Reading, Error> {
        let connection = accessor.with(|mut access| access.get().connection(&connection))?;
        let running = connection.execute(statement, parameters).await?;
        accessor.with(|access| hand_over(access, running)).map_err(|error| Error::Io(error.to_string()))
    }

    async fn last_insert_rowid_async(accessor: &Accessor<T, Self>, connection: Resource<OpenConnection>) -> i64 {
        match accessor.with(|mut access| access.get().connection(&connection)) {
            Ok(connection) => connection.last_insert_rowid().await,
            Err(_) => 0,
        }
    }

    async fn changes_async(accessor: &Accessor<T, Self>, connection: Resource<OpenConnection>) -> u64 {
        match accessor.with(|mut access| access.get().connection(&connection)) {
            Ok(connection) => connection.changes().await,
            Err(_) => 0,
        }
    }
}

/// Puts what comes of a statement into a guest's hands.
fn hand_over<T: Send>(mut access: Access<'_, T, HasSelf<State>>, running: Running) -> wasmtime::Result<Reading> {
    Ok(match running {
        Running::Done(result) => (
            result.columns,
            StreamReader::new(&mut access, result.rows)?,
            FutureReader::new(&mut access, async { wasmtime::error::Ok(Ok(())) })?,
        ),
        Running::Coming(coming) => (
            coming.columns,
            StreamReader::new(&mut access, ChannelStream(coming.rows))?,
            FutureReader::new(&mut access, coming.outcome)?,
        ),
    })
}
