//! `baton audit verify`

use std::net::TcpListener;
use std::process::{Command, Output};

use baton_tests::{App, Json, Mode, Setup, baton, on_spin, skipped, token, unique};

use crate::look::drop_guards;

/// A server whose secret is in its state directory.
fn server() -> App {
    Setup::new(Mode::Embedded).state_file("auth_secret", token::SECRET.as_bytes()).start()
}

fn verify(arguments: &[&str]) -> Output {
    let mut command = Command::new(baton());
    command.args(["audit", "verify"]).args(arguments).env_remove("SPIN_VARIABLE_AUTH_SECRET");
    command.output().expect("`baton` runs")
}

/// [`verify`] with the secret of the state directory.
fn verify_with_state(app: &App) -> Output {
    let state = app.state();
    verify(&["--url", &app.url(), "--state-dir", state.to_str().expect("a path in ASCII")])
}

/// Checks the exit code and returns what was said where.
fn ended(output: &Output, code: i32) -> (String, String) {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    (out, err)
}

#[test]
fn a_log_that_holds_ends_with_0_and_the_head() {
    if on_spin() {
        return skipped("`baton audit verify`", "this is about the runner");
    }
    let app = server();
    let (out, _) = ended(&verify_with_state(&app), 0);
    assert!(out.contains("holds"), "{out}");
    app.seat().acquire(&unique::part());
    let head = app.user("admin").get("/api/audit/verify").ok(200)["head"].clone();
    let (out, err) = ended(&verify_with_state(&app), 0);
    assert!(out.contains(head.text("hash")), "{out}");
    assert_eq!((out.lines().count(), err.as_str()), (1, ""), "{out}");
}

#[test]
fn a_log_that_is_broken_ends_with_1_and_the_place() {
    if on_spin() {
        return skipped("`baton audit verify`", "this is about the runner");
    }
    let app = server();
    app.seat().acquire(&unique::part());
    ended(&verify_with_state(&app), 0);
    let database = app.sql();
    drop_guards(&database);
    database.execute("UPDATE audit SET actor = 'eve' WHERE seq = 2", &[]).expect("a row is altered");
    let (out, _) = ended(&verify_with_state(&app), 1);
    assert!(out.contains("broken at entry 2:"), "{out}");
}

#[test]
fn a_token_or_a_secret_may_be_given() {
    if on_spin() {
        return skipped("`baton audit verify`", "this is about the runner");
    }
    let app = server();
    let url = app.url();
    ended(&verify(&["--url", &url, "--token", &token::good("ann", "admin")]), 0);
    ended(&verify(&["--url", &format!("{url}/"), "--token", &token::good("ann", "admin")]), 0);
    let state = app.state();
    let state = state.to_str().expect("a path in ASCII");
    let secret = format!("auth_secret={}", token::SECRET);
    ended(&verify(&["--url", &url, "--state-dir", state, "--variable", &secret]), 0);
}

#[test]
fn a_check_that_fails_ends_with_2_and_says_why() {
    if on_spin() {
        return skipped("`baton audit verify`", "this is about the runner");
    }
    let app = server();
    let url = app.url();
    let (_, err) = ended(&verify(&["--url", &url, "--token", &token::good("ann", "editor")]), 2);
    assert!(err.contains("403") && err.contains("admin"), "{err}");
    let (_, err) = ended(&verify(&["--url", &url, "--token", "nonsense"]), 2);
    assert!(err.contains("401"), "{err}");
    let token = token::good("ann", "admin");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nowhere = format!("http://{}", silent.local_addr().expect("an address"));
    drop(silent);
    for wrong in [nowhere.as_str(), "https://127.0.0.1:1", "nonsense", ""] {
        let (_, err) = ended(&verify(&["--url", wrong, "--token", &token]), 2);
        assert!(err.contains(wrong), "{err}");
    }
}
