//! What an operation is.

use anyhow::Result;

use super::scene::Scene;
use crate::pending::Pending;
use crate::work::Exchange;

/// An operation: one request whose time counts, with what has to be done before and after it.
pub struct Operation {
    /// Its name in the report.
    pub name: &'static str,
    /// Does it once, and leaves the scene as it was.
    pub perform: Perform,
}

/// The times of the request that counts.
pub type Perform = for<'a> fn(&'a mut Scene) -> Pending<'a, Result<Exchange>>;

/// An operation of this name.
pub const fn operation(name: &'static str, perform: Perform) -> Operation {
    Operation { name, perform }
}
