//! Agents by the official Python SDK, as it speaks to servers of every revision.

use std::process::Command;

use baton_tests::{App, Client, on_shared_app, repo, skipped};

on_shared_app!(agents_of_two_users_by_the_sdk, agents_of_one_user_by_the_sdk);

fn agents_of_two_users_by_the_sdk(app: &App) {
    for mode in ["legacy", "auto", "2026-07-28"] {
        run(app, mode, &app.user("editor"), &app.user("editor"));
    }
}

fn agents_of_one_user_by_the_sdk(app: &App) {
    let user = app.user("editor");
    run(app, "auto", &user, &user);
}

fn run(app: &App, mode: &str, one: &Client, other: &Client) {
    let python = repo().join("target/tools/bin/python");
    let has_sdk =
        Command::new(&python).args(["-c", "import mcp.client"]).output().is_ok_and(|out| out.status.success());
    if !has_sdk {
        return skipped("agents by the SDK", "no mcp in target/tools: `./test` installs it");
    }
    let url = format!("{}/mcp", app.url());
    let mut command = Command::new(python);
    command.arg(repo().join("tests/tests/mcp/two_agents.py")).args([&url, mode, &one.token, &other.token]);
    let output = command.output().expect("Python runs");
    assert!(output.status.success(), "{mode}: {}", String::from_utf8_lossy(&output.stderr));
}
