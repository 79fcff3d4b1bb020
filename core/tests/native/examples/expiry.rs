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
