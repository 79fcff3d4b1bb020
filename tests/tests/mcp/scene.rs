//! Agents that call by hand, as the specification of 2026-07-28 says.

use std::sync::atomic::{AtomicI64, Ordering};

use baton_tests::{App, Client, Response};
use serde_json::{Value, json};

/// The revision whose requests tell all of themselves.
pub const MODERN: &str = "2026-07-28";

/// What such a request says of itself.
pub fn meta(version: &str) -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "baton-tests", "version": "0" },
    })
}

/// An agent of a user's.
pub struct Agent {
    pub client: Client,
    name: String,
    next_id: AtomicI64,
}

impl Agent {
    /// Of a user whom no other test knows.
    pub fn new(app: &App, name: &str) -> Self {
        Self::of(app.user("editor"), name)
    }

    /// Of this user.
    pub fn of(client: Client, name: &str) -> Self {
        Self { client, name: name.to_owned(), next_id: AtomicI64::new(1) }
    }

    /// Sends a request with what its headers and `_meta` have to say.
    pub fn send(&self, method: &str, mut params: Value) -> Response {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        params["_meta"] = meta(MODERN);
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let call = self.client.call("POST", "/mcp").header("mcp-protocol-version", MODERN).header("mcp-method", method);
        let call = match params["name"].as_str() {
            Some(name) => call.header("mcp-name", name),
            None => call,
        };
        call.json(&body).send()
    }

    /// The result of a request.
    pub fn result(&self, method: &str, params: Value) -> Value {
        let answer = self.send(method, params).ok(200);
        assert_eq!(
            (&answer["jsonrpc"], &answer["id"]),
            (&json!("2.0"), &json!(self.next_id.load(Ordering::Relaxed) - 1)),
            "{answer}"
        );
        let result = answer["result"].clone();
        assert_eq!(result["resultType"], "complete", "{answer}");
        assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "baton", "{answer}");
        result
    }

    /// Uses a tool, under this agent's name.
    pub fn call(&self, tool: &str, mut arguments: Value) -> Value {
        arguments["agent"] = json!(self.name);
        let result = self.result("tools/call", json!({ "name": tool, "arguments": arguments }));
        assert!(result["content"][0]["text"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
        assert!(result["structuredContent"].is_object(), "{result}");
        result
    }

    /// Uses a tool with success: its document.
    pub fn uses(&self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    /// Uses a tool in vain: its document, and what the model reads.
    pub fn fails(&self, tool: &str, arguments: Value) -> (Value, String) {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        (result["structuredContent"].clone(), result["content"][0]["text"].as_str().unwrap_or_default().to_owned())
    }
}

/// The body of a request as older clients send it.
pub fn old(id: &Value, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// The code of the error in an answer of this status.
pub fn code(answer: &Response, status: u16) -> i64 {
    let document = answer.ok(status);
    document["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error in {document}"))
}
