//! Bodies that are JSON and yet wrong: a missing field, a wrong type, a value out of bounds.

use baton_tests::{App, on_shared_app, paths, unique};
use serde_json::{Value, json};

on_shared_app!(
    a_registration_names_the_wrong_field,
    an_acquisition_names_the_wrong_field,
    a_verification_names_the_wrong_field,
    a_handoff_request_names_the_wrong_field,
    an_answer_names_the_wrong_field,
    lengths_count_characters,
    numbers_at_their_bounds_are_taken,
);

/// The body with this member replaced, or without it where the value is null.
fn with(body: &Value, field: &str, value: &Value) -> Value {
    let mut body = body.clone();
    let members = body.as_object_mut().expect("an object");
    if value.is_null() {
        members.remove(field);
    } else {
        members.insert(field.to_owned(), value.clone());
    }
    body
}

fn a_registration_names_the_wrong_field(app: &App) {
    let user = app.user("viewer");
    let good = json!({ "name": "desk", "fingerprint": unique::name("print") });
    for field in ["name", "fingerprint"] {
        let wrong = [Value::Null, json!(7), json!([]), json!({}), json!(true), json!(""), json!("x".repeat(201))];
        for value in wrong {
            user.post("/api/workstations", &with(&good, field, &value)).invalid(field);
        }
    }
    assert_eq!(user.pages("/api/workstations", "workstations", 10), Vec::<Value>::new());
    user.post("/api/workstations", &good).ok(201);
}

fn an_acquisition_names_the_wrong_field(app: &App) {
    let seat = app.seat();
    let part = unique::part();
    let good = json!({ "workstation_id": seat.workstation });
    let wrong = [
        ("workstation_id", Value::Null),
        ("workstation_id", json!(1)),
        ("workstation_id", json!("no uuid")),
        ("workstation_id", json!(unique::uuid())),
        ("context_level", json!("drawing")),
        ("context_level", json!("")),
        ("context_level", json!(2)),
        ("object_id", json!(5)),
        ("object_id", json!(["Sketch001"])),
        ("ttl_seconds", json!(0)),
        ("ttl_seconds", json!(-1)),
        ("ttl_seconds", json!(2_592_001)),
        ("ttl_seconds", json!(1.5)),
        ("ttl_seconds", json!("60")),
        ("ttl_seconds", json!(1e30)),
        ("ttl_seconds", json!(u64::MAX)),
        ("ttl_seconds", json!(i64::MAX)),
        ("note", json!("x".repeat(501))),
        ("note", json!("  ")),
        ("note", json!(5)),
        ("note", json!(["why"])),
    ];
    for (field, value) in wrong {
        seat.post(&paths::sessions(&part), &with(&good, field, &value)).invalid(field);
    }
    assert_eq!(seat.active(&part), Vec::<Value>::new(), "refused, and yet acquired");
    seat.get(&paths::item(&part)).expect(404, "not_found");
}

fn a_verification_names_the_wrong_field(app: &App) {
    let seat = app.seat();
    let path = paths::of_session(&seat.acquire(&unique::part()), "verify");
    for fence in [Value::Null, json!("1"), json!(1.5), json!([1]), json!(1e300)] {
        seat.post(&path, &with(&json!({}), "fence", &fence)).invalid("fence");
    }
}

fn a_handoff_request_names_the_wrong_field(app: &App) {
    let (holder, seat) = (app.seat(), app.seat());
    let session = holder.acquire(&unique::part());
    let good = json!({ "message": "May I?", "workstation_id": seat.workstation, "auto_acquire": true });
    let wrong = [
        ("message", Value::Null),
        ("message", json!("")),
        ("message", json!("x".repeat(2001))),
        ("message", json!(1)),
        ("workstation_id", json!("no uuid")),
        ("workstation_id", json!(unique::uuid())),
        ("workstation_id", json!(4)),
        ("auto_acquire", json!("yes")),
        ("auto_acquire", json!(1)),
    ];
    for (field, value) in wrong {
        seat.try_ask(&session, &with(&good, field, &value)).invalid(field);
    }
    // Without a workstation there is nowhere to put the session when it is free.
    seat.try_ask(&session, &with(&good, "workstation_id", &Value::Null)).invalid("workstation_id");
    assert_eq!(seat.pages("/api/handoff-requests", "handoff_requests", 10), Vec::<Value>::new());
}

fn an_answer_names_the_wrong_field(app: &App) {
    let (holder, seat) = (app.seat(), app.seat());
    let request = seat.ask(&holder.acquire(&unique::part()));
    for message in [json!(1), json!(["no"]), json!("x".repeat(2001))] {
        holder.post(&paths::of_request(&request, "decline"), &json!({ "message": message })).invalid("message");
    }
    assert_eq!(seat.request(request["id"].as_str().expect("an id"))["status"], "pending");
}

/// Not bytes: 200 letters of two bytes, or of four, are 200 characters.
fn lengths_count_characters(app: &App) {
    let user = app.user("viewer");
    for letter in ["\u{e9}", "\u{1f527}"] {
        let fingerprint = format!("{}{}", unique::name("print"), letter.repeat(200 - "print-".len() - 12));
        let body = json!({ "name": letter.repeat(200), "fingerprint": fingerprint });
        let workstation = user.post("/api/workstations", &body).ok(201);
        assert_eq!(workstation["name"], body["name"]);
        assert_eq!(workstation["fingerprint"], body["fingerprint"]);
        user.post("/api/workstations", &with(&body, "name", &json!(letter.repeat(201)))).invalid("name");
    }
    let (holder, asking) = (app.seat(), app.seat());
    let note = "\u{1f527}".repeat(500);
    assert_eq!(app.seat().acquire_with(&unique::part(), &json!({ "note": note }))["note"], note);
    let message = "\u{1f527}".repeat(2000);
    let request = asking.ask_with(&holder.acquire(&unique::part()), &json!({ "message": message }));
    assert_eq!(request["message"], message);
}

fn numbers_at_their_bounds_are_taken(app: &App) {
    let seat = app.seat();
    for ttl in [1, 2_592_000] {
        seat.acquire_with(&unique::part(), &json!({ "ttl_seconds": ttl }));
    }
}
