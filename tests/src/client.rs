//! A user of the API.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{Call, Endpoint, Json, Poll, Response, encode, paths, shape, token, unique};

/// A user with a token.
#[derive(Clone)]
pub struct Client {
    endpoint: Arc<Endpoint>,
    /// The user's name.
    pub user: String,
    /// The user's token.
    pub token: String,
}

impl Client {
    /// A user of this name and role.
    pub fn new(endpoint: Arc<Endpoint>, user: &str, role: &str) -> Self {
        Self { endpoint, user: user.to_owned(), token: token::good(user, role) }
    }

    /// The same user with another role.
    pub fn as_role(&self, role: &str) -> Self {
        Self::new(Arc::clone(&self.endpoint), &self.user, role)
    }

    /// The same user as a viewer with further roles, that only the gates of workflows look at.
    pub fn as_viewer_with(&self, roles: &[&str]) -> Self {
        self.with_token(&token::with_roles(&self.user, "viewer", roles))
    }

    /// The same user with another token, good or not.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// A request in the making, with the user's token.
    pub fn call(&self, method: &str, path: &str) -> Call<'_> {
        self.anonymous(method, path).bearer(&self.token)
    }

    /// A request in the making, without a token.
    pub fn anonymous(&self, method: &str, path: &str) -> Call<'_> {
        Call::new(&self.endpoint, method, path)
    }

    /// `GET`
    pub fn get(&self, path: &str) -> Response {
        self.call("GET", path).send()
    }

    /// `POST` of a document.
    pub fn post(&self, path: &str, document: &Value) -> Response {
        self.call("POST", path).json(document).send()
    }

    /// `POST` of nothing.
    pub fn post_empty(&self, path: &str) -> Response {
        self.call("POST", path).send()
    }

    /// `PUT` of nothing.
    pub fn put(&self, path: &str) -> Response {
        self.call("PUT", path).send()
    }

    /// `DELETE`
    pub fn delete(&self, path: &str) -> Response {
        self.call("DELETE", path).send()
    }

    /// Registers a workstation of a unique name, and returns its id.
    pub fn workstation(&self) -> String {
        let body = json!({ "name": unique::name("desk"), "fingerprint": unique::name("print") });
        let workstation = self.post("/api/workstations", &body).ok(201);
        shape::workstation(&workstation);
        workstation.id()
    }

    /// Every document of a list, gathered one page of `limit` after the other.
    pub fn pages(&self, path: &str, plural: &str, limit: usize) -> Vec<Value> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{mark}limit={limit}{after}")).ok(200);
            assert!(page.list(plural).len() <= limit, "a page of more than {limit}: {page}");
            all.extend_from_slice(page.list(plural));
            match page["cursor"].as_str() {
                Some(cursor) => after = format!("&after={}", encode(cursor)),
                None => return all,
            }
            assert!(all.len() < 10_000, "the pages of {path} have no end");
        }
    }

    /// Asks for events once, and waits for the answer.
    pub fn events(&self, workstation: &str, after: Option<&str>, wait: u32) -> Response {
        self.get(&events_path(workstation, after, wait))
    }

    /// [`Client::events`] of a server that may be going down.
    pub fn try_events(&self, workstation: &str, after: Option<&str>, wait: u32) -> Result<Response, ureq::Error> {
        self.call("GET", &events_path(workstation, after, wait)).try_send()
    }

    /// Asks for events in the background.
    pub fn poll(&self, workstation: &str, after: Option<&str>, wait: u32) -> Poll {
        Poll::start(self.clone(), workstation, after, wait)
    }

    /// The cursor of this moment.
    pub fn cursor(&self, workstation: &str) -> String {
        self.events(workstation, None, 0).ok(200).text("cursor").to_owned()
    }

    /// A handoff request that this user made or holds, as it stands now.
    pub fn request(&self, id: &str) -> Value {
        let all = self.pages("/api/handoff-requests", "handoff_requests", 1000);
        let found = all.iter().find(|r| r["id"] == id);
        found.unwrap_or_else(|| panic!("{} does not see the request {id} in {all:?}", self.user)).clone()
    }

    /// The active sessions on an item.
    pub fn active(&self, part: &str) -> Vec<Value> {
        self.get(&paths::sessions(part)).ok(200).list("edit_sessions").to_vec()
    }
}

fn events_path(workstation: &str, after: Option<&str>, wait: u32) -> String {
    let after = after.map(|cursor| format!("&after={}", encode(cursor))).unwrap_or_default();
    format!("/api/events?workstation_id={workstation}&wait={wait}{after}")
}
