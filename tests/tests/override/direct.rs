//! A force-release without an approval: what it does, and who hears of it.

use baton_tests::{App, Json, Seat, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

use crate::scene::{admin_seat, assert_lost, force, holder, order_because};

on_shared_app!(
    the_session_is_over_and_its_part_free,
    the_holder_hears_who_and_why,
    the_holder_hears_it_without_watching,
    watchers_hear_that_it_is_released,
    the_other_workstations_of_the_holder_hear_nothing,
    the_next_in_line_has_the_session,
    who_only_asked_is_superseded,
    other_sessions_on_the_item_stay,
    an_admin_may_end_a_session_of_their_own,
    a_draft_is_kept_as_a_checkpoint,
    without_a_draft_there_is_no_checkpoint,
);

const RELEASED: [&str; 5] = ["session_id", "user", "workstation_id", "object_id", "fence"];

fn the_session_is_over_and_its_part_free(app: &App) {
    let (alice, session) = holder(app);
    let part = session.text("part_number");
    force(&app.user("admin"), &session);
    assert_eq!(alice.active(part), Vec::<Value>::new());
    assert_lost(&alice, &session, "force_released");
    assert_eq!(alice.try_release(&session).expect(410, "session_lost")["reason"], "force_released");
    assert_eq!(alice.get(&paths::session(&session)).expect(410, "session_lost")["reason"], "force_released");
    alice.verify(&session, session.int("fence")).expect(409, "stale_fence");
    let next = app.seat().acquire(part);
    assert!(next.int("fence") > session.int("fence"));
}

fn the_holder_hears_who_and_why(app: &App) {
    let (alice, session) = holder(app);
    let (admin, mut inbox) = (app.user("admin"), alice.inbox());
    let reason = "Schluß \u{1f512} \"jetzt\" <b>&amp;</b> \\ zweite\nZeile";
    order_because(&admin, &session, reason).ok(200);
    let events = inbox.expect_all(&["edit.force_released", "edit.session_released"]);
    let data = json!({
        "item_id": session["item_id"], "part_number": session["part_number"], "session_id": session["id"],
        "admin": admin.user, "reason": reason, "original_holder": alice.user, "checkpoint_id": null,
    });
    assert_eq!(events[0]["data"], data);
    assert_eq!(events[0]["item_id"], session["item_id"]);
    assert_eq!(events[0]["part_number"], session["part_number"]);
    assert_eq!(events[1]["data"]["session_id"], session["id"]);
    inbox.expect_nothing_more();
}

fn the_holder_hears_it_without_watching(app: &App) {
    let (alice, session) = holder(app);
    alice.delete(&paths::subscription(&alice.workstation, session.text("part_number"))).ok(204);
    let mut inbox = alice.inbox();
    force(&app.user("admin"), &session);
    inbox.expect("edit.force_released", &[]);
    inbox.expect_nothing_more();
}

fn watchers_hear_that_it_is_released(app: &App) {
    let ((_, session), watcher, stranger, admin) = (holder(app), app.seat(), app.seat(), admin_seat(app));
    watcher.watch(session.text("part_number"));
    let (mut at_watcher, mut at_stranger, mut at_admin) = (watcher.inbox(), stranger.inbox(), admin.inbox());
    force(&admin, &session);
    let released = at_watcher.expect("edit.session_released", &RELEASED);
    for same in ["user", "workstation_id", "object_id", "fence"] {
        assert_eq!(released["data"][same], session[same], "{same}");
    }
    assert_eq!(released["data"]["session_id"], session["id"]);
    // The reason is between the admin and the holder.
    at_watcher.expect_nothing_more();
    at_stranger.expect_nothing_more();
    at_admin.expect_nothing_more();
}

fn the_other_workstations_of_the_holder_hear_nothing(app: &App) {
    let (alice, session) = holder(app);
    let laptop = Seat::new(alice.as_role("editor"));
    let mut inbox = laptop.inbox();
    force(&app.user("admin"), &session);
    inbox.expect_nothing_more();
}

fn the_next_in_line_has_the_session(app: &App) {
    let ((alice, session), bob, carol) = (holder(app), app.seat(), app.seat());
    let part = session.text("part_number");
    let request = bob.stand_in_line(&session);
    let waiting = carol.stand_in_line(&session);
    let (mut at_alice, mut at_bob) = (alice.inbox(), bob.inbox());
    force(&app.user("admin"), &session);
    let next = bob.held(part);
    assert!(next.int("fence") > session.int("fence"));
    assert_eq!(bob.request(request.text("id"))["status"], "granted");
    assert_eq!(carol.request(waiting.text("id"))["holder"], bob.user);
    at_alice.expect_all(&["edit.force_released", "edit.session_released", "edit.session_acquired"]);
    at_alice.expect_nothing_more();
    let kinds = ["edit.session_granted", "edit.session_released", "edit.session_acquired", "edit.handoff_requested"];
    let events = at_bob.expect_all(&kinds);
    shape::event(&events[0], &["request_id", "session_id", "fence", "expires_at"]);
    assert_eq!(events[0]["data"]["request_id"], request["id"]);
    assert_eq!(events[0]["data"]["session_id"], next["id"]);
    at_bob.expect_nothing_more();
}

fn who_only_asked_is_superseded(app: &App) {
    let ((alice, session), bob) = (holder(app), app.seat());
    let request = bob.ask_for_transfer(&session);
    force(&app.user("admin"), &session);
    assert_eq!(bob.request(request.text("id"))["status"], "superseded");
    alice.post(&paths::of_request(&request, "accept"), &json!({})).expect(409, "not_pending");
    assert_eq!(bob.active(session.text("part_number")), Vec::<Value>::new());
}

fn other_sessions_on_the_item_stay(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let one = alice.acquire_with(&part, &json!({ "object_id": "A" }));
    let other = bob.acquire_with(&part, &json!({ "object_id": "B" }));
    let elsewhere = alice.acquire(&unique::part());
    force(&app.user("admin"), &one);
    assert_eq!(bob.held(&part), other);
    alice.renew(&elsewhere).ok(200);
}

fn an_admin_may_end_a_session_of_their_own(app: &App) {
    let admin = admin_seat(app);
    let session = admin.acquire(&unique::part());
    let mut inbox = admin.inbox();
    force(&admin, &session);
    let events = inbox.expect_all(&["edit.force_released", "edit.session_released"]);
    assert_eq!(events[0]["data"]["original_holder"], admin.user);
}

fn a_draft_is_kept_as_a_checkpoint(app: &App) {
    let ((alice, session), watcher) = (holder(app), app.seat());
    let part = session.text("part_number");
    watcher.watch(part);
    let draft = b"half a flange".repeat(100_000);
    alice.call("PUT", &paths::of_session(&session, "draft")).body("model/step", draft.clone()).send().ok(204);
    let (mut at_alice, mut at_watcher) = (alice.inbox(), watcher.inbox());
    let checkpoint_id = force(&app.user("admin"), &session);
    let id = checkpoint_id.as_str().expect("the draft's checkpoint");
    let path = format!("{}/checkpoints/{id}", paths::item(part));
    let checkpoint = alice.get(&path).ok(200);
    let facts = [("kind", json!("force_release")), ("user", json!(alice.user)), ("session_id", session["id"].clone())];
    for (member, value) in facts {
        assert_eq!(checkpoint[member], value, "{checkpoint}");
    }
    assert_eq!(checkpoint.int("size"), i64::try_from(draft.len()).expect("small"));
    let content = alice.get(&format!("{path}/content"));
    assert_eq!((content.status, content.header("content-type")), (200, Some("model/step")));
    assert!(content.body == draft, "other bytes: {}", content.body.len());
    let kinds = ["edit.force_released", "edit.checkpoint_created", "edit.session_released"];
    assert_eq!(at_alice.expect_all(&kinds)[0]["data"]["checkpoint_id"], checkpoint_id);
    let created = &at_watcher.expect_all(&kinds[1..])[0];
    shape::event(created, &["checkpoint_id", "session_id", "user", "kind", "size"]);
    assert_eq!(created["data"]["checkpoint_id"], checkpoint_id);
    assert_eq!(created["data"]["kind"], "force_release");
}

fn without_a_draft_there_is_no_checkpoint(app: &App) {
    let (alice, session) = holder(app);
    assert_eq!(force(&app.user("admin"), &session), Value::Null);
    let path = format!("{}/checkpoints", paths::item(session.text("part_number")));
    assert_eq!(alice.pages(&path, "checkpoints", 10), Vec::<Value>::new());
}
