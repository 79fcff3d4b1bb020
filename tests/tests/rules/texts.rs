//! Texts come back as they went in, whatever they would mean to SQL, JSON, HTML or a log.

use baton_tests::{App, Json, Seat, on_shared_app, paths, token, unique};
use serde_json::{Value, json};

on_shared_app!(
    names_and_fingerprints_are_verbatim,
    users_are_verbatim,
    objects_are_verbatim,
    messages_are_verbatim,
    a_nul_is_kept_or_refused,
);

const TEXTS: [&str; 9] = [
    "'; DROP TABLE workstations; --",
    "\" OR \"\"=\"",
    "Robert'); DELETE FROM edit_sessions WHERE ('1'='1",
    "%_\\ ?1 :name $1 @p",
    "<script>alert('x')</script> &amp; {{ auth_secret }}",
    "tab\tnewline\nreturn\rbell\u{7}",
    "\u{1f527} \u{e9}e\u{301} \u{202e}right to left",
    "  blanks  ",
    "null",
];

fn names_and_fingerprints_are_verbatim(app: &App) {
    let user = app.user("viewer");
    for text in TEXTS {
        let fingerprint = format!("{text}{}", unique::name(""));
        let body = json!({ "name": text, "fingerprint": fingerprint });
        let made = user.post("/api/workstations", &body).ok(201);
        let read = user.get(&paths::workstation(&made.id())).ok(200);
        for workstation in [made, read] {
            assert_eq!(workstation["name"], text);
            assert_eq!(workstation["fingerprint"], fingerprint);
        }
        user.post("/api/workstations", &body).ok(200);
    }
    let names: Vec<Value> =
        user.pages("/api/workstations", "workstations", 4).iter().map(|w| w["name"].clone()).collect();
    assert_eq!(names.len(), TEXTS.len());
    assert!(TEXTS.iter().all(|text| names.iter().any(|name| name == text)), "{names:?}");
}

fn users_are_verbatim(app: &App) {
    for text in TEXTS {
        let user = format!("{text}{}", unique::name(""));
        let client = app.user("editor").with_token(&token::good(&user, "editor"));
        let body = json!({ "name": "desk", "fingerprint": unique::name("print") });
        let workstation = client.post("/api/workstations", &body).ok(201);
        assert_eq!(workstation["user"], user);
        let part = unique::part();
        let body = json!({ "workstation_id": workstation["id"] });
        assert_eq!(client.post(&paths::sessions(&part), &body).ok(201)["user"], user);
        let held = app.seat().try_acquire(&part, &json!({})).expect(409, "held");
        assert_eq!(held["holder"]["user"], user);
    }
}

fn objects_are_verbatim(app: &App) {
    let (seat, other, part) = (app.seat(), app.seat(), unique::part());
    for text in TEXTS {
        let session = seat.acquire_with(&part, &json!({ "object_id": text }));
        assert_eq!(session["object_id"], text);
        assert_eq!(seat.get(&paths::session(&session)).ok(200)["object_id"], text);
        let held = other.try_acquire(&part, &json!({ "object_id": text })).expect(409, "held");
        assert_eq!(held["holder"]["object_id"], text);
    }
    assert_eq!(seat.active(&part).len(), TEXTS.len());
}

fn messages_are_verbatim(app: &App) {
    for text in TEXTS {
        let (holder, asking) = (app.seat(), app.seat());
        let session = holder.acquire(&unique::part());
        let (mut at_holder, mut at_asking) = (holder.inbox(), asking.inbox());
        let request = asking.ask_with(&session, &json!({ "message": text, "workstation_id": asking.workstation }));
        assert_eq!(request["message"], text);
        assert_eq!(at_holder.expect("edit.handoff_requested", &[])["data"]["message"], text);
        let answer = holder.post(&paths::of_request(&request, "decline"), &json!({ "message": text })).ok(200);
        assert_eq!(answer["answer"], text);
        assert_eq!(at_asking.expect("edit.handoff_declined", &[])["data"]["message"], text);
        check_stored(&asking, &request, text);
    }
}

fn check_stored(asking: &Seat, request: &Value, text: &str) {
    let stored = asking.request(request.text("id"));
    assert_eq!(stored["message"], text);
    assert_eq!(stored["answer"], text);
}

/// SQLite can hold it, a terminal may not like it: either is fine, a cut text is not.
fn a_nul_is_kept_or_refused(app: &App) {
    let user = app.user("viewer");
    let body = json!({ "name": "a\u{0}b", "fingerprint": unique::name("print") });
    let response = user.post("/api/workstations", &body);
    if response.status == 422 {
        response.invalid("name");
    } else {
        let id = response.ok(201).id();
        assert_eq!(user.get(&paths::workstation(&id)).ok(200)["name"], "a\u{0}b");
    }
}
