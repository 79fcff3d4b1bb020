//! Many parts at once.

use serde_json::json;
use uuid::Uuid;

use super::{PART, Scene};
use crate::store::{Answer, Seat, Terms};

pub(super) const TERMS: Terms<'_> = Terms { level: "part", ttl: 600, note: Some("a batch"), revision: None };

fn take(scene: &Scene, seat: &Seat, parts: &[&str]) -> Answer {
    scene.store.acquire_many(seat, parts, true, &TERMS)
}

#[test]
fn a_batch_takes_all_or_nothing() {
    let scene = Scene::new();
    let id = scene.hold(&scene.ben, Some("bore"));
    let before = scene.store.dump();
    assert_eq!(take(&scene, &scene.anna, &["F0", PART, "F2"]), Answer::Obstacles(vec![Answer::Held(id.clone())]));
    assert_eq!(scene.store.dump(), before, "no item came into being, either");
    scene.release(&scene.ben, &id);
    assert!(matches!(take(&scene, &scene.anna, &["F0", PART, "F2"]), Answer::Parts(all) if all.len() == 3));
    assert_eq!(scene.held(), ["anna: whole", "anna: whole", "anna: whole"]);
    assert!(scene.store.world().sessions.iter().filter(|session| session.is_active()).all(|session| {
        (session.ttl, session.note.as_deref(), session.level.as_str()) == (600, Some("a batch"), "part")
    }));
}

#[test]
fn a_batch_that_is_not_atomic_takes_what_is_free() {
    let scene = Scene::new();
    let id = scene.hold(&scene.ben, None);
    let Answer::Parts(each) = scene.store.acquire_many(&scene.anna, &["F0", PART, "F2"], false, &TERMS) else {
        panic!("not taken in part");
    };
    assert!(matches!(&each[..], [Answer::Made(_), Answer::Held(by), Answer::Made(_)] if *by == id), "{each:?}");
}

#[test]
fn what_is_held_already_is_renewed() {
    let scene = Scene::new();
    let own = scene.hold(&scene.anna, None);
    let Answer::Parts(each) = take(&scene, &scene.anna, &[PART, "F2"]) else { panic!("not taken") };
    assert!(matches!(&each[..], [Answer::Kept(kept), Answer::Made(_)] if *kept == own), "{each:?}");
    assert_eq!(scene.session(&own).note.as_deref(), Some("a batch"));
    let news = scene.events_of(|scene| take(scene, &scene.anna, &[PART, "F2"]));
    assert!(news.is_empty(), "{news:?}");
}

#[test]
fn nobody_in_line_is_passed_over_by_a_batch() {
    let scene = Scene::new();
    let bore = scene.hold(&scene.anna, Some("bore"));
    // Cleo waits for the whole item, and so before ben.
    let first = scene.ask_for_all(&scene.cleo, &bore);
    scene.store.let_go_quiet(&scene.anna);
    let holder = Answer::Obstacles(vec![Answer::Held(bore.clone())]);
    assert_eq!(take(&scene, &scene.ben, &[PART, "F2"]), holder);
    let in_line = Answer::Obstacles(vec![Answer::InLine(first)]);
    assert_eq!(take(&scene, &scene.anna, &["F2", PART]), in_line, "her own object isn't in her way, but cleo is");
}

#[test]
fn an_expired_session_is_in_nobodys_way() {
    let scene = Scene::new();
    let id = scene.hold(&scene.ben, None);
    scene.store.let_expire(&id);
    assert!(matches!(take(&scene, &scene.anna, &[PART]), Answer::Parts(_)));
    assert_eq!(scene.session(&id).end.as_deref(), Some("expired"));
}

#[test]
fn the_quota_counts_a_batch_as_a_whole() {
    let scene = Scene::new();
    scene.hold(&scene.anna, None);
    let cause = |limit: u32| {
        json!({"change": Uuid::new_v4(), "actor": "anna", "request_id": "r", "ip": null, "quota": {"sessions": limit}})
            .to_string()
    };
    let before = scene.store.dump();
    let take = |limit| scene.store.acquire_many_within(&scene.anna, &[PART, "F2", "F3"], true, (&TERMS, cause(limit)));
    assert_eq!(take(2), Answer::Refused(409));
    assert_eq!(scene.store.dump(), before);
    assert!(matches!(take(3), Answer::Parts(_)));
    assert!(matches!(take(2), Answer::Parts(_)), "renewing takes nothing");
}

#[test]
fn one_event_for_each_session_and_one_word_for_all() {
    let scene = Scene::new();
    scene.store.subscribe(&scene.ben, "*");
    let parts: Vec<_> = (0..50).map(|number| format!("F{number}")).collect();
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    let news = scene.events_of(|scene| take(scene, &scene.anna, &parts));
    assert_eq!(news, vec!["edit.session_acquired to anna ben"; 50]);
    let change = "SELECT count(DISTINCT change_id) FROM events";
    assert_eq!(scene.store.value::<i64>(change), 1);
}

#[test]
fn several_are_released_at_once() {
    let scene = Scene::new();
    let (bore, rib) = (scene.hold(&scene.anna, Some("bore")), scene.hold(&scene.anna, Some("rib")));
    let of_ben = scene.hold(&scene.ben, Some("lid"));
    let waits = scene.stand_in_line(&scene.cleo, &rib);
    let reasons = scene.store.release_many("anna", &[&bore, &of_ben, "nothing", &rib]);
    let released = || Some("released".to_owned());
    assert_eq!(reasons, [released(), None, None, released()]);
    assert_eq!(scene.held(), ["ben: lid", "cleo: rib"]);
    assert_eq!(scene.request(&waits).status, "granted");
    let before = scene.store.dump();
    assert_eq!(scene.store.release_many("anna", &[&bore, &rib]), [released(), released()]);
    assert_eq!(scene.store.dump(), before);
}

/// A batch takes work for each of its parts, and not for what its workstation or its user holds besides.
#[test]
fn a_large_batch_takes_as_much_work_whatever_is_held() {
    let scene = Scene::new();
    let work = |prefix: &str| {
        let parts: Vec<_> = (0..300).map(|number| format!("{prefix}-{number}")).collect();
        let parts: Vec<_> = parts.iter().map(String::as_str).collect();
        scene.store.work_of_acquiring(&scene.anna, &parts, &TERMS)
    };
    let (first, _, _, _, fifth) = (work("A"), work("B"), work("C"), work("D"), work("E"));
    assert!(fifth <= first + first / 10, "{first} steps became {fifth}");
}
