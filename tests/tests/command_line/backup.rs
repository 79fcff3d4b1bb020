//! `baton backup` and `baton restore`: what was given out since the copy was made is never given out again.

use std::path::Path;
use std::process::{Command, Output};

use baton_tests::{App, Json, Mode, Scratch, baton, on_spin, paths, skipped, unique};
use serde_json::json;

fn run(command: &str, app: &App, file: &Path) -> Output {
    let mut run = Command::new(baton());
    run.arg(command).arg("--state-dir").arg(app.state()).arg(file).output().expect("`baton` runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned()
}

#[test]
fn what_was_given_out_since_the_backup_is_not_given_out_again() {
    if on_spin() {
        return skipped("`baton backup`", "this is about the runner");
    }
    let (app, directory) = (App::start(Mode::Embedded), Scratch::new());
    let file = directory.path().join("copy.db");
    let (alice, bob) = (app.seat(), app.seat());
    let (old, new) = (unique::part(), unique::part());
    let kept = alice.acquire(&old);
    let early = alice.cursor(&alice.workstation);
    let output = run("backup", &app, &file);
    assert!(output.status.success(), "{}", said(&output));
    // What happens from here on is lost.
    alice.release(&kept);
    let lost = [bob.acquire(&old), bob.acquire(&new)];
    let late = bob.cursor(&bob.workstation);
    let refused = run("restore", &app, &file);
    assert!(!refused.status.success() && said(&refused).contains("stop the server"), "{}", said(&refused));
    app.terminate();
    let output = run("restore", &app, &file);
    assert!(output.status.success(), "{}", said(&output));
    app.start_again();
    for cursor in [&early, &late] {
        alice.poll(&alice.workstation, Some(cursor), 0).answer().0.expect(410, "cursor_expired");
    }
    // The session that was held then is held again, and ends as any other.
    bob.try_acquire(&old, &json!({})).expect(409, "held");
    alice.release(&kept);
    for (part, lost) in [(&old, &lost[0]), (&new, &lost[1])] {
        let fence = lost.int("fence");
        let granted = bob.acquire(part);
        assert!(granted.int("fence") > fence, "{granted} after {lost}");
        let path = paths::of_session(&granted, "verify");
        bob.post(&path, &json!({ "fence": fence })).expect(409, "stale_fence");
    }
    // News go on from the new beginning.
    let cursor = alice.cursor(&alice.workstation);
    bob.release(&bob.try_acquire(&old, &json!({})).ok(200));
    let events = alice.poll(&alice.workstation, Some(&cursor), 10).answer().0.ok(200);
    assert_eq!(events["events"][0]["type"], "edit.session_released", "{events}");
    let entries = app.user("admin").get("/api/audit?action=database.restored").ok(200);
    assert_eq!(entries["entries"].as_array().map(Vec::len), Some(1), "{entries}");
    assert_eq!(app.user("admin").get("/api/audit/verify").ok(200)["valid"], true);
}

#[test]
fn what_is_no_backup_is_refused() {
    if on_spin() {
        return skipped("`baton restore`", "this is about the runner");
    }
    let (app, directory) = (App::start(Mode::Embedded), Scratch::new());
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire(&part);
    let file = directory.path().join("other");
    std::fs::write(&file, "no database").expect("a file");
    let output = run("backup", &app, &file);
    assert!(!output.status.success() && said(&output).contains("already"), "{}", said(&output));
    app.terminate();
    for file in [file, directory.path().join("nothing")] {
        let output = run("restore", &app, &file);
        assert!(!output.status.success(), "{}", said(&output));
    }
    app.start_again();
    seat.get(&paths::session(&session)).ok(200);
}
