//! Approvals, their signatures, and the workflows that they follow (contract, "Force-release and approvals").

use axum::Router;
use axum::routing::{get, post};
use utoipa::OpenApi;

mod handlers;
mod model;
mod store;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/approvals", get(handlers::list))
        .route("/api/approvals/{id}", get(handlers::approval))
        .route("/api/approvals/{id}/sign", post(handlers::sign))
        .route("/api/approvals/{id}/cancel", post(handlers::cancel))
        .route("/api/workflows", get(handlers::workflows))
        .route("/api/workflows/{name}", get(handlers::workflow))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    handlers::list,
    handlers::approval,
    handlers::sign,
    handlers::cancel,
    handlers::workflows,
    handlers::workflow
))]
pub struct Api;

baton_core::http_component!(routes);
