//! Who gets a session, and who doesn't.

use baton_tests::{App, Json, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

on_shared_app!(
    a_free_part_is_granted,
    a_session_has_defaults,
    a_session_has_what_was_asked_for,
    a_held_part_names_its_holder,
    acquiring_again_renews,
    a_whole_part_excludes_its_objects,
    objects_exclude_the_whole_part,
    different_objects_go_together,
    one_workstation_never_conflicts_with_itself,
    two_workstations_of_one_user_conflict,
    a_workstation_of_someone_else_is_refused,
    parts_do_not_concern_each_other,
);

fn a_free_part_is_granted(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire(&part);
    assert_eq!(session["part_number"], part);
    assert_eq!(seat.held(&part), session);
    assert_eq!(app.user("viewer").get(&paths::session(&session)).ok(200), session);
}

fn a_session_has_defaults(app: &App) {
    let session = app.seat().acquire(&unique::part());
    assert_eq!(session["context_level"], "part");
    assert_eq!(session["object_id"], Value::Null);
    assert_eq!(session["renewed_at"], session["acquired_at"]);
    let lasts = session.time("expires_at") - session.time("acquired_at");
    assert_eq!(lasts.num_milliseconds(), 15 * 60 * 1000, "session_timeout_minutes");
}

fn a_session_has_what_was_asked_for(app: &App) {
    let seat = app.seat();
    for level in ["sketch", "part", "assembly"] {
        let more = json!({ "context_level": level, "object_id": "Body/Pad", "ttl_seconds": 77 });
        let session = seat.acquire_with(&unique::part(), &more);
        assert_eq!(session["context_level"], level);
        assert_eq!(session["object_id"], "Body/Pad");
        let lasts = session.time("expires_at") - session.time("acquired_at");
        assert_eq!(lasts.num_milliseconds(), 77_000);
    }
    // What is null was not asked for.
    let nothing = json!({ "context_level": null, "object_id": null, "ttl_seconds": null });
    assert_eq!(seat.acquire_with(&unique::part(), &nothing)["context_level"], "part");
}

fn a_held_part_names_its_holder(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let held = bob.try_acquire(&part, &json!({})).expect(409, "held");
    let holder = &held["holder"];
    shape::holder(holder);
    assert_eq!(holder["session_id"], session["id"]);
    for same in ["user", "workstation_id", "object_id", "acquired_at", "expires_at"] {
        assert_eq!(holder[same], session[same], "{same} of the holder");
    }
    assert_eq!(alice.held(&part), session, "a refused acquisition leaves no trace");
}

fn acquiring_again_renews(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    for more in [json!({}), json!({ "object_id": "Sketch001" })] {
        let session = seat.acquire_with(&part, &more);
        let mut longer = more.clone();
        longer["ttl_seconds"] = json!(3600);
        let again = seat.try_acquire(&part, &longer).ok(200);
        shape::session(&again);
        for same in ["id", "fence", "acquired_at", "object_id"] {
            assert_eq!(again[same], session[same]);
        }
        assert!(again.time("renewed_at") >= session.time("renewed_at"));
        let lasts = again.time("expires_at") - again.time("renewed_at");
        assert_eq!(lasts.num_seconds(), 3600, "the time asked for counts");
        assert_eq!(seat.get(&paths::session(&session)).ok(200), again);
        seat.release(&again);
    }
}

fn a_whole_part_excludes_its_objects(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let whole = alice.acquire(&part);
    let held = bob.try_acquire(&part, &json!({ "object_id": "Sketch001" })).expect(409, "held");
    assert_eq!(held["holder"]["session_id"], whole["id"]);
}

fn objects_exclude_the_whole_part(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let object = alice.acquire_with(&part, &json!({ "object_id": "Sketch001" }));
    let held = bob.try_acquire(&part, &json!({})).expect(409, "held");
    assert_eq!(held["holder"]["session_id"], object["id"]);
    assert_eq!(held["holder"]["object_id"], "Sketch001");
    bob.try_acquire(&part, &json!({ "object_id": "Sketch001" })).expect(409, "held");
    alice.release(&object);
    bob.acquire(&part);
}

fn different_objects_go_together(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let one = alice.acquire_with(&part, &json!({ "object_id": "Sketch001" }));
    let two = bob.acquire_with(&part, &json!({ "object_id": "Sketch002" }));
    // Case counts: these are names of objects in a file.
    let three = bob.acquire_with(&part, &json!({ "object_id": "sketch001" }));
    assert!(one.int("fence") < two.int("fence") && two.int("fence") < three.int("fence"));
    assert_eq!(alice.active(&part).len(), 3);
}

fn one_workstation_never_conflicts_with_itself(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let whole = seat.acquire(&part);
    let object = seat.acquire_with(&part, &json!({ "object_id": "Sketch001" }));
    assert_ne!(whole["id"], object["id"]);
    assert!(object.int("fence") > whole.int("fence"));
    assert_eq!(seat.active(&part).len(), 2);
    // Releasing one leaves the other in force.
    seat.release(&whole);
    app.seat().try_acquire(&part, &json!({})).expect(409, "held");
}

fn two_workstations_of_one_user_conflict(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire(&part);
    let laptop = seat.workstation();
    let held = seat.post(&paths::sessions(&part), &json!({ "workstation_id": laptop })).expect(409, "held");
    assert_eq!(held["holder"]["session_id"], session["id"]);
    assert_eq!(held["holder"]["user"], seat.user);
}

fn a_workstation_of_someone_else_is_refused(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let body = json!({ "workstation_id": alice.workstation });
    bob.post(&paths::sessions(&part), &body).expect(403, "forbidden");
    assert_eq!(alice.active(&part), Vec::<Value>::new());
}

fn parts_do_not_concern_each_other(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let part = unique::part();
    alice.acquire(&part);
    bob.acquire(&format!("{part}0"));
    bob.acquire(&part.to_uppercase().replace("F01", "f01"));
}
