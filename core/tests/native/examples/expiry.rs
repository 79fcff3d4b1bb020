//! Sessions whose time is over.

use super::{PART, Scene};
use crate::store::Answer;

#[test]
fn whoever_comes_next_records_it_as_nobodys_doing() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.store.let_expire(&id);
    let audit = scene.audit_of(|scene| scene.hold(&scene.ben, None));
    let expected =
        ["system edit.session_expired F1#1", "ben subscription.created ben", "ben edit.session_acquired F1#2"];
    assert_eq!(audit, expected);
    let ended: bool = scene.store.value("SELECT ended_at = expires_at FROM sessions WHERE end_reason = 'expired'");
    assert!(ended, "it ended when it expired, not when somebody looked");
}

#[test]
fn an_expired_session_is_lost_to_its_holder() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.store.let_expire(&id);
    let expired = Answer::Gone("expired".to_owned());
    assert_eq!(scene.store.renew("anna", PART, &id, None), expired);
    assert_eq!(scene.store.release("anna", PART, &id), expired);
    assert_eq!(scene.ask(&scene.ben, &id, None), expired);
    assert_eq!(scene.store.world().audit.iter().filter(|row| row.action == "edit.session_expired").count(), 1);
}

#[test]
fn the_line_goes_on_when_a_session_expires() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.stand_in_line(&scene.ben, &id);
    scene.store.let_expire(&id);
    let news = scene.events_of(|scene| scene.store.expire_all());
    let expected =
        ["edit.session_expired to anna ben", "edit.session_acquired to anna ben", "edit.session_granted to ben"];
    assert_eq!(news, expected);
    assert!(scene.events_of(|scene| scene.store.expire_all()).is_empty());
}

#[test]
fn an_answer_comes_too_late_for_an_expired_session() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let request = scene.stand_in_line(&scene.ben, &id);
    scene.store.let_expire(&id);
    assert_eq!(scene.store.accept("anna", &request), Answer::NotPending("granted".to_owned()));
    assert_eq!(scene.store.cancel("ben", &request), Answer::NotPending("granted".to_owned()));
    assert_eq!(scene.held(), ["ben: whole"]);
}

#[test]
fn a_line_that_waits_on_several_gets_through_when_all_expire_at_once() {
    let scene = Scene::new();
    let sessions = [None, Some("bore"), Some("rib")].map(|object| scene.hold(&scene.anna, object));
    scene.stand_in_line(&scene.ben, &sessions[0]);
    sessions.iter().for_each(|session| scene.store.let_expire(session));
    scene.store.expire_all();
    assert_eq!(scene.held(), ["ben: whole"]);
}

#[test]
fn expiry_is_recorded_on_every_item_at_once_but_by_a_command_on_its_own_alone() {
    let scene = Scene::new();
    let other = scene.store.acquire(&scene.anna, "F2", None).id();
    let id = scene.hold(&scene.anna, None);
    [&id, &other].iter().for_each(|session| scene.store.let_expire(session));
    scene.hold(&scene.ben, None);
    assert!(scene.session(&other).is_active(), "not looked at yet");
    scene.store.expire_all();
    assert_eq!(scene.session(&other).end.as_deref(), Some("expired"));
}

#[test]
fn sessions_that_expire_together_send_nobody_a_request() {
    let scene = Scene::new();
    let (bore, whole) = (scene.hold(&scene.anna, Some("bore")), scene.hold(&scene.anna, None));
    scene.stand_in_line(&scene.ben, &whole);
    scene.store.let_expire(&bore);
    scene.store.let_expire(&whole);
    let news = scene.events_of(|scene| scene.store.expire_all());
    let expected = [
        "edit.session_expired to anna ben",
        "edit.session_expired to anna ben",
        "edit.session_acquired to anna ben",
        "edit.session_granted to ben",
    ];
    assert_eq!(news, expected);
}

#[test]
fn several_expiries_are_recorded_in_the_order_of_their_times() {
    let scene = Scene::new();
    let (bore, rib) = (scene.hold(&scene.anna, Some("bore")), scene.hold(&scene.anna, Some("rib")));
    for (session, day) in [(&bore, 2), (&rib, 1)] {
        let statement = "UPDATE sessions SET expires_at = '2020-01-0' || ? || 'T00:00:00.000Z' WHERE id = ?";
        scene.store.raw().execute(statement, rusqlite::params![day, session]).expect("a time");
    }
    let audit = scene.audit_of(|scene| scene.store.expire_all());
    assert_eq!(audit, ["system edit.session_expired F1#2", "system edit.session_expired F1#1"]);
}

/// However many watch, one statement ends no more than some 4,000 of them hear of; the rest is still due.
#[test]
fn a_large_audience_is_told_bit_by_bit() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.release(&scene.anna, &id);
    let watch = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                 INSERT INTO subscriptions (workstation_id, item_id, created_at, cause)
                 SELECT 'w' || i, (SELECT id FROM items), '', '{\"actor\": \"w\"}' FROM n";
    scene.store.raw().execute(watch, []).expect("watchers");
    let held = ["a", "b", "c", "d"].map(|object| scene.hold(&scene.anna, Some(object)));
    held.iter().for_each(|session| scene.store.let_expire(session));
    // An expired session is in nobody's way, recorded or not.
    scene.hold(&scene.ben, Some("d"));
    let left = || scene.store.value::<i64>("SELECT count(*) FROM due");
    let mut steps = Vec::new();
    while left() > 0 {
        steps.push(left());
        scene.store.expire_all();
    }
    assert!(steps.len() > 1, "{steps:?}");
}
