//! Items and edit sessions.

use anyhow::Result;
use futures::FutureExt;
use http::Method;
use serde_json::{Value, json};

use super::api::{Operation, operation};
use super::scene::{CONTESTED, FREE, HELD, Scene, delete, get, post, timed};
use crate::client::Seat;
use crate::client::text;
use crate::work::Exchange;

pub fn operations() -> Vec<Operation> {
    vec![
        operation("acquire", |scene| acquire(scene).boxed_local()),
        operation("acquire what another has", |scene| acquire_held(scene).boxed_local()),
        operation("release", |scene| release(scene).boxed_local()),
        operation("renew", |scene| renew(scene).boxed_local()),
        operation("verify", |scene| verify(scene).boxed_local()),
        operation("read a session", |scene| get(&mut scene.other, &scene.held).boxed_local()),
        operation("read an item", |scene| item(scene).boxed_local()),
        operation("list an item's sessions", |scene| of_item(scene).boxed_local()),
        operation("list own sessions", |scene| get(&mut scene.holder, "/api/edit-sessions?limit=10").boxed_local()),
        operation("list all sessions", |scene| {
            get(&mut scene.admin, "/api/edit-sessions?all=true&limit=10").boxed_local()
        }),
        operation("force-release", |scene| force_release(scene).boxed_local()),
    ]
}

fn sessions(part: &str) -> String {
    format!("/api/items/{part}/edit-sessions")
}

fn acquisition(seat: &Seat) -> Value {
    json!({ "workstation_id": seat.identity().workstation })
}

async fn acquire(scene: &mut Scene) -> Result<Exchange> {
    let (path, body) = (sessions(FREE), acquisition(&scene.other));
    let (answer, exchange) = timed(&mut scene.other, &Method::POST, &path, Some(&body), 201).await?;
    delete(&mut scene.other, &format!("{path}/{}", text(&answer.json()?, "id")?)).await?;
    Ok(exchange)
}

async fn acquire_held(scene: &mut Scene) -> Result<Exchange> {
    let body = acquisition(&scene.other);
    post(&mut scene.other, &sessions(HELD), &body, 409).await
}

async fn release(scene: &mut Scene) -> Result<Exchange> {
    let session = scene.other.acquire(FREE).await?;
    delete(&mut scene.other, &session).await
}

async fn renew(scene: &mut Scene) -> Result<Exchange> {
    let path = format!("{}/renew", scene.held);
    post(&mut scene.holder, &path, &json!({}), 200).await
}

async fn verify(scene: &mut Scene) -> Result<Exchange> {
    let (answer, _) = timed(&mut scene.holder, &Method::GET, &scene.held, None, 200).await?;
    let fence = answer.json()?["fence"].clone();
    post(&mut scene.other, &format!("{}/verify", scene.held), &json!({ "fence": fence }), 200).await
}

async fn item(scene: &mut Scene) -> Result<Exchange> {
    get(&mut scene.other, &format!("/api/items/{HELD}")).await
}

async fn of_item(scene: &mut Scene) -> Result<Exchange> {
    get(&mut scene.other, &format!("{}?limit=10", sessions(HELD))).await
}

async fn force_release(scene: &mut Scene) -> Result<Exchange> {
    let session = scene.other.acquire(CONTESTED).await?;
    post(&mut scene.admin, &format!("{session}/force-release"), &json!({ "reason": "It is urgent." }), 200).await
}
