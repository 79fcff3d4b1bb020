//! Teams, and what they may on which items (contract, "Teams and access"). What follows from it is decided by the views of
//! `core/src/schema/definitions/access.sql`, for every route (docs/rights.md).

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

mod handlers;
mod model;
mod store;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/teams", get(handlers::teams))
        .route("/api/teams/{name}", get(handlers::team).put(handlers::put_team).delete(handlers::delete_team))
        .route("/api/access", get(handlers::access).put(handlers::set_access))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    handlers::teams,
    handlers::team,
    handlers::put_team,
    handlers::delete_team,
    handlers::access,
    handlers::set_access
))]
pub struct Api;

baton_core::http_component!(routes);
