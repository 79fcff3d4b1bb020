//! A client whose answer got lost on the way asks again, and finds what it has done.

use std::sync::Arc;

use baton_tests::{App, Endpoint, Json, Proxy, Seat, on_shared_app, paths, unique};
use serde_json::{Value, json};

on_shared_app!(an_acquisition_is_found_again, a_release_is_found_again, a_request_is_found_again);

/// A seat whose way to the server loses answers.
fn far_away(app: &App) -> (Seat, Proxy) {
    let network = Proxy::start(&app.url(), 1);
    let endpoint = Endpoint::new();
    endpoint.moved_to(&[network.url()]);
    let seat = app.seat();
    let client = baton_tests::Client::new(Arc::new(endpoint), &seat.user, "editor");
    (seat.with(client), network)
}

/// Sends this, and gets no answer.
fn lose(seat: &Seat, network: &Proxy, method: &str, path: &str, body: &Value) {
    network.lose_a_reply();
    let answer = seat.call(method, path).json(body).try_send();
    assert!(answer.is_err(), "{method} {path} is answered: {answer:?}");
}

fn an_acquisition_is_found_again(app: &App) {
    let ((seat, network), part) = (far_away(app), unique::part());
    lose(&seat, &network, "POST", &paths::sessions(&part), &json!({ "workstation_id": seat.workstation }));
    let made = app.seat().active(&part);
    let session = seat.try_acquire(&part, &json!({})).ok(200);
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!((&session["id"], &session["fence"]), (&made[0]["id"], &made[0]["fence"]));
    seat.verify(&session, session.int("fence")).ok(200);
}

fn a_release_is_found_again(app: &App) {
    let ((seat, network), part) = (far_away(app), unique::part());
    let session = seat.acquire(&part);
    lose(&seat, &network, "DELETE", &paths::session(&session), &Value::Null);
    assert_eq!(app.seat().active(&part), Vec::<Value>::new());
    seat.try_release(&session).ok(204);
    // It isn't released a second time from under whoever has it now.
    let other = app.seat();
    let next = other.acquire(&part);
    seat.try_release(&session).ok(204);
    assert_eq!(other.held(&part)["id"], next["id"]);
}

fn a_request_is_found_again(app: &App) {
    let ((seat, network), holder, part) = (far_away(app), app.seat(), unique::part());
    let session = holder.acquire(&part);
    let mut inbox = holder.inbox();
    let body = json!({ "message": "May I?", "workstation_id": seat.workstation });
    lose(&seat, &network, "POST", &paths::of_session(&session, "request-handoff"), &body);
    let request = seat.try_ask(&session, &body).ok(200);
    let asked = inbox.expect("edit.handoff_requested", &["request_id"]);
    assert_eq!(asked["data"]["request_id"], request["id"]);
    holder.accept(&request);
    assert_eq!(seat.held(&part)["workstation_id"], seat.workstation.as_str());
}
