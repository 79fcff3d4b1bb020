//! Sessions on whole assemblies.

use super::Scene;
use crate::store::{Answer, Ask, Seat, Terms};

const TERMS: Terms<'_> = Terms { level: "part", ttl: 600, note: None, revision: None };

/// A gearbox of two shafts that share a bearing, which is made of balls.
fn gearbox() -> Scene {
    let scene = Scene::new();
    for (part, children) in
        [("gearbox", ["shaft", "axle"]), ("shaft", ["bearing", "key"]), ("axle", ["bearing", "nut"])]
    {
        assert_eq!(scene.store.set_children("eng", part, &children), Answer::Done);
    }
    assert_eq!(scene.store.set_children("eng", "bearing", &["ball"]), Answer::Done);
    scene
}

fn tree(scene: &Scene, seat: &Seat, part: &str) -> Answer {
    scene.store.acquire_scope(seat, (part, None, "tree"), &TERMS)
}

fn item(scene: &Scene, seat: &Seat, part: &str) -> Answer {
    scene.store.acquire(seat, part, None)
}

fn release(scene: &Scene, seat: &Seat, part: &str, id: &str) {
    assert_eq!(scene.store.release(&seat.user, part, id), Answer::Done);
}

fn ask(scene: &Scene, seat: &Seat, part: &str, session_id: &str) -> String {
    let (user, workstation_id, auto_acquire) = (seat.user.as_str(), Some(seat.id.as_str()), Some(true));
    let ask =
        Ask { user, part_number: part, session_id, workstation_id, auto_acquire, whole_item: false, message: "please" };
    scene.store.ask(ask).id()
}

fn made(answer: Answer) -> String {
    match answer {
        Answer::Made(id) => id,
        other => panic!("not made: {other:?}"),
    }
}

#[test]
fn a_tree_is_in_the_way_on_every_path_to_a_part() {
    let scene = gearbox();
    let id = made(tree(&scene, &scene.anna, "gearbox"));
    for part in ["gearbox", "shaft", "axle", "bearing", "ball", "key", "nut"] {
        assert_eq!(item(&scene, &scene.ben, part), Answer::Held(id.clone()), "{part}");
        assert_eq!(scene.store.acquire(&scene.ben, part, Some("bore")), Answer::Held(id.clone()), "{part}");
        assert_eq!(tree(&scene, &scene.ben, part), Answer::Held(id.clone()), "{part}");
    }
    assert!(matches!(item(&scene, &scene.ben, "elsewhere"), Answer::Made(_)));
    release(&scene, &scene.anna, "gearbox", &id);
    assert!(matches!(item(&scene, &scene.ben, "ball"), Answer::Made(_)));
    assert_eq!(scene.store.value::<i64>("SELECT count(*) FROM tree_holds"), 0);
}

#[test]
fn a_session_anywhere_in_it_is_in_the_way_of_a_tree() {
    let scene = gearbox();
    let ball = made(scene.store.acquire(&scene.ben, "ball", Some("seam")));
    for part in ["gearbox", "axle", "bearing", "ball"] {
        assert_eq!(tree(&scene, &scene.anna, part), Answer::Held(ball.clone()), "{part}");
        assert!(
            part == "ball" || matches!(item(&scene, &scene.cleo, part), Answer::Made(_)),
            "only the item itself: {part}"
        );
    }
}

#[test]
fn two_trees_are_in_each_others_way_where_they_share_a_part() {
    let scene = gearbox();
    assert_eq!(scene.store.set_children("eng", "pump", &["bearing"]), Answer::Done);
    assert_eq!(scene.store.set_children("eng", "lid", &["screw"]), Answer::Done);
    let pump = made(tree(&scene, &scene.ben, "pump"));
    assert_eq!(tree(&scene, &scene.anna, "axle"), Answer::Held(pump));
    assert!(matches!(tree(&scene, &scene.anna, "lid"), Answer::Made(_)));
}

