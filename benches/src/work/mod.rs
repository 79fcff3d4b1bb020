//! What clients do: a work is done by any number of clients at once, each on a connection and on parts of its own.

mod acquire;
mod api;
mod ask;
mod etcd;
mod insert;
mod read;
mod redis;

pub use acquire::{AcquireRelease, Editor};
pub use api::{Client, Exchange, Task, Work};
pub use ask::{Ask, InsertByComponent};
pub use etcd::CreateDelete;
pub use insert::Insert;
pub use read::Read;
pub use redis::SetDelete;
