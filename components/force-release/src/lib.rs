//! Override: an admin ends somebody's edit session, at once or by an approval (contract, "Force-release and approvals").

use axum::Router;
use axum::routing::delete;
use utoipa::OpenApi;

mod handlers;
mod model;

/// This component's routes.
pub fn routes() -> Router {
    Router::new().route(
        "/api/items/{part_number}/edit-sessions/{session_id}/force-release",
        delete(handlers::force_release).post(handlers::force_release),
    )
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(handlers::force_release))]
pub struct Api;

baton_core::http_component!(routes);
