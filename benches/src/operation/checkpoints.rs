//! Drafts and checkpoints.

use anyhow::Result;
use futures::FutureExt;
use http::Method;
use serde_json::{Value, json};

use super::api::{Operation, operation};
use super::scene::{HELD, Scene, delete, get, timed};
use crate::client::text;
use crate::work::Exchange;

pub fn operations() -> Vec<Operation> {
    vec![
        operation("save a draft", |scene| draft(scene).boxed_local()),
        operation("create a checkpoint", |scene| create(scene).boxed_local()),
        operation("list checkpoints", |scene| list(scene).boxed_local()),
        operation("read a checkpoint", |scene| read(scene).boxed_local()),
        operation("download a checkpoint", |scene| download(scene).boxed_local()),
        operation("delete a checkpoint", |scene| remove(scene).boxed_local()),
    ]
}

/// Work in progress; what it is doesn't matter.
fn work() -> Value {
    json!({ "sketch": "x".repeat(1_000) })
}

fn checkpoints() -> String {
    format!("/api/items/{HELD}/checkpoints")
}

async fn draft(scene: &mut Scene) -> Result<Exchange> {
    let path = format!("{}/draft", scene.held);
    timed(&mut scene.holder, &Method::PUT, &path, Some(&work()), 204).await.map(|(_, exchange)| exchange)
}

/// The checkpoint's path, and the times of its creation.
async fn created(scene: &mut Scene) -> Result<(String, Exchange)> {
    let path = format!("{}/checkpoints", scene.held);
    let (answer, exchange) = timed(&mut scene.holder, &Method::POST, &path, Some(&work()), 201).await?;
    Ok((format!("{}/{}", checkpoints(), text(&answer.json()?, "id")?), exchange))
}

/// The oldest goes when there are more than an item keeps.
async fn create(scene: &mut Scene) -> Result<Exchange> {
    created(scene).await.map(|(_, exchange)| exchange)
}

async fn list(scene: &mut Scene) -> Result<Exchange> {
    get(&mut scene.other, &format!("{}?limit=10", checkpoints())).await
}

async fn read(scene: &mut Scene) -> Result<Exchange> {
    let (checkpoint, _) = created(scene).await?;
    get(&mut scene.other, &checkpoint).await
}

async fn download(scene: &mut Scene) -> Result<Exchange> {
    let (checkpoint, _) = created(scene).await?;
    get(&mut scene.other, &format!("{checkpoint}/content")).await
}

async fn remove(scene: &mut Scene) -> Result<Exchange> {
    let (checkpoint, _) = created(scene).await?;
    delete(&mut scene.holder, &checkpoint).await
}
