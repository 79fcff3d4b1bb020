//! The line of those with `auto_acquire`.

use super::{PART, Scene};
use crate::store::Answer;

#[test]
fn the_line_is_granted_in_the_order_of_asking() {
    let scene = Scene::new();
    let first = scene.hold(&scene.anna, None);
    let (ben, cleo) = (scene.stand_in_line(&scene.ben, &first), scene.stand_in_line(&scene.cleo, &first));
    scene.release(&scene.anna, &first);
    assert_eq!(scene.held(), ["ben: whole"]);
    assert_eq!((scene.request(&ben).status, scene.request(&cleo).status), ("granted".into(), "pending".into()));
    scene.release(&scene.ben, &scene.store.id("F1#2"));
    assert_eq!(scene.held(), ["cleo: whole"]);
    assert_eq!(scene.store.world().items[PART], 3);
}

#[test]
fn a_grant_tells_watchers_the_winner_and_the_next_in_line() {
    let scene = Scene::new();
    let first = scene.hold(&scene.anna, None);
    scene.stand_in_line(&scene.ben, &first);
    scene.stand_in_line(&scene.cleo, &first);
    let news = scene.events_of(|scene| scene.release(&scene.anna, &first));
    let expected = [
        "edit.session_released to anna ben cleo",
        "edit.session_acquired to anna ben cleo",
        "edit.session_granted to ben",
        "edit.handoff_requested to ben",
    ];
    assert_eq!(news, expected);
}

#[test]
fn nobody_slips_in_between() {
    let scene = Scene::new();
    let first = scene.hold(&scene.anna, None);
    scene.stand_in_line(&scene.ben, &first);
    scene.release(&scene.anna, &first);
    let second = scene.store.id("F1#2");
    assert_eq!(scene.store.acquire(&scene.cleo, PART, None), Answer::Held(second));
}

#[test]
fn who_only_asked_is_superseded_without_an_event() {
    let scene = Scene::new();
    let first = scene.hold(&scene.anna, None);
    let request = scene.ask(&scene.ben, &first, Some(false)).id();
    let news = scene.events_of(|scene| scene.release(&scene.anna, &first));
    assert_eq!(news, ["edit.session_released to anna ben"]);
    assert_eq!(scene.request(&request).status, "superseded");
    assert!(scene.held().is_empty());
}

#[test]
fn a_grant_is_what_was_asked_for() {
    let scene = Scene::new();
    let first = scene.store.acquire_for(&scene.anna, PART, Some("bore"), "assembly", 60).id();
    scene.stand_in_line(&scene.ben, &first);
    scene.release(&scene.anna, &first);
    let granted = scene.session(&scene.store.id("F1#2"));
    assert_eq!((granted.level.as_str(), granted.object.as_deref()), ("assembly", Some("bore")));
    assert_eq!((granted.ttl, granted.origin.as_str()), (crate::store::REQUEST_TTL, "granted"));
}

#[test]
fn whoever_asked_for_the_whole_item_waits_on_what_the_holder_keeps_of_it() {
    let scene = Scene::new();
    let bore = scene.hold(&scene.anna, Some("bore"));
    let whole = scene.hold(&scene.anna, None);
    let request = scene.stand_in_line(&scene.ben, &whole);
    let audit = scene.audit_of(|scene| scene.release(&scene.anna, &whole));
    assert_eq!(audit, ["anna edit.session_released F1#2", "anna edit.handoff_moved F1#1"]);
    assert_eq!((scene.request(&request).session.as_str(), scene.held().join(" ")), ("F1#1", "anna: bore".to_owned()));
    scene.release(&scene.anna, &bore);
    assert_eq!(scene.held(), ["ben: whole"]);
}

#[test]
fn whoever_moves_keeps_the_place_in_line() {
    let scene = Scene::new();
    let bore = scene.hold(&scene.anna, Some("bore"));
    let whole = scene.hold(&scene.anna, None);
    scene.stand_in_line(&scene.ben, &whole);
    scene.stand_in_line(&scene.cleo, &bore);
    scene.release(&scene.anna, &whole);
    scene.release(&scene.anna, &bore);
    assert_eq!(scene.held(), ["ben: whole"], "ben asked before cleo");
}

#[test]
fn a_line_for_one_object_is_none_for_another() {
    let scene = Scene::new();
    let (bore, rib) = (scene.hold(&scene.anna, Some("bore")), scene.hold(&scene.anna, Some("rib")));
    scene.stand_in_line(&scene.ben, &bore);
    scene.stand_in_line(&scene.cleo, &rib);
    scene.release(&scene.anna, &rib);
    assert_eq!(scene.held(), ["anna: bore", "cleo: rib"]);
    scene.release(&scene.anna, &bore);
    assert_eq!(scene.held(), ["cleo: rib", "ben: bore"]);
}

#[test]
fn accepting_somebody_without_a_workstation_lets_the_line_go_on() {
    let scene = Scene::new();
    let first = scene.hold(&scene.anna, None);
    scene.stand_in_line(&scene.cleo, &first);
    let ask = crate::store::Ask {
        user: "ben",
        part_number: PART,
        session_id: &first,
        workstation_id: None,
        auto_acquire: None,
        whole_item: false,
        message: "let it go",
    };
    let request = scene.store.ask(ask).id();
    assert_eq!(scene.store.accept("anna", &request), Answer::Done);
    assert_eq!(scene.held(), ["cleo: whole"]);
}

