//! How tools are described to those who call them (JSON Schema 2020-12).

use serde_json::{Map, Value, json};

use super::Tool;
use super::arguments::{AGENT_MAX, PATHS_MAX, WAIT_MAX};

/// A tool as `tools/list` has it.
pub fn of(tool: Tool) -> Value {
    let (title, description) = words(tool);
    let (own, required) = own_arguments(tool);
    let mut arguments = own;
    arguments.insert("agent".to_owned(), agent());
    json!({
        "name": tool.name(),
        "title": title,
        "description": description,
        "inputSchema": { "type": "object", "properties": arguments, "required": required },
        "outputSchema": { "type": "object", "properties": told(tool) },
        "annotations": annotations(tool),
    })
}

fn words(tool: Tool) -> (&'static str, &'static str) {
    match tool {
        Tool::WhoHolds => (
            "Who holds these files",
            "Tells who holds files, since when, until when and what for, and how many stand in line.",
        ),
        Tool::Acquire => (
            "Hold files",
            "Holds files so that nobody else edits them: all of them, or none where one is held by somebody else. Do this before you \
             change any of them. What you hold already is renewed. With line you stand in line for what is held: then call wait_for_turn.",
        ),
        Tool::Renew => (
            "Go on holding files",
            "Holds files for as long again. Do this before expires_at while you still work on them.",
        ),
        Tool::Release => {
            ("Give files back", "Holds files no longer. Do this as soon as you are done: others may be waiting.")
        }
        Tool::RequestHandoff => (
            "Ask for files",
            "Asks whoever holds files for them, who may hand them over or not. With line you stand in line as well.",
        ),
        Tool::AnswerHandoff => {
            ("Answer who asks", "Hands a file over to who asks for it, or keeps it. my_sessions tells who asks.")
        }
        Tool::WaitForTurn => (
            "Wait for your turn",
            "Waits, 25 seconds at most, until what you stand in line for is yours. Call it again as long as turn is false and requests are pending.",
        ),
        Tool::MySessions => {
            ("What you hold", "Tells what this agent holds, what it waits for, and who asks it for what.")
        }
    }
}

/// What a tool does to the world, for whoever asks a person first.
fn annotations(tool: Tool) -> Value {
    let reads = matches!(tool, Tool::WhoHolds | Tool::MySessions | Tool::WaitForTurn);
    let destructive = matches!(tool, Tool::Release | Tool::AnswerHandoff);
    let idempotent = !matches!(tool, Tool::AnswerHandoff);
    json!({ "title": words(tool).0, "readOnlyHint": reads, "destructiveHint": destructive, "idempotentHint": idempotent,
        "openWorldHint": false })
}

fn own_arguments(tool: Tool) -> (Map<String, Value>, Vec<&'static str>) {
    let (members, required): (Vec<(&str, Value)>, Vec<&str>) = match tool {
        Tool::WhoHolds => (vec![("paths", paths()), ("repository", repository())], vec!["paths"]),
        Tool::Acquire => (
            vec![
                ("paths", paths()),
                ("repository", repository()),
                ("note", text("What you do with them: others read it", 500)),
                ("ttl_seconds", ttl()),
                ("line", flag("Stand in line for what is held")),
                ("message", text("What its holder reads then", 2_000)),
            ],
            vec!["paths"],
        ),
        Tool::Renew => {
            ([which(), vec![("ttl_seconds", ttl()), ("note", text("What you do with them now", 500))]].concat(), vec![])
        }
        Tool::Release => (which(), vec![]),
        Tool::RequestHandoff => (
            [which(), vec![("message", text("What the holder reads", 2_000)), ("line", flag("Stand in line, too"))]]
                .concat(),
            vec!["message"],
        ),
        Tool::AnswerHandoff => (
            vec![
                ("request_id", id("The request")),
                ("decision", json!({ "type": "string", "enum": ["accept", "decline"] })),
                ("message", text("What who asked reads, if you decline", 2_000)),
            ],
            vec!["request_id", "decision"],
        ),
        Tool::WaitForTurn => (
            vec![
                ("request_id", id("One of your requests; all of them if absent")),
                ("seconds", json!({ "type": "integer", "minimum": 0, "maximum": WAIT_MAX, "default": WAIT_MAX })),
            ],
            vec![],
        ),
        Tool::MySessions => (vec![], vec![]),
    };
    (members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect(), required)
}

