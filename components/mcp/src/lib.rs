//! Agents (contract, "Agents (Model Context Protocol)"): programs that edit on a user's behalf, by the specification of 2026-07-28
//! without sessions, and by those of 2025 for older clients. Nothing of one request is kept for the next.
//!
//! `message` reads JSON-RPC, `protocol` tells which revision a request is of, `tools` do what there is to be done.

use axum::Router;
use axum::routing::post;
use utoipa::OpenApi;

mod handlers;
mod message;
mod origin;
mod protocol;
mod tools;

/// This component's routes.
pub fn routes() -> Router {
    Router::new().route("/mcp", post(handlers::call))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(handlers::call))]
pub struct Api;

baton_core::http_component!(routes);
