//! The event log, the audit log, and who hears of what.

use super::{PART, Scene};

#[test]
fn events_reach_only_those_who_watch_at_that_moment() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.store.subscribe(&scene.ben, PART);
    scene.store.subscribe(&scene.cleo, "F2");
    scene.release(&scene.anna, &id);
    scene.store.subscribe(&scene.cleo, PART);
    let received = scene.store.world().events.into_iter().map(|event| super::join(event.to));
    assert_eq!(received.collect::<Vec<_>>(), ["anna", "anna ben"]);
}

#[test]
fn the_cause_is_recorded_with_every_consequence() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.stand_in_line(&scene.ben, &id);
    let before = scene.store.world();
    scene.release(&scene.anna, &id);
    let after = scene.store.world();
    let step = format!("step {}", scene.store.steps());
    let rows = &after.audit[before.audit.len()..];
    assert!(rows.iter().all(|row| row.step == step && row.actor == "anna" && row.ip == crate::store::IP), "{rows:?}");
    let actions: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["edit.session_released", "edit.session_acquired", "edit.handoff_granted"]);
    let events = &after.events[before.events.len()..];
    assert!(events.len() == 3 && events.iter().all(|event| event.step == step), "{events:?}");
}

#[test]
fn the_audit_log_is_append_only() {
    let scene = Scene::new();
    scene.hold(&scene.anna, None);
    let before = scene.store.dump();
    for statement in [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE seq = 1",
        "INSERT OR REPLACE INTO audit SELECT seq, time, 'nobody', action, resource_type, resource_id, part_number, details,
                                             request_id, ip, hash FROM audit WHERE seq = 1",
    ] {
        let refused = scene.store.raw().execute(statement, []).expect_err(statement);
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(scene.store.dump(), before);
}

#[test]
fn pruning_forgets_the_oldest_first_and_remembers_how_far() {
    let scene = Scene::new();
    for _ in 0..3 {
        let id = scene.hold(&scene.anna, None);
        scene.release(&scene.anna, &id);
    }
    scene.store.prune("-1 hours", 100);
    assert_eq!((scene.store.world().events.len(), scene.store.world().pruned), (6, 0), "nothing is that old");
    scene.store.prune("+1 hours", 4);
    let world = scene.store.world();
    assert_eq!((world.events.len(), world.pruned), (2, 4));
    assert_eq!(scene.store.value::<i64>("SELECT min(seq) FROM deliveries"), 5);
}

#[test]
fn cursors_go_on_after_everything_has_been_pruned() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.store.prune("+1 hours", 100);
    assert_eq!(scene.store.value::<i64>("SELECT seq FROM log_head"), 1);
    scene.store.prune("+1 hours", 100);
    assert_eq!(scene.store.world().pruned, 1, "there is nothing to prune");
    scene.release(&scene.anna, &id);
    assert_eq!(scene.store.value::<i64>("SELECT seq FROM events"), 2);
}

#[test]
fn pruning_stops_at_the_first_event_that_is_young_enough() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.release(&scene.anna, &id);
    let age = "UPDATE events SET time = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-2 hours') WHERE seq = 1";
    scene.store.raw().execute(age, []).expect("an older event");
    scene.store.prune("-1 hours", 100);
    assert_eq!((scene.store.world().events.len(), scene.store.world().pruned), (1, 1));
}

#[test]
fn an_announcement_names_a_hundred_workstations_at_most() {
    let scene = Scene::new();
    let named = || {
        let statement = "SELECT json_array_length(announcement ->> '$.workstations') FROM announcements";
        scene.store.value::<Option<i64>>(statement)
    };
    for number in 1..=99 {
        scene.store.subscribe(&scene.store.register("dora", &format!("dora{number}")), PART);
    }
    let id = scene.hold(&scene.anna, None);
    assert_eq!(named(), Some(100));
    scene.store.subscribe(&scene.ben, PART);
    scene.release(&scene.anna, &id);
    assert_eq!(named(), None, "there are too many");
}
