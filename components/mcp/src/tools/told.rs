//! What comes of a tool: a document, and a text that says the same to a model.

use baton_core::Problem;
use serde_json::{Map, Value, json};

/// What comes of a tool.
#[derive(Debug)]
pub struct Told {
    text: String,
    document: Map<String, Value>,
    is_error: bool,
}

impl Told {
    /// That it went well, or, with [`Told::into_error`], not.
    pub fn new(text: impl Into<String>, document: Value) -> Self {
        let document = if let Value::Object(members) = document { members } else { Map::new() };
        Self { text: text.into(), document, is_error: false }
    }

    /// That it did not go well.
    pub fn into_error(self) -> Self {
        Self { is_error: true, ..self }
    }

    /// What the API refuses.
    pub fn refused(problem: &Problem) -> Self {
        let mut document = problem.extensions().clone();
        document.insert("code".to_owned(), json!(problem.code()));
        document.insert("detail".to_owned(), json!(problem.detail()));
        Self { text: format!("Refused: {}.", problem.detail()), document, is_error: true }
    }

    /// The result of `tools/call`. The document stands in a text, too, for clients that show a model texts alone.
    pub fn result(self) -> Value {
        let document = Value::Object(self.document);
        let texts = [self.text, document.to_string()].map(|text| json!({ "type": "text", "text": text }));
        json!({ "content": texts, "structuredContent": document, "isError": self.is_error })
    }
}

/// What tells of several things, and of the only one at the top as well, so that a program finds it at once.
pub fn with_the_only_one(mut document: Value, of: &str, members: &[&str]) -> Value {
    if let Some([only]) = document[of].as_array().map(Vec::as_slice) {
        let copied: Vec<_> = members.iter().map(|member| ((*member).to_owned(), only[*member].clone())).collect();
        if let Value::Object(top) = &mut document {
            top.extend(copied);
        }
    }
    document
}

/// What a model calls something: its path.
pub fn path(document: &Value) -> &str {
    document["path"].as_str().unwrap_or_default()
}

/// Who has a session, such as `alice (agent one)`.
pub fn holder(session: &Value) -> String {
    let user = session["user"].as_str().unwrap_or_default();
    match session["agent"].as_str() {
        Some(agent) => format!("{user} (agent {agent})"),
        None => user.to_owned(),
    }
}

/// Who has a session, since when, until when and what for.
pub fn held(session: &Value) -> String {
    let text = |member: &str| session[member].as_str().unwrap_or_default();
    let note = session["note"].as_str().map(|note| format!(", for: {note}")).unwrap_or_default();
    format!(
        "{} is held by {} since {}, until {} unless it is renewed{note}",
        path(session),
        holder(session),
        text("acquired_at"),
        text("expires_at")
    )
}

/// Sentences about several things, each on a line.
pub fn lines<'a>(of: impl IntoIterator<Item = &'a Value>, say: impl Fn(&Value) -> String) -> String {
    of.into_iter().map(|one| format!("- {}\n", say(one))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_one_stands_at_the_top() {
        let told =
            |sessions: Value| with_the_only_one(json!({ "edit_sessions": sessions }), "edit_sessions", &["fence"]);
        assert_eq!(told(json!([{ "fence": 3 }]))["fence"], 3);
        assert_eq!(told(json!([{ "fence": 3 }, { "fence": 4 }])).get("fence"), None);
        assert_eq!(told(json!([])).get("fence"), None);
    }

    #[test]
    fn a_refusal_is_a_result() {
        let problem = Problem::conflict("quota_exceeded", "enough").with("limit", json!(3));
        let result = Told::refused(&problem).result();
        assert_eq!((&result["isError"], &result["structuredContent"]["limit"]), (&json!(true), &json!(3)));
        assert_eq!(result["structuredContent"]["code"], "quota_exceeded");
        assert_eq!(result["content"][0]["text"], "Refused: enough.");
    }
}
