//! Acquiring, renewing and releasing.

use super::{PART, Scene};
use crate::store::{Answer, Seat, Terms};

#[test]
fn the_whole_item_excludes_every_object() {
    let scene = Scene::new();
    let whole = scene.hold(&scene.anna, None);
    assert_eq!(scene.store.acquire(&scene.ben, PART, None), Answer::Held(whole.clone()));
    assert_eq!(scene.store.acquire(&scene.ben, PART, Some("bore")), Answer::Held(whole));
    assert_eq!(scene.held(), ["anna: whole"]);
}

#[test]
fn an_object_excludes_itself_and_the_whole_item() {
    let scene = Scene::new();
    let bore = scene.hold(&scene.anna, Some("bore"));
    assert_eq!(scene.store.acquire(&scene.ben, PART, Some("bore")), Answer::Held(bore.clone()));
    assert_eq!(scene.store.acquire(&scene.ben, PART, None), Answer::Held(bore));
    scene.hold(&scene.ben, Some("rib"));
    assert_eq!(scene.held(), ["anna: bore", "ben: rib"]);
}

#[test]
fn a_workstation_holds_the_whole_item_and_an_object_side_by_side() {
    let scene = Scene::new();
    let bore = scene.hold(&scene.anna, Some("bore"));
    let whole = scene.hold(&scene.anna, None);
    assert_ne!(bore, whole);
    scene.release(&scene.anna, &whole);
    assert_eq!(scene.held(), ["anna: bore"]);
    scene.hold(&scene.ben, Some("rib"));
}

#[test]
fn two_workstations_of_one_user_are_two() {
    let scene = Scene::new();
    let laptop = scene.store.register("anna", "anna's laptop");
    let whole = scene.hold(&scene.anna, None);
    assert_eq!(scene.store.acquire(&laptop, PART, Some("bore")), Answer::Held(whole));
}

#[test]
fn acquiring_again_renews() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, Some("bore"));
    let news = scene.events_of(|scene| {
        let again = scene.store.acquire_for(&scene.anna, PART, Some("bore"), "part", 1_234);
        assert_eq!(again, Answer::Kept(id.clone()));
    });
    assert!(news.is_empty(), "{news:?}");
    assert_eq!((scene.session(&id).fence, scene.session(&id).ttl), (1, 1_234));
}

#[test]
fn every_grant_has_a_higher_fence() {
    let scene = Scene::new();
    for (fence, object) in (1..).zip([Some("bore"), Some("rib"), None, Some("rib")]) {
        let id = scene.hold(&scene.anna, object);
        assert_eq!(scene.session(&id).fence, fence);
        scene.release(&scene.anna, &id);
    }
    assert_eq!(scene.store.world().items[PART], 4);
}

#[test]
fn renewing_keeps_the_length_unless_another_is_given() {
    let scene = Scene::new();
    let id = scene.store.acquire_for(&scene.anna, PART, None, "part", 777).id();
    let length = |scene: &Scene| {
        let statement =
            "SELECT cast(round((julianday(expires_at) - julianday(renewed_at)) * 86400) AS INTEGER) FROM sessions";
        scene.store.value::<i64>(statement)
    };
    assert_eq!(scene.store.renew("anna", PART, &id, None), Answer::Done);
    assert_eq!(length(&scene), 777);
    assert_eq!(scene.store.renew("anna", PART, &id, Some(55)), Answer::Done);
    assert_eq!((length(&scene), scene.session(&id).ttl), (55, 55));
}

#[test]
fn a_note_stays_until_there_is_another_one() {
    let scene = Scene::new();
    let terms = Terms { level: "part", ttl: 600, note: Some("new flange"), revision: None };
    let id = scene.store.acquire_on(&scene.anna, PART, None, &terms).id();
    let note = |scene: &Scene| scene.session(&id).note;
    assert_eq!(note(&scene).as_deref(), Some("new flange"));
    assert_eq!(scene.store.renew("anna", PART, &id, None), Answer::Done);
    assert_eq!(scene.store.acquire(&scene.anna, PART, None), Answer::Kept(id.clone()));
    assert_eq!(note(&scene).as_deref(), Some("new flange"));
    assert_eq!(scene.store.renew_with("anna", PART, &id, (None, Some("bolts"))), Answer::Done);
    assert_eq!(note(&scene).as_deref(), Some("bolts"));
    assert_eq!(scene.store.renew_with("anna", PART, &id, (None, Some(""))), Answer::Done);
    assert_eq!(note(&scene), None);
}

