//! API keys (contract, "Who calls"), and what a user has used of the quotas ("Limits").

use axum::Router;
use axum::routing::{delete, get, post};
use utoipa::OpenApi;

mod handlers;
mod model;
mod quotas;
mod store;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/keys", get(handlers::list).post(handlers::create))
        .route("/api/keys/{id}", delete(handlers::revoke))
        .route("/api/keys/{id}/rotate", post(handlers::rotate))
        .route("/api/quotas", get(quotas::quotas))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(handlers::create, handlers::list, handlers::rotate, handlers::revoke, quotas::quotas))]
pub struct Api;

baton_core::http_component!(routes);
