//! Every route, as each kind of caller. The routes come from the API's description: one that the table doesn't name fails the test,
//! and so does one that it names and that there isn't.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};

use baton_tests::{Client, Json, Mode, Response, Seat, Setup, encode, paths, unique};
use serde_json::{Value, json};

use crate::scene::Scene;

/// The statuses that callers are answered with who may see the part: a viewer, an editor and a lead of its team, and an admin.
type Insiders = [u16; 4];

/// What a route is about, and so what a stranger is told: a viewer and an editor of another team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// Nothing that anybody hides: no token is asked for.
    Open,
    /// The caller, or what is no item's.
    Own,
    /// What only admins see: 403 for everybody else.
    Admin,
    /// A list, of which strangers don't see what is about the part.
    List,
    /// The part, or something of it: 404 for whoever may not see it, if the role is enough to ask.
    Part,
    /// The same, where a viewer's role isn't enough.
    PartOfEditors,
}

use About::{Admin, List, Open, Own, Part, PartOfEditors};

const SESSION: &str = "/api/items/{part_number}/edit-sessions/{session_id}";

/// All routes below `SESSION` stand there without it.
const TABLE: &[(&str, &str, About, Insiders)] = &[
    ("GET", "/", Open, [200; 4]),
    ("GET", "/board/{file}", Open, [200; 4]),
    ("GET", "/healthz", Open, [200; 4]),
    ("GET", "/readyz", Open, [200; 4]),
    ("GET", "/api/openapi.json", Open, [200; 4]),
    ("GET", "/metrics", Admin, [403, 403, 403, 200]),
    ("GET", "/api/config", Admin, [403, 403, 403, 200]),
    ("GET", "/api/audit", Admin, [403, 403, 403, 200]),
    ("GET", "/api/audit/export", Admin, [403, 403, 403, 200]),
    ("GET", "/api/audit/statistics", Admin, [403, 403, 403, 200]),
    ("GET", "/api/audit/verify", Admin, [403, 403, 403, 200]),
    ("GET", "/api/audit/{id}", Admin, [403, 403, 403, 200]),
    ("GET", "/api/access", Admin, [403, 403, 403, 200]),
    ("PUT", "/api/access", Admin, [403, 403, 403, 200]),
    ("GET", "/api/teams", Own, [200; 4]),
    ("GET", "/api/teams/{name}", Own, [200; 4]),
    ("PUT", "/api/teams/{name}", Admin, [403, 403, 403, 201]),
    ("DELETE", "/api/teams/{name}", Admin, [403, 403, 403, 204]),
    ("GET", "/api/webhooks", Admin, [403, 403, 403, 200]),
    ("POST", "/api/webhooks", Admin, [403, 403, 403, 201]),
    ("GET", "/api/webhooks/{id}", Admin, [403, 403, 403, 404]),
    ("PATCH", "/api/webhooks/{id}", Admin, [403, 403, 403, 404]),
    ("DELETE", "/api/webhooks/{id}", Admin, [403, 403, 403, 404]),
    ("POST", "/api/webhooks/{id}/rotate", Admin, [403, 403, 403, 404]),
    ("POST", "/api/webhooks/{id}/test", Admin, [403, 403, 403, 404]),
    ("GET", "/api/webhooks/{id}/deliveries", Admin, [403, 403, 403, 404]),
    ("POST", "/api/webhook-deliveries/{id}/retry", Admin, [403, 403, 403, 404]),
    ("GET", "/api/repositories", Admin, [403, 403, 403, 200]),
    ("GET", "/api/repositories/{repository}", Admin, [403, 403, 403, 404]),
    ("PUT", "/api/repositories/{repository}", Admin, [403, 403, 403, 201]),
    ("DELETE", "/api/repositories/{repository}", Admin, [403, 403, 403, 404]),
    ("GET", "/api/keys", Own, [200; 4]),
    ("POST", "/api/keys", Own, [201; 4]),
    ("DELETE", "/api/keys/{id}", Own, [404; 4]),
    ("POST", "/api/keys/{id}/rotate", Own, [404; 4]),
    ("GET", "/api/quotas", Own, [200; 4]),
    ("GET", "/api/reservations", List, [200; 4]),
    ("GET", "/api/reservations.ics", List, [200; 4]),
    ("POST", "/api/reservations", PartOfEditors, [403, 201, 201, 201]),
    ("DELETE", "/api/reservations/{id}", PartOfEditors, [403, 403, 403, 204]),
    ("GET", "/api/preferences", Own, [200; 4]),
    ("PUT", "/api/preferences", Own, [200; 4]),
    ("GET", "/api/workflows", Own, [200; 4]),
    ("GET", "/api/workflows/{name}", Own, [200; 4]),
    ("GET", "/api/workstations", Own, [200; 4]),
    ("POST", "/api/workstations", Own, [201; 4]),
    ("GET", "/api/workstations/{id}", Own, [200; 4]),
    ("DELETE", "/api/workstations/{id}", Own, [204; 4]),
    ("POST", "/api/workstations/{id}/heartbeat", Own, [200; 4]),
    ("POST", "/api/workstations/{id}/commands", Own, [202; 4]),
    ("GET", "/api/commands/{id}", Own, [404; 4]),
    ("POST", "/api/commands/{id}/acknowledge", Own, [404; 4]),
    ("POST", "/api/commands/{id}/done", Own, [404; 4]),
    ("POST", "/api/commands/{id}/fail", Own, [404; 4]),
    ("POST", "/mcp", Own, [200; 4]),
    ("GET", "/api/workstations/{id}/subscriptions", List, [200; 4]),
    ("PUT", "/api/workstations/{id}/subscriptions/{part_number}", Part, [201; 4]),
    ("DELETE", "/api/workstations/{id}/subscriptions/{part_number}", Part, [204; 4]),
    ("GET", "/api/inbox", List, [200; 4]),
    ("GET", "/api/inbox/count", Own, [200; 4]),
    ("POST", "/api/inbox/read", Own, [200; 4]),
    ("GET", "/api/events", List, [200; 4]),
    ("GET", "/api/lines", List, [200; 4]),
    ("GET", "/api/approvals", List, [200; 4]),
    ("GET", "/api/approvals/{id}", Part, [200; 4]),
    ("POST", "/api/approvals/{id}/sign", Part, [403, 403, 403, 200]),
    ("POST", "/api/approvals/{id}/cancel", Part, [403, 403, 403, 200]),
    ("GET", "/api/handoff-requests", List, [403, 200, 200, 200]),
    ("DELETE", "/api/handoff-requests/{id}", PartOfEditors, [403, 403, 403, 403]),
    ("POST", "/api/handoff-requests/{id}/accept", PartOfEditors, [403, 403, 403, 403]),
    ("POST", "/api/handoff-requests/{id}/decline", PartOfEditors, [403, 403, 403, 403]),
    ("GET", "/api/edit-sessions", List, [200; 4]),
    ("POST", "/api/edit-sessions/batch", PartOfEditors, [403, 409, 409, 409]),
    ("POST", "/api/edit-sessions/release", List, [403, 200, 200, 200]),
    ("GET", "/api/items/{part_number}", Part, [200; 4]),
    ("GET", "/api/items/{part_number}/timeline", Part, [200; 4]),
    ("GET", "/api/items/{part_number}/children", Part, [200; 4]),
    ("PUT", "/api/items/{part_number}/children", PartOfEditors, [403, 200, 200, 200]),
    ("GET", "/api/items/{part_number}/parents", Part, [200; 4]),
    ("GET", "/api/items/{part_number}/checkpoints", Part, [200; 4]),
    ("GET", "/api/items/{part_number}/checkpoints/{id}", Part, [200; 4]),
    ("GET", "/api/items/{part_number}/checkpoints/{id}/content", Part, [200; 4]),
    ("DELETE", "/api/items/{part_number}/checkpoints/{id}", PartOfEditors, [403, 403, 403, 204]),
    ("GET", "/api/items/{part_number}/edit-sessions", Part, [200; 4]),
    ("POST", "/api/items/{part_number}/edit-sessions", PartOfEditors, [403, 409, 409, 409]),
    ("GET", "", Part, [200; 4]),
    ("DELETE", "", PartOfEditors, [403, 403, 403, 403]),
    ("POST", "/renew", PartOfEditors, [403, 403, 403, 403]),
    ("POST", "/verify", Part, [409; 4]),
    ("POST", "/give", PartOfEditors, [403, 403, 403, 403]),
    ("POST", "/request-handoff", PartOfEditors, [403, 202, 202, 202]),
    ("GET", "/handoff-requests", PartOfEditors, [403, 200, 200, 200]),
    ("PUT", "/draft", PartOfEditors, [403, 403, 403, 403]),
    ("POST", "/checkpoints", PartOfEditors, [403, 403, 403, 403]),
    ("DELETE", "/force-release", PartOfEditors, [403, 403, 202, 202]),
    ("POST", "/force-release", PartOfEditors, [403, 403, 202, 202]),
    ("GET", "/lfs/{repository}/locks", List, [200; 4]),
    ("POST", "/lfs/{repository}/locks", PartOfEditors, [403, 409, 409, 409]),
    ("POST", "/lfs/{repository}/locks/verify", List, [403, 200, 200, 200]),
    ("POST", "/lfs/{repository}/locks/{id}/unlock", PartOfEditors, [403, 403, 202, 202]),
    ("POST", "/lfs/{repository}/objects/batch", Own, [501; 4]),
];

