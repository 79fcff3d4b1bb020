//! What the schema once got wrong.

use super::{PART, Scene};
use crate::store::Answer;

#[test]
fn asking_again_with_the_same_workstation_renews_the_request() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let request = scene.stand_in_line(&scene.ben, &id);
    assert_eq!(scene.ask(&scene.ben, &id, None), Answer::Kept(request));
}

#[test]
fn a_request_for_more_than_its_session_can_be_answered() {
    let scene = Scene::new();
    let bore = scene.hold(&scene.anna, Some("bore"));
    scene.hold(&scene.cleo, Some("rib"));
    let request = scene.ask_for_all(&scene.ben, &bore);
    assert_eq!(scene.store.accept("anna", &request), Answer::NotPending("pending".to_owned()));
}

#[test]
fn everyone_in_line_whose_scope_is_free_gets_it() {
    let scene = Scene::new();
    let (bore, rib) = (scene.hold(&scene.anna, Some("bore")), scene.hold(&scene.anna, Some("rib")));
    let whole = scene.hold(&scene.anna, None);
    scene.stand_in_line(&scene.ben, &bore);
    scene.stand_in_line(&scene.cleo, &rib);
    [bore, rib, whole].iter().for_each(|session| scene.release(&scene.anna, session));
    assert_eq!(scene.held(), ["ben: bore", "cleo: rib"]);
}

#[test]
fn whoever_has_unsubscribed_stays_so_while_waiting() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.stand_in_line(&scene.ben, &id);
    scene.stand_in_line(&scene.cleo, &id);
    scene.store.unsubscribe(&scene.cleo, PART);
    scene.release(&scene.anna, &id);
    assert!(!scene.store.world().watches.contains(&(PART.to_owned(), "cleo".to_owned())));
}

#[test]
fn a_removal_lets_nobody_wait_on_what_has_expired() {
    let scene = Scene::new();
    let laptop = scene.store.register("anna", "anna's laptop");
    let bore = scene.hold(&scene.anna, Some("bore"));
    let rib = scene.hold(&laptop, Some("rib"));
    let request = scene.ask_for_all(&scene.ben, &bore);
    scene.store.let_expire(&rib);
    scene.store.remove(&scene.anna);
    assert_eq!(scene.request(&request).status, "granted");
}
