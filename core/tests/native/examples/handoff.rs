//! Asking, and the answers.

use super::{PART, Scene};
use crate::store::{Answer, Ask};

#[test]
fn asking_tells_the_holder_and_makes_the_requester_watch() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let news = scene.events_of(|scene| scene.ask(&scene.ben, &id, None));
    assert_eq!(news, ["edit.handoff_requested to anna"]);
    assert!(scene.store.world().watches.contains(&(PART.to_owned(), "ben".to_owned())));
}

#[test]
fn asking_again_without_a_workstation_renews_the_request() {
    let scene = Scene::new();
    let session_id = &scene.hold(&scene.anna, None);
    let ask = |message| {
        let ask = Ask {
            user: "ben",
            part_number: PART,
            session_id,
            workstation_id: None,
            auto_acquire: None,
            whole_item: false,
            message,
        };
        scene.store.ask(ask)
    };
    let Answer::Made(request) = ask("please") else { panic!("a new request") };
    assert_eq!(ask("now, please"), Answer::Kept(request.clone()));
    assert_eq!(scene.request(&request).message, "now, please");
    assert_eq!(scene.store.world().requests.len(), 1);
}

#[test]
fn some_requests_are_refused_and_leave_no_trace() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let over = scene.hold(&scene.anna, Some("bore"));
    scene.release(&scene.anna, &over);
    let before = scene.store.dump();
    let ask = |user, part_number, session_id, workstation_id| {
        scene.store.ask(Ask {
            user,
            part_number,
            session_id,
            workstation_id,
            auto_acquire: None,
            whole_item: false,
            message: "please",
        })
    };
    assert_eq!(ask("anna", PART, &id, None), Answer::OwnSession);
    assert_eq!(ask("ben", PART, &over, None), Answer::Gone("released".to_owned()));
    assert_eq!(ask("ben", "F2", &id, None), Answer::Refused(404));
    assert_eq!(ask("ben", PART, "none", None), Answer::Refused(404));
    assert_eq!(ask("ben", PART, &id, Some(&scene.anna.id)), Answer::Refused(403));
    assert_eq!(ask("ben", PART, &id, Some("nowhere")), Answer::Refused(422));
    assert_eq!(scene.store.dump(), before);
}

#[test]
fn accepting_passes_the_session_on_in_one_step() {
    let scene = Scene::new();
    scene.store.subscribe(&scene.cleo, PART);
    let old = scene.store.acquire_for(&scene.anna, PART, Some("bore"), "sketch", 60).id();
    let request = scene.ask(&scene.ben, &old, None).id();
    let news = scene.events_of(|scene| assert_eq!(scene.store.accept("anna", &request), Answer::Done));
    assert_eq!(news, ["edit.handoff_accepted to ben", "edit.session_transferred to anna ben cleo"]);
    let (old, request) = (scene.session(&old), scene.request(&request));
    assert_eq!((old.end.as_deref(), old.successor.as_deref()), (Some("transferred"), Some("F1#2")));
    assert_eq!((request.status.as_str(), request.granted.as_deref()), ("accepted", Some("F1#2")));
    let new = scene.store.world().sessions.pop().expect("the new session");
    assert_eq!((new.user.as_str(), new.level.as_str(), new.object.as_deref()), ("ben", "sketch", Some("bore")));
    assert_eq!((new.fence, new.origin.as_str()), (2, "transferred"));
}

#[test]
fn both_sides_of_a_transfer_hear_of_it_though_they_unsubscribed() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let request = scene.ask(&scene.ben, &id, None).id();
    scene.store.unsubscribe(&scene.anna, PART);
    let news = scene.events_of(|scene| scene.store.accept("anna", &request));
    assert_eq!(news[1], "edit.session_transferred to anna ben");
}

#[test]
fn accepting_a_request_without_a_workstation_releases_the_session() {
    let scene = Scene::new();
    let desktop = scene.store.register("ben", "ben's desktop");
    let session_id = &scene.hold(&scene.anna, None);
    let request = scene.store.ask(Ask {
        user: "ben",
        part_number: PART,
        session_id,
        workstation_id: None,
        auto_acquire: None,
        whole_item: false,
        message: "please",
    });
    let request = request.id();
    let news = scene.events_of(|scene| scene.store.accept("anna", &request));
    assert_eq!(news, ["edit.handoff_accepted to ben ben's desktop", "edit.session_released to anna"]);
    assert!(scene.held().is_empty());
    scene.hold(&desktop, None);
}

#[test]
fn others_in_line_wait_on_the_one_who_got_it() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let (ben, cleo) = (scene.ask(&scene.ben, &id, None).id(), scene.stand_in_line(&scene.cleo, &id));
    let news = scene.events_of(|scene| scene.store.accept("anna", &ben));
    assert_eq!(news[2], "edit.handoff_requested to ben");
    let request = scene.request(&cleo);
    assert_eq!(
        (request.status.as_str(), request.holder.as_str(), request.session.as_str()),
        ("pending", "ben", "F1#2")
    );
}

#[test]
fn declining_tells_the_requester_why() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let request = scene.ask(&scene.ben, &id, None).id();
    let news = scene.events_of(|scene| scene.store.decline("anna", &request, Some("after lunch")));
    assert_eq!(news, ["edit.handoff_declined to ben"]);
    assert_eq!(scene.store.world().events.pop().expect("it").data["message"], "after lunch");
    assert_eq!(scene.held(), ["anna: whole"]);
}

#[test]
fn cancelling_tells_the_holder() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let request = scene.stand_in_line(&scene.ben, &id);
    let news = scene.events_of(|scene| scene.store.cancel("ben", &request));
    assert_eq!(news, ["edit.handoff_cancelled to anna"]);
    scene.release(&scene.anna, &id);
    assert!(scene.held().is_empty(), "whoever has taken the request back doesn't stand in line");
}

#[test]
fn a_request_is_answered_once_and_by_the_holder() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    let request = scene.ask(&scene.ben, &id, None).id();
    let before = scene.store.dump();
    for user in ["ben", "cleo"] {
        assert_eq!(scene.store.accept(user, &request), Answer::Refused(403));
    }
    assert_eq!(scene.store.cancel("anna", &request), Answer::Refused(403));
    assert_eq!(scene.store.accept("anna", "none"), Answer::Refused(404));
    assert_eq!(scene.store.dump(), before);
    scene.store.accept("anna", &request);
    let before = scene.store.dump();
    assert_eq!(scene.store.accept("anna", &request), Answer::NotPending("accepted".to_owned()));
    assert_eq!(scene.store.decline("anna", &request, None), Answer::NotPending("accepted".to_owned()));
    assert_eq!(scene.store.cancel("ben", &request), Answer::NotPending("accepted".to_owned()));
    assert_eq!(scene.store.dump(), before);
}
