//! `edit`, while all goes well.

use baton_tests::{App, Json, eventually, on_shared_app, paths, unique};

use super::home::{Home, Running};

on_shared_app!(
    a_part_is_held_while_a_command_runs,
    a_command_that_fails_is_1,
    it_is_renewed_in_time,
    a_file_is_kept_as_the_draft,
    a_draft_that_is_too_large_stops_nobody,
    requests_are_told,
    one_edits_a_part_on_a_machine,
    signals_are_the_commands,
    it_waits_for_its_turn,
);

/// `edit` with a shell script that ends when the home has a file `end`.
pub fn start(home: &Home, part: &str, flags: &[&str]) -> Running {
    let until = "until [ -e end ]; do sleep 0.05; done";
    let running = home.start(&[&["edit", part], flags, &["--", "sh", "-c", until]].concat());
    eventually("it is held", || (home.user.active(part).len() == 1).then_some(()));
    running
}

/// Lets the script end.
pub fn end(home: &Home) {
    std::fs::write(home.path("end"), "").expect("a file");
}

fn a_part_is_held_while_a_command_runs(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    let running = start(&home, &part, &["--note", "new flange"]);
    assert_eq!(home.user.active(&part)[0]["note"], "new flange");
    end(&home);
    let ran = running.ended();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(home.user.active(&part).is_empty());
    let said = home.ends(0, &["edit", &part, "--", "echo", "what the command prints"]);
    assert_eq!(said.out, "what the command prints\n");
}

fn a_command_that_fails_is_1(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    home.ends(1, &["edit", &part, "--", "sh", "-c", "exit 7"]);
    home.ends(1, &["edit", &part, "--", "no-such-command"]);
    assert!(home.user.active(&part).is_empty());
}

/// Over more than the time that it was acquired for.
fn it_is_renewed_in_time(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    let running = start(&home, &part, &["--for", "2s"]);
    let first = home.user.active(&part)[0].clone();
    let later = || {
        let active = home.user.active(&part);
        let session = active.first().expect("it is still held");
        assert_eq!(session["id"], first["id"]);
        (session.text("renewed_at") > first.text("expires_at")).then_some(())
    };
    eventually("it lasts longer than it would have", later);
    end(&home);
    assert_eq!(running.ended().code, 0);
}

/// What the server has of a session that somebody ends.
fn draft(app: &App, part: &str, session: &serde_json::Value) -> Option<String> {
    let admin = app.user("admin");
    let path = paths::of_session(session, "force-release");
    let released = admin.post(&path, &serde_json::json!({ "reason": "to see its draft" })).ok(200);
    let id = released["checkpoint_id"].as_str()?;
    let content = admin.get(&format!("{}/{id}/content", paths::checkpoints(part)));
    Some(String::from_utf8_lossy(&content.body).into_owned())
}

fn a_file_is_kept_as_the_draft(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    std::fs::write(home.path("part.step"), "as it was").expect("a file");
    let running = start(&home, &part, &["--file", "part.step"]);
    let session = home.user.active(&part)[0].clone();
    // As editors save: another file takes its place.
    std::fs::write(home.path("part.new"), "as it is").expect("a file");
    std::fs::rename(home.path("part.new"), home.path("part.step")).expect("in its place");
    let active_at = || home.user.get(&paths::session(&session)).ok(200).text("active_at").to_owned();
    let acquired = session.text("active_at").to_owned();
    eventually("the draft", || (active_at() > acquired).then_some(()));
    assert_eq!(draft(app, &part, &session).as_deref(), Some("as it is"));
    running.tells("isn't yours any longer");
    end(&home);
    assert_eq!(running.ended().code, 4);
}

fn a_draft_that_is_too_large_stops_nobody(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    let running = start(&home, &part, &["--file", "part.step"]);
    let file = std::fs::File::create(home.path("part.step")).expect("a file");
    file.set_len(65 << 20).expect("a large file");
    running.tells("isn't kept as the draft");
    std::fs::write(home.path("part.step"), "small").expect("a file");
    running.tells("is kept again");
    end(&home);
    assert_eq!(running.ended().code, 0);
}

fn requests_are_told(app: &App) {
    let (home, bob, part) = (Home::new(app, "editor"), Home::new(app, "editor"), unique::part());
    let running = start(&home, &part, &[]);
    bob.ends(0, &["ask", &part, "--message", "May I?"]);
    running.tells("May I?");
    running.tells(&format!("baton accept {part}"));
    home.ends(0, &["accept"]);
    running.tells("isn't yours any longer");
    end(&home);
    let ran = running.ended();
    assert!(ran.code == 4 && ran.err.contains(&bob.user.user), "{ran:?}");
    assert_eq!(home.user.active(&part)[0]["user"].as_str(), Some(bob.user.user.as_str()));
}

/// The second one would release the part for the first one, as both are the same workstation to the server.
fn one_edits_a_part_on_a_machine(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    let running = start(&home, &part, &[]);
    let second = home.ends(3, &["edit", &part, "--", "touch", "ran"]);
    assert!(second.err.contains("already") && !home.path("ran").exists(), "{second:?}");
    assert_eq!(home.user.active(&part).len(), 1, "the second one released it");
    let third = home.start(&["edit", &part, "--wait", "--", "touch", "ran"]);
    third.tells("Waiting");
    end(&home);
    assert_eq!(running.ended().code, 0);
    assert_eq!(third.ended().code, 0);
    assert!(home.path("ran").exists() && home.user.active(&part).is_empty());
}

/// It goes on until the command has ended.
fn signals_are_the_commands(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    for (signal, name) in [("INT", "interrupt"), ("TERM", "terminate"), ("HUP", "hang-up")] {
        let script = format!("trap 'echo told; exit 0' {signal}; echo ready; while :; do sleep 0.05; done");
        let running = home.start(&["edit", &part, "--", "sh", "-c", &script]);
        running.prints("ready");
        running.process.signal_alone(signal);
        let ran = running.ended();
        assert!(ran.code == 0 && ran.out.contains("told"), "{name}: {ran:?}");
        assert!(home.user.active(&part).is_empty(), "{name}");
    }
    // One that ends by it has failed.
    let running = home.start(&["edit", &part, "--", "sh", "-c", "echo ready; exec sleep 600"]);
    running.prints("ready");
    running.process.signal_alone("INT");
    assert_eq!(running.ended().code, 1);
    assert!(home.user.active(&part).is_empty());
}

fn it_waits_for_its_turn(app: &App) {
    let (home, alice, part) = (Home::new(app, "editor"), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let running = home.start(&["edit", &part, "--wait", "--", "true"]);
    running.tells("Waiting");
    alice.release(&session);
    assert_eq!(running.ended().code, 0);
}
