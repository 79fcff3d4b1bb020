//! Workstations, and what they watch.

use anyhow::Result;
use futures::FutureExt;
use http::Method;
use serde_json::{Value, json};

use super::api::{Operation, operation};
use super::scene::{FREE, Scene, delete, get, post, timed};
use crate::client::text;
use crate::work::Exchange;

const ALL: &str = "/api/workstations";

pub fn operations() -> Vec<Operation> {
    vec![
        operation("register a workstation", |scene| register(scene).boxed_local()),
        operation("register it again", |scene| register_again(scene).boxed_local()),
        operation("remove a workstation", |scene| remove(scene).boxed_local()),
        operation("heartbeat", |scene| heartbeat(scene).boxed_local()),
        operation("read a workstation", |scene| read(scene).boxed_local()),
        operation("list own workstations", |scene| get(&mut scene.holder, "/api/workstations?limit=10").boxed_local()),
        operation("list all workstations", |scene| {
            get(&mut scene.admin, "/api/workstations?all=true&limit=10").boxed_local()
        }),
        operation("watch an item", |scene| watch(scene).boxed_local()),
        operation("list what is watched", |scene| watched(scene).boxed_local()),
        operation("watch no longer", |scene| watch_no_longer(scene).boxed_local()),
    ]
}

fn new_one(scene: &mut Scene) -> Value {
    let number = scene.next_number();
    json!({ "name": "another", "fingerprint": format!("another-{number}") })
}

fn own(scene: &Scene) -> String {
    format!("{ALL}/{}", scene.holder.identity().workstation)
}

fn subscription(scene: &Scene) -> String {
    format!("{}/subscriptions/{FREE}", own(scene))
}

/// Those that this leaves are what the lists list.
async fn register(scene: &mut Scene) -> Result<Exchange> {
    let body = new_one(scene);
    post(&mut scene.other, ALL, &body, 201).await
}

async fn register_again(scene: &mut Scene) -> Result<Exchange> {
    post(&mut scene.holder, ALL, &json!({ "name": "user-1", "fingerprint": "bench-user-1" }), 200).await
}

async fn remove(scene: &mut Scene) -> Result<Exchange> {
    let body = new_one(scene);
    let (answer, _) = timed(&mut scene.other, &Method::POST, ALL, Some(&body), 201).await?;
    delete(&mut scene.other, &format!("{ALL}/{}", text(&answer.json()?, "id")?)).await
}

async fn heartbeat(scene: &mut Scene) -> Result<Exchange> {
    let path = format!("{}/heartbeat", own(scene));
    post(&mut scene.holder, &path, &json!({}), 200).await
}

async fn read(scene: &mut Scene) -> Result<Exchange> {
    let path = own(scene);
    get(&mut scene.holder, &path).await
}

async fn watch(scene: &mut Scene) -> Result<Exchange> {
    let path = subscription(scene);
    let (_, exchange) = timed(&mut scene.holder, &Method::PUT, &path, None, 201).await?;
    delete(&mut scene.holder, &path).await?;
    Ok(exchange)
}

async fn watched(scene: &mut Scene) -> Result<Exchange> {
    let path = format!("{}/subscriptions?limit=10", own(scene));
    get(&mut scene.holder, &path).await
}

async fn watch_no_longer(scene: &mut Scene) -> Result<Exchange> {
    let path = subscription(scene);
    timed(&mut scene.holder, &Method::PUT, &path, None, 201).await?;
    delete(&mut scene.holder, &path).await
}