/// A row of the table.
struct Route {
    method: &'static str,
    /// As the description has it.
    path: String,
    about: About,
    insiders: Insiders,
}

fn table() -> Vec<Route> {
    let row = |&(method, path, about, insiders): &(&'static str, &str, About, Insiders)| {
        let is_whole = ["/api/", "/lfs/", "/board/"].iter().any(|start| path.starts_with(start))
            || ["/", "/healthz", "/readyz", "/metrics", "/mcp"].contains(&path);
        let path = if is_whole { path.to_owned() } else { format!("{SESSION}{path}") };
        Route { method, path, about, insiders }
    };
    TABLE.iter().map(row).collect()
}

/// The callers, who all come with a workstation that watches everything.
struct People {
    strangers: [Seat; 2],
    insiders: [Seat; 4],
}

impl People {
    fn new(scene: &Scene) -> Self {
        let seat = |user: &str, role: &str| {
            let seat = Seat::new(scene.app.named(user, role));
            seat.put(&paths::subscription(&seat.workstation, "*")).ok(201);
            seat
        };
        Self {
            strangers: [seat("olga", "viewer"), seat("otto", "editor")],
            insiders: [seat("vera", "viewer"), seat("eddy", "editor"), seat("lea", "editor"), seat("boss", "admin")],
        }
    }
}

