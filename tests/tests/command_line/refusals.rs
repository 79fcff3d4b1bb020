//! Commands that can't be carried out say why, and end.

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use baton_tests::{Process, Scratch, baton, baton_up, manifest, on_spin, share_machine_code, skipped, token};

/// Runs a command that should end by itself in failure, and returns what it said.
fn failure(command: &mut Command, directory: &Scratch) -> String {
    // The refusal may come after the components have been compiled, so that costs nothing here.
    let _ = share_machine_code(directory.path());
    let log = directory.path().join("output.log");
    let output = std::fs::File::create(&log).expect("a log file");
    command.stdout(output.try_clone().expect("a file")).stderr(output);
    let mut process = Process::spawn(command).expect("`baton` runs");
    let status = process.wait(Duration::from_secs(60));
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let status = status.unwrap_or_else(|| panic!("{command:?} goes on:\n{text}"));
    assert!(!status.success(), "{command:?} succeeds:\n{text}");
    assert!(!text.contains("panicked") && !text.contains("RUST_BACKTRACE"), "{command:?} panics:\n{text}");
    assert!(!text.trim().is_empty(), "{command:?} says nothing");
    text
}

fn up(directory: &Scratch) -> Command {
    let mut command = baton_up(directory.path());
    command.arg("--variable").arg(format!("auth_secret={}", token::SECRET));
    command
}

macro_rules! of_the_runner {
    ($what:literal) => {
        if on_spin() {
            return skipped($what, "this is about the runner");
        }
    };
}

#[test]
fn an_address_in_use_is_named() {
    of_the_runner!("an address in use");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let directory = Scratch::new();
    let text = failure(up(&directory).args(["--listen", &address]), &directory);
    assert!(text.contains(&address), "{text}");
}

#[test]
fn an_address_that_is_none_is_named() {
    of_the_runner!("an address that is none");
    let directory = Scratch::new();
    let text = failure(up(&directory).args(["--listen", "nowhere"]), &directory);
    assert!(text.contains("nowhere"), "{text}");
}

#[test]
fn a_manifest_that_is_not_there_is_named() {
    of_the_runner!("a manifest that is not there");
    let directory = Scratch::new();
    let mut command = Command::new(baton());
    let missing = directory.path().join("missing.toml");
    command.arg("up").arg("--from").arg(&missing).arg("--state-dir").arg(directory.path());
    let text = failure(&mut command, &directory);
    assert!(text.contains("missing.toml"), "{text}");
}

#[test]
fn a_manifest_that_is_none_is_explained() {
    of_the_runner!("a manifest that is none");
    let directory = Scratch::new();
    let broken = directory.path().join("broken.toml");
    std::fs::write(&broken, "spin_manifest_version = 2\n[application\nname = 1\n").expect("a file");
    let mut command = Command::new(baton());
    command.arg("up").arg("--from").arg(&broken).arg("--state-dir").arg(directory.path());
    let text = failure(&mut command, &directory);
    assert!(text.contains("broken.toml"), "{text}");
}

#[test]
fn a_component_that_is_not_built_is_named() {
    of_the_runner!("a component that is not built");
    let directory = Scratch::new();
    let copy = directory.path().join("spin.toml");
    std::fs::copy(manifest(), &copy).expect("the manifest");
    let mut command = Command::new(baton());
    command.arg("up").arg("--from").arg(&copy).arg("--state-dir").arg(directory.path());
    let text = failure(&mut command, &directory);
    assert!(text.contains(".wasm"), "{text}");
}

#[test]
fn a_variable_without_a_value_is_explained() {
    of_the_runner!("a variable without a value");
    let directory = Scratch::new();
    let text = failure(up(&directory).args(["--variable", "session_timeout_minutes"]), &directory);
    assert!(text.contains("session_timeout_minutes"), "{text}");
}

#[test]
fn an_unknown_flag_is_named() {
    of_the_runner!("an unknown flag");
    let directory = Scratch::new();
    let text = failure(up(&directory).arg("--frobnicate"), &directory);
    assert!(text.contains("--frobnicate"), "{text}");
}

#[test]
fn a_redis_url_that_is_none_is_explained() {
    of_the_runner!("a Redis URL that is none");
    let directory = Scratch::new();
    let text = failure(up(&directory).args(["--listen", "127.0.0.1:0", "--redis-url", "http://x"]), &directory);
    assert!(text.to_lowercase().contains("redis"), "{text}");
}

#[test]
fn help_names_the_flags() {
    of_the_runner!("help");
    let output = Command::new(baton()).args(["up", "--help"]).output().expect("`baton` runs");
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout);
    for flag in ["--build", "--from", "--listen", "--state-dir", "--variable", "--redis-url"] {
        assert!(text.contains(flag), "no {flag} in:\n{text}");
    }
}
