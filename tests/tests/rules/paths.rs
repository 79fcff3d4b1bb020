//! Part numbers and ids in paths.

use baton_tests::{App, encode, on_shared_app, paths, unique};
use serde_json::json;

use crate::scene::Scene;

on_shared_app!(
    a_part_number_has_rules,
    a_part_number_of_every_allowed_character_is_taken,
    an_id_that_is_none_is_not_found,
    a_session_belongs_to_its_part,
);

fn a_part_number_has_rules(app: &App) {
    let seat = app.seat();
    let bad = [
        "A".repeat(129),
        "%2F".to_owned(),
        "a%2Fb".to_owned(),
        "a%00b".to_owned(),
        "%00".to_owned(),
        "-leading".to_owned(),
        ".leading".to_owned(),
        "_leading".to_owned(),
        "~leading".to_owned(),
        "with%20blank".to_owned(),
        "a%2Bb".to_owned(),
        "a;b".to_owned(),
        "a'b".to_owned(),
        "a%25b".to_owned(),
        "%C3%A9".to_owned(),
        "a%0d%0ab".to_owned(),
    ];
    let body = json!({ "workstation_id": seat.workstation });
    for part in bad {
        seat.get(&paths::item(&part)).expect(422, "invalid");
        seat.get(&paths::sessions(&part)).expect(422, "invalid");
        seat.post(&paths::sessions(&part), &body).expect(422, "invalid");
        seat.put(&paths::subscription(&seat.workstation, &part)).expect(422, "invalid");
    }
    // No text at all: a path that can't be read, or a part number that is none.
    seat.get(&paths::item("%ff")).expect_one_of(&[400, 422]);
    assert_eq!(seat.watched(), Vec::<String>::new());
}

fn a_part_number_of_every_allowed_character_is_taken(app: &App) {
    let seat = app.seat();
    let tail = unique::name("").replace('-', "");
    for part in [format!("Az09._-~{tail}"), format!("0{tail}"), format!("{tail}{}", "x".repeat(128 - tail.len()))] {
        let session = seat.acquire(&part);
        assert_eq!(session["part_number"], part);
        assert_eq!(seat.get(&paths::item(&part)).ok(200)["part_number"], part);
        // The same part, written with escapes.
        let escaped: String = part.replacen('~', "%7E", 1);
        assert_eq!(seat.active(&escaped).len(), 1);
    }
}

fn an_id_that_is_none_is_not_found(app: &App) {
    let scene = Scene::new(app);
    let seat = &scene.alice;
    let ids = [unique::uuid(), "x".to_owned(), "1".to_owned(), encode("' OR '1'='1"), "%00".to_owned()];
    for id in ids {
        let workstation = paths::workstation(&id);
        let session = format!("{}/{id}", paths::sessions(&scene.part));
        seat.get(&workstation).expect(404, "not_found");
        seat.delete(&workstation).expect(404, "not_found");
        seat.post_empty(&format!("{workstation}/heartbeat")).expect(404, "not_found");
        seat.get(&format!("{workstation}/subscriptions")).expect(404, "not_found");
        seat.put(&paths::subscription(&id, &scene.part)).expect(404, "not_found");
        seat.delete(&paths::subscription(&id, &scene.part)).expect(404, "not_found");
        seat.get(&session).expect(404, "not_found");
        seat.delete(&session).expect(404, "not_found");
        seat.post_empty(&format!("{session}/renew")).expect(404, "not_found");
        seat.post(&format!("{session}/verify"), &json!({ "fence": 1 })).expect(404, "not_found");
        seat.post(&format!("{session}/request-handoff"), &json!({ "message": "?" })).expect(404, "not_found");
        seat.get(&format!("{session}/handoff-requests")).expect(404, "not_found");
        let request = format!("/api/handoff-requests/{id}");
        seat.post_empty(&format!("{request}/accept")).expect(404, "not_found");
        seat.post(&format!("{request}/decline"), &json!({})).expect(404, "not_found");
        seat.delete(&request).expect(404, "not_found");
    }
}

fn a_session_belongs_to_its_part(app: &App) {
    let scene = Scene::new(app);
    let (alice, bob) = (&scene.alice, &scene.bob);
    let other = unique::part();
    bob.acquire(&other);
    let id = scene.session["id"].as_str().expect("an id");
    for part in [other, unique::part()] {
        let session = format!("{}/{id}", paths::sessions(&part));
        alice.get(&session).expect(404, "not_found");
        alice.delete(&session).expect(404, "not_found");
        alice.post_empty(&format!("{session}/renew")).expect(404, "not_found");
        alice.post(&format!("{session}/verify"), &json!({ "fence": scene.session["fence"] })).expect(404, "not_found");
        bob.post(&format!("{session}/request-handoff"), &json!({ "message": "?" })).expect(404, "not_found");
        alice.get(&format!("{session}/handoff-requests")).expect(404, "not_found");
    }
    assert_eq!(alice.held(&scene.part)["id"], scene.session["id"]);
}
