//! Which revision of the protocol a request is of, and what has to stand in its headers (specification 2026-07-28, "Versioning and
//! Compatibility" and "Request Metadata").

use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use crate::message::{HEADER_MISMATCH, INVALID_PARAMS, METHOD_NOT_FOUND, Refusal, Request, UNSUPPORTED_VERSION};

/// The revision whose requests tell all of themselves.
const MODERN: &str = "2026-07-28";

/// Those that begin with `initialize`, the newest first.
const LEGACY: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/// What requests and answers say of themselves.
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const META_SERVER: &str = "io.modelcontextprotocol/serverInfo";

/// For how long a client may keep what doesn't change while this version runs, in milliseconds.
const FRESH_FOR: u32 = 3_600_000;

/// What a program is told that connects.
const INSTRUCTIONS: &str = "Baton decides who edits which file. Before you change files, `acquire` all of them at once; while you \
    work, `renew` before `expires_at`; `release` them when you are done. Never edit what somebody else holds: ask for it by \
    `request_handoff`, or stand in line by `acquire` with `line` and call `wait_for_turn` until it is yours. Give the same `agent` \
    in every call if several agents work for one user.";

/// How a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// Each request by itself.
    Modern,
    /// After `initialize`.
    Legacy,
}

/// Tells how a request is to be taken, and checks that its headers say what its body says.
pub fn era(headers: &HeaderMap, request: &Request) -> Result<Era, Refusal> {
    let header = header(headers, "mcp-protocol-version");
    let meta = request.params.get("_meta").and_then(Value::as_object);
    match (meta.and_then(|meta| meta.get(META_VERSION)), header) {
        (None, None) => Ok(Era::Legacy),
        (None, Some(version)) if LEGACY.contains(&version) => Ok(Era::Legacy),
        (None, Some(MODERN)) => Err(incomplete(request, META_VERSION)),
        (None, Some(version)) => Err(unsupported(request, version)),
        (Some(Value::String(version)), header) => {
            if header != Some(version.as_str()) {
                return Err(mismatch(request, "MCP-Protocol-Version"));
            }
            if LEGACY.contains(&version.as_str()) {
                return Ok(Era::Legacy);
            }
            if version != MODERN {
                return Err(unsupported(request, version));
            }
            check(headers, request, meta)
        }
        (Some(_), _) => Err(incomplete(request, META_VERSION)),
    }
}

/// What has to stand in a request of the modern revision.
fn check(headers: &HeaderMap, request: &Request, meta: Option<&Map<String, Value>>) -> Result<Era, Refusal> {
    if header(headers, "mcp-method") != Some(request.method.as_str()) {
        return Err(mismatch(request, "Mcp-Method"));
    }
    if request.method == "tools/call" {
        let name = request.params.get("name").and_then(Value::as_str);
        if name.is_none() || header(headers, "mcp-name").and_then(decoded).as_deref() != name {
            return Err(mismatch(request, "Mcp-Name"));
        }
    }
    if meta.and_then(|meta| meta.get(META_CAPABILITIES)).is_some_and(Value::is_object) {
        Ok(Era::Modern)
    } else {
        Err(incomplete(request, META_CAPABILITIES))
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A value as it is, or what is encoded in it ("Value Encoding").
fn decoded(value: &str) -> Option<String> {
    match value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) {
        Some(encoded) => BASE64_STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()),
        None => Some(value.to_owned()),
    }
}

fn mismatch(request: &Request, header: &str) -> Refusal {
    let message = format!("Header mismatch: {header} is missing, or isn't what the body says");
    Refusal::new(StatusCode::BAD_REQUEST, &request.id, HEADER_MISMATCH, message)
}

fn unsupported(request: &Request, version: &str) -> Refusal {
    let data = json!({ "supported": supported(), "requested": version });
    Refusal::new(StatusCode::BAD_REQUEST, &request.id, UNSUPPORTED_VERSION, "Unsupported protocol version").with(data)
}

fn incomplete(request: &Request, member: &str) -> Refusal {
    let message = format!("Invalid params: _meta lacks {member}");
    Refusal::new(StatusCode::BAD_REQUEST, &request.id, INVALID_PARAMS, message)
}

/// The error of a method that isn't known, with the versions in which others would be.
pub fn unknown_method(request: &Request) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, &request.id, METHOD_NOT_FOUND, "Method not found")
        .with(json!({ "supported": supported() }))
}

/// The revisions that are spoken, the newest first.
fn supported() -> Vec<&'static str> {
    [MODERN].into_iter().chain(LEGACY).collect()
}