/// What there is to be found: a part with all that may hang on one, or the names of what there never was.
struct Target {
    part: String,
    path: String,
    repository: String,
    session: String,
    request: String,
    approval: String,
    checkpoint: String,
    lock: String,
    entry: String,
    reservation: String,
}

/// The words that a stranger must not meet.
const SECRET: &str = "a-secret-of-the-gearbox-team";

impl Target {
    /// A part of the team's that Hanna holds and Berta waits for, with a checkpoint and an approval.
    fn new(scene: &Scene, repository: &str) -> Self {
        let (hanna, berta) = (scene.seat("hanna"), scene.seat("berta"));
        let (part, path) = (scene.part(), format!("gear/{}.step", unique::name("file")));
        let session = hanna.acquire_with(&part, &json!({ "note": SECRET }));
        let kept =
            hanna.call("POST", &paths::of_session(&session, "checkpoints")).body("text/plain", SECRET).send().ok(201);
        let body = json!({ "message": SECRET, "auto_acquire": true, "workstation_id": berta.workstation });
        let request = berta.ask_with(&session, &body);
        let order = json!({ "reason": SECRET });
        let asked =
            scene.root.call("DELETE", &paths::of_session(&session, "force-release")).json(&order).send().ok(202);
        let lock = lfs(&hanna, &format!("/lfs/{repository}/locks"), &json!({ "path": path }));
        let reserved = hanna.post("/api/reservations", &reservation(&part, &hanna)).ok(201);
        let entries = scene.root.get(&format!("/api/audit?part_number={part}&limit=1")).ok(200);
        Self {
            part,
            path,
            repository: repository.to_owned(),
            session: session.id(),
            request: request.id(),
            approval: asked["approval"].id(),
            checkpoint: kept.id(),
            lock: lock.json()["lock"].id(),
            entry: entries.list("entries")[0].id(),
            reservation: reserved.id(),
        }
    }

