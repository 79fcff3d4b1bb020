//! Workstations and what they watch (contract, "Workstations" and "Items and subscriptions").

use axum::Router;
use axum::routing::{get, post, put};
use utoipa::OpenApi;

mod handlers;
mod model;
mod store;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/workstations", get(handlers::list).post(handlers::register))
        .route("/api/workstations/{id}", get(handlers::workstation).delete(handlers::remove))
        .route("/api/workstations/{id}/heartbeat", post(handlers::heartbeat))
        .route("/api/workstations/{id}/subscriptions", get(handlers::subscriptions))
        .route(
            "/api/workstations/{id}/subscriptions/{part_number}",
            put(handlers::subscribe).delete(handlers::unsubscribe),
        )
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    handlers::register,
    handlers::list,
    handlers::workstation,
    handlers::heartbeat,
    handlers::remove,
    handlers::subscribe,
    handlers::subscriptions,
    handlers::unsubscribe
))]
pub struct Api;

baton_core::http_component!(routes);