/// The holder of the whole item and of an object in it can't go round who waits by releasing and acquiring again.
#[test]
fn acquiring_goes_to_the_end_of_the_line() {
    let scene = Scene::new();
    let whole = scene.hold(&scene.anna, None);
    let bore = scene.hold(&scene.anna, Some("bore"));
    let request = scene.stand_in_line(&scene.ben, &whole);
    scene.release(&scene.anna, &whole);
    assert_eq!(scene.store.acquire(&scene.anna, PART, None), Answer::InLine(request.clone()));
    assert_eq!(
        scene.store.acquire(&scene.cleo, PART, Some("rib")),
        Answer::InLine(request),
        "nobody else slips in either"
    );
    assert_eq!(
        scene.store.acquire(&scene.anna, PART, Some("bore")),
        Answer::Kept(bore.clone()),
        "what one holds is renewed"
    );
    scene.release(&scene.anna, &bore);
    assert_eq!(scene.held(), ["ben: whole"]);
}

#[test]
fn who_wants_the_whole_item_waits_for_all_sessions_on_it() {
    let scene = Scene::new();
    let (bore, rib) = (scene.hold(&scene.anna, Some("bore")), scene.hold(&scene.cleo, Some("rib")));
    let request = scene.ask_for_all(&scene.ben, &bore);
    scene.release(&scene.anna, &bore);
    assert_eq!((scene.request(&request).holder.as_str(), scene.held().join(" ")), ("cleo", "cleo: rib".to_owned()));
    scene.release(&scene.cleo, &rib);
    assert_eq!(scene.held(), ["ben: whole"]);
}

#[test]
fn who_moved_to_an_objects_session_gets_what_it_asked_for() {
    let scene = Scene::new();
    scene.hold(&scene.anna, Some("bore"));
    let whole = scene.hold(&scene.anna, None);
    let request = scene.stand_in_line(&scene.ben, &whole);
    scene.release(&scene.anna, &whole);
    assert_eq!(scene.store.accept("anna", &request), Answer::Done);
    assert_eq!(scene.held(), ["ben: whole"]);
}

#[test]
fn who_joins_the_line_later_stands_behind() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let ben = scene.ask(&scene.ben, &id, Some(false)).id();
    scene.stand_in_line(&scene.cleo, &id);
    assert_eq!(scene.ask(&scene.ben, &id, Some(true)), Answer::Kept(ben));
    scene.release(&scene.anna, &id);
    assert_eq!(scene.held(), ["cleo: whole"], "ben asked first, and joined the line second");
}

#[test]
fn a_plain_request_of_the_same_user_is_in_nobodys_way() {
    let scene = Scene::new();
    let bore = scene.hold(&scene.anna, Some("bore"));
    let whole = scene.hold(&scene.anna, None);
    scene.ask(&scene.ben, &bore, Some(false));
    let in_line = scene.stand_in_line(&scene.ben, &whole);
    scene.release(&scene.anna, &whole);
    scene.release(&scene.anna, &bore);
    assert_eq!((scene.request(&in_line).status.as_str(), scene.held().join(" ")), ("granted", "ben: whole".to_owned()));
}

#[test]
fn who_is_not_there_is_passed_over_and_keeps_the_place() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.stand_in_line(&scene.ben, &id);
    scene.stand_in_line(&scene.cleo, &id);
    scene.store.let_go_quiet(&scene.ben);
    scene.release(&scene.anna, &id);
    assert_eq!(scene.held(), ["cleo: whole"]);
    scene.store.heartbeat("ben", &scene.ben);
    assert_eq!(
        scene.store.acquire(&scene.anna, PART, None),
        Answer::Held(scene.store.id("F1#2")),
        "whoever looks records that ben is back"
    );
    scene.release(&scene.cleo, &scene.store.id("F1#2"));
    assert_eq!(scene.held(), ["ben: whole"]);
}

#[test]
fn who_comes_back_to_a_free_item_gets_it() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.stand_in_line(&scene.ben, &id);
    scene.store.let_go_quiet(&scene.ben);
    scene.release(&scene.anna, &id);
    assert!(scene.held().is_empty());
    scene.store.heartbeat("ben", &scene.ben);
    scene.store.expire_all();
    assert_eq!(scene.held(), ["ben: whole"]);
}

#[test]
fn whoever_leaves_the_line_keeps_nobody_waiting() {
    let scene = Scene::new();
    let (bore, _) = (scene.hold(&scene.anna, Some("bore")), scene.hold(&scene.anna, Some("rib")));
    let ben = scene.ask_for_all(&scene.ben, &bore);
    scene.stand_in_line(&scene.cleo, &bore);
    scene.release(&scene.anna, &bore);
    assert_eq!(scene.held(), ["anna: rib"], "cleo stands behind ben");
    scene.store.cancel("ben", &ben);
    assert_eq!(scene.held(), ["anna: rib", "cleo: bore"]);
}
