//! What concerns a person, wherever they sit (contract, "Inbox"): the events that are addressed to any of a user's
//! workstations, what of them has been read, and what the user doesn't want to see there.

use axum::Router;
use axum::routing::{get, post};
use utoipa::OpenApi;

mod handlers;
mod model;
mod store;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/inbox", get(handlers::list))
        .route("/api/inbox/count", get(handlers::count))
        .route("/api/inbox/read", post(handlers::read))
        .route("/api/preferences", get(handlers::preferences).put(handlers::prefer))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(handlers::list, handlers::count, handlers::read, handlers::preferences, handlers::prefer))]
pub struct Api;

baton_core::http_component!(routes);
