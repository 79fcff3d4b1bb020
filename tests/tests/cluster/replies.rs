//! The database has made a change, and its answer to the host gets lost.

use baton_tests::{Json, Mode, Seat, eventually, on_own_app, paths, unique};
use serde_json::{Value, json};

use crate::scene::{hosts, seat_at};

on_own_app!(a_change_whose_answer_got_lost_is_found_again);

/// How often: an answer that gets lost may be another one's.
const ROUNDS: usize = 20;

/// Whatever the client was told, it asks again, and the change has been made once.
fn a_change_whose_answer_got_lost_is_found_again(mode: Mode) {
    let Some(setup) = hosts(mode) else { return };
    let app = setup.frail_way(1).start();
    let way = app.database().and_then(|database| database.way()).expect("it was set up");
    let (alice, admin) = (seat_at(&app, 0), app.user("admin"));
    for _ in 0..ROUNDS {
        let part = unique::part();
        way.lose_a_reply();
        let session = insist(&alice, "POST", &paths::sessions(&part), &json!({ "workstation_id": alice.workstation }));
        alice.verify(&session, session.int("fence")).ok(200);
        way.lose_a_reply();
        insist(&alice, "DELETE", &paths::session(&session), &Value::Null);
        for action in ["edit.session_acquired", "edit.session_released"] {
            let query = format!("/api/audit?part_number={part}&action={action}");
            let entries = admin.get(&query).ok(200);
            assert_eq!(entries.list("entries").len(), 1, "{action}: {entries}");
        }
    }
}

/// Sends this until it is answered by something else than 503.
fn insist(seat: &Seat, method: &str, path: &str, body: &Value) -> Value {
    eventually("it is answered", || {
        let response = seat.call(method, path).json(body).send();
        (response.status != 503).then(|| {
            assert!(response.status < 300, "{response}");
            if response.body.is_empty() { Value::Null } else { response.json() }
        })
    })
}