/// What names sessions.
fn which() -> Vec<(&'static str, Value)> {
    vec![("session_id", id("The session; or name paths")), ("paths", paths()), ("repository", repository())]
}

fn paths() -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": PATHS_MAX,
        "description": "Paths from the top of the repository, with / between their members; without a repository, part numbers" })
}

fn repository() -> Value {
    json!({ "type": "string", "description": "The repository's name, as in its lfs.url", "maxLength": 64 })
}

fn agent() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": AGENT_MAX, "default": "agent",
        "description": "Your name, the same in every call: tells several agents of one user apart" })
}

fn text(description: &str, most: usize) -> Value {
    json!({ "type": "string", "description": description, "maxLength": most })
}

fn flag(description: &str) -> Value {
    json!({ "type": "boolean", "description": description, "default": false })
}

fn ttl() -> Value {
    json!({ "type": "integer", "minimum": 1, "description": "How long you hold them unless you renew" })
}

fn id(description: &str) -> Value {
    json!({ "type": "string", "format": "uuid", "description": description })
}

/// What a tool tells. What isn't there in every case isn't required.
fn told(tool: Tool) -> Value {
    let documents = json!({ "type": "array", "items": { "type": "object" } });
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "integer" }));
    let sessions = json!({ "type": "array", "items": session() });
    match tool {
        Tool::WhoHolds => json!({ "paths": documents }),
        Tool::Acquire => json!({ "edit_sessions": sessions, "session_id": text, "fence": number, "expires_at": text,
            "code": text, "holder": session(), "holders": documents, "handoff_requests": documents, "request_id": text }),
        Tool::Renew => {
            json!({ "edit_sessions": sessions, "session_id": text, "fence": number, "expires_at": text, "code": text })
        }
        Tool::Release => {
            json!({ "released": { "type": "array", "items": text }, "edit_sessions": sessions, "session_id": text, "code": text })
        }
        Tool::RequestHandoff => {
            json!({ "handoff_requests": documents, "request_id": text, "status": text, "code": text })
        }
        Tool::AnswerHandoff => {
            json!({ "request_id": text, "status": text, "handoff_request": { "type": "object" }, "code": text })
        }
        Tool::WaitForTurn => {
            json!({ "turn": { "type": "boolean", "description": "Whether nothing is waited for any more, and something is yours" },
            "edit_sessions": sessions, "session_id": text, "fence": number, "expires_at": text,
            "handoff_requests": documents, "request_id": text, "status": text, "code": text })
        }
        Tool::MySessions => {
            json!({ "agent": text, "edit_sessions": sessions, "waiting": documents, "asked": documents })
        }
    }
}

fn session() -> Value {
    json!({ "type": "object", "properties": {
        "session_id": { "type": "string" },
        "path": { "type": "string" },
        "user": { "type": "string" },
        "fence": { "type": "integer", "description": "Grows with every grant: whoever stores the file compares it" },
        "expires_at": { "type": "string" },
    } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_is_described() {
        for tool in Tool::ALL {
            let described = of(tool);
            let input = &described["inputSchema"];
            assert_eq!((&input["type"], &described["outputSchema"]["type"]), (&json!("object"), &json!("object")));
            assert!(input["properties"]["agent"].is_object(), "{tool:?}");
            for required in input["required"].as_array().unwrap() {
                assert!(input["properties"][required.as_str().unwrap()].is_object(), "{tool:?}: {required}");
            }
            assert!(described["annotations"]["readOnlyHint"].is_boolean());
            assert!(!described["description"].as_str().unwrap().is_empty());
        }
    }
}
