//! Reading events. Waiting for them is measured elsewhere.

use anyhow::Result;
use futures::FutureExt;

use super::api::{Operation, operation};
use super::scene::{Scene, get};
use crate::client::text;
use crate::work::Exchange;

/// The first cursor that there ever was.
const LONG_AGO: &str = "1";

pub fn operations() -> Vec<Operation> {
    vec![
        operation("events from now on", |scene| after(scene, None).boxed_local()),
        operation("events, no news", |scene| no_news(scene).boxed_local()),
        operation("events, news", |scene| news(scene).boxed_local()),
        operation("events from long ago", |scene| after(scene, Some(LONG_AGO)).boxed_local()),
    ]
}

async fn after(scene: &mut Scene, cursor: Option<&str>) -> Result<Exchange> {
    let workstation = &scene.holder.identity().workstation;
    let after = cursor.map(|cursor| format!("&after={cursor}")).unwrap_or_default();
    let path = format!("/api/events?workstation_id={workstation}&wait=0&limit=10{after}");
    get(&mut scene.holder, &path).await
}

async fn no_news(scene: &mut Scene) -> Result<Exchange> {
    let cursor = text(&scene.holder.events(None, 0).await?, "cursor")?;
    after(scene, Some(&cursor)).await
}

async fn news(scene: &mut Scene) -> Result<Exchange> {
    let cursor = scene.cursor.clone();
    after(scene, Some(&cursor)).await
}
