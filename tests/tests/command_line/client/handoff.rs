//! Asking and answering: `ask`, `requests`, `accept`, `decline`, `acquire --wait`. No id is copied anywhere.

use baton_tests::{App, Json, Seat, eventually, on_shared_app, shape, unique};
use serde_json::json;

use super::home::Home;

on_shared_app!(
    a_part_is_asked_for_and_handed_over,
    a_request_is_declined,
    of_several_requests_one_is_named,
    who_stands_in_line_gets_it,
    who_waits_gets_it,
    who_is_told_no_waits_no_longer,
    who_gives_up_leaves_the_line,
    several_parts_are_waited_for,
    nobody_is_asked_for_nothing,
);

/// A part that this home's user holds.
fn held(home: &Home) -> String {
    let part = unique::part();
    home.ends(0, &["acquire", &part]);
    part
}

fn a_part_is_asked_for_and_handed_over(app: &App) {
    let (alice, bob) = (Home::new(app, "editor"), Home::new(app, "editor"));
    let part = held(&alice);
    let request = bob.document(0, &["ask", &part, "--message", "May I?"]);
    shape::request(&request);
    let told = alice.ends(0, &["requests"]);
    assert!(told.out.contains("May I?") && told.out.contains(&bob.user.user), "{told:?}");
    assert_eq!(alice.document(0, &["requests"]).list("handoff_requests"), [request]);
    let accepted = alice.ends(0, &["accept"]);
    assert!(accepted.out.contains(&part) && accepted.out.contains(&bob.user.user), "{accepted:?}");
    assert_eq!(bob.user.active(&part)[0]["user"], json!(bob.user.user));
    assert!(alice.ends(0, &["requests"]).out.contains("Nobody asks"));
    alice.ends(1, &["accept"]);
}

fn a_request_is_declined(app: &App) {
    let (alice, bob) = (Home::new(app, "editor"), Home::new(app, "editor"));
    let part = held(&alice);
    bob.ends(0, &["ask", &part]);
    let declined = alice.document(0, &["decline", &part, "--message", "Not today"]);
    assert_eq!((declined.text("status"), declined.text("answer")), ("declined", "Not today"));
    assert_eq!(alice.user.active(&part).len(), 1);
    let told = bob.ends(0, &["requests", "--all"]);
    assert!(told.out.contains("declined"), "{told:?}");
}

fn of_several_requests_one_is_named(app: &App) {
    let alice = Home::new(app, "editor");
    let (bob, cleo) = (Home::new(app, "editor"), Home::new(app, "editor"));
    let (first, second) = (held(&alice), held(&alice));
    bob.ends(0, &["ask", &first]);
    let by_cleo = cleo.document(0, &["ask", &second]);
    let which = alice.ends(2, &["accept"]);
    assert!(which.err.contains(&first) && which.err.contains(&second), "{which:?}");
    // By the part, by who asks, by the id.
    alice.ends(0, &["accept", &first]);
    bob.ends(0, &["ask", &second]);
    alice.ends(0, &["decline", &bob.user.user]);
    alice.ends(0, &["accept", by_cleo.text("id")]);
    alice.ends(1, &["accept", &unique::uuid()]);
    assert_eq!(cleo.user.active(&second)[0]["user"], json!(cleo.user.user));
}

fn who_stands_in_line_gets_it(app: &App) {
    let (alice, bob) = (Home::new(app, "editor"), Home::new(app, "editor"));
    let part = held(&alice);
    let line = bob.ends(0, &["ask", &part, "--line"]);
    assert!(line.out.contains("in line"), "{line:?}");
    alice.ends(0, &["release", &part]);
    assert_eq!(bob.user.active(&part)[0]["user"], json!(bob.user.user));
}

fn who_waits_gets_it(app: &App) {
    let (alice, bob) = (Home::new(app, "editor"), Home::new(app, "editor"));
    let part = held(&alice);
    let waiting = bob.start(&["acquire", &part, "--wait", "--note", "mine next"]);
    waiting.tells("Waiting");
    eventually("the request", || (alice.run(&["requests"]).out.contains("mine next")).then_some(()));
    alice.ends(0, &["release", &part]);
    let ran = waiting.ended();
    assert!(ran.code == 0 && ran.out.contains(&part), "{ran:?}");
    let session = &bob.user.active(&part)[0];
    assert_eq!((&session["user"], &session["note"]), (&json!(bob.user.user), &json!("mine next")));
}

fn who_is_told_no_waits_no_longer(app: &App) {
    let (alice, bob) = (Home::new(app, "editor"), Home::new(app, "editor"));
    let part = held(&alice);
    let waiting = bob.start(&["acquire", &part, "--wait"]);
    eventually("the request", || (alice.run(&["decline", "--message", "Not today"]).code == 0).then_some(()));
    let ran = waiting.ended();
    assert!(ran.code == 3 && ran.err.contains("Not today"), "{ran:?}");
}

fn who_gives_up_leaves_the_line(app: &App) {
    let (alice, bob) = (Home::new(app, "editor"), Home::new(app, "editor"));
    let part = held(&alice);
    let waiting = bob.start(&["acquire", &part, "--wait"]);
    let asked = || (alice.run(&["requests"]).out.contains(&bob.user.user)).then_some(());
    eventually("the request", asked);
    waiting.process.interrupt();
    assert_eq!(waiting.ended().code, 1);
    assert!(alice.ends(0, &["requests"]).out.contains("Nobody asks"));
    alice.ends(0, &["release", &part]);
    assert!(bob.user.active(&part).is_empty());
}

/// None of them is held meanwhile, so that nobody waits for somebody who waits.
fn several_parts_are_waited_for(app: &App) {
    let (alice, bob) = (Home::new(app, "editor"), Home::new(app, "editor"));
    let (part, free) = (held(&alice), unique::part());
    let waiting = bob.start(&["acquire", &free, &part, "--wait", "--json"]);
    waiting.tells("Waiting");
    assert!(bob.user.active(&free).is_empty(), "held while it waits");
    alice.ends(0, &["release", &part]);
    let ran = waiting.ended();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!([&part, &free].map(|part| bob.user.active(part).len()), [1, 1]);
}

fn nobody_is_asked_for_nothing(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    let free = home.ends(1, &["ask", &part]);
    assert!(free.err.contains("baton acquire"), "{free:?}");
    home.ends(0, &["acquire", &part]);
    assert_eq!(home.document(1, &["ask", &part])["code"], "own_session");
    let other = Seat::new(home.user.clone());
    let elsewhere = unique::part();
    other.acquire(&elsewhere);
    // Held by oneself at another workstation is held all the same, and can be released from here.
    home.ends(3, &["acquire", &elsewhere]);
    home.ends(0, &["release", &elsewhere]);
}
