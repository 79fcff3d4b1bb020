//! Giving a session away, and what a release leaves.

use super::{PART, Scene};
use crate::store::{Answer, Seat, Terms};

#[test]
fn a_session_that_is_given_passes_with_its_scope_its_length_and_its_note() {
    let scene = Scene::new();
    let terms = Terms { level: "sketch", ttl: 7_777, note: Some("new flange"), revision: None };
    let old = scene.store.acquire_on(&scene.anna, PART, Some("bore"), &terms).id();
    scene.store.subscribe(&scene.cleo, PART);
    let mut new = String::new();
    let news = scene.events_of(|scene| new = scene.store.give("anna", PART, &old, &scene.ben).id());
    assert_eq!(news, ["edit.session_transferred to anna ben cleo"]);
    let session = scene.session(&new);
    assert_eq!((session.user.as_str(), session.object.as_deref(), session.fence), ("ben", Some("bore"), 2));
    assert_eq!((session.level.as_str(), session.ttl, session.note.as_deref()), ("sketch", 7_777, Some("new flange")));
    assert_eq!(scene.session(&old).end.as_deref(), Some("transferred"));
    assert_eq!(scene.store.give("anna", PART, &old, &scene.cleo), Answer::Gone("transferred".to_owned()));
}

#[test]
fn who_stands_in_line_waits_on_the_new_one_and_who_gets_it_no_longer() {
    let scene = Scene::new();
    let old = scene.hold(&scene.anna, None);
    let (first, own) = (scene.stand_in_line(&scene.cleo, &old), scene.stand_in_line(&scene.ben, &old));
    let new = scene.store.give("anna", PART, &old, &scene.ben).id();
    assert_eq!(scene.request(&first).session, scene.store.names()[&new]);
    assert_eq!((scene.request(&first).holder.as_str(), scene.request(&first).status.as_str()), ("ben", "pending"));
    assert_eq!(scene.request(&own).status, "superseded");
    scene.release(&scene.ben, &new);
    assert_eq!(scene.held(), ["cleo: whole"]);
}

#[test]
fn a_user_gets_it_at_the_workstation_that_was_seen_last() {
    let scene = Scene::new();
    let laptop = scene.store.register("ben", "laptop");
    scene.store.let_go_quiet(&laptop);
    let id = scene.hold(&scene.anna, None);
    let given = scene.store.give_to("anna", PART, &id, (None, Some("ben"))).id();
    assert_eq!(scene.session(&given).workstation, "ben");
    assert_eq!(scene.store.give_to("ben", PART, &given, (None, Some("nobody"))), Answer::Refused(409));
    assert_eq!(scene.store.give_to("ben", PART, &given, (Some("nowhere"), None)), Answer::Refused(409));
}

#[test]
fn nobody_gives_what_is_somebody_elses_or_to_himself() {
    let scene = Scene::new();
    let laptop = scene.store.register("anna", "laptop");
    let id = scene.hold(&scene.anna, None);
    let before = scene.store.dump();
    assert_eq!(scene.store.give("ben", PART, &id, &scene.cleo), Answer::Refused(403));
    assert_eq!(scene.store.give("anna", "F2", &id, &scene.cleo), Answer::Refused(404));
    for own in [&laptop, &scene.anna] {
        assert_eq!(scene.store.give("anna", PART, &id, own), Answer::OwnSession);
    }
    assert_eq!(scene.store.dump(), before);
}

#[test]
fn another_session_may_be_in_the_way_of_giving() {
    let scene = Scene::new();
    let bore = scene.hold(&scene.anna, Some("bore"));
    let whole = scene.hold(&scene.anna, None);
    assert_eq!(scene.store.give("anna", PART, &whole, &scene.ben), Answer::Held(bore.clone()));
    scene.release(&scene.anna, &whole);
    assert!(matches!(scene.store.give("anna", PART, &bore, &scene.ben), Answer::Made(_)));
}

fn expecting(scene: &Scene, seat: &Seat, revision: &str) -> Answer {
    let terms = Terms { level: "part", ttl: 600, note: None, revision: Some(revision) };
    scene.store.acquire_on(seat, PART, None, &terms)
}

#[test]
fn a_release_leaves_a_revision_and_an_acquire_may_expect_one() {
    let scene = Scene::new();
    let revision = |scene: &Scene| scene.store.value::<Option<String>>("SELECT revision FROM items");
    let id = expecting(&scene, &scene.anna, "6").id();
    assert_eq!(scene.store.release_at("anna", PART, &id, Some("7")), Answer::Done);
    assert_eq!(revision(&scene).as_deref(), Some("7"));
    assert_eq!(scene.store.release_at("anna", PART, &id, Some("8")), Answer::Done);
    assert_eq!(revision(&scene).as_deref(), Some("7"), "it had been released before");
    let before = scene.store.dump();
    assert_eq!(expecting(&scene, &scene.anna, "6"), Answer::Outdated("7".to_owned()));
    assert_eq!(scene.store.dump(), before);
    let id = expecting(&scene, &scene.anna, "7").id();
    assert_eq!(expecting(&scene, &scene.ben, "6"), Answer::Held(id.clone()), "held goes before outdated");
    assert_eq!(expecting(&scene, &scene.anna, "6"), Answer::Outdated("7".to_owned()), "a renewal, too");
    scene.release(&scene.anna, &id);
    assert_eq!(revision(&scene).as_deref(), Some("7"), "it stays where none is named");
    assert_eq!(scene.store.release_at("ben", PART, &id, Some("9")), Answer::Refused(403));
    assert_eq!(revision(&scene).as_deref(), Some("7"));
}

#[test]
fn a_revision_is_recorded_once() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let rows = scene.audit_of(|scene| scene.store.release_at("anna", PART, &id, Some("7")));
    assert_eq!(rows, ["anna item.revised F1", "anna edit.session_released F1#1"]);
    let id = scene.hold(&scene.anna, None);
    let rows = scene.audit_of(|scene| scene.store.release_at("anna", PART, &id, Some("7")));
    assert_eq!(rows, ["anna edit.session_released F1#2"], "it is the one that it was");
}
