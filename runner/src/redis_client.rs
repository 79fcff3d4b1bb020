//! Connections to a Redis: a server's, or the one in this process.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Arg, AsyncConnectionConfig, Client, Cmd, RedisError, Value};

use crate::own_redis;

/// How long a connection may take to be made.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A Redis that can be connected to.
#[derive(Clone)]
pub enum Target {
    /// A server.
    Server(Client),
    /// The one in this process.
    Own(Arc<own_redis::Server>),
}

/// A connection.
#[derive(Clone)]
pub enum Connection {
    /// To a server.
    Server(MultiplexedConnection),
    /// Within this process.
    Own(own_redis::Connection),
}

/// Why a command failed.
pub enum Failure {
    /// The client says so.
    Client(RedisError),
    /// The Redis in this process says so.
    Own(String),
}

impl Target {
    /// What is at an address; `own` is the Redis in this process.
    ///
    /// Errors: it is no address.
    pub fn new(address: &str, own: Option<&Arc<own_redis::Server>>) -> Result<Self, RedisError> {
        match own {
            Some(own) if address == own_redis::ADDRESS => Ok(Self::Own(Arc::clone(own))),
            _ => Client::open(address).map(Self::Server),
        }
    }

    /// Connects.
    ///
    /// Errors: it isn't there, or doesn't answer within [`CONNECT_TIMEOUT`].
    pub async fn connect(&self) -> Result<Connection, RedisError> {
        match self {
            Self::Server(client) => {
                // A command such as BLPOP may take as long as it was told to.
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(CONNECT_TIMEOUT))
                    .set_response_timeout(None);
                client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::Server)
            }
            Self::Own(server) => Ok(Connection::Own(own_redis::Connection::new(Arc::clone(server)))),
        }
    }
}

impl Connection {
    /// Runs a command.
    ///
    /// Errors: the connection is lost, or Redis refuses it.
    pub async fn run(&mut self, command: &Cmd) -> Result<Value, Failure> {
        match self {
            Self::Server(connection) => command.query_async(connection).await.map_err(Failure::Client),
            Self::Own(connection) => connection.execute(&words(command)).await.map_err(Failure::Own),
        }
    }
}

fn words(command: &Cmd) -> Vec<Vec<u8>> {
    let word = |argument| match argument {
        Arg::Simple(bytes) => bytes,
        // The place of a cursor, in commands that the client itself goes on with.
        _ => &b"0"[..],
    };
    command.args_iter().map(|argument| word(argument).to_vec()).collect()
}
