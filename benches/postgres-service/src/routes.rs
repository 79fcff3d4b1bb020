//! One function for each route.

use std::time::Instant;

use axum::extract::{FromRef, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::json;
use uuid::Uuid;

use crate::answer::{Problem, Result};
use crate::auth::{Caller, Role, Verifier};
use crate::model::{Acquire, Register, Session, Workstation};
use crate::store::{Acquired, Cause, Store};

/// What the routes need.
#[derive(Clone)]
pub struct Service {
    /// The database.
    pub store: Store,
    /// What checks tokens.
    pub verifier: Verifier,
}

impl FromRef<Service> for Store {
    fn from_ref(service: &Service) -> Self {
        service.store.clone()
    }
}

impl FromRef<Service> for Verifier {
    fn from_ref(service: &Service) -> Self {
        service.verifier.clone()
    }
}

/// Names a request.
#[derive(Clone)]
struct RequestId(String);

/// All routes.
pub fn routes(service: Service) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/api/workstations", post(register))
        .route("/api/items/{part_number}/edit-sessions", post(acquire))
        .route("/api/items/{part_number}/edit-sessions/{session_id}", get(session).delete(release))
        .layer(middleware::from_fn(logged))
        .with_state(service)
}

/// Gives every request an id, and the log a line.
async fn logged(mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let given = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let id = given.unwrap_or_else(|| Uuid::new_v4().to_string());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed().as_millis());
    eprintln!("request_id={id} method={method} path={path} status={status} ms={took}");
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

async fn healthz() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

async fn readyz(State(store): State<Store>) -> Result<Json<serde_json::Value>> {
    store.ping().await?;
    Ok(Json(json!({ "status": "ready" })))
}

async fn register(
    State(store): State<Store>,
    Extension(RequestId(request)): Extension<RequestId>,
    caller: Caller,
    Json(wanted): Json<Register>,
) -> Result<(StatusCode, Json<Workstation>)> {
    caller.require(Role::Viewer)?;
    let cause = Cause { user: &caller.user, request: &request };
    let registered = store.register(cause, &wanted).await?;
    let taken = || Problem::new(StatusCode::CONFLICT, "fingerprint_taken", "another user has this fingerprint");
    Ok((StatusCode::CREATED, Json(registered.ok_or_else(taken)?)))
}

async fn acquire(
    State(store): State<Store>,
    Extension(RequestId(request)): Extension<RequestId>,
    caller: Caller,
    Path(part_number): Path<String>,
    Json(wanted): Json<Acquire>,
) -> Result<Response> {
    caller.require(Role::Editor)?;
    let cause = Cause { user: &caller.user, request: &request };
    match store.acquire(cause, &part_number, &wanted).await? {
        Acquired::Granted(session) => {
            let location = format!("/api/items/{part_number}/edit-sessions/{}", session.id);
            Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(session)).into_response())
        }
        Acquired::Renewed(session) => Ok(Json(session).into_response()),
        Acquired::Held(session) => Err(held(&session)),
        Acquired::NotOwn => Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "this is no workstation of yours")),
    }
}

fn held(session: &Session) -> Problem {
    let Session { id, user, workstation_id, object_id, acquired_at, expires_at, .. } = session;
    let holder = json!({ "user": user, "workstation_id": workstation_id, "session_id": id, "object_id": object_id,
        "acquired_at": acquired_at, "expires_at": expires_at });
    Problem::new(StatusCode::CONFLICT, "held", "somebody holds this scope").with("holder", holder)
}

async fn session(
    State(store): State<Store>,
    caller: Caller,
    Path((part_number, session)): Path<(String, Uuid)>,
) -> Result<Json<Session>> {
    caller.require(Role::Viewer)?;
    let session = store.session(&part_number, session).await?.ok_or_else(unknown)?;
    match &session.reason {
        None => Ok(Json(session)),
        Some(reason) => Err(lost(reason)),
    }
}

async fn release(
    State(store): State<Store>,
    Extension(RequestId(request)): Extension<RequestId>,
    caller: Caller,
    Path((part_number, id)): Path<(String, Uuid)>,
) -> Result<StatusCode> {
    caller.require(Role::Editor)?;
    let cause = Cause { user: &caller.user, request: &request };
    if store.release(cause, &part_number, id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let session = store.session(&part_number, id).await?.ok_or_else(unknown)?;
    match session.reason.as_deref() {
        _ if session.user != caller.user => {
            Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "this session is somebody else's"))
        }
        Some("released") => Ok(StatusCode::NO_CONTENT),
        reason => Err(lost(reason.unwrap_or_default())),
    }
}

fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "this item has no such session")
}

fn lost(reason: &str) -> Problem {
    Problem::new(StatusCode::GONE, "session_lost", "this session is over").with("reason", json!(reason))
}
