//! What a route may answer besides what it says itself: follows from what it takes, as the extractors do. Said here once, for all
//! routes.

use serde_json::{Map, Value, json};

/// The schema of every error.
const PROBLEM: &str = "#/components/schemas/Problem";

/// The media type of every error (RFC 9457).
const PROBLEM_TYPE: &str = "application/problem+json";

/// How Git LFS is told of errors (contract, "Git LFS").
const LFS_MESSAGE: &str = "#/components/schemas/LfsMessage";
const LFS_TYPE: &str = "application/vnd.git-lfs+json";

/// Adds to each operation of a description the answers and headers that it hasn't named.
pub fn complete(document: &mut Value) {
    let paths = document["paths"].as_object_mut().expect("paths");
    for (path, operations) in paths {
        if path.ends_with("/force-release") {
            alias(operations);
        }
        for (method, operation) in operations.as_object_mut().expect("operations") {
            let common = common(path, method, operation);
            let answers = operation["responses"].as_object_mut().expect("responses");
            for (status, description) in common {
                answers.entry(status).or_insert_with(|| refusal(path, description));
            }
            answers.iter_mut().for_each(|(status, answer)| complete_answer(status, answer));
            let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
            parameters.into_iter().flatten().for_each(complete_parameter);
            if operation["requestBody"]["content"].get("application/octet-stream").is_some() {
                // No bytes are bytes too.
                operation["requestBody"]["required"] = json!(false);
            }
        }
    }
}

/// What is deleted with a body may be posted as well, as not everything that sends requests sends such.
fn alias(operations: &mut Value) {
    let mut posted = operations["delete"].clone();
    posted["operationId"] = json!(format!("post_{}", posted["operationId"].as_str().expect("an id")));
    operations["post"] = posted;
}

/// The errors that an operation may answer with because of what it takes.
fn common(path: &str, method: &str, operation: &Value) -> Vec<(&'static str, &'static str)> {
    let is_secured = operation["security"] != json!([{}]);
    let bodies: Vec<&str> = match operation["requestBody"]["content"].as_object() {
        Some(content) => content.keys().map(String::as_str).collect(),
        None => Vec::new(),
    };
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let takes = |place: &str| parameters.iter().any(|parameter| parameter["in"] == place);
    let takes_name = parameters.iter().any(|parameter| {
        parameter["in"] == "path" && (parameter["name"] == "part_number" || parameter["name"] == "repository")
    });
    let is_api = path.starts_with("/api/") || is_lfs(path);
    let takes_json = bodies.iter().any(|kind| matches!(*kind, "application/json" | LFS_TYPE));
    let waits_or_changes = method != "get" || path == "/api/events";
    [
        (true, "400", "the request can't be read: its path, query, headers or body"),
        (is_secured, "401", "no token or key, or one that isn't good"),
        (is_secured, "403", "the caller's role, or the key's scopes, don't suffice"),
        (is_api, "404", if takes("path") { "there is no such thing" } else { "`module_disabled`" }),
        (!bodies.is_empty(), "413", "`payload_too_large`"),
        (takes_json, "415", "the body isn't JSON by its content type"),
        (takes_json || takes_name, "422", "`invalid`, with `errors`: what was sent is well-formed and doesn't fit"),
        (is_secured && waits_or_changes, "429", "`rate_limited`"),
        (is_api, "503", "`unavailable`: storage can't be reached, or `misconfigured`"),
    ]
    .into_iter()
    .filter(|(applies, _, _)| *applies)
    .map(|(_, status, description)| (status, description))
    .collect()
}

fn is_lfs(path: &str) -> bool {
    path.starts_with("/lfs/")
}

fn refusal(path: &str, description: &str) -> Value {
    let (kind, schema) = if is_lfs(path) { (LFS_TYPE, LFS_MESSAGE) } else { (PROBLEM_TYPE, PROBLEM) };
    json!({ "description": description, "content": { kind: { "schema": { "$ref": schema } } } })
}

/// The media type of errors, a description where there is none, and the headers that every answer of this status has.
fn complete_answer(status: &str, answer: &mut Value) {
    if let Some(content) = answer.get_mut("content").and_then(Value::as_object_mut) {
        let is_problem = content.get("application/json").is_some_and(|json| json["schema"]["$ref"] == PROBLEM);
        if is_problem && let Some(schema) = content.remove("application/json") {
            content.insert(PROBLEM_TYPE.to_owned(), schema);
        }
    }
    if answer["description"].as_str().is_none_or(str::is_empty) {
        answer["description"] = json!(in_words(status));
    }
    let headers = answer.as_object_mut().expect("an answer").entry("headers").or_insert_with(|| json!({}));
    let headers = headers.as_object_mut().expect("headers");
    let mut add = |name: &str, description: &str, schema: Value| {
        let header = json!({ "description": description, "required": true, "schema": schema });
        headers.entry(name).or_insert(header);
    };
    add("X-Request-Id", "the request's own, or one that was made for it", json!({ "type": "string", "minLength": 1 }));
    match status {
        "401" => add("WWW-Authenticate", "how to call (RFC 6750)", json!({ "type": "string" })),
        "429" | "503" => {
            add("Retry-After", "when to try again, in seconds", json!({ "type": "integer", "minimum": 0 }))
        }
        _ => {}
    }
}

fn in_words(status: &str) -> String {
    match status {
        "200" => "it is so",
        "201" => "it came into being",
        "202" => "it has begun",
        "204" => "done",
        "403" => "the caller's role or ownership, or the key's scopes, don't suffice",
        "404" => "there is no such thing",
        "409" => "the state is against it",
        _ => "see the description of the API",
    }
    .to_owned()
}

/// A part number is the same everywhere, but where it may be a pattern; and so is the name of a repository.
fn complete_parameter(parameter: &mut Value) {
    let is_described = parameter["schema"].get("pattern").is_some();
    for (name, schema) in [("part_number", "PartNumber"), ("repository", "RepositoryName")] {
        if parameter["in"] == "path" && parameter["name"] == name && !is_described {
            parameter["schema"] = json!({ "$ref": format!("#/components/schemas/{schema}") });
        }
    }
    // What isn't given is left out: there is no null in a path, a query or a header.
    if let Some(schema) = parameter["schema"].as_object_mut() {
        drop_null(schema);
    }
}

fn drop_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
}
