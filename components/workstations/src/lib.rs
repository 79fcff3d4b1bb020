//! Workstations, what they watch and what they are asked to do (contract, "Workstations", "Items and subscriptions" and
//! "Commands to workstations").

use axum::Router;
use axum::routing::{get, post, put};
use utoipa::OpenApi;

mod commands;
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
        .route("/api/workstations/{id}/commands", post(commands::give))
        .route("/api/commands/{id}", get(commands::command))
        .route("/api/commands/{id}/acknowledge", post(commands::acknowledge))
        .route("/api/commands/{id}/done", post(commands::done))
        .route("/api/commands/{id}/fail", post(commands::fail))
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
    handlers::unsubscribe,
    commands::give,
    commands::command,
    commands::acknowledge,
    commands::done,
    commands::fail
))]
pub struct Api;

baton_core::http_component!(routes);
