//! `spin:redis`: each connection that a component opens is one of its own, so that a command that waits blocks that
//! one alone.

mod reply;

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, RedisError};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::{Accessor, HasSelf, Resource};

use super::bindings::spin::redis::redis::{
    Error, Host, HostConnection, HostConnectionWithStore, RedisParameter, RedisResult,
};
use super::resources::OpenRedis;
use super::state::State;
use crate::limits::MAX_RESULT_BYTES;
use reply::Flattened;

/// How long a connection may take to be made.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl State {
    /// Takes one of the places for connections to an address.
    fn admit_redis(&mut self, address: &str) -> Result<(Client, OwnedSemaphorePermit), Error> {
        let allowed = &self.grants.allowed_hosts;
        let client = Client::open(address).map_err(|_| Error::InvalidAddress)?;
        // The client reads addresses in its own way; where it really connects to has to be allowed as well.
        let target = match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) => format!("redis://{}:{port}", bracketed(host)),
            _ => return Err(Error::InvalidAddress),
        };
        if !allowed.allow_redis(address) || !allowed.allow_redis(&target) {
            return Err(Error::InvalidAddress);
        }
        let permit =
            Arc::clone(&self.places.redis_connections).try_acquire_owned().map_err(|_| Error::TooManyConnections)?;
        Ok((client, permit))
    }
}

/// An IPv6 address as it stands in a URL.
fn bracketed(host: &str) -> String {
    match host.contains(':') {
        true => format!("[{host}]"),
        false => host.to_owned(),
    }
}

impl Host for State {}

impl HostConnection for State {
    async fn drop(&mut self, connection: Resource<OpenRedis>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

fn connection<T: Send>(
    accessor: &Accessor<T, HasSelf<State>>,
    resource: &Resource<OpenRedis>,
) -> Result<MultiplexedConnection, Error> {
    accessor.with(|mut access| match access.get().table.get(resource) {
        Ok(open) => Ok(open.connection.clone()),
        Err(error) => Err(Error::Other(error.to_string())),
    })
}

impl<T: Send> HostConnectionWithStore<T> for HasSelf<State> {
    async fn open(accessor: &Accessor<T, Self>, address: String) -> Result<Resource<OpenRedis>, Error> {
        let (client, permit) = accessor.with(|mut access| access.get().admit_redis(&address))?;
        // A command such as BLPOP may take as long as it was told to.
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT_TIMEOUT)).set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&config).await.map_err(redis_error)?;
        let open = OpenRedis { connection, _permit: permit };
        accessor.with(|mut access| access.get().table.push(open)).map_err(|_| Error::TooManyConnections)
    }

    async fn publish(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        channel: String,
        payload: Vec<u8>,
    ) -> Result<(), Error> {
        let mut connection = connection(accessor, &resource)?;
        connection.publish(channel, payload).await.map_err(redis_error)
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        key: String,
    ) -> Result<Option<Vec<u8>>, Error> {
        let mut connection = connection(accessor, &resource)?;
        let value: Option<Vec<u8>> = connection.get(key).await.map_err(redis_error)?;
        check_size(value.as_ref().map_or(0, Vec::len))?;
        Ok(value)
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        let mut connection = connection(accessor, &resource)?;
        connection.set(key, value).await.map_err(redis_error)
    }

    async fn incr(accessor: &Accessor<T, Self>, resource: Resource<OpenRedis>, key: String) -> Result<i64, Error> {
        let mut connection = connection(accessor, &resource)?;
        connection.incr(key, 1).await.map_err(redis_error)
    }

    async fn del(accessor: &Accessor<T, Self>, resource: Resource<OpenRedis>, keys: Vec<String>) -> Result<u32, Error> {
        let mut connection = connection(accessor, &resource)?;
        connection.del(keys).await.map_err(redis_error)
    }

    async fn sadd(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        key: String,
        values: Vec<String>,
    ) -> Result<u32, Error> {
        let mut connection = connection(accessor, &resource)?;
        connection.sadd(key, values).await.map_err(typed_error)
    }

    async fn smembers(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        key: String,
    ) -> Result<Vec<String>, Error> {
        let mut connection = connection(accessor, &resource)?;
        connection.smembers(key).await.map_err(redis_error)
    }

    async fn srem(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        key: String,
        values: Vec<String>,
    ) -> Result<u32, Error> {
        let mut connection = connection(accessor, &resource)?;
        connection.srem(key, values).await.map_err(redis_error)
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        command: String,
        arguments: Vec<RedisParameter>,
    ) -> Result<Vec<RedisResult>, Error> {
        let mut connection = connection(accessor, &resource)?;
        let mut command = redis::cmd(&command);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => command.arg(number),
                RedisParameter::Binary(bytes) => command.arg(bytes),
            };
        }
        let reply: Flattened = command.query_async(&mut connection).await.map_err(redis_error)?;
        check_size(reply.size())?;
        Ok(reply.0)
    }
}

fn redis_error(error: RedisError) -> Error {
    Error::Other(error.to_string())
}

/// Where Spin tells a reply of the wrong type from other errors.
fn typed_error(error: RedisError) -> Error {
    match error.kind() {
        ErrorKind::UnexpectedReturnType => Error::TypeError,
        _ => redis_error(error),
    }
}

fn check_size(bytes: usize) -> Result<(), Error> {
    if bytes > MAX_RESULT_BYTES {
        return Err(Error::Other(format!("query result exceeds limit of {MAX_RESULT_BYTES} bytes")));
    }
    Ok(())
}
