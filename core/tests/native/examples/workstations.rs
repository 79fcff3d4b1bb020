//! Workstations and what they watch.

use super::{PART, Scene};
use crate::store::{Answer, Seat};

#[test]
fn removing_a_workstation_releases_what_it_holds_and_cancels_what_it_asked_for() {
    let scene = Scene::new();
    let (bore, rib) = (scene.hold(&scene.anna, Some("bore")), scene.hold(&scene.ben, Some("rib")));
    let for_bore = scene.stand_in_line(&scene.cleo, &bore);
    let for_rib = scene.stand_in_line(&scene.anna, &rib);
    let news = scene.events_of(|scene| scene.store.remove(&scene.anna));
    let expected = [
        "edit.handoff_cancelled to ben",
        "edit.session_released to ben cleo",
        "edit.session_acquired to ben cleo",
        "edit.session_granted to cleo",
    ];
    assert_eq!(news, expected);
    assert_eq!(
        (scene.request(&for_bore).status, scene.request(&for_rib).status),
        ("granted".into(), "cancelled".into())
    );
    assert_eq!(scene.held(), ["ben: rib", "cleo: bore"]);
}

#[test]
fn nothing_is_left_of_a_removed_workstation_but_its_history() {
    let scene = Scene::new();
    scene.hold(&scene.anna, None);
    scene.store.remove(&scene.anna);
    let world = scene.store.world();
    assert!(world.watches.is_empty() && !world.workstations.contains_key("anna"));
    assert_eq!(scene.store.value::<i64>("SELECT count(*) FROM deliveries"), 0);
    assert_eq!(world.audit.last().map(|row| row.action.as_str()), Some("workstation.deleted"));
    let before = scene.store.dump();
    scene.store.remove(&scene.anna);
    assert_eq!(scene.store.dump(), before, "once more does nothing");
}

#[test]
fn a_removed_workstation_is_not_granted_its_own_session() {
    let scene = Scene::new();
    let laptop = scene.store.register("ben", "ben's laptop");
    let id = scene.hold(&scene.anna, None);
    scene.stand_in_line(&laptop, &id);
    scene.stand_in_line(&scene.cleo, &id);
    scene.store.remove(&laptop);
    scene.release(&scene.anna, &id);
    assert_eq!(scene.held(), ["cleo: whole"]);
}

#[test]
fn what_had_expired_before_is_not_released() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.store.let_expire(&id);
    scene.store.remove(&scene.anna);
    assert_eq!(scene.session(&id).end.as_deref(), Some("expired"));
}

#[test]
fn watching_begins_once_and_makes_the_item_known() {
    let scene = Scene::new();
    assert_eq!(scene.store.subscribe(&scene.anna, PART), Answer::Made(PART.to_owned()));
    assert_eq!(scene.store.subscribe(&scene.anna, PART), Answer::Kept(PART.to_owned()));
    let actions: Vec<_> = scene.store.world().audit.split_off(3).into_iter().map(|row| row.action).collect();
    assert_eq!(actions, ["item.created", "subscription.created"]);
}

#[test]
fn a_pattern_is_about_all_that_begins_so_and_about_what_is_to_come() {
    let scene = Scene::new();
    for (seat, pattern) in
        [(&scene.anna, "F1*"), (&scene.anna, "F*"), (&scene.ben, "F2*"), (&scene.ben, "f*"), (&scene.cleo, "*")]
    {
        assert_eq!(scene.store.subscribe(seat, pattern), Answer::Made(pattern.to_owned()));
    }
    assert_eq!(scene.store.subscribe(&scene.anna, "F1*"), Answer::Kept("F1*".to_owned()));
    assert!(scene.store.world().items.is_empty(), "a pattern brings no item into being");
    let laptop = scene.store.register("anna", "laptop");
    let id = scene.store.acquire(&laptop, "F1", None).id();
    let heard = |scene: &Scene| scene.events_of(|scene| scene.store.release("anna", "F1", &id));
    assert_eq!(scene.store.world().events[0].to, ["anna", "cleo", "laptop"].map(str::to_owned).into());
    scene.store.unsubscribe(&scene.anna, "F*");
    scene.store.unsubscribe(&scene.cleo, "F*");
    assert_eq!(heard(&scene), ["edit.session_released to anna cleo laptop"]);
    scene.store.unsubscribe(&scene.anna, "F1*");
    let id = scene.store.acquire(&laptop, "F1", None).id();
    assert_eq!(
        scene.events_of(|scene| scene.store.release("anna", "F1", &id)),
        ["edit.session_released to cleo laptop"]
    );
}

