//! A shop with teams. Access is set for a whole application, so each test has its own.

use baton_tests::{App, Client, Mode, Response, Seat, Setup, unique};
use serde_json::{Value, json};

/// An application with two teams, and people of both.
pub struct Scene {
    pub app: App,
    pub root: Client,
    /// How the names of team `gearbox` begin.
    pub prefix: String,
}

impl Scene {
    /// Lea (a lead), Eddy and Vera are in `gearbox`, Otto is in `paint`, and Wanda in `watching`.
    pub fn new(mode: Mode) -> Self {
        Self::of(Setup::new(mode))
    }

    /// The same, started with this.
    pub fn of(setup: Setup) -> Self {
        let app = setup.start();
        let root = app.named("root", "admin");
        let scene = Self { app, root, prefix: format!("{}-", unique::part()) };
        let gearbox = json!([{ "user": "Lea", "lead": true }, { "user": "eddy" }, { "user": "vera" }]);
        scene.put_team("gearbox", &gearbox).ok(201);
        scene.put_team("paint", &json!([{ "user": "otto", "lead": true }])).ok(201);
        scene.put_team("watching", &json!([{ "user": "wanda" }])).ok(201);
        scene
    }

    /// Sets a team up.
    pub fn put_team(&self, name: &str, members: &Value) -> Response {
        self.root.call("PUT", &format!("/api/teams/{name}")).json(&json!({ "members": members })).send()
    }

    /// Tries to set the access.
    pub fn try_set(&self, default: &str, rules: &Value) -> Response {
        self.root.call("PUT", "/api/access").json(&json!({ "default": default, "rules": rules })).send()
    }

    /// Leads of `gearbox` lead there, its others edit, `watching` looks, and nobody else may anything.
    pub fn close(&self) {
        let rules = json!([
            { "prefix": self.prefix, "team": "gearbox", "may": "lead" },
            { "prefix": self.prefix, "team": "watching", "may": "view" },
        ]);
        self.try_set("edit", &rules).ok(200);
    }

    /// A new part of team `gearbox`.
    pub fn part(&self) -> String {
        format!("{}{}", self.prefix, unique::name("p"))
    }

    /// An editor at a workstation.
    pub fn seat(&self, user: &str) -> Seat {
        Seat::new(self.app.named(user, "editor"))
    }
}
