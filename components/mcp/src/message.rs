//! Messages of JSON-RPC 2.0, one in a request: batches, of which one revision knew, are refused.

use axum::Json as Document;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Codes of errors: those of JSON-RPC, then those of the Model Context Protocol (specification 2026-07-28, "Error Codes").
pub const PARSE_ERROR: i64 = -32700;
pub const INVALID_REQUEST: i64 = -32600;
pub const METHOD_NOT_FOUND: i64 = -32601;
pub const INVALID_PARAMS: i64 = -32602;
pub const HEADER_MISMATCH: i64 = -32020;
pub const UNSUPPORTED_VERSION: i64 = -32022;

/// What a client sends.
#[derive(Debug, PartialEq)]
pub enum Message {
    /// Something that is to be answered.
    Request(Request),
    /// Something that isn't.
    Notification,
}

/// Something that is to be answered.
#[derive(Debug, PartialEq)]
pub struct Request {
    /// A text or a whole number.
    pub id: Value,
    /// What is to be done.
    pub method: String,
    /// With what.
    pub params: Map<String, Value>,
}

/// An answer that is an error.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    status: StatusCode,
    id: Value,
    code: i64,
    message: String,
    data: Option<Value>,
}

impl Refusal {
    /// An error in the answer to the request of this id; null where none could be read.
    pub fn new(status: StatusCode, id: &Value, code: i64, message: impl Into<String>) -> Self {
        Self { status, id: id.clone(), code, message: message.into(), data: None }
    }

    /// With more about it.
    pub fn with(self, data: Value) -> Self {
        Self { data: Some(data), ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(data) = self.data {
            error["data"] = data;
        }
        (self.status, Document(json!({ "jsonrpc": "2.0", "id": self.id, "error": error }))).into_response()
    }
}

/// The answer to a request.
pub fn answer(id: &Value, result: Value) -> Response {
    Document(json!({ "jsonrpc": "2.0", "id": id, "result": result })).into_response()
}

/// Reads a body.
pub fn read(body: &[u8]) -> Result<Message, Refusal> {
    let parsed: Value = serde_json::from_slice(body)
        .map_err(|error| bad(&Value::Null, PARSE_ERROR, format!("the body is not JSON: {error}")))?;
    let Value::Object(mut message) = parsed else {
        return Err(bad(&Value::Null, INVALID_REQUEST, "a request holds one message, an object: batches aren't taken"));
    };
    let given = message.remove("id");
    let known = given.clone().filter(is_id).unwrap_or_default();
    let refuse = |what: &str| bad(&known, INVALID_REQUEST, what);
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(refuse("jsonrpc must be \"2.0\""));
    }
    let Some(Value::String(method)) = message.remove("method") else {
        return Err(refuse("a message has a method: this server asks nothing, and takes no answers"));
    };
    let params = match message.remove("params") {
        None => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return Err(bad(&known, INVALID_PARAMS, "params must be an object")),
    };
    match given {
        None => Ok(Message::Notification),
        Some(id) if is_id(&id) => Ok(Message::Request(Request { id, method, params })),
        Some(_) => Err(refuse("id must be a text or a whole number")),
    }
}

fn is_id(id: &Value) -> bool {
    id.is_string() || id.is_i64() || id.is_u64()
}

fn bad(id: &Value, code: i64, message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, id, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &Value) -> Option<i64> {
        read(body.to_string().as_bytes()).err().map(|refusal| refusal.code)
    }

    #[test]
    fn ids_are_texts_and_whole_numbers() {
        for id in [json!("a"), json!(""), json!(0), json!(-7), json!(u64::MAX)] {
            let read = read(json!({ "jsonrpc": "2.0", "id": id, "method": "ping" }).to_string().as_bytes());
            let request = Request { id, method: "ping".to_owned(), params: Map::new() };
            assert_eq!(read, Ok(Message::Request(request)));
        }
        for id in [json!(null), json!(1.5), json!(true), json!([1]), json!({ "a": 1 })] {
            let body = json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
            assert_eq!(code(&body), Some(INVALID_REQUEST), "{id}");
        }
        assert_eq!(read(br#"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#), Ok(Message::Notification));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for body in [
            json!([]),
            json!([{ "jsonrpc": "2.0", "id": 1, "method": "ping" }]),
            json!("x"),
            json!({}),
            json!({ "jsonrpc": "1.0", "id": 1, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": 1 }),
            json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
            json!({ "jsonrpc": "2.0", "id": 1, "method": 1 }),
        ] {
            assert_eq!(code(&body), Some(INVALID_REQUEST), "{body}");
        }
        assert_eq!(code(&json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": [] })), Some(INVALID_PARAMS));
        for broken in [&b"{"[..], b"", b"\xff", &b"[".repeat(1000)] {
            assert_eq!(read(broken).unwrap_err().code, PARSE_ERROR);
        }
    }

    #[test]
    fn a_refusal_names_the_request() {
        let refused = read(br#"{"jsonrpc": "1.0", "id": 7, "method": "ping"}"#).unwrap_err();
        assert_eq!((refused.id, refused.status), (json!(7), StatusCode::BAD_REQUEST));
    }
}
