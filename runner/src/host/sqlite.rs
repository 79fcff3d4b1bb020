//! `spin:sqlite`: the database "default", a file in the state directory.

use std::sync::Arc;

use wasmtime::component::{Access, Accessor, FutureReader, HasSelf, Resource, StreamReader};

use super::bindings::spin::sqlite::sqlite::{
    Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value,
};
use super::resources::OpenDatabase;
use super::state::State;
use super::stream::ChannelStream;
use crate::sqlite::{self, Connection, Row, Rows, Running};

type Reading = (Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>);

impl State {
    fn open_database(&mut self, label: &str) -> Result<Resource<OpenDatabase>, Error> {
        if label != "default" {
            return Err(Error::AccessDenied);
        }
        let database = self.grants.database.as_ref().ok_or(Error::AccessDenied)?;
        let permit = Arc::clone(&self.places.databases)
            .try_acquire_owned()
            .map_err(|_| Error::Io("too many connections opened".to_owned()))?;
        let open = OpenDatabase { connection: Connection::new(Arc::clone(database)), _permit: permit };
        self.table.push(open).map_err(|error| Error::Io(error.to_string()))
    }

    fn connection(&self, resource: &Resource<OpenDatabase>) -> Result<Connection, Error> {
        match self.table.get(resource) {
            Ok(open) => Ok(open.connection.clone()),
            Err(_) => Err(Error::InvalidConnection),
        }
    }
}

impl Host for State {}

impl HostConnection for State {
    async fn open(&mut self, label: String) -> Result<Resource<OpenDatabase>, Error> {
        self.open_database(&label)
    }

    async fn execute(
        &mut self,
        connection: Resource<OpenDatabase>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        let running = self.connection(&connection)?.execute(statement, values(parameters)).await?;
        Ok(running.collect().await?.into())
    }

    async fn last_insert_rowid(&mut self, connection: Resource<OpenDatabase>) -> wasmtime::Result<i64> {
        Ok(self.connection(&connection)?.last_insert_rowid().await)
    }

    async fn changes(&mut self, connection: Resource<OpenDatabase>) -> wasmtime::Result<u64> {
        Ok(self.connection(&connection)?.changes().await)
    }

    async fn drop(&mut self, connection: Resource<OpenDatabase>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for HasSelf<State> {
    async fn open_async(accessor: &Accessor<T, Self>, label: String) -> Result<Resource<OpenDatabase>, Error> {
        accessor.with(|mut access| access.get().open_database(&label))
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenDatabase>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<Reading, Error> {
        let connection = accessor.with(|mut access| access.get().connection(&connection))?;
        let running = connection.execute(statement, values(parameters)).await?;
        accessor.with(|access| hand_over(access, running)).map_err(|error| Error::Io(error.to_string()))
    }

    async fn last_insert_rowid_async(accessor: &Accessor<T, Self>, connection: Resource<OpenDatabase>) -> i64 {
        match accessor.with(|mut access| access.get().connection(&connection)) {
            Ok(connection) => connection.last_insert_rowid().await,
            Err(_) => 0,
        }
    }

    async fn changes_async(accessor: &Accessor<T, Self>, connection: Resource<OpenDatabase>) -> u64 {
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
            StreamReader::new(&mut access, result.rows.into_iter().map(RowResult::from).collect::<Vec<_>>())?,
            FutureReader::new(&mut access, async { wasmtime::error::Ok(Ok(())) })?,
        ),
        Running::Coming(coming) => (
            coming.columns,
            StreamReader::new(&mut access, ChannelStream::<Row, RowResult>::new(coming.rows))?,
            FutureReader::new(&mut access, async { wasmtime::error::Ok(coming.outcome.await?.map_err(Error::from)) })?,
        ),
    })
}

fn values(parameters: Vec<Value>) -> Vec<sqlite::Value> {
    parameters.into_iter().map(sqlite::Value::from).collect()
}

impl From<Value> for sqlite::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(number) => Self::Integer(number),
            Value::Real(number) => Self::Real(number),
            Value::Text(text) => Self::Text(text),
            Value::Blob(bytes) => Self::Blob(bytes),
            Value::Null => Self::Null,
        }
    }
}

impl From<sqlite::Value> for Value {
    fn from(value: sqlite::Value) -> Self {
        match value {
            sqlite::Value::Integer(number) => Self::Integer(number),
            sqlite::Value::Real(number) => Self::Real(number),
            sqlite::Value::Text(text) => Self::Text(text),
            sqlite::Value::Blob(bytes) => Self::Blob(bytes),
            sqlite::Value::Null => Self::Null,
        }
    }
}

impl From<Row> for RowResult {
    fn from(Row(values): Row) -> Self {
        Self { values: values.into_iter().map(Value::from).collect() }
    }
}

impl From<Rows> for QueryResult {
    fn from(Rows { columns, rows }: Rows) -> Self {
        Self { columns, rows: rows.into_iter().map(RowResult::from).collect() }
    }
}

impl From<sqlite::Error> for Error {
    fn from(sqlite::Error(reason): sqlite::Error) -> Self {
        Self::Io(reason)
    }
}
