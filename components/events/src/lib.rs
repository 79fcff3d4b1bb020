//! Events (contract, "Events"): a workstation's share of the log, by long poll or as server-sent events.
//!
//! `handlers` answers, from `news`; `waiting` knows who waits in this instance. On behalf of all of them one task looks at the
//! log (`pump`, with `look`), and, where there is a Redis, one reads an `inbox` there (what is said to Redis: `mailbox`), in
//! which `enlisting` has them named; of all instances one is on `watch`. How many of one user's requests wait, `share` knows.

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

mod chores;
mod enlisting;
mod handlers;
mod inbox;
mod instance;
mod look;
mod mailbox;
mod model;
mod news;
mod pump;
mod sent;
mod share;
mod shares;
mod store;
mod stream;
mod waiting;
mod watch;

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

baton_core::http_component!(routes, baton_core::crowd::enter_to_wait);
