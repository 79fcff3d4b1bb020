//! Who may have which parts when, and who takes that back.

use baton_tests::{App, Json, on_shared_app, paths, unique};
use serde_json::{Value, json};

use crate::scene::{later, of_part, reserve, text, try_reserve};

on_shared_app!(
    a_reservation_is_made_and_listed,
    others_are_refused_for_the_same_time,
    times_are_half_open,
    ones_own_reservations_may_overlap,
    withdrawing_is_for_its_user_and_admins,
    a_viewer_looks_and_makes_none,
    nobody_reserves_for_another_workstation,
    an_item_comes_into_being,
    reservations_go_with_their_workstation,
    a_quota_bounds_them,
    what_happens_is_in_the_audit_log,
);

fn a_reservation_is_made_and_listed(app: &App) {
    let (seat, parts) = (app.seat(), [unique::part(), unique::part()]);
    let (from, until) = (later(3600), later(7200));
    let parts = [parts[0].as_str(), parts[1].as_str(), parts[0].as_str()];
    let response = try_reserve(&seat, &parts, (from, until), &json!({ "note": "new flange" }));
    let made = response.ok(201);
    assert_eq!(response.header("location"), Some(format!("/api/reservations/{}", made.text("id")).as_str()));
    assert_eq!((&made["part_numbers"], &made["note"]), (&json!(parts[..2]), &json!("new flange")));
    assert_eq!((made.text("starts_at"), made.text("ends_at")), (&*text(from), &*text(until)));
    assert_eq!((&made["repeat"], &made["times"]), (&Value::Null, &json!(1)));
    for part in parts {
        assert_eq!(of_part(&app.user("viewer"), part), std::slice::from_ref(&made));
    }
}

fn others_are_refused_for_the_same_time(app: &App) {
    let (alice, bob, part, other) = (app.seat(), app.seat(), unique::part(), unique::part());
    let made = reserve(&alice, &[&part], (later(3600), later(7200)));
    for time in
        [(later(3000), later(4000)), (later(4000), later(5000)), (later(7000), later(9000)), (later(60), later(9000))]
    {
        let refused = try_reserve(&bob, &[&other, &part], time, &json!({})).expect(409, "reserved");
        let expected = json!([{
            "id": made["id"], "user": alice.user, "part_numbers": [part], "starts_at": made["starts_at"], "ends_at": made["ends_at"],
        }]);
        assert_eq!(refused["reservations"], expected);
    }
    assert_eq!(of_part(&bob, &other), Vec::<Value>::new(), "nothing is changed by what is refused");
    bob.get(&paths::item(&other)).expect(404, "not_found");
}

fn times_are_half_open(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let (from, until) = (later(3600), later(7200));
    reserve(&alice, &[&part], (from, until));
    reserve(&bob, &[&part], (until, later(9000)));
    reserve(&bob, &[&part], (later(1800), from));
    assert_eq!(of_part(&bob, &part).len(), 3);
}

fn ones_own_reservations_may_overlap(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    reserve(&seat, &[&part], (later(3600), later(7200)));
    reserve(&seat, &[&part], (later(3700), later(7300)));
}

fn withdrawing_is_for_its_user_and_admins(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let [own, other] = [3600, 7200].map(|from| reserve(&alice, &[&part], (later(from), later(from + 600))));
    let path = |reservation: &Value| format!("/api/reservations/{}", reservation.text("id"));
    bob.delete(&path(&own)).expect(403, "forbidden");
    alice.delete(&path(&own)).ok(204);
    alice.delete(&path(&own)).expect(404, "not_found");
    app.user("admin").delete(&path(&other)).ok(204);
    bob.delete("/api/reservations/nothing").expect(404, "not_found");
    assert_eq!(of_part(&alice, &part), Vec::<Value>::new());
    reserve(&bob, &[&part], (later(3600), later(9000)));
}

fn a_viewer_looks_and_makes_none(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let viewer = seat.with(seat.as_role("viewer"));
    try_reserve(&viewer, &[&part], (later(60), later(120)), &json!({})).expect(403, "forbidden");
    let made = reserve(&seat, &[&part], (later(60), later(120)));
    viewer.delete(&format!("/api/reservations/{}", made.text("id"))).expect(403, "forbidden");
    assert_eq!(of_part(&viewer, &part), [made]);
    app.call("GET", "/api/reservations").send().expect(401, "unauthorized");
}

fn nobody_reserves_for_another_workstation(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let elsewhere = json!({ "workstation_id": bob.workstation });
    try_reserve(&alice, &[&part], (later(60), later(120)), &elsewhere).expect(403, "forbidden");
    let nowhere = json!({ "workstation_id": unique::uuid() });
    try_reserve(&alice, &[&part], (later(60), later(120)), &nowhere).invalid("workstation_id");
    alice.get(&paths::item(&part)).expect(404, "not_found");
}

fn an_item_comes_into_being(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    reserve(&seat, &[&part], (later(60), later(120)));
    let item = seat.get(&paths::item(&part)).ok(200);
    assert_eq!((item.int("fence"), item.list("edit_sessions").len()), (0, 0));
}

fn reservations_go_with_their_workstation(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    for from in 1..8 {
        reserve(&seat, &[&part], (later(from * 3600), later(from * 3600 + 600)));
    }
    seat.delete(&paths::workstation(&seat.workstation)).ok(204);
    assert_eq!(of_part(&seat, &part), Vec::<Value>::new());
}

fn a_quota_bounds_them(app: &App) {
    let seat = app.seat();
    let used = || {
        let quotas = seat.get("/api/quotas").ok(200);
        let found =
            quotas.list("quotas").iter().find(|quota| quota["quota"] == "reservations").expect("a quota").clone();
        (found.int("limit"), found.int("used"))
    };
    let parts: Vec<_> = (0..500).map(|_| unique::part()).collect();
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    let ten = json!({ "repeat": "FREQ=DAILY;COUNT=10" });
    for round in 1..=2 {
        try_reserve(&seat, &parts, (later(round * 3600), later(round * 3600 + 60)), &ten).ok(201);
        assert_eq!(used(), (10_000, round * 5_000));
    }
    let refused = try_reserve(&seat, &[parts[0]], (later(60), later(120)), &json!({})).expect(409, "quota_exceeded");
    assert_eq!(
        (&refused["quota"], &refused["limit"], &refused["used"]),
        (&json!("reservations"), &json!(10_000), &json!(10_000))
    );
}

fn what_happens_is_in_the_audit_log(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let made = reserve(&seat, &[&part], (later(3600), later(7200)));
    seat.delete(&format!("/api/reservations/{}", made.text("id"))).ok(204);
    let entries = app.user("admin").pages(&format!("/api/audit?resource_id={}", made.text("id")), "entries", 100);
    let told: Vec<_> =
        entries.iter().map(|entry| (entry.text("action"), entry.text("actor"), entry.text("part_number"))).collect();
    let by = |action: &'static str| (action, seat.user.as_str(), part.as_str());
    assert_eq!(told, [by("reservation.created"), by("reservation.deleted")]);
}
