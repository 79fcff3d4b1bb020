//! SQLite for components: connections as they open them, and the one that writes for all of them.

mod connection;
mod database;
mod file;
mod statement;
mod value;
mod wal;
mod writer;

pub use connection::{Connection, Running};
pub use database::Database;
pub use value::{Error, Row, Rows, Value};