fn server() -> Value {
    json!({ "name": "baton", "title": "Baton", "version": env!("CARGO_PKG_VERSION") })
}

impl Era {
    /// A result as this era has it.
    pub fn complete(self, mut result: Value) -> Value {
        if self == Self::Modern {
            result["resultType"] = json!("complete");
            result["_meta"] = json!({ META_SERVER: server() });
        }
        result
    }

    /// The same of one that may be kept for a while.
    pub fn complete_for_a_while(self, mut result: Value) -> Value {
        if self == Self::Modern {
            result["ttlMs"] = json!(FRESH_FOR);
            result["cacheScope"] = json!("public");
        }
        self.complete(result)
    }
}

/// The result of `server/discover`.
pub fn discovered() -> Value {
    let result =
        json!({ "supportedVersions": supported(), "capabilities": { "tools": {} }, "instructions": INSTRUCTIONS });
    Era::Modern.complete_for_a_while(result)
}

/// The result of `initialize`: in the version that the client asks for, where it is known.
pub fn initialized(request: &Request) -> Value {
    let wanted = request.params.get("protocolVersion").and_then(Value::as_str);
    let version = LEGACY.into_iter().find(|known| Some(*known) == wanted).unwrap_or(LEGACY[0]);
    json!({ "protocolVersion": version, "capabilities": { "tools": {} }, "serverInfo": server(), "instructions": INSTRUCTIONS })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, params: &Value) -> Request {
        Request { id: json!(1), method: method.to_owned(), params: params.as_object().unwrap().clone() }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn meta(version: &str) -> Value {
        json!({ META_VERSION: version, META_CAPABILITIES: {} })
    }

    fn outcome(pairs: &[(&'static str, &str)], request: &Request) -> Result<Era, String> {
        era(&headers(pairs), request).map_err(|refusal| format!("{refusal:?}"))
    }

    #[test]
    fn older_clients_say_little() {
        let list = request("tools/list", &json!({}));
        assert_eq!(outcome(&[], &list), Ok(Era::Legacy));
        for version in LEGACY {
            assert_eq!(outcome(&[("mcp-protocol-version", version)], &list), Ok(Era::Legacy));
        }
        let refused = outcome(&[("mcp-protocol-version", "1900-01-01")], &list).unwrap_err();
        assert!(refused.contains("-32022") && refused.contains("1900-01-01"), "{refused}");
    }

    #[test]
    fn headers_say_what_the_body_says() {
        let call = request("tools/call", &json!({ "name": "acquire", "_meta": meta(MODERN) }));
        let [version, method, name] =
            [("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", "acquire")];
        assert_eq!(outcome(&[version, method, name], &call), Ok(Era::Modern));
        assert_eq!(outcome(&[version, method, ("mcp-name", "=?base64?YWNxdWlyZQ==?=")], &call), Ok(Era::Modern));
        for wrong in [
            vec![method, name],
            vec![version, name],
            vec![version, method],
            vec![version, method, ("mcp-name", "release")],
            vec![version, method, ("mcp-name", "=?base64?%?=")],
            vec![version, ("mcp-method", "TOOLS/CALL"), name],
            vec![("mcp-protocol-version", "2025-11-25"), method, name],
        ] {
            let refused = outcome(&wrong, &call).unwrap_err();
            assert!(refused.contains("-32020"), "{wrong:?}: {refused}");
        }
    }

    #[test]
    fn a_modern_request_tells_all_of_itself() {
        let pairs = [("mcp-protocol-version", MODERN), ("mcp-method", "tools/list")];
        for params in [json!({}), json!({ "_meta": { META_VERSION: MODERN } }), json!({ "_meta": { META_VERSION: 1 } })]
        {
            let refused = outcome(&pairs, &request("tools/list", &params)).unwrap_err();
            assert!(refused.contains("-32602"), "{params}: {refused}");
        }
        let other = request("tools/list", &json!({ "_meta": meta("2027-01-01") }));
        assert!(outcome(&[("mcp-protocol-version", "2027-01-01")], &other).unwrap_err().contains("-32022"));
    }

    #[test]
    fn initialize_answers_in_the_version_that_is_asked_for() {
        let version = |wanted: Value| {
            initialized(&request("initialize", &json!({ "protocolVersion": wanted })))["protocolVersion"].clone()
        };
        for known in LEGACY {
            assert_eq!(version(json!(known)), known);
        }
        for other in [json!("2024-11-05"), json!(MODERN), json!(null)] {
            assert_eq!(version(other), "2025-11-25");
        }
    }
}
