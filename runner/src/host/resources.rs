//! What components hold in their hands: connections and stores that they have opened.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use crate::key_value::KeyValueStore;
use crate::redis_client;
use crate::sqlite::Connection;

/// A connection to a database.
pub struct OpenDatabase {
    /// The connection.
    pub connection: Connection,
    /// Its place among the instance's.
    pub _permit: OwnedSemaphorePermit,
}

/// A key-value store.
pub struct OpenStore {
    /// The store.
    pub store: Arc<KeyValueStore>,
    /// Its place among the instance's.
    pub _permit: OwnedSemaphorePermit,
}

/// A connection to a Redis.
pub struct OpenRedis {
    /// The connection.
    pub connection: redis_client::Connection,
    /// Its place among the instance's.
    pub _permit: OwnedSemaphorePermit,
}
