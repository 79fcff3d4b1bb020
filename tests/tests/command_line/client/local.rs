//! A `baton up` on this machine is found without signing in anywhere.

use std::fs::File;
use std::time::Duration;

use baton_tests::{Process, Scratch, baton_up, free_port, on_spin, share_machine_code, skipped, within};

use super::home::Home;

#[test]
fn whoever_starts_a_server_can_speak_to_it() {
    if on_spin() {
        return skipped("a `baton up` on this machine", "this is about the runner");
    }
    let app = baton_tests::App::shared(baton_tests::Mode::Embedded);
    let home = Home::new(app, "editor").signed_out().with("USER", "ann");
    let state = Scratch::new();
    let _ = share_machine_code(state.path());
    let log = state.path().join("up.log");
    let output = File::create(&log).expect("a log file");
    let mut command = baton_up(state.path());
    command.args(["--listen", &format!("127.0.0.1:{}", free_port())]).env("HOME", home.path("")).env("USER", "ann");
    command.env_remove("XDG_STATE_HOME").stderr(output.try_clone().expect("a file")).stdout(output);
    let mut server = Process::spawn(&mut command).expect("`baton` runs");
    within(Duration::from_secs(120), "it serves", || {
        std::fs::read_to_string(&log).unwrap_or_default().contains("Serving").then_some(())
    });
    home.ends(0, &["acquire", "F01-0001", "--note", "new flange"]);
    let held = home.ends(3, &["--as", "bob", "acquire", "F01-0001"]);
    assert!(held.err.contains("ann"), "{held:?}");
    assert!(home.ends(0, &["who"]).out.contains("new flange"));
    home.ends(0, &["ask", "F01-0001", "--as", "bob"]);
    home.ends(0, &["accept"]);
    assert!(home.ends(0, &["who"]).out.contains("bob"));
    // Its word goes with it.
    server.terminate();
    server.wait(Duration::from_secs(60)).expect("it ends");
    home.ends(2, &["who"]);
}
