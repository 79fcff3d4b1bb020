//! The audit log (contract, "Audit"): what has happened, as a list and as a file, and whether the record still holds.

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

mod chain;
mod csv;
mod export;
mod filter;
mod handlers;
mod model;
mod store;
#[cfg(test)]
mod tests;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/audit", get(handlers::list))
        .route("/api/audit/export", get(handlers::export))
        .route("/api/audit/verify", get(handlers::verify))
        .route("/api/audit/statistics", get(handlers::statistics))
        .route("/api/audit/{id}", get(handlers::entry))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(handlers::list, handlers::export, handlers::verify, handlers::statistics, handlers::entry))]
pub struct Api;

baton_core::http_component!(routes);
