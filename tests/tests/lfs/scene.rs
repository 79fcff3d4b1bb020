//! What a test of this file begins with: a repository of its own, and git-lfs's requests.

use baton_tests::{Client, Response, unique};
use serde_json::{Value, json};

/// git-lfs's media type, as it sends it.
pub const MEDIA_TYPE: &str = "application/vnd.git-lfs+json; charset=utf-8";

/// A repository that no other test uses.
pub struct Repository {
    pub name: String,
}

impl Repository {
    pub fn new() -> Self {
        Self { name: unique::name("cad") }
    }

    /// `/lfs/{repository}/…`
    pub fn path(&self, rest: &str) -> String {
        format!("/lfs/{}/{rest}", self.name)
    }

    /// `/api/repositories/{repository}`
    pub fn settings(&self) -> String {
        format!("/api/repositories/{}", self.name)
    }

    pub fn post(&self, user: &Client, rest: &str, body: &Value) -> Response {
        user.call("POST", &self.path(rest)).body(MEDIA_TYPE, body.to_string()).send()
    }

    pub fn try_lock(&self, user: &Client, path: &str) -> Response {
        self.post(user, "locks", &json!({ "path": path, "ref": { "name": "refs/heads/main" } }))
    }

    /// Locks a file that is free, or that this user holds.
    pub fn lock(&self, user: &Client, path: &str) -> Value {
        let lock = ok(&self.try_lock(user, path), 201)["lock"].clone();
        assert_eq!((&lock["path"], &lock["owner"]["name"]), (&json!(path), &json!(user.user)), "{lock}");
        lock
    }

    pub fn try_unlock(&self, user: &Client, id: &str, force: bool) -> Response {
        self.post(user, &format!("locks/{id}/unlock"), &json!({ "force": force, "ref": { "name": "refs/heads/main" } }))
    }

    pub fn list(&self, user: &Client, query: &str) -> Value {
        let list = ok(&user.get(&self.path(&format!("locks{query}"))), 200);
        assert!(list["locks"].is_array(), "{list}");
        list
    }

    /// The paths that are locked, in order.
    pub fn locked(&self, user: &Client) -> Vec<String> {
        paths(&self.list(user, "")["locks"])
    }

    pub fn verify(&self, user: &Client, body: &Value) -> Value {
        let verified = ok(&self.post(user, "locks/verify", body), 200);
        assert!(verified["ours"].is_array() && verified["theirs"].is_array(), "{verified}");
        verified
    }

    /// The edit sessions in the repository, as the API tells them.
    pub fn sessions(&self, user: &Client) -> Vec<Value> {
        user.pages(&format!("/api/edit-sessions?repository={}", self.name), "edit_sessions", 100)
    }
}

/// The paths of a list of locks.
pub fn paths(locks: &Value) -> Vec<String> {
    let locks = locks.as_array().unwrap_or_else(|| panic!("no locks: {locks}"));
    locks.iter().map(|lock| lock["path"].as_str().expect("a path").to_owned()).collect()
}

/// The document of an answer with this status, in git-lfs's media type.
pub fn ok(response: &Response, status: u16) -> Value {
    assert_eq!(response.status, status, "{response}");
    assert_eq!(response.header("content-type"), Some("application/vnd.git-lfs+json"), "{response}");
    response.json()
}

/// The message of a refusal with this status.
pub fn refused(response: &Response, status: u16) -> String {
    let document = ok(response, status);
    assert_eq!(document["request_id"].as_str(), response.header("x-request-id"), "{response}");
    let message = document["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty() && document.get("type").is_none(), "{response}");
    message.to_owned()
}
