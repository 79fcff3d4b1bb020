//! Every operation of the API, one at a time: to see whether one of them gets slower as the database grows.
//!
//! Left out are those that go over the whole log by their very purpose: the audit log's export and its verification.

mod audit;
mod checkpoints;
mod events;
mod handoff;
mod scene;
mod sessions;
mod workstations;

use anyhow::Result;
use futures::FutureExt;

pub use scene::{Scene, get, post, timed};

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

const fn operation(name: &'static str, perform: Perform) -> Operation {
    Operation { name, perform }
}

/// All of them.
pub fn all() -> Vec<Operation> {
    let families = [
        sessions::operations(),
        handoff::operations(),
        events::operations(),
        workstations::operations(),
        checkpoints::operations(),
        audit::operations(),
        service(),
    ];
    families.into_iter().flatten().collect()
}

fn service() -> Vec<Operation> {
    vec![
        operation("health", |scene| get(&mut scene.holder, "/healthz").boxed_local()),
        operation("readiness", |scene| get(&mut scene.holder, "/readyz").boxed_local()),
        operation("settings", |scene| get(&mut scene.admin, "/api/config").boxed_local()),
        operation("list approvals", |scene| get(&mut scene.admin, "/api/approvals?limit=10").boxed_local()),
        operation("list workflows", |scene| get(&mut scene.holder, "/api/workflows").boxed_local()),
    ]
}
