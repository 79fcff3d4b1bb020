//! What others ask a workstation to do: `force-release --save`, and `edit` that obeys.

use baton_tests::{App, Json, on_shared_app, paths, unique};
use serde_json::{Value, json};

use super::edit::{end, start};
use super::home::Home;

on_shared_app!(
    the_holder_saves_before_an_override,
    without_a_file_there_is_nothing_to_save,
    a_part_is_released_when_that_is_asked_for,
    a_message_is_shown,
    what_is_about_another_session_is_left_alone,
    watch_shows_what_is_asked_for,
);

/// Asks the workstation that holds a part to do something: the command.
fn give(app: &App, home: &Home, part: &str, body: &Value) -> (String, Value) {
    let workstation = home.user.active(part)[0].text("workstation_id").to_owned();
    let given = app.user("admin").post(&format!("{}/commands", paths::workstation(&workstation)), body).ok(202);
    (workstation, given)
}

/// Waits until the command is over, and tells how.
fn outcome(home: &Home, command: &Value) -> Value {
    baton_tests::eventually("the command is over", || {
        let now = home.user.get(&format!("/api/commands/{}", command.text("id"))).ok(200);
        shape_is_over(&now).then_some(now)
    })
}

fn shape_is_over(command: &Value) -> bool {
    ["done", "failed", "expired"].contains(&command.text("state"))
}

fn the_holder_saves_before_an_override(app: &App) {
    let (alice, admin, part) = (Home::new(app, "editor"), Home::new(app, "admin"), unique::part());
    std::fs::write(alice.path("part.step"), "what there is now").expect("a file");
    let running = start(&alice, &part, &["--file", "part.step"]);
    admin.ends(2, &["force-release", &part, "--reason", "a customer waits", "--save", "301"]);
    let told = admin.ends(0, &["force-release", &part, "--reason", "a customer waits", "--save", "60"]);
    assert!(told.out.contains("is asked to save first"), "{told:?}");
    running.tells("asks to save first: a customer waits");
    running.tells("isn't yours any longer");
    assert!(alice.user.active(&part).is_empty());
    let kept = admin.user.get(&paths::checkpoints(&part)).ok(200);
    let kept = &kept.list("checkpoints")[0];
    assert_eq!(kept["kind"], "force_release");
    let content = admin.user.get(&format!("{}/{}/content", paths::checkpoints(&part), kept.text("id")));
    assert_eq!(content.body, b"what there is now");
    end(&alice);
    assert_eq!(running.ended().code, 4);
}

fn without_a_file_there_is_nothing_to_save(app: &App) {
    let (alice, part) = (Home::new(app, "editor"), unique::part());
    let running = start(&alice, &part, &[]);
    let (_, given) = give(app, &alice, &part, &json!({ "type": "save" }));
    let failed = outcome(&alice, &given);
    assert_eq!(failed["state"], "failed");
    assert!(failed.text("message").contains("--file"), "{failed}");
    assert_eq!(alice.user.active(&part).len(), 1, "it was released");
    end(&alice);
    assert_eq!(running.ended().code, 0);
}

fn a_part_is_released_when_that_is_asked_for(app: &App) {
    let (alice, part) = (Home::new(app, "editor"), unique::part());
    let running = start(&alice, &part, &[]);
    let (_, given) = give(app, &alice, &part, &json!({ "type": "release", "data": { "part_number": part } }));
    assert_eq!(outcome(&alice, &given)["state"], "done");
    assert!(alice.user.active(&part).is_empty());
    running.tells("isn't yours any longer");
    end(&alice);
    assert_eq!(running.ended().code, 4);
}

fn a_message_is_shown(app: &App) {
    let (alice, part) = (Home::new(app, "editor"), unique::part());
    let running = start(&alice, &part, &[]);
    let (_, given) = give(app, &alice, &part, &json!({ "type": "message", "data": { "message": "Lunch\nat noon" } }));
    assert_eq!(outcome(&alice, &given)["state"], "done");
    running.tells("A message to this workstation: Lunch at noon");
    end(&alice);
    assert_eq!(running.ended().code, 0);
}

fn what_is_about_another_session_is_left_alone(app: &App) {
    let (alice, part) = (Home::new(app, "editor"), unique::part());
    let running = start(&alice, &part, &[]);
    let (workstation, other) =
        give(app, &alice, &part, &json!({ "type": "release", "data": { "part_number": "another" } }));
    let body = json!({ "type": "message", "data": { "message": "afterwards" } });
    app.user("admin").post(&format!("{}/commands", paths::workstation(&workstation)), &body).ok(202);
    running.tells("afterwards");
    assert_eq!(alice.user.active(&part).len(), 1, "it was released");
    assert!(!shape_is_over(&alice.user.get(&format!("/api/commands/{}", other.text("id"))).ok(200)));
    end(&alice);
    assert_eq!(running.ended().code, 0);
}

fn watch_shows_what_is_asked_for(app: &App) {
    let (alice, part) = (Home::new(app, "editor"), unique::part());
    alice.ends(0, &["acquire", &part]);
    let running = alice.start(&["watch", &part, "--no-notify"]);
    let shown = || {
        give(app, &alice, &part, &json!({ "type": "message", "data": { "message": "Hello" } }));
        running.err().contains("A message to this workstation: Hello").then_some(())
    };
    baton_tests::eventually("it is shown", shown);
}
