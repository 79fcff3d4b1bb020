//! Drafts and checkpoints (contract, "Checkpoints"): bytes in and out, a chunk at a time.
//!
//! `upload` cuts what comes in to chunks (`cutter`) and writes each one as it is full; nobody sees them until one
//! statement (`store`) makes a draft or a checkpoint of them. `download` reads chunk after chunk, for the whole or for
//! the `range` that is asked for.

use axum::Router;
use axum::routing::{get, post, put};
use utoipa::OpenApi;

mod cutter;
mod download;
mod handlers;
mod model;
mod range;
mod store;
mod upload;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/items/{part_number}/edit-sessions/{session_id}/draft", put(handlers::save_draft))
        .route("/api/items/{part_number}/edit-sessions/{session_id}/checkpoints", post(handlers::create_checkpoint))
        .route("/api/items/{part_number}/checkpoints", get(handlers::list_checkpoints))
        .route(
            "/api/items/{part_number}/checkpoints/{id}",
            get(handlers::checkpoint).delete(handlers::delete_checkpoint),
        )
        .route("/api/items/{part_number}/checkpoints/{id}/content", get(handlers::checkpoint_content))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    handlers::save_draft,
    handlers::create_checkpoint,
    handlers::list_checkpoints,
    handlers::checkpoint,
    handlers::checkpoint_content,
    handlers::delete_checkpoint
))]
pub struct Api;

baton_core::http_component!(routes);