#[test]
fn ones_own_sessions_in_a_tree_are_no_conflict() {
    let scene = gearbox();
    let (root, ball) = (made(item(&scene, &scene.anna, "gearbox")), made(item(&scene, &scene.anna, "ball")));
    let id = made(tree(&scene, &scene.anna, "gearbox"));
    assert_eq!(tree(&scene, &scene.anna, "gearbox"), Answer::Kept(id.clone()));
    assert_eq!(item(&scene, &scene.anna, "gearbox"), Answer::Kept(root));
    assert!(matches!(tree(&scene, &scene.anna, "axle"), Answer::Made(_)));
    assert!(matches!(item(&scene, &scene.anna, "nut"), Answer::Made(_)));
    release(&scene, &scene.anna, "gearbox", &id);
    assert_eq!(item(&scene, &scene.ben, "ball"), Answer::Held(ball), "what is held besides stays");
    assert!(matches!(item(&scene, &scene.ben, "key"), Answer::Made(_)));
}

#[test]
fn whoever_held_a_part_before_has_a_lower_fence_than_who_holds_the_tree() {
    let scene = gearbox();
    for _ in 0..3 {
        let id = made(item(&scene, &scene.ben, "ball"));
        release(&scene, &scene.ben, "ball", &id);
    }
    let id = made(tree(&scene, &scene.anna, "gearbox"));
    let world = scene.store.world();
    assert_eq!(world.sessions.last().map(|session| session.fence), Some(4));
    assert!(["gearbox", "axle", "ball"].iter().all(|part| world.items[*part] == 4), "{:?}", world.items);
    release(&scene, &scene.anna, "gearbox", &id);
    made(item(&scene, &scene.ben, "nut"));
    assert_eq!(scene.store.world().sessions.last().map(|session| session.fence), Some(5));
}

#[test]
fn a_part_that_comes_later_is_held_and_one_that_leaves_is_let_go() {
    let scene = gearbox();
    let id = made(tree(&scene, &scene.anna, "gearbox"));
    assert_eq!(scene.store.set_children("eng", "key", &["pin"]), Answer::Done);
    assert_eq!(item(&scene, &scene.ben, "pin"), Answer::Held(id.clone()));
    assert_eq!(scene.store.set_children("eng", "shaft", &["key"]), Answer::Done);
    assert_eq!(item(&scene, &scene.ben, "ball"), Answer::Held(id.clone()), "by another path");
    assert_eq!(scene.store.set_children("eng", "axle", &["nut"]), Answer::Done);
    assert!(matches!(tree(&scene, &scene.ben, "bearing"), Answer::Made(_)));
    assert_eq!(scene.store.set_children("eng", "axle", &["nut", "bearing"]), Answer::Refused(409));
    assert_eq!(scene.store.set_children("eng", "bearing", &["ball", "cage"]), Answer::Done, "it is no longer anna's");
    assert_eq!(item(&scene, &scene.cleo, "nut"), Answer::Held(id));
}

#[test]
fn nothing_is_made_of_itself_on_any_path() {
    let scene = gearbox();
    let before = scene.store.dump();
    for (part, children) in [("ball", "gearbox"), ("ball", "bearing"), ("bearing", "axle")] {
        assert_eq!(
            scene.store.set_children("eng", part, &["new", children]),
            Answer::Refused(422),
            "{part} of {children}"
        );
    }
    assert_eq!(scene.store.dump(), before);
}

#[test]
fn who_waits_for_a_part_gets_it_when_the_tree_ends_in_the_order_of_the_line() {
    let scene = gearbox();
    let id = made(tree(&scene, &scene.anna, "gearbox"));
    let ball = made(item(&scene, &scene.anna, "ball"));
    let for_ball = ask(&scene, &scene.ben, "ball", &ball);
    let for_all = ask(&scene, &scene.cleo, "gearbox", &id);
    release(&scene, &scene.anna, "ball", &ball);
    assert_eq!(scene.request(&for_ball).session, "gearbox#1", "he waits on the tree now");
    release(&scene, &scene.anna, "gearbox", &id);
    assert_eq!(scene.request(&for_ball).status, "granted");
    let waiting = scene.request(&for_all);
    assert_eq!((waiting.status.as_str(), waiting.holder.as_str()), ("pending", "ben"));
    assert!(!tree(&scene, &scene.anna, "lonely").is_refusal());
    assert_eq!(item(&scene, &scene.anna, "nut"), Answer::InLine(for_all.clone()), "cleo waits for that, too");
    let granted = scene.store.id(&scene.request(&for_ball).granted.expect("granted"));
    release(&scene, &scene.ben, "ball", &granted);
    assert_eq!(scene.request(&for_all).status, "granted");
    assert_eq!(
        item(&scene, &scene.anna, "nut"),
        Answer::Held(scene.store.id(&scene.request(&for_all).granted.expect("granted")))
    );
}

