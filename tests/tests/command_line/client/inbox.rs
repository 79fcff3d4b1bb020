//! `inbox`.

use baton_tests::{App, Json, on_shared_app, unique};
use serde_json::json;

use super::home::Home;

on_shared_app!(
    what_needs_an_answer_is_on_top,
    what_was_read_is_shown_no_more,
    what_is_muted_does_not_come,
    nothing_is_nothing,
);

fn what_needs_an_answer_is_on_top(app: &App) {
    let (alice, bob) = (Home::new(app, "editor"), app.seat());
    let parts = [unique::part(), unique::part()];
    let sessions = parts.each_ref().map(|part| {
        alice.ends(0, &["acquire", part]);
        alice.user.active(part)[0].clone()
    });
    let (_, later) = (bob.ask(&sessions[0]), bob.ask(&sessions[1]));
    bob.delete(&baton_tests::paths::request(&later)).ok(204);
    let shown = alice.ends(0, &["inbox"]);
    let lines: Vec<_> = shown.out.lines().collect();
    assert_eq!(lines.len(), 3, "{shown:?}");
    assert!(lines[0].contains(&parts[0]) && lines[0].contains("baton accept"), "{shown:?}");
    assert!(!lines[1].contains("baton accept") && !lines[2].contains("baton accept"), "{shown:?}");
    alice.ends(0, &["decline", &parts[0]]);
    assert!(!alice.ends(0, &["inbox"]).out.contains("baton accept"));
}

fn what_was_read_is_shown_no_more(app: &App) {
    let (alice, bob, part) = (Home::new(app, "editor"), app.seat(), unique::part());
    alice.ends(0, &["acquire", &part]);
    bob.ask(&alice.user.active(&part)[0]);
    let shown = alice.document(0, &["inbox", "--read"]);
    assert_eq!(shown.list("entries").len(), 1);
    assert_eq!(shown["entries"][0]["type"], "edit.handoff_requested");
    assert_eq!(alice.document(0, &["inbox"]), json!({ "entries": [] }));
    let all = alice.ends(0, &["inbox", "--all"]);
    assert!(all.out.contains(&part) && all.out.contains("baton accept"), "it still waits: {all:?}");
}

fn what_is_muted_does_not_come(app: &App) {
    let (alice, bob, part) = (Home::new(app, "editor"), app.seat(), unique::part());
    alice.ends(0, &["acquire", &part]);
    bob.ask(&alice.user.active(&part)[0]);
    let muted = alice.document(0, &["inbox", "--mute", "edit.handoff_*", "--mute", "approval.signed"]);
    assert_eq!(muted["muted"], json!(["approval.signed", "edit.handoff_*"]));
    assert!(alice.ends(0, &["inbox"]).out.contains("nothing"));
    let back = alice.document(0, &["inbox", "--unmute", "edit.handoff_*"]);
    assert_eq!(back["muted"], json!(["approval.signed"]));
    assert!(alice.ends(0, &["inbox"]).out.contains(&part));
    alice.ends(1, &["inbox", "--mute", "no such type"]);
    alice.ends(2, &["inbox", "--mute", "x", "--read"]);
}

fn nothing_is_nothing(app: &App) {
    for role in ["viewer", "editor"] {
        let home = Home::new(app, role);
        assert!(home.ends(0, &["inbox"]).out.contains("nothing that you haven't read"));
        assert!(home.ends(0, &["inbox", "--all", "--read"]).out.contains("There is nothing"));
    }
}
