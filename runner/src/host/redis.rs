//! `spin:redis`: each connection that a component opens is one of its own, so that a command that waits blocks that
//! one alone.

mod reply;

use std::sync::Arc;

use redis::{Cmd, ConnectionAddr, FromRedisValue, RedisError, Value};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::{Accessor, HasSelf, Resource};

use super::bindings::spin::redis::redis::{
    Error, Host, HostConnection, HostConnectionWithStore, RedisParameter, RedisResult,
};
use super::resources::OpenRedis;
use super::state::State;
use crate::limits::MAX_RESULT_BYTES;
use crate::own_redis;
use crate::redis_client::{Connection, Failure, Target};
use reply::Flattened;

impl State {
    /// Takes one of the places for connections to an address.
    fn admit_redis(&mut self, address: &str) -> Result<(Target, OwnedSemaphorePermit), Error> {
        let allowed = &self.grants.allowed_hosts;
        let target = Target::new(address, self.grants.own_redis.as_ref()).map_err(|_| Error::InvalidAddress)?;
        if !allowed.allow_redis(address) || !allowed.allow_redis(&destination(&target)?) {
            return Err(Error::InvalidAddress);
        }
        let permit =
            Arc::clone(&self.places.redis_connections).try_acquire_owned().map_err(|_| Error::TooManyConnections)?;
        Ok((target, permit))
    }
}

/// Where a client really connects to, as it reads addresses in its own way.
fn destination(target: &Target) -> Result<String, Error> {
    match target {
        Target::Own(_) => Ok(own_redis::ADDRESS.to_owned()),
        Target::Server(client) => match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) => Ok(format!("redis://{}:{port}", bracketed(host))),
            _ => Err(Error::InvalidAddress),
        },
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
) -> Result<Connection, Error> {
    accessor.with(|mut access| match access.get().table.get(resource) {
        Ok(open) => Ok(open.connection.clone()),
        Err(error) => Err(Error::Other(error.to_string())),
    })
}

/// Runs a command on a connection that a component holds.
async fn run<T: Send>(
    accessor: &Accessor<T, HasSelf<State>>,
    resource: &Resource<OpenRedis>,
    command: &Cmd,
) -> Result<Value, Error> {
    let done = connection(accessor, resource)?.run(command).await;
    done.map_err(|failure| match failure {
        Failure::Client(error) => redis_error(error),
        Failure::Own(error) => Error::Other(error),
    })
}

fn read<R: FromRedisValue>(reply: Value) -> Result<R, Error> {
    redis::from_redis_value(reply).map_err(|error| Error::Other(error.to_string()))
}

impl<T: Send> HostConnectionWithStore<T> for HasSelf<State> {
    async fn open(accessor: &Accessor<T, Self>, address: String) -> Result<Resource<OpenRedis>, Error> {
        let (target, permit) = accessor.with(|mut access| access.get().admit_redis(&address))?;
        let connection = target.connect().await.map_err(redis_error)?;
        let open = OpenRedis { connection, _permit: permit };
        accessor.with(|mut access| access.get().table.push(open)).map_err(|_| Error::TooManyConnections)
    }

    async fn publish(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        channel: String,
        payload: Vec<u8>,
    ) -> Result<(), Error> {
        run(accessor, &resource, &Cmd::publish(channel, payload)).await.and_then(read)
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        key: String,
    ) -> Result<Option<Vec<u8>>, Error> {
        let value: Option<Vec<u8>> = run(accessor, &resource, &Cmd::get(key)).await.and_then(read)?;
        check_size(value.as_ref().map_or(0, Vec::len))?;
        Ok(value)
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        run(accessor, &resource, &Cmd::set(key, value)).await.and_then(read)
    }

    async fn incr(accessor: &Accessor<T, Self>, resource: Resource<OpenRedis>, key: String) -> Result<i64, Error> {
        run(accessor, &resource, &Cmd::incr(key, 1)).await.and_then(read)
    }

    async fn del(accessor: &Accessor<T, Self>, resource: Resource<OpenRedis>, keys: Vec<String>) -> Result<u32, Error> {
        run(accessor, &resource, &Cmd::del(keys)).await.and_then(read)
    }

    async fn sadd(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        key: String,
        values: Vec<String>,
    ) -> Result<u32, Error> {
        let reply = run(accessor, &resource, &Cmd::sadd(key, values)).await?;
        // Here Spin tells a reply of the wrong type from other errors.
        redis::from_redis_value(reply).map_err(|_| Error::TypeError)
    }

    async fn smembers(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        key: String,
    ) -> Result<Vec<String>, Error> {
        run(accessor, &resource, &Cmd::smembers(key)).await.and_then(read)
    }

    async fn srem(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        key: String,
        values: Vec<String>,
    ) -> Result<u32, Error> {
        run(accessor, &resource, &Cmd::srem(key, values)).await.and_then(read)
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        resource: Resource<OpenRedis>,
        command: String,
        arguments: Vec<RedisParameter>,
    ) -> Result<Vec<RedisResult>, Error> {
        let mut command = redis::cmd(&command);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => command.arg(number),
                RedisParameter::Binary(bytes) => command.arg(bytes),
            };
        }
        let reply: Flattened = run(accessor, &resource, &command).await.and_then(read)?;
        check_size(reply.size())?;
        Ok(reply.0)
    }
}

fn redis_error(error: RedisError) -> Error {
    Error::Other(error.to_string())
}

fn check_size(bytes: usize) -> Result<(), Error> {
    if bytes > MAX_RESULT_BYTES {
        return Err(Error::Other(format!("query result exceeds limit of {MAX_RESULT_BYTES} bytes")));
    }
    Ok(())
}