    /// What nobody has ever made, where the same rules hold.
    fn never(scene: &Scene, repository: &str) -> Self {
        let id = unique::uuid;
        Self {
            part: scene.part(),
            path: format!("gear/{}.step", unique::name("file")),
            repository: repository.to_owned(),
            session: id(),
            request: id(),
            approval: id(),
            checkpoint: id(),
            lock: id(),
            entry: "999999".to_owned(),
            reservation: id(),
        }
    }

    /// A route's path for this caller.
    fn path(&self, route: &Route, caller: &Seat) -> String {
        let id = match route.path.split('/').nth(2).unwrap_or_default() {
            "workstations" => &caller.workstation,
            "handoff-requests" => &self.request,
            "approvals" => &self.approval,
            "audit" => &self.entry,
            "items" => &self.checkpoint,
            "keys" => &self.session,
            "reservations" => &self.reservation,
            _ => &self.lock,
        };
        let name = match (route.method, route.path.as_str()) {
            (_, "/api/workflows/{name}") => "session-override".to_owned(),
            ("PUT", "/api/teams/{name}") => unique::name("team"),
            ("DELETE", "/api/teams/{name}") => "spare".to_owned(),
            _ => "gearbox".to_owned(),
        };
        let repository = if route.path.starts_with("/api/") { unique::name("cad") } else { self.repository.clone() };
        let path = route.path.replace("{part_number}", &self.part).replace("{session_id}", &self.session);
        let path = path.replace("{id}", id).replace("{name}", &name).replace("{repository}", &repository);
        let path = path.replace("{file}", "main.js");
        match (route.method, route.path.as_str()) {
            ("GET", "/api/events") => format!("{path}?workstation_id={}&after=0&wait=0&limit=1000", caller.workstation),
            ("GET", "/api/edit-sessions") => format!("{path}?all=true&limit=1000"),
            ("GET", "/api/audit/export") => format!("{path}?format=csv&part_number={}", encode(&self.part)),
            _ => path,
        }
    }

    /// What a route is sent.
    fn body(&self, route: &Route, caller: &Seat) -> Option<Value> {
        if route.method == "GET" {
            return None;
        }
        let last = route.path.rsplit('/').next().unwrap_or_default();
        Some(match (route.path.as_str(), last) {
            (_, "edit-sessions") => json!({ "workstation_id": caller.workstation }),
            ("/api/edit-sessions/batch", _) => {
                json!({ "workstation_id": caller.workstation, "part_numbers": [self.part] })
            }
            ("/api/edit-sessions/release", _) => json!({ "session_ids": [self.session] }),
            ("/api/workstations", _) => json!({ "name": "desk", "fingerprint": unique::name("print") }),
            ("/api/workstations/{id}/commands", _) => json!({ "type": "message" }),
            ("/mcp", _) => {
                json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "my_sessions" } })
            }
            ("/api/keys", _) => json!({ "name": "key" }),
            ("/api/reservations", _) => reservation(&self.part, caller),
            ("/api/webhooks", _) => json!({ "url": "https://example.com/hook", "part_number": "nothing" }),
            ("/api/preferences", _) => json!({ "muted": [] }),
            ("/api/inbox/read", _) => json!({ "ids": [] }),
            ("/api/access", _) => return None,
            ("/api/teams/{name}", _) => json!({ "members": [] }),
            ("/api/repositories/{repository}", _) => json!({}),
            (_, "verify") if !route.path.starts_with("/lfs") => json!({ "fence": 0 }),
            (_, "children") => json!({ "children": [] }),
            (_, "give") => json!({ "user": caller.user }),
            (_, "request-handoff") => json!({ "message": "May I?" }),
            (_, "sign") => json!({ "decision": "approve" }),
            (_, "force-release") => json!({ "reason": "on vacation" }),
            (_, "locks") => json!({ "path": self.path }),
            (_, "unlock") => json!({ "force": true }),
            ("/lfs/{repository}/objects/batch", _) => json!({ "operation": "download", "objects": [] }),
            _ => json!({}),
        })
    }
}

