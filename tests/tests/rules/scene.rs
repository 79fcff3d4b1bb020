//! A part that alice edits and bob has asked for, and every route that can be called on it.

use baton_tests::{App, Call, Client, Seat, paths, unique};
use serde_json::{Value, json};

/// Alice holds a session, bob has asked for it.
pub struct Scene {
    pub alice: Seat,
    pub bob: Seat,
    pub part: String,
    pub session: Value,
    pub request: Value,
}

/// A route with what a good call of it needs.
pub struct Route {
    pub method: &'static str,
    pub path: String,
    /// The lowest role that may call it.
    pub role: &'static str,
    pub body: Option<Value>,
}

impl Route {
    /// A call of the route with its body.
    pub fn call<'a>(&self, client: &'a Client) -> Call<'a> {
        self.with_body(client.call(self.method, &self.path))
    }

    /// A call of the route with its body, without a token.
    pub fn anonymous<'a>(&self, app: &'a App) -> Call<'a> {
        self.with_body(app.call(self.method, &self.path))
    }

    fn with_body<'a>(&self, call: Call<'a>) -> Call<'a> {
        match &self.body {
            Some(body) => call.json(body),
            None => call,
        }
    }

    /// The route without its query.
    pub fn bare_path(&self) -> &str {
        self.path.split('?').next().expect("a path")
    }
}

impl Scene {
    pub fn new(app: &App) -> Self {
        let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
        let session = alice.acquire(&part);
        let request = bob.ask(&session);
        Self { alice, bob, part, session, request }
    }

    /// Every route in force that wants a token.
    pub fn routes(&self) -> Vec<Route> {
        [self.workstation_routes(), self.session_routes(), self.handoff_routes(), other_routes(self)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn workstation_routes(&self) -> Vec<Route> {
        let own = paths::workstation(&self.alice.workstation);
        let subscription = paths::subscription(&self.alice.workstation, &self.part);
        let body = json!({ "name": "desk", "fingerprint": unique::name("print") });
        vec![
            route("POST", "/api/workstations", "viewer").with(body),
            route("GET", "/api/workstations", "viewer"),
            route("GET", &own, "viewer"),
            route("POST", &format!("{own}/heartbeat"), "viewer"),
            route("DELETE", &own, "viewer"),
            route("PUT", &subscription, "viewer"),
            route("GET", &format!("{own}/subscriptions"), "viewer"),
            route("DELETE", &subscription, "viewer"),
        ]
    }

    fn session_routes(&self) -> Vec<Route> {
        let (sessions, session) = (paths::sessions(&self.part), paths::session(&self.session));
        let body = json!({ "workstation_id": self.alice.workstation });
        vec![
            route("GET", &paths::item(&self.part), "viewer"),
            route("POST", &sessions, "editor").with(body),
            route("GET", &sessions, "viewer"),
            route("GET", &session, "viewer"),
            route("GET", "/api/edit-sessions", "viewer"),
            route("POST", &format!("{session}/renew"), "editor"),
            route("POST", &format!("{session}/verify"), "viewer").with(json!({ "fence": 1 })),
            route("DELETE", &session, "editor"),
        ]
    }

    fn handoff_routes(&self) -> Vec<Route> {
        let session = paths::session(&self.session);
        let request = paths::request(&self.request);
        let body = json!({ "message": "May I?" });
        vec![
            route("POST", &format!("{session}/request-handoff"), "editor").with(body),
            route("GET", &format!("{session}/handoff-requests"), "editor"),
            route("GET", "/api/handoff-requests", "editor"),
            route("GET", "/api/lines", "viewer"),
            route("POST", &format!("{request}/accept"), "editor"),
            route("POST", &format!("{request}/decline"), "editor").with(json!({})),
            route("DELETE", &request, "editor"),
        ]
    }
}

fn other_routes(scene: &Scene) -> Vec<Route> {
    let events = format!("/api/events?workstation_id={}&wait=0", scene.alice.workstation);
    vec![
        route("GET", &events, "viewer"),
        route("GET", "/api/config", "admin"),
        route("GET", "/api/keys", "viewer"),
        route("POST", "/api/keys", "viewer").with(json!({ "name": "ci" })),
        route("GET", "/api/quotas", "viewer"),
        route("GET", "/api/reservations", "viewer"),
        route("GET", "/api/reservations.ics", "viewer"),
        route("POST", "/api/reservations", "editor"),
        route("DELETE", "/api/reservations/0", "editor"),
    ]
}

fn route(method: &'static str, path: &str, role: &'static str) -> Route {
    Route { method, path: path.to_owned(), role, body: None }
}

impl Route {
    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }
}
