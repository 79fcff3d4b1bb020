//! The one route: reads a message, and has it answered.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use baton_core::Result;
use baton_core::auth::{Caller, Viewer};
use baton_core::extract::JsonBytes;
use baton_core::problem::ProblemDocument;
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::message::{self, INVALID_PARAMS, Message, Refusal, Request};
use crate::origin::Own;
use crate::protocol::{self, Era};
use crate::tools;

/// The largest message, in bytes: a thousand paths fit.
const BODY_MAX: usize = 256 * 1024;

/// What is known of a message before it is read (JSON-RPC 2.0).
#[derive(Debug)]
pub struct RpcMessage;

impl PartialSchema for RpcMessage {
    fn schema() -> RefOr<Schema> {
        let text = |value: &str| ObjectBuilder::new().schema_type(Type::String).enum_values(Some([value]));
        let id = OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::String))
            .item(ObjectBuilder::new().schema_type(Type::Integer));
        let methods =
            ["initialize", "ping", "server/discover", "tools/list", "tools/call", "notifications/initialized"];
        ObjectBuilder::new()
            .property("jsonrpc", text("2.0"))
            .property("id", id)
            .property("method", ObjectBuilder::new().schema_type(Type::String).enum_values(Some(methods)))
            .property("params", ObjectBuilder::new().schema_type(Type::Object))
            .required("jsonrpc")
            .required("method")
            .description(Some("A message of JSON-RPC 2.0; without an `id` it is a notification."))
            .into()
    }
}

impl ToSchema for RpcMessage {
    fn name() -> std::borrow::Cow<'static, str> {
        "RpcMessage".into()
    }
}

/// The Model Context Protocol: the specification of 2026-07-28, and `initialize` of 2025-03-26, 2025-06-18 and 2025-11-25. A request
/// of 2026-07-28 says in `MCP-Protocol-Version`, `Mcp-Method` and `Mcp-Name` what its body says. `tools/list` describes the tools:
/// `who_holds`, `acquire`, `renew`, `release`, `request_handoff`, `answer_handoff`, `wait_for_turn` and `my_sessions`. A tool's
/// failure is a result with `isError`.
#[utoipa::path(post, path = "/mcp", operation_id = "mcp", tag = "agents",
    request_body = RpcMessage,
    responses((status = 200, body = Object, description = "the answer to a request, with `result` or `error`"),
        (status = 202, description = "a notification: there is nothing to answer"),
        (status = 400, content((Object = "application/json"), (ProblemDocument = "application/problem+json")),
            description = "no message of JSON-RPC (-32700, -32600, -32602), headers that aren't what the body says (-32020), or an unknown version (-32022, with `data.supported`)"),
        (status = 403, body = ProblemDocument, description = "`foreign_origin`: a page of another host; or the key's scopes don't suffice"),
        (status = 404, content((Object = "application/json"), (ProblemDocument = "application/problem+json")),
            description = "an unknown method (-32601), or `module_disabled`"),
        (status = 503, body = ProblemDocument, description = "`unavailable`: storage can't be reached")))]
pub async fn call(
    _: Own,
    Viewer(caller): Viewer,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes<BODY_MAX>,
) -> Result<Response> {
    let request = match message::read(&body) {
        Ok(Message::Request(request)) => request,
        Ok(Message::Notification) => return Ok(StatusCode::ACCEPTED.into_response()),
        Err(refusal) => return Ok(refusal.into_response()),
    };
    let era = match protocol::era(&headers, &request) {
        Ok(era) => era,
        Err(refusal) => return Ok(refusal.into_response()),
    };
    let result = match (request.method.as_str(), era) {
        ("server/discover", _) => protocol::discovered(),
        ("initialize", Era::Legacy) => protocol::initialized(&request),
        ("ping", Era::Legacy) => Value::Object(Map::new()),
        ("tools/list", _) => era.complete_for_a_while(tools::list()),
        ("tools/call", _) => match run(&caller, &request).await? {
            Ok(result) => era.complete(result),
            Err(refusal) => return Ok(refusal.into_response()),
        },
        _ => return Ok(protocol::unknown_method(&request).into_response()),
    };
    Ok(message::answer(&request.id, result))
}

async fn run(caller: &Caller, request: &Request) -> Result<Result<Value, Refusal>> {
    let refuse = |what: String| Ok(Err(Refusal::new(StatusCode::OK, &request.id, INVALID_PARAMS, what)));
    let Some(name) = request.params.get("name").and_then(Value::as_str) else {
        return refuse("params.name must be the name of a tool".to_owned());
    };
    let Some(tool) = tools::named(name) else {
        return refuse(format!("Unknown tool: {}", name.chars().take(100).collect::<String>()));
    };
    let arguments = match request.params.get("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(_) => return refuse("params.arguments must be an object".to_owned()),
    };
    caller.note("tool", name);
    tool.run(caller, arguments).await.map(Ok)
}
