//! Sessions that their holders have left lying.

use super::{PART, Scene};
use crate::store::Answer;

fn let_lie(scene: &Scene) {
    let statement = "UPDATE sessions SET active_at = '2020-01-01T00:00:00.000Z' WHERE ended_at IS NULL";
    scene.store.raw().execute(statement, []).expect("active_at can be rewritten");
}

#[test]
fn a_stale_session_is_told_of_once_until_its_holder_is_at_it_again() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.ask(&scene.cleo, &id, None);
    scene.store.unsubscribe(&scene.anna, PART);
    scene.store.unsubscribe(&scene.cleo, PART);
    scene.store.subscribe(&scene.ben, "F*");
    let tell = |scene: &Scene| scene.events_of(|scene| scene.store.tell_stale(3600));
    assert!(tell(&scene).is_empty(), "it isn't stale yet");
    let_lie(&scene);
    assert_eq!(tell(&scene), ["edit.session_stale to anna ben cleo"]);
    assert!(tell(&scene).is_empty());
    assert_eq!(scene.store.renew("anna", PART, &id, None), Answer::Done);
    assert!(tell(&scene).is_empty());
    let_lie(&scene);
    // The same time again: nobody can tell it from the one before.
    scene.store.raw().execute("UPDATE sessions SET active_at = '2020-01-02T00:00:00.000Z'", []).expect("another time");
    assert_eq!(tell(&scene), ["edit.session_stale to anna ben cleo"]);
    let recorded = "SELECT count(*) FROM audit WHERE action = 'edit.session_stale' AND actor = 'system'";
    assert_eq!(scene.store.value::<i64>(recorded), 2);
}

#[test]
fn what_is_over_is_not_stale() {
    let scene = Scene::new();
    let released = scene.hold(&scene.anna, Some("bore"));
    let expired = scene.hold(&scene.anna, Some("rib"));
    let_lie(&scene);
    scene.release(&scene.anna, &released);
    scene.store.let_expire(&expired);
    assert!(scene.events_of(|scene| assert!(!scene.store.tell_stale(3600))).is_empty());
}

/// However many there are: no statement tells more than some 4,000 watchers.
#[test]
fn many_are_told_of_step_by_step() {
    let scene = Scene::new();
    for number in 0..120 {
        scene.hold(&scene.anna, Some(&number.to_string()));
    }
    let_lie(&scene);
    let count = "SELECT count(*) FROM events WHERE type = 'edit.session_stale'";
    assert!(scene.store.tell_stale(3600), "there are more");
    assert_eq!(scene.store.value::<i64>(count), 100);
    assert!(!scene.store.tell_stale(3600));
    assert_eq!(scene.store.value::<i64>(count), 120);
}
