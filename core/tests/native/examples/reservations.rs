//! Parts that are reserved for a time to come.

use super::{PART, Scene};
use crate::store::{Answer, Terms};

const HOUR: i64 = 3_600;

/// The time of a reservation in these tests: an hour from now, for an hour.
const NEXT_HOUR: (i64, i64) = (HOUR, 2 * HOUR);

fn count(scene: &Scene, table: &str) -> i64 {
    scene.store.value(&format!("SELECT count(*) FROM {table}"))
}

fn reserved_from(scene: &Scene) -> Option<String> {
    scene.store.value("SELECT document ->> '$.reserved_from' FROM active_sessions")
}

#[test]
fn the_reserver_is_granted_what_is_free_when_the_time_comes() {
    let scene = Scene::new();
    let id = scene.store.reserve(&scene.anna, &[PART, "F2"], &[NEXT_HOUR]).id();
    scene.store.let_pass(HOUR - 60);
    assert!(scene.events_of(|scene| scene.store.expire_all()).is_empty(), "not before");
    scene.store.let_pass(60);
    let news = scene.events_of(|scene| scene.store.expire_all());
    let expected = ["edit.reservation_due to anna", "edit.session_acquired to anna", "edit.session_granted to anna"];
    assert_eq!(news, [expected, expected].concat());
    assert_eq!(scene.held(), ["anna: whole", "anna: whole"]);
    let until_the_end = "SELECT count(*) FROM sessions s JOIN reserved_times t ON t.session_id = s.id
                         WHERE s.expires_at = t.ends_at AND s.ttl_seconds BETWEEN 3598 AND 3600";
    assert_eq!(scene.store.value::<i64>(until_the_end), 2);
    let granted = "SELECT count(*) FROM events WHERE type = 'edit.session_granted'
                   AND data ->> '$.request_id' IS NULL AND data ->> '$.reservation_id' = ";
    assert_eq!(scene.store.value::<i64>(&format!("{granted}'{id}'")), 2);
    assert!(scene.events_of(|scene| scene.store.expire_all()).is_empty(), "once");
    scene.store.let_pass(HOUR);
    scene.store.expire_all();
    assert_eq!((count(&scene, "reservations"), count(&scene, "reserved_times")), (0, 0));
    assert!(scene.held().is_empty());
}

#[test]
fn others_are_refused_in_the_time_until_the_reserver_has_had_it() {
    let scene = Scene::new();
    scene.store.reserve(&scene.anna, &[PART], &[NEXT_HOUR]).id();
    let before = scene.hold(&scene.ben, None);
    assert!(reserved_from(&scene).is_none(), "its ten minutes end before");
    scene.store.renew("ben", PART, &before, Some(2 * HOUR));
    assert!(reserved_from(&scene).is_some());
    scene.store.let_pass(HOUR);
    let news = scene.events_of(|scene| scene.store.expire_all());
    assert_eq!(news, ["edit.reservation_due to anna ben"], "who is in the way hears of it, too");
    assert!(matches!(scene.store.renew("ben", PART, &before, Some(2 * HOUR)), Answer::Done), "he needn't go");
    assert_eq!(scene.store.acquire(&scene.cleo, PART, None), Answer::Held(before.clone()));
    let news = scene.events_of(|scene| scene.release(&scene.ben, &before));
    assert_eq!(news[2], "edit.session_granted to anna", "in the same step: {news:?}");
    let granted: String = scene.store.value("SELECT id FROM active_sessions");
    scene.release(&scene.anna, &granted);
    assert!(matches!(scene.store.acquire(&scene.cleo, PART, None), Answer::Made(_)), "she has given it back");
}

#[test]
fn a_time_that_cannot_come_to_a_session_keeps_others_out() {
    let scene = Scene::new();
    scene.store.reserve(&scene.anna, &[PART], &[NEXT_HOUR]).id();
    let object = scene.store.acquire_for(&scene.ben, PART, Some("bore"), "part", 2 * HOUR).id();
    scene.store.let_pass(HOUR);
    let cleo = || scene.store.acquire(&scene.cleo, PART, Some("rib"));
    assert_eq!(cleo(), Answer::Reserved, "nothing overlaps what she wants but the reservation");
    let batch = scene.store.acquire_many(&scene.cleo, &[PART, "F2"], true, &super::batches::TERMS);
    assert_eq!(batch, Answer::Obstacles(vec![Answer::Held(object.clone())]));
    assert_eq!(scene.held(), ["ben: bore"]);
    scene.release(&scene.ben, &object);
    assert_eq!(scene.held(), ["anna: whole"]);
}

