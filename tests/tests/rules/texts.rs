//! Texts come back as they went in, whatever they would mean to SQL, JSON, HTML or a log.

use baton_tests::{App, Json, Seat, encode, on_shared_app, paths, token, unique};
use serde_json::{Value, json};

on_shared_app!(
    names_and_fingerprints_are_verbatim,
    users_are_verbatim,
    objects_are_verbatim,
    messages_are_verbatim,
    notes_are_verbatim,
    what_nobody_sees_is_refused,
);

const TEXTS: [&str; 9] = [
    "'; DROP TABLE workstations; --",
    "\" OR \"\"=\"",
    "Robert'); DELETE FROM edit_sessions WHERE ('1'='1",
    "%_\\ ?1 :name $1 @p",
    "<script>alert('x')</script> &amp; {{ auth_secret }}",
    "; = + - @ \\t \\u202e",
    "\u{1f527} \u{e9}e\u{301} \u{5d0}\u{5d1} right to left",
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

/// Who somebody is, is up to whoever signs the tokens.
fn users_are_verbatim(app: &App) {
    let odd = ["tab\tnewline\nreturn\rbell\u{7}", "\u{1f527} \u{202e}right to left"];
    for text in TEXTS.into_iter().chain(odd) {
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
    for text in TEXTS.into_iter().chain(["two\r\n\tlines"]) {
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

fn notes_are_verbatim(app: &App) {
    let seat = app.seat();
    for text in TEXTS.into_iter().chain(["two\r\n\tlines"]) {
        let session = seat.acquire_with(&unique::part(), &json!({ "note": text }));
        assert_eq!(session["note"], text);
        assert_eq!(seat.renew(&session).ok(200)["note"], text);
    }
}

fn check_stored(asking: &Seat, request: &Value, text: &str) {
    let stored = asking.request(request.text("id"));
    assert_eq!(stored["message"], text);
    assert_eq!(stored["answer"], text);
}

/// Control characters, overrides of the direction and what has no look at all: a name can't pass for another.
fn what_nobody_sees_is_refused(app: &App) {
    let (user, seat, asking) = (app.user("viewer"), app.seat(), app.seat());
    let session = seat.acquire(&unique::part());
    for unseen in
        ["\u{0}", "\u{7}", "\n", "\t", "\u{1b}", "\u{7f}", "\u{200b}", "\u{202e}", "\u{2066}", "\u{feff}", "\u{e0041}"]
    {
        let text = format!("a{unseen}b");
        let print = unique::name("print");
        user.post("/api/workstations", &json!({ "name": text, "fingerprint": print })).invalid("name");
        user.post("/api/workstations", &json!({ "name": "desk", "fingerprint": text })).invalid("fingerprint");
        seat.try_acquire(&unique::part(), &json!({ "object_id": text })).invalid("object_id");
        // A message or a note may have lines, and tabs in them.
        if !["\n", "\t"].contains(&unseen) {
            seat.try_acquire(&unique::part(), &json!({ "note": text })).invalid("note");
            asking.try_ask(&session, &json!({ "message": text })).invalid("message");
        }
        let label = format!("{}?label={}", paths::of_session(&session, "checkpoints"), encode(&text));
        seat.call("POST", &label).body("model/step", b"bytes").send().invalid("label");
    }
}
