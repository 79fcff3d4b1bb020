//! Storage that can't be reached.

use baton_tests::{Mode, Setup, eventually, on_cluster, on_own_app, skipped, unique};
use rusqlite::Connection;
use serde_json::json;

on_own_app!(storage_that_is_busy_is_unavailable, storage_that_is_broken_is_unavailable);

/// Another process holds the database for longer than anybody waits.
fn storage_that_is_busy_is_unavailable(mode: Mode) {
    if on_cluster() {
        return skipped("a database that somebody locks", "libSQL's server lets nobody lock it for longer than 5 s");
    }
    let app = Setup::new(mode).start();
    let user = app.user("viewer");
    user.workstation();
    let database = Connection::open(app.state().join("sqlite_db.db")).expect("the state file of Spin");
    database.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    let body = json!({ "name": "desk", "fingerprint": unique::name("print") });
    let response = user.post("/api/workstations", &body);
    response.expect(503, "unavailable");
    assert!(response.header("retry-after").is_some_and(|v| v.parse::<u32>().is_ok()), "{response}");
    let ready = app.call("GET", "/readyz").send();
    ready.expect(503, "unavailable");
    assert!(ready.json()["parts"]["database"] != "ok", "which part? {ready}");
    database.execute_batch("ROLLBACK").expect("it is ours");
    eventually("registrations go on", || (user.post("/api/workstations", &body).status == 201).then_some(()));
    eventually("it is ready again", || (app.call("GET", "/readyz").send().status == 200).then_some(()));
}

/// The file is there and is no database.
fn storage_that_is_broken_is_unavailable(mode: Mode) {
    if on_cluster() {
        return skipped("a file that is no database", "hosts that share a database have none");
    }
    let garbage = "this is no database ".repeat(500);
    let app = Setup::new(mode).state_file("sqlite_db.db", garbage.as_bytes()).without_waiting().start();
    app.call("GET", "/healthz").send().ok(200);
    let ready = app.call("GET", "/readyz").send();
    assert_eq!(ready.status, 503, "{ready}");
    let text = String::from_utf8_lossy(&ready.body).to_lowercase();
    assert!(["sqlite", "storage", "database"].iter().any(|part| text.contains(part)), "which part? {ready}");
    let user = app.user("viewer");
    for path in ["/api/workstations", "/api/edit-sessions", "/api/items/F01-0001"] {
        let response = user.get(path);
        response.expect(503, "unavailable");
        assert!(response.header("retry-after").is_some(), "{response}");
    }
}