#[test]
fn who_stands_in_line_comes_after_the_reserver() {
    let scene = Scene::new();
    scene.store.reserve(&scene.anna, &[PART], &[NEXT_HOUR]).id();
    let held = scene.store.acquire_for(&scene.ben, PART, None, "part", 4 * HOUR).id();
    let request = scene.stand_in_line(&scene.cleo, &held);
    scene.store.let_pass(HOUR);
    scene.release(&scene.ben, &held);
    assert_eq!(scene.held(), ["anna: whole"]);
    assert_eq!(scene.request(&request).status, "pending");
    assert_eq!(scene.request(&request).holder, "anna", "she waits on that session now");
    scene.store.let_pass(HOUR);
    scene.store.expire_all();
    assert_eq!(scene.held(), ["cleo: whole"]);
}

#[test]
fn the_line_goes_on_when_a_time_ends_or_is_withdrawn() {
    for withdrawn in [false, true] {
        let scene = Scene::new();
        let id = scene.store.reserve(&scene.anna, &[PART], &[NEXT_HOUR]).id();
        let bore = scene.store.acquire_for(&scene.ben, PART, Some("bore"), "part", 4 * HOUR).id();
        let rib = scene.store.acquire_for(&scene.ben, PART, Some("rib"), "part", 4 * HOUR).id();
        scene.stand_in_line(&scene.cleo, &rib);
        scene.store.let_pass(HOUR);
        scene.release(&scene.ben, &rib);
        assert_eq!(scene.held(), ["ben: bore"], "{bore} is in anna's way, and anna in cleo's");
        if withdrawn {
            assert_eq!(scene.store.withdraw("ben", &id), Answer::Refused(403));
            assert_eq!(scene.store.withdraw("anna", &id), Answer::Done);
        } else {
            scene.store.let_pass(HOUR);
            scene.store.expire_all();
        }
        assert_eq!(scene.held(), ["ben: bore", "cleo: rib"]);
        assert_eq!((count(&scene, "reservations"), count(&scene, "reserved_times")), (0, 0));
    }
}

#[test]
fn what_the_reserver_holds_already_lasts_until_the_end() {
    let scene = Scene::new();
    scene.store.reserve(&scene.anna, &[PART], &[NEXT_HOUR]).id();
    let own = scene.store.acquire_for(&scene.anna, PART, None, "part", HOUR + 600).id();
    assert!(reserved_from(&scene).is_none(), "her own reservation");
    scene.store.let_pass(HOUR);
    assert_eq!(scene.events_of(|scene| scene.store.expire_all()).last().unwrap(), "edit.session_granted to anna");
    let is_longer: bool = scene.store.value(&format!(
        "SELECT session_id = '{own}' AND s.expires_at = t.ends_at FROM reserved_times t JOIN sessions s ON s.id = t.session_id"
    ));
    assert!(is_longer && scene.held() == ["anna: whole"]);
}

#[test]
fn no_two_users_reserve_one_item_for_the_same_time() {
    let scene = Scene::new();
    let now = scene.store.now();
    let reserve = |seat, parts: &[&str], times: &[(i64, i64)]| scene.store.reserve_after(&now, seat, parts, times);
    reserve(&scene.anna, &[PART, "F2"], &[NEXT_HOUR, (5 * HOUR, 6 * HOUR)]).id();
    let before = scene.store.dump();
    for (from, until) in [NEXT_HOUR, (0, HOUR + 1), (2 * HOUR - 1, 3 * HOUR), (0, 9 * HOUR), (HOUR + 1, HOUR + 2)] {
        assert_eq!(reserve(&scene.ben, &["F3", "F2"], &[(from, until)]), Answer::Reserved);
    }
    assert_eq!(scene.store.dump(), before, "nothing is changed by what is refused");
    reserve(&scene.ben, &[PART], &[(2 * HOUR, 5 * HOUR)]).id();
    reserve(&scene.anna, &[PART], &[NEXT_HOUR]).id();
    let others = crate::store::Seat { user: "ben".to_owned(), id: scene.anna.id.clone() };
    assert_eq!(
        scene.store.reserve(&others, &["F9"], &[NEXT_HOUR]),
        Answer::Refused(403),
        "somebody else's workstation"
    );
}

#[test]
fn reservations_go_with_their_workstation() {
    let scene = Scene::new();
    for number in 0..12 {
        scene.store.reserve(&scene.anna, &[PART], &[(HOUR * (1 + number), HOUR * (2 + number))]).id();
    }
    scene.store.let_pass(HOUR);
    scene.store.expire_all();
    assert_eq!(scene.store.remove(&scene.anna), Answer::Done);
    assert_eq!((count(&scene, "reservations"), count(&scene, "reserved_times")), (0, 0));
    assert!(scene.held().is_empty());
}

