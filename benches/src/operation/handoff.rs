//! Asking for a session, and what becomes of that.

use anyhow::Result;
use futures::FutureExt;
use http::Method;
use serde_json::{Value, json};

use super::api::{Operation, operation};
use super::scene::{CONTESTED, Scene, delete, get, post, question, request_in, timed};
use crate::work::Exchange;

pub fn operations() -> Vec<Operation> {
    vec![
        operation("request a handoff", |scene| request(scene).boxed_local()),
        operation("request it again", |scene| request_again(scene).boxed_local()),
        operation("decline", |scene| decline(scene).boxed_local()),
        operation("accept", |scene| accept(scene).boxed_local()),
        operation("cancel", |scene| cancel(scene).boxed_local()),
        operation("release to the next in line", |scene| release_to_next(scene).boxed_local()),
        operation("list a session's requests", |scene| of_session(scene).boxed_local()),
        operation("list own requests", |scene| get(&mut scene.holder, "/api/handoff-requests?limit=10").boxed_local()),
    ]
}

async fn request(scene: &mut Scene) -> Result<Exchange> {
    let path = scene.request_path();
    let (answer, exchange) = timed(&mut scene.other, &Method::POST, &path, Some(&question()), 202).await?;
    delete(&mut scene.other, &request_in(&answer)?).await?;
    Ok(exchange)
}

async fn request_again(scene: &mut Scene) -> Result<Exchange> {
    let asked = scene.ask().await?;
    let path = scene.request_path();
    let exchange = post(&mut scene.other, &path, &question(), 200).await?;
    delete(&mut scene.other, &asked).await?;
    Ok(exchange)
}

async fn decline(scene: &mut Scene) -> Result<Exchange> {
    let asked = scene.ask().await?;
    post(&mut scene.holder, &format!("{asked}/decline"), &json!({}), 200).await
}

async fn cancel(scene: &mut Scene) -> Result<Exchange> {
    let asked = scene.ask().await?;
    delete(&mut scene.other, &asked).await
}

async fn accept(scene: &mut Scene) -> Result<Exchange> {
    let (_, asked) = contest(scene, false).await?;
    let exchange = post(&mut scene.holder, &format!("{asked}/accept"), &json!({}), 200).await?;
    settle(scene).await?;
    Ok(exchange)
}

async fn release_to_next(scene: &mut Scene) -> Result<Exchange> {
    let (session, _) = contest(scene, true).await?;
    let exchange = delete(&mut scene.holder, &session).await?;
    settle(scene).await?;
    Ok(exchange)
}

/// The holder has a session that the other one asks for: the paths of the session and of the request.
async fn contest(scene: &mut Scene, auto_acquire: bool) -> Result<(String, String)> {
    let session = scene.holder.acquire(CONTESTED).await?;
    let workstation = scene.other.identity().workstation.clone();
    let body: Value = json!({ "message": "May I?", "workstation_id": workstation, "auto_acquire": auto_acquire });
    let path = format!("{session}/request-handoff");
    let (answer, _) = timed(&mut scene.other, &Method::POST, &path, Some(&body), 202).await?;
    Ok((session, request_in(&answer)?))
}

/// The other one, who has got it, gives it back.
async fn settle(scene: &mut Scene) -> Result<()> {
    let session = scene.other.acquire(CONTESTED).await?;
    delete(&mut scene.other, &session).await.map(drop)
}

async fn of_session(scene: &mut Scene) -> Result<Exchange> {
    get(&mut scene.holder, &format!("{}/handoff-requests?limit=10", scene.held)).await
}
