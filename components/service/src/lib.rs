//! Health, metrics, the description of the API and the settings in force (contract, "Health and description", "Metrics and
//! statistics"), and an answer for every path that no other component has.

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

mod config;
mod health;
mod metrics;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .route("/api/openapi.json", get(openapi))
        .route("/api/config", get(config::config))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(health::healthz, health::readyz, metrics::metrics, openapi, config::config))]
pub struct Api;

/// The description of the whole API: made from the code of all components by the tests, which also see to it that it
/// is up to date.
const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "health", security(()),
    responses((status = 200, body = Object, content_type = "application/json", description = "OpenAPI 3.1")))]
async fn openapi() -> impl axum::response::IntoResponse {
    ([(axum::http::header::CONTENT_TYPE, "application/json")], OPENAPI)
}

baton_core::http_component!(routes);