#[test]
fn a_waiter_in_a_tree_is_in_the_way_of_acquiring_it() {
    let scene = gearbox();
    let seam = made(scene.store.acquire(&scene.anna, "ball", Some("seam")));
    let waits = ask(&scene, &scene.ben, "ball", &seam);
    assert_eq!(tree(&scene, &scene.anna, "gearbox"), Answer::InLine(waits.clone()));
    assert!(!tree(&scene, &scene.anna, "lid").is_refusal());
    scene.store.let_go_quiet(&scene.ben);
    assert!(matches!(tree(&scene, &scene.anna, "gearbox"), Answer::Made(_)), "he isn't there");
    assert!(scene.request(&waits).absent);
}

#[test]
fn an_accepted_request_and_a_gift_pass_the_whole_tree_on() {
    let scene = gearbox();
    let id = made(tree(&scene, &scene.anna, "gearbox"));
    let request = ask(&scene, &scene.ben, "gearbox", &id);
    assert_eq!(scene.store.accept("anna", &request), Answer::Done);
    let of_ben = scene.store.id(&scene.request(&request).granted.expect("handed over"));
    assert_eq!(item(&scene, &scene.anna, "ball"), Answer::Held(of_ben.clone()));
    let of_cleo = made(scene.store.give("ben", "gearbox", &of_ben, &scene.cleo));
    assert_eq!(item(&scene, &scene.anna, "nut"), Answer::Held(of_cleo));
}

#[test]
fn a_tree_that_has_expired_is_in_nobodys_way_and_its_lines_advance() {
    let scene = gearbox();
    let id = made(tree(&scene, &scene.anna, "gearbox"));
    let ball = made(item(&scene, &scene.anna, "ball"));
    let waits = ask(&scene, &scene.ben, "ball", &ball);
    // Both at once: the waiter's own item is recorded after the tree.
    scene.store.let_expire(&id);
    scene.store.let_expire(&ball);
    assert_eq!(scene.store.expire_all(), Answer::Done);
    assert_eq!(scene.request(&waits).status, "granted");
    assert!(matches!(item(&scene, &scene.cleo, "nut"), Answer::Made(_)));
}

#[test]
fn an_item_with_a_place_in_an_assembly_is_kept() {
    let scene = gearbox();
    scene.store.raw().execute("UPDATE items SET created_at = '2020-01-01T00:00:00.000Z'", []).expect("long ago");
    assert_eq!(scene.store.value::<i64>("SELECT count(*) FROM items_of_no_use"), 0);
    assert_eq!(scene.store.set_children("eng", "bearing", &[]), Answer::Done);
    assert_eq!(
        scene.store.value::<String>("SELECT i.part_number FROM items_of_no_use n JOIN items i ON i.id = n.id"),
        "ball"
    );
}

#[test]
fn a_watcher_of_a_tree_hears_of_all_in_it_once_and_of_what_comes_later() {
    let scene = gearbox();
    assert_eq!(scene.store.subscribe_tree(&scene.cleo, "gearbox"), Answer::Made("gearbox".to_owned()));
    assert_eq!(scene.store.subscribe_tree(&scene.cleo, "gearbox"), Answer::Kept("gearbox".to_owned()));
    scene.store.subscribe(&scene.cleo, "ball");
    let take = |part| scene.events_of(|scene| made(item(scene, &scene.anna, part)));
    for part in ["ball", "gearbox"] {
        assert_eq!(take(part), ["edit.session_acquired to anna cleo"], "{part}");
    }
    assert_eq!(take("pin"), ["edit.session_acquired to anna"]);
    assert_eq!(scene.store.set_children("eng", "key", &["pin", "burr"]), Answer::Done);
    assert_eq!(take("burr"), ["edit.session_acquired to anna cleo"]);
    assert_eq!(scene.store.unsubscribe_tree(&scene.cleo, "gearbox"), Answer::Done);
    assert_eq!(take("nut"), ["edit.session_acquired to anna"]);
    scene.store.remove(&scene.cleo);
}