/// Whether a session's `active_at` is as good as now.
fn was_active(scene: &Scene) -> bool {
    scene.store.value("SELECT active_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-10 seconds') FROM sessions")
}

#[test]
fn whatever_its_holder_does_makes_a_session_active() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    assert!(was_active(&scene));
    let idle = || {
        scene.store.raw().execute("UPDATE sessions SET active_at = '2020-01-01T00:00:00.000Z'", []).expect("it is set");
        assert!(!was_active(&scene));
    };
    let upload = |blob: &str| {
        let chunk = "INSERT INTO do_add_chunk (blob_id, number, bytes) VALUES (?, 0, x'00')";
        scene.store.raw().execute(chunk, [blob]).expect("a chunk");
    };
    let cause = r#"{"change": "c", "actor": "anna"}"#;
    idle();
    assert_eq!(scene.store.renew("anna", PART, &id, None), Answer::Done);
    assert!(was_active(&scene), "a renewal");
    idle();
    assert_eq!(scene.store.acquire(&scene.anna, PART, None), Answer::Kept(id.clone()));
    assert!(was_active(&scene), "an acquire");
    idle();
    upload("draft");
    let draft = "INSERT INTO do_save_draft (session_id, part_number, user, blob_id, size, sha256, content_type, cause)
                 VALUES (?, ?, 'anna', 'draft', 1, 'x', 'a/b', ?)";
    scene.store.raw().execute(draft, [&id, PART, cause]).expect("a draft");
    assert!(was_active(&scene), "a draft");
    idle();
    upload("kept");
    let keep =
        "INSERT INTO do_create_checkpoint (id, session_id, part_number, user, blob_id, size, sha256, content_type,
                                                  ttl_hours, max_per_item, cause)
                VALUES ('k', ?, ?, 'anna', 'kept', 1, 'x', 'a/b', 1, 5, ?)";
    scene.store.raw().execute(keep, [&id, PART, cause]).expect("a checkpoint");
    assert!(was_active(&scene), "a checkpoint");
    idle();
    assert_eq!(scene.store.renew("ben", PART, &id, None), Answer::Refused(403));
    scene.store.acquire(&scene.ben, PART, None);
    assert!(!was_active(&scene), "what others do is not its holder's doing");
}

#[test]
fn nobody_renews_or_releases_what_is_somebody_elses() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let before = scene.store.dump();
    assert_eq!(scene.store.renew("ben", PART, &id, None), Answer::Refused(403));
    assert_eq!(scene.store.release("ben", PART, &id), Answer::Refused(403));
    assert_eq!(scene.store.renew("anna", "F2", &id, None), Answer::Refused(404));
    assert_eq!(scene.store.release("anna", "F2", &id), Answer::Refused(404));
    assert_eq!(scene.store.dump(), before);
}

#[test]
fn a_workstation_serves_its_owner_alone() {
    let scene = Scene::new();
    let before = scene.store.dump();
    let borrowed = Seat { user: "ben".to_owned(), id: scene.anna.id.clone() };
    let unknown = Seat { user: "ben".to_owned(), id: "nowhere".to_owned() };
    assert_eq!(scene.store.acquire(&borrowed, PART, None), Answer::Refused(403));
    assert_eq!(scene.store.acquire(&unknown, PART, None), Answer::Refused(422));
    assert_eq!(scene.store.dump(), before);
}

#[test]
fn releasing_twice_is_no_error_and_happens_once() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.release(&scene.anna, &id);
    let before = scene.store.dump();
    scene.release(&scene.anna, &id);
    assert_eq!(scene.store.renew("anna", PART, &id, None), Answer::Gone("released".to_owned()));
    assert_eq!(scene.store.dump(), before);
}

#[test]
fn the_guard_holds_even_where_no_command_asks() {
    let scene = Scene::new();
    scene.hold(&scene.anna, Some("bore"));
    let grant = "INSERT INTO do_grant (id, item_id, user, workstation_id, context_level, ttl_seconds, origin, cause)
                 SELECT 'x', id, 'ben', 'elsewhere', 'part', 60, 'acquired', '{}' FROM items";
    let refused = scene.store.raw().execute(grant, []).expect_err("the scope is held");
    assert!(refused.to_string().contains("held by another workstation"), "{refused}");
    assert_eq!(scene.store.world().items[PART], 1, "a refused grant takes no fence");
}
