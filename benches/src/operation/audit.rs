//! Reading the audit log: pages of it, by each of its filters.

use anyhow::Result;
use futures::FutureExt;

use super::api::{Operation, operation};
use super::scene::{HELD, Scene, get};
use crate::work::Exchange;

pub fn operations() -> Vec<Operation> {
    vec![
        operation("audit, oldest page", |scene| page(scene, "").boxed_local()),
        operation("audit, newest page", |scene| newest(scene).boxed_local()),
        operation("audit of a part", |scene| of_part(scene).boxed_local()),
        operation("audit of an actor", |scene| page(scene, "&actor=user-1").boxed_local()),
        operation("audit of an actor who did nothing", |scene| page(scene, "&actor=nobody").boxed_local()),
        operation("audit of a frequent action", |scene| page(scene, "&action=edit.session_released").boxed_local()),
        operation("audit of a rare action", |scene| page(scene, "&action=edit.force_released").boxed_local()),
        operation("audit of a kind of resource", |scene| page(scene, "&resource_type=workstation").boxed_local()),
        operation("audit of a resource", |scene| of_session(scene).boxed_local()),
        operation("audit since a time", |scene| since(scene).boxed_local()),
        operation("audit until a time", |scene| until(scene).boxed_local()),
        operation("audit of an actor since a time", |scene| of_actor_since(scene).boxed_local()),
        operation("one audit entry", |scene| entry(scene).boxed_local()),
    ]
}

async fn page(scene: &mut Scene, filter: &str) -> Result<Exchange> {
    get(&mut scene.admin, &format!("/api/audit?limit=10{filter}")).await
}

async fn newest(scene: &mut Scene) -> Result<Exchange> {
    let after = scene.past.audit;
    page(scene, &format!("&after={after}")).await
}

async fn of_part(scene: &mut Scene) -> Result<Exchange> {
    page(scene, &format!("&part_number={HELD}")).await
}

async fn of_session(scene: &mut Scene) -> Result<Exchange> {
    let (_, session) = scene.held.rsplit_once('/').unwrap_or_default();
    let filter = format!("&resource_type=edit_session&resource_id={session}");
    page(scene, &filter).await
}

async fn since(scene: &mut Scene) -> Result<Exchange> {
    let filter = format!("&since={}", scene.begun);
    page(scene, &filter).await
}

/// Until a time that has entries before it in an empty database, too: both give the oldest ones.
async fn until(scene: &mut Scene) -> Result<Exchange> {
    let filter = format!("&until={}", scene.over);
    page(scene, &filter).await
}

async fn of_actor_since(scene: &mut Scene) -> Result<Exchange> {
    let filter = format!("&actor=user-2&since={}", scene.begun);
    page(scene, &filter).await
}

async fn entry(scene: &mut Scene) -> Result<Exchange> {
    let id = scene.past.audit + 1;
    get(&mut scene.admin, &format!("/api/audit/{id}")).await
}
