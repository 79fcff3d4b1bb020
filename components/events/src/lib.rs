//! Events (contract, "Events"): a workstation's share of the log, by long poll or as server-sent events.
//!
//! `handlers` answers; `waiting` knows who waits in this instance. On behalf of all of them one task looks at the log
//! (`pump`), and, where there is a Redis, one reads an inbox there (`inbox`), in which `enlisting` has them named.

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

mod chores;
mod enlisting;
mod handlers;
mod inbox;
mod model;
mod pump;
mod store;
mod stream;
mod waiting;

#[cfg(test)]
mod tests;

/// This component's routes.
pub fn routes() -> Router {
    Router::new().route("/api/events", get(handlers::events))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(handlers::events))]
pub struct Api;

baton_core::http_component!(routes);
