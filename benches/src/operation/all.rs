//! All operations.

use futures::FutureExt;

use super::api::{Operation, operation};
use super::scene::get;
use super::{audit, checkpoints, events, handoff, sessions, workstations};

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
