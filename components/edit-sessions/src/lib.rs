//! Items and the edit sessions on them (contract, "Items and subscriptions", "Edit sessions", "Many parts at once" and "Giving,
//! keeping, and what is stale").

use axum::Router;
use axum::routing::{get, post};
use utoipa::OpenApi;

mod batch;
mod filter;
mod giving;
mod handlers;
mod model;
mod store;
mod timeline;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/items/{part_number}", get(handlers::item))
        .route("/api/items/{part_number}/timeline", get(timeline::timeline))
        .route("/api/items/{part_number}/edit-sessions", get(handlers::list_on_item).post(handlers::acquire))
        .route("/api/items/{part_number}/edit-sessions/{session_id}", get(handlers::session).delete(handlers::release))
        .route("/api/items/{part_number}/edit-sessions/{session_id}/renew", post(handlers::renew))
        .route("/api/items/{part_number}/edit-sessions/{session_id}/verify", post(handlers::verify))
        .route("/api/items/{part_number}/edit-sessions/{session_id}/give", post(giving::give))
        .route("/api/edit-sessions", get(handlers::list))
        .route("/api/edit-sessions/batch", post(batch::acquire_many))
        .route("/api/edit-sessions/release", post(batch::release_many))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    handlers::item,
    timeline::timeline,
    handlers::acquire,
    handlers::list_on_item,
    handlers::session,
    handlers::list,
    handlers::renew,
    handlers::verify,
    handlers::release,
    giving::give,
    batch::acquire_many,
    batch::release_many
))]
pub struct Api;

baton_core::http_component!(routes, baton_core::crowd::enter);
