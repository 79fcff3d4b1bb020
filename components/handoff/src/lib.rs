//! Handoff: asking for a session, answering, and standing in line (contract, "Handoff").

use axum::Router;
use axum::routing::{delete, get, post};
use utoipa::OpenApi;

mod handlers;
mod model;
mod store;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/items/{part_number}/edit-sessions/{session_id}/request-handoff", post(handlers::request))
        .route("/api/items/{part_number}/edit-sessions/{session_id}/handoff-requests", get(handlers::list_on_session))
        .route("/api/handoff-requests", get(handlers::list))
        .route("/api/lines", get(handlers::lines))
        .route("/api/handoff-requests/{id}", delete(handlers::cancel))
        .route("/api/handoff-requests/{id}/accept", post(handlers::accept))
        .route("/api/handoff-requests/{id}/decline", post(handlers::decline))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    handlers::request,
    handlers::list_on_session,
    handlers::list,
    handlers::lines,
    handlers::accept,
    handlers::decline,
    handlers::cancel
))]
pub struct Api;

baton_core::http_component!(routes);
