//! Webhooks (contract, "Webhooks"): who outside is told of events, and the one component that sends.
//!
//! `handlers` answers, from `store`. `sender` sends what is due, as long as there is any: it takes it from the database
//! (`outbox`), makes a request of it (`message`, in one of the `formats`, signed by `signature`), and notes what came of it
//! (`attempt`). Where a request may go is said by `target` alone; `seal` keeps the secrets.

use axum::Router;
use axum::routing::{get, post};
use baton_core::webhooks::SEND;
use utoipa::OpenApi;

#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively nothing is sent"))]
mod answer;
mod attempt;
mod formats;
mod handlers;
mod message;
mod model;
mod outbox;
mod seal;
mod sender;
mod signature;
mod store;
mod target;

/// This component's routes. The last one is for the other components alone: no route of the manifest leads there.
pub fn routes() -> Router {
    Router::new()
        .route("/api/webhooks", get(handlers::list).post(handlers::create))
        .route("/api/webhooks/{id}", get(handlers::one).patch(handlers::change).delete(handlers::delete))
        .route("/api/webhooks/{id}/rotate", post(handlers::rotate))
        .route("/api/webhooks/{id}/test", post(handlers::test))
        .route("/api/webhooks/{id}/deliveries", get(handlers::deliveries))
        .route("/api/webhook-deliveries/{id}/retry", post(handlers::retry))
        .route(SEND, post(handlers::send))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    handlers::create,
    handlers::list,
    handlers::one,
    handlers::change,
    handlers::delete,
    handlers::rotate,
    handlers::test,
    handlers::deliveries,
    handlers::retry
))]
pub struct Api;

baton_core::http_component!(routes);