#[test]
fn a_reserved_item_is_not_forgotten() {
    let scene = Scene::new();
    let id = scene.store.reserve(&scene.anna, &["F8"], &[NEXT_HOUR]).id();
    scene.store.raw().execute("UPDATE items SET created_at = '2020-01-01T00:00:00.000Z'", []).expect("an old item");
    assert_eq!(count(&scene, "items_of_no_use"), 0);
    scene.store.withdraw("anna", &id);
    assert_eq!(count(&scene, "items_of_no_use"), 1);
}

#[test]
fn all_of_it_is_in_the_audit_log() {
    let scene = Scene::new();
    let id = scene.store.reserve(&scene.anna, &[PART], &[NEXT_HOUR]).id();
    scene.store.let_pass(HOUR);
    scene.store.expire_all();
    scene.store.let_pass(HOUR);
    scene.store.expire_all();
    let rows = scene.store.world().audit.into_iter().filter(|row| row.action.starts_with("reservation."));
    let rows: Vec<_> = rows.map(|row| (row.actor, row.action, row.part_number)).collect();
    let row = |actor: &str, what: &str| (actor.to_owned(), format!("reservation.{what}"), Some(PART.to_owned()));
    assert_eq!(
        rows,
        [row("anna", "created"), row("system", "begun"), row("system", "granted"), row("system", "ended")]
    );
    assert_eq!(scene.store.value::<i64>(&format!("SELECT count(*) FROM audit WHERE resource_id = '{id}'")), 4);
}

fn take_tree(scene: &Scene, seat: &crate::store::Seat, part: &str) -> Answer {
    scene.store.acquire_scope(seat, (part, None, "tree"), &Terms { ttl: 4 * HOUR, ..super::batches::TERMS })
}

#[test]
fn a_tree_is_not_to_be_had_while_a_part_of_it_is_somebody_elses() {
    let scene = Scene::new();
    assert_eq!(scene.store.set_children("eng", "gearbox", &["shaft", PART]), Answer::Done);
    scene.store.reserve(&scene.anna, &[PART], &[NEXT_HOUR]).id();
    let own = scene.store.acquire_for(&scene.ben, PART, Some("bore"), "part", 4 * HOUR).id();
    scene.store.let_pass(HOUR);
    assert_eq!(take_tree(&scene, &scene.ben, "gearbox"), Answer::Reserved, "nothing else is in ben's way");
    scene.release(&scene.ben, &own);
    assert_eq!(scene.held(), ["anna: whole"]);
}

#[test]
fn a_tree_that_ends_goes_to_whoever_has_reserved_a_part_of_it() {
    let scene = Scene::new();
    assert_eq!(scene.store.set_children("eng", "gearbox", &["shaft", PART]), Answer::Done);
    scene.store.reserve(&scene.anna, &[PART], &[NEXT_HOUR]).id();
    let tree = take_tree(&scene, &scene.ben, "gearbox").id();
    assert!(reserved_from(&scene).is_some(), "a part of it");
    scene.store.let_pass(HOUR);
    let news = scene.events_of(|scene| scene.store.expire_all());
    assert_eq!(news, ["edit.reservation_due to anna ben"]);
    assert_eq!(scene.store.release("ben", "gearbox", &tree), Answer::Done);
    assert_eq!(scene.held(), ["anna: whole"]);
}

#[test]
fn who_may_not_edit_there_any_more_gets_nothing_and_keeps_nobody_out() {
    let scene = Scene::new();
    scene.store.reserve(&scene.anna, &[PART], &[NEXT_HOUR]).id();
    let before = scene.store.acquire_for(&scene.ben, PART, Some("bore"), "part", 4 * HOUR).id();
    scene.store.let_pass(HOUR);
    let closed = r#"INSERT INTO do_set_access (default_may, rules, cause)
                    VALUES ('view', '[]', '{"change":"c","actor":"root","admin":1,"request_id":"r","ip":"192.0.2.1"}')"#;
    scene.store.raw().execute(closed, []).expect("access can be set");
    scene.release(&scene.ben, &before);
    assert!(scene.held().is_empty());
    let in_the_way = format!(
        "SELECT count(*) FROM items i JOIN reservations_in_the_way w ON w.want = json_array(json_array(i.id, '{}', NULL))",
        scene.ben.id
    );
    assert_eq!(scene.store.value::<i64>(&in_the_way), 0);
    assert_eq!(scene.store.reserve(&scene.ben, &[PART], &[(5 * HOUR, 6 * HOUR)]), Answer::Refused(403));
}