#[test]
fn a_pattern_goes_with_its_workstation_and_counts_as_a_watcher() {
    let scene = Scene::new();
    scene.store.subscribe(&scene.ben, "*");
    scene.store.subscribe(&scene.cleo, "F1*");
    scene.hold(&scene.anna, None);
    assert_eq!(scene.store.value::<i64>("SELECT size FROM audiences"), 3);
    scene.store.remove(&scene.ben);
    assert_eq!(scene.store.value::<i64>("SELECT size FROM audiences"), 2);
    let left = scene.store.world().patterns.into_iter().map(|(pattern, watcher)| format!("{pattern} {watcher}"));
    assert_eq!(left.collect::<Vec<_>>(), ["F1* cleo"]);
}

/// What SQLite does for an event: for each length that is watched one look, and none where nobody watches by a pattern.
#[test]
fn patterns_are_found_by_their_index() {
    let scene = Scene::new();
    let statement = "EXPLAIN QUERY PLAN SELECT workstation_id FROM pattern_watchers WHERE item_id = 'x'";
    let mut plan = scene.store.raw().prepare(statement).expect("a statement");
    let steps = plan.query_map([], |row| row.get::<_, String>(3)).expect("a plan");
    let steps = steps.collect::<rusqlite::Result<Vec<_>>>().expect("its steps");
    let lookup = "SEARCH p USING COVERING INDEX watch_patterns_by_beginning (length=? AND beginning=?)";
    assert_eq!(steps.last().map(String::as_str), Some(lookup), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("SCAN watch_patterns") || step.contains("SCAN p")), "{steps:?}");
}

#[test]
fn whoever_unsubscribes_hears_no_more_though_holding_a_session() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, Some("bore"));
    scene.store.unsubscribe(&scene.anna, PART);
    let audit = scene.audit_of(|scene| scene.store.unsubscribe(&scene.anna, PART));
    assert!(audit.is_empty(), "once more does nothing");
    assert_eq!(scene.events_of(|scene| scene.release(&scene.anna, &id)), ["edit.session_released to "]);
}

#[test]
fn nobody_subscribes_somebody_elses_workstation() {
    let scene = Scene::new();
    scene.store.subscribe(&scene.anna, PART);
    let before = scene.store.dump();
    let borrowed = Seat { user: "ben".to_owned(), id: scene.anna.id.clone() };
    assert_eq!(scene.store.subscribe(&borrowed, "F2"), Answer::Refused(404));
    scene.store.unsubscribe(&borrowed, PART);
    assert_eq!(scene.store.dump(), before);
}

#[test]
fn somebody_elses_workstation_goes_only_where_it_holds_nothing() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let by_an_admin = Seat { user: "root".to_owned(), id: scene.anna.id.clone() };
    let before = scene.store.dump();
    assert_eq!(scene.store.remove(&by_an_admin), Answer::Refused(409));
    assert_eq!(scene.store.dump(), before);
    scene.release(&scene.anna, &id);
    assert_eq!(scene.store.remove(&by_an_admin), Answer::Done);
    assert!(!scene.store.world().workstations.contains_key("anna"));
}

/// However much a workstation holds and however many watch it: no statement ends more than some 4,000 of them hear of.
#[test]
fn a_workstation_that_holds_much_goes_step_by_step() {
    let scene = Scene::new();
    let held: Vec<_> = (0..40).map(|number| scene.hold(&scene.anna, Some(&number.to_string()))).collect();
    let watch = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
                 INSERT INTO subscriptions (workstation_id, item_id, created_at, cause)
                 SELECT 'w' || i, (SELECT id FROM items), '', '{\"actor\": \"w\", \"request_id\": \"w\", \"ip\": \"w\"}' FROM n";
    scene.store.raw().execute(watch, []).expect("watchers");
    let deliveries = || scene.store.value::<i64>("SELECT count(*) FROM deliveries ");
    let (mut before, mut steps) = (deliveries(), 0);
    while scene.store.remove_step(&scene.anna) {
        assert!(deliveries() - before <= 4_600, "{} deliveries in one statement", deliveries() - before);
        (before, steps) = (deliveries(), steps + 1);
    }
    assert!(steps >= 4, "{steps} steps");
    assert_eq!(scene.store.value::<i64>("SELECT count(*) FROM events WHERE type = 'edit.session_released'"), 40);
    assert_eq!((held.len(), scene.held().len()), (40, 0));
    let recorded = "SELECT count(*) FROM audit WHERE action = 'subscription.deleted'";
    assert_eq!(scene.store.value::<i64>(recorded), 1, "what goes with it is recorded");
}
