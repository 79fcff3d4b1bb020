//! What assemblies are made of (contract, "Many parts at once").

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

mod handlers;
mod model;
mod store;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/items/{part_number}/children", get(handlers::children).put(handlers::set_children))
        .route("/api/items/{part_number}/parents", get(handlers::parents))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(handlers::set_children, handlers::children, handlers::parents))]
pub struct Api;

baton_core::http_component!(routes);