/// The body of a reservation, for a time that no other one is for.
fn reservation(part: &str, seat: &Seat) -> Value {
    static HOURS: AtomicI64 = AtomicI64::new(1);
    let from = chrono::Utc::now() + chrono::TimeDelta::hours(HOURS.fetch_add(2, Ordering::Relaxed));
    let until = from + chrono::TimeDelta::hours(1);
    json!({
        "part_numbers": [part], "workstation_id": seat.workstation, "note": SECRET,
        "starts_at": from.to_rfc3339(), "ends_at": until.to_rfc3339(),
    })
}

fn lfs(client: &Client, path: &str, body: &Value) -> Response {
    client.call("POST", path).body("application/vnd.git-lfs+json", body.to_string()).send()
}

struct World {
    scene: Scene,
    people: People,
    repository: String,
}

impl World {
    fn new() -> Self {
        let setup = Setup::new(Mode::Embedded)
            .variable("force_release_requires_approval", "true")
            .variable("quota_workstations", "0")
            .variable("quota_requests", "0")
            .variable("quota_reservations", "0")
            .variable("rate_limit_changes_per_minute", "0");
        let scene = Scene::of(setup);
        let members = json!([
            { "user": "lea", "lead": true }, { "user": "eddy" }, { "user": "vera" }, { "user": "hanna" }, { "user": "berta" },
        ]);
        scene.put_team("gearbox", &members).ok(200);
        scene.put_team("paint", &json!([{ "user": "otto", "lead": true }, { "user": "olga" }])).ok(200);
        scene.put_team("spare", &json!([])).ok(201);
        let world = Self { people: People::new(&scene), repository: unique::name("cad"), scene };
        world.close();
        world
    }

    fn rules(&self) -> Value {
        json!({ "default": "edit", "rules": [
            { "prefix": self.scene.prefix, "team": "gearbox", "may": "lead" },
            { "prefix": format!("{}/gear/", self.repository), "team": "gearbox", "may": "lead" },
            { "prefix": "elsewhere", "team": "paint", "may": "lead" },
        ] })
    }

    fn close(&self) {
        self.scene.root.call("PUT", "/api/access").json(&self.rules()).send().ok(200);
    }

    fn call(&self, route: &Route, target: &Target, caller: &Seat, has_token: bool) -> Response {
        let path = target.path(route, caller);
        let call = if has_token { caller.call(route.method, &path) } else { caller.anonymous(route.method, &path) };
        let body = if route.path == "/api/access" && route.method == "PUT" {
            Some(self.rules())
        } else {
            target.body(route, caller)
        };
        match body {
            Some(_) if route.path.ends_with("/draft") || route.path.ends_with("}/checkpoints") => {
                call.body("text/plain", "bytes").send()
            }
            Some(body) if route.path.starts_with("/lfs") => {
                call.body("application/vnd.git-lfs+json", body.to_string()).send()
            }
            Some(body) if !(route.method == "DELETE" && body == json!({})) => call.json(&body).send(),
            _ => call.send(),
        }
    }
}

/// Without what is each request's own.
fn told(response: &Response, target: &Target) -> String {
    let mut text = String::from_utf8_lossy(&response.body).replace(&target.part, "PART").replace(&target.path, "PATH");
    if let Some(id) = response.header("x-request-id") {
        text = text.replace(id, "REQUEST");
    }
    format!("{} {text}", response.status)
}

