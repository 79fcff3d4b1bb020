//! "Health and description" of the contract: schemathesis, with all of its checks, finds nothing.
//!
//! `BATON_SCHEMATHESIS_EXAMPLES` asks for more requests: that many for each operation and phase, other ones each time.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use baton_tests::{Client, Mode, Setup, repo, skipped, unique};

/// How many requests are made up for each operation where nobody asks for more.
const EXAMPLES: &str = "8";

#[test]
fn schemathesis_finds_nothing() {
    let Some(program) = program() else {
        return skipped("the description against the answers", "no schemathesis in target/tools: `./test` installs it");
    };
    // It is one user who does as much as it can.
    let app = Setup::new(Mode::Embedded).variable("rate_limit_changes_per_minute", "0").start();
    for role in ["viewer", "editor", "admin"] {
        let user = app.user(role);
        user.workstation();
        run(&program, &app.url(), &user);
    }
    assert!(app.is_running());
}

/// `BATON_SCHEMATHESIS`, or what `./test` has installed.
fn program() -> Option<PathBuf> {
    let installed = || repo().join("target/tools/bin/schemathesis");
    let program = env::var_os("BATON_SCHEMATHESIS").map_or_else(installed, PathBuf::from);
    program.exists().then_some(program)
}

fn run(program: &PathBuf, url: &str, user: &Client) {
    let directory = env::temp_dir().join(unique::name("schemathesis"));
    std::fs::create_dir_all(&directory).expect("a directory for temporary files");
    let mut command = Command::new(program);
    command.arg("--config-file").arg(repo().join("tests/schemathesis.toml"));
    command.args(["run", &format!("{url}/api/openapi.json"), "--checks", "all", "--no-color"]);
    command.args(["--header", &format!("Authorization: Bearer {}", user.token)]);
    // One: CPython's parser, which it uses on its own code, fails now and then where two threads parse at once.
    command.args(["--workers", "1", "--suppress-health-check", "all"]);
    match env::var("BATON_SCHEMATHESIS_EXAMPLES") {
        Ok(examples) => command.args(["--max-examples", &examples]),
        Err(_) => command.args(["--max-examples", EXAMPLES, "--generation-deterministic"]),
    };
    let output = command.current_dir(&directory).output().expect("schemathesis runs");
    let _ = std::fs::remove_dir_all(&directory);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "as {}:\n{said}\n{}", user.user, String::from_utf8_lossy(&output.stderr));
}
