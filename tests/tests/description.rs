//! "Health and description" of the contract: schemathesis, with all of its checks, finds nothing.

use std::path::PathBuf;
use std::process::Command;

use baton_tests::{Client, Mode, Setup, repo, skipped, unique};

#[test]
fn schemathesis_finds_nothing() {
    let Some(program) = program() else {
        return skipped("the description against the answers", "BATON_SCHEMATHESIS names no schemathesis");
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

/// `BATON_SCHEMATHESIS`
fn program() -> Option<PathBuf> {
    std::env::var_os("BATON_SCHEMATHESIS").map(PathBuf::from).filter(|program| program.exists())
}

fn run(program: &PathBuf, url: &str, user: &Client) {
    let examples = std::env::var("BATON_SCHEMATHESIS_EXAMPLES").unwrap_or_else(|_| "15".to_owned());
    let directory = std::env::temp_dir().join(unique::name("schemathesis"));
    std::fs::create_dir_all(&directory).expect("a directory for temporary files");
    let output = Command::new(program)
        .arg("--config-file")
        .arg(repo().join("tests/schemathesis.toml"))
        .args(["run", &format!("{url}/api/openapi.json"), "--checks", "all", "--max-examples", &examples])
        .args(["--header", &format!("Authorization: Bearer {}", user.token)])
        .args([
            "--phases",
            "examples,coverage,fuzzing",
            "--workers",
            "2",
            "--suppress-health-check",
            "all",
            "--no-color",
        ])
        .current_dir(&directory)
        .output()
        .expect("schemathesis runs");
    let _ = std::fs::remove_dir_all(&directory);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "as {}:\n{said}\n{}", user.user, String::from_utf8_lossy(&output.stderr));
}