/// Checks what a stranger is told, a viewer or an editor.
fn check_stranger(world: &World, route: &Route, target: &Target, caller: &Seat, is_editor: bool) {
    let what = format!("{} {} as {}", route.method, route.path, caller.user);
    let answer = world.call(route, target, caller, true);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    for secret in
        [SECRET, "hanna", "berta", &target.session, &target.request, &target.approval, &target.checkpoint, &target.lock]
    {
        let is_asked = target.path(route, caller).contains(secret)
            || target.body(route, caller).is_some_and(|body| body.to_string().contains(secret))
            || (route.about == Own && route.path.starts_with("/api/teams"));
        assert!(is_asked || !text.contains(secret), "{what} tells {secret}: {text}");
    }
    let expected = match route.about {
        Admin => vec![403],
        Part => vec![404],
        PartOfEditors => vec![if is_editor { 404 } else { 403 }],
        Open | Own | List => return,
    };
    assert!(expected.contains(&answer.status), "{what}: {answer}");
    if route.about != Admin {
        let never = Target::never(&world.scene, &world.repository);
        let other = world.call(route, &never, caller, true);
        assert_eq!(told(&answer, target), told(&other, &never), "{what}: it can be told from what there never was");
    }
}

/// What a route does to a workstation is done to a new one.
fn at_a_workstation(route: &Route, caller: &Seat) -> Seat {
    if route.path.starts_with("/api/workstations/{id}") { Seat::new(Client::clone(caller)) } else { caller.clone() }
}

fn check(world: &World, route: &Route) {
    // One for each caller: what one does is nothing that the next one meets.
    let target = || Target::new(&world.scene, &world.repository);
    let first = target();
    if route.about == Open {
        let answer = world.call(route, &first, &world.people.insiders[0], false);
        assert!(answer.status < 400, "{} {} without a token: {answer}", route.method, route.path);
    } else {
        let answer = world.call(route, &first, &world.people.insiders[0], false);
        assert_eq!(answer.status, 401, "{} {} without a token: {answer}", route.method, route.path);
    }
    for (caller, is_editor) in world.people.strangers.iter().zip([false, true]) {
        check_stranger(world, route, &first, &at_a_workstation(route, caller), is_editor);
    }
    for (caller, expected) in world.people.insiders.iter().zip(route.insiders) {
        let target = target();
        if route.path == "/api/teams/{name}" && route.method == "DELETE" {
            world.scene.put_team("spare", &json!([]));
        }
        let caller = &at_a_workstation(route, caller);
        let answer = world.call(route, &target, caller, true);
        let what = format!("{} {} as {}", route.method, route.path, caller.user);
        assert_eq!(answer.status, expected, "{what}: {answer}");
    }
}

#[test]
fn every_route_as_each_kind_of_caller() {
    let world = World::new();
    let description = world.scene.root.get("/api/openapi.json").ok(200);
    let routes = description["paths"].as_object().expect("paths").iter().flat_map(|(path, operations)| {
        let methods = operations.as_object().expect("operations").keys();
        methods.map(move |method| (method.to_uppercase(), path.clone()))
    });
    let described: BTreeSet<(String, String)> = routes.collect();
    let table = table();
    let named: BTreeSet<(String, String)> =
        table.iter().map(|route| (route.method.to_owned(), route.path.clone())).collect();
    let unnamed: Vec<_> = described.difference(&named).collect();
    assert!(unnamed.is_empty(), "say in the table what these are about, and who may: {unnamed:?}");
    let gone: Vec<_> = named.difference(&described).collect();
    assert!(gone.is_empty(), "the table names routes that there are not: {gone:?}");
    assert_eq!(named.len(), table.len(), "a route stands twice in the table");
    table.iter().for_each(|route| check(&world, route));
    // The lists that must not tell strangers tell those who may look.
    let target = Target::new(&world.scene, &world.repository);
    for (path, text) in [("/api/lines?limit=1000", &target.request), ("/api/approvals?limit=1000", &target.approval)] {
        let list = world.people.insiders[0].get(path).ok(200).to_string();
        assert!(list.contains(text.as_str()), "{path}: {list}");
    }
}
