//! When a workstation was heard of.

use super::{PART, Scene};
use crate::store::{Answer, Seat};

/// Whether a workstation that has been quiet counts as heard of after `act`.
fn hears(scene: &Scene, seat: &Seat, act: impl FnOnce(&Scene)) -> bool {
    scene.store.let_go_quiet(seat);
    assert!(!scene.store.is_heard(seat));
    act(scene);
    scene.store.is_heard(seat)
}

#[test]
fn a_heartbeat_is_heard_and_nothing_else_changes() {
    let scene = Scene::new();
    let audit = scene.audit_of(|scene| {
        assert!(hears(scene, &scene.anna, |scene| {
            assert_eq!(scene.store.heartbeat("anna", &scene.anna), Answer::Done);
        }));
    });
    assert!(audit.is_empty(), "{audit:?}");
    assert!(scene.store.world().events.is_empty());
}

#[test]
fn nobody_speaks_for_somebody_elses_workstation() {
    let scene = Scene::new();
    let borrowed = Seat { user: "ben".to_owned(), id: scene.anna.id.clone() };
    assert!(!hears(&scene, &scene.anna, |scene| {
        assert_eq!(scene.store.heartbeat("ben", &scene.anna), Answer::Refused(403));
        assert_eq!(scene.store.acquire(&borrowed, PART, None), Answer::Refused(403));
        assert_eq!(scene.store.subscribe(&borrowed, PART), Answer::Refused(404));
    }));
}

#[test]
fn whoever_acts_for_a_workstation_is_heard() {
    let scene = Scene::new();
    let mut id = String::new();
    assert!(hears(&scene, &scene.anna, |scene| id = scene.hold(&scene.anna, None)), "acquiring");
    assert!(
        hears(&scene, &scene.anna, |scene| {
            assert_eq!(scene.store.renew("anna", PART, &id, None), Answer::Done);
        }),
        "renewing"
    );
    assert!(
        hears(&scene, &scene.ben, |scene| {
            assert_eq!(scene.store.acquire(&scene.ben, PART, None), Answer::Held(id.clone()));
        }),
        "acquiring in vain"
    );
    assert!(hears(&scene, &scene.ben, |scene| drop(scene.stand_in_line(&scene.ben, &id))), "asking");
    assert!(hears(&scene, &scene.cleo, |scene| drop(scene.store.subscribe(&scene.cleo, PART))), "subscribing");
    assert!(hears(&scene, &scene.cleo, |scene| drop(scene.store.unsubscribe(&scene.cleo, PART))), "unsubscribing");
}

/// Calls come by the thousand: it is noted that somebody is there as long as that isn't known.
#[test]
fn who_was_heard_of_just_now_is_not_noted_again() {
    let scene = Scene::new();
    let seen = || scene.store.value::<String>("SELECT group_concat(last_seen) FROM workstations");
    let before = seen();
    scene.hold(&scene.anna, None);
    scene.store.subscribe(&scene.ben, PART);
    assert_eq!(seen(), before);
}

#[test]
fn who_was_heard_of_by_a_clock_that_was_set_back_is_noted() {
    let scene = Scene::new();
    let ahead = "UPDATE workstations SET last_seen = '2999-01-01T00:00:00.000Z'";
    scene.store.raw().execute(ahead, []).expect("a time that lies ahead");
    scene.hold(&scene.anna, None);
    assert_eq!(scene.store.value::<i64>("SELECT count(*) FROM workstations WHERE last_seen < '2999'"), 1);
}
