//! `hook claude-pre-tool-use`, called as Claude Code calls it.

use std::io::Write;
use std::process::Stdio;

use baton_tests::{App, Json, on_shared_app, paths, unique};
use serde_json::{Value, json};

use super::files::repository;
use super::home::Home;

on_shared_app!(
    an_edit_of_what_somebody_else_holds_is_refused,
    an_edit_under_a_tree_that_somebody_else_holds_is_refused,
    what_is_free_or_ones_own_may_be_edited,
    other_tools_and_other_files_are_let_be,
    what_another_agent_holds_is_refused_to_an_agent,
    without_a_server_people_go_on,
    what_is_not_of_claude_code_is_no_refusal,
);

const FILE: &str = "parts/left flange.step";

/// What the hook says of an input: its code, its answer and its words.
fn hook(home: &Home, input: &str, flags: &[&str]) -> (i32, Option<Value>, String) {
    let mut command = home.baton(&[&["hook", "claude-pre-tool-use"], flags].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("`baton` runs");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().expect("a code"), serde_json::from_slice(&output.stdout).ok(), words)
}

fn edit(home: &Home, tool: &str, file: &str) -> String {
    let path = home.path(file);
    json!({ "session_id": "s", "hook_event_name": "PreToolUse", "cwd": home.path(""), "tool_name": tool,
        "tool_input": { "file_path": path, "old_string": "a", "new_string": "b" } })
    .to_string()
}

/// Alice and bob with clones of a repository, whose file alice holds.
fn held(app: &App) -> (Home, Home, String) {
    let (alice, bob, name) = (Home::new(app, "editor"), Home::new(app, "editor"), unique::name("cad"));
    for home in [&alice, &bob] {
        repository(home, &format!("{}/lfs/{name}", app.url()));
    }
    alice.ends(0, &["acquire", FILE, "--note", "new flange"]);
    (alice, bob, name)
}

fn an_edit_of_what_somebody_else_holds_is_refused(app: &App) {
    let (alice, bob, _) = held(app);
    for tool in ["Edit", "Write", "MultiEdit"] {
        let (code, said, words) = hook(&bob, &edit(&bob, tool, FILE), &[]);
        assert_eq!(code, 2, "{words}");
        let decision = &said.expect("a decision")["hookSpecificOutput"];
        assert_eq!(
            (&decision["hookEventName"], &decision["permissionDecision"]),
            (&json!("PreToolUse"), &json!("deny"))
        );
        for text in [decision.text("permissionDecisionReason"), &words] {
            assert!(text.contains(&alice.user.user) && text.contains("new flange"), "{text}");
            assert!(text.contains("baton ask 'parts/left flange.step' --line"), "{text}");
        }
    }
    // From another folder, by a path that counts from there, and through a link.
    let relative =
        json!({ "tool_name": "Write", "cwd": bob.path("parts"), "tool_input": { "file_path": "left flange.step" } });
    assert_eq!(hook(&bob, &relative.to_string(), &[]).0, 2);
    std::os::unix::fs::symlink(bob.path(FILE), bob.path("link")).expect("a link");
    assert_eq!(hook(&bob, &edit(&bob, "Edit", "link"), &[]).0, 2);
}

fn an_edit_under_a_tree_that_somebody_else_holds_is_refused(app: &App) {
    let (alice, bob, name) = held(app);
    let sessions = alice.user.get(&format!("/api/edit-sessions?repository={name}")).ok(200);
    let children = json!({ "children": [sessions.list("edit_sessions")[0]["part_number"]] });
    let whole = unique::part();
    alice.user.call("PUT", &format!("{}/children", paths::item(&whole))).json(&children).send().ok(200);
    alice.ends(0, &["release", FILE]);
    assert_eq!(hook(&bob, &edit(&bob, "Edit", FILE), &[]).0, 0);
    alice.ends(0, &["acquire", "--tree", &whole]);
    let (code, _, words) = hook(&bob, &edit(&bob, "Edit", FILE), &[]);
    assert_eq!(code, 2, "{words}");
    assert!(words.contains(FILE) && words.contains(&alice.user.user), "{words}");
    assert!(words.contains(&format!("baton ask {whole} --line")), "{words}");
    assert_eq!(hook(&alice, &edit(&alice, "Edit", FILE), &[]).0, 0, "it is one's own");
}

fn what_is_free_or_ones_own_may_be_edited(app: &App) {
    let (alice, bob, _) = held(app);
    for (home, file) in [(&alice, FILE), (&bob, "parts/new.step"), (&bob, "new/folder/file")] {
        let (code, said, words) = hook(home, &edit(home, "Write", file), &[]);
        assert_eq!((code, said, words.as_str()), (0, None, ""), "{file}");
    }
    alice.ends(0, &["release", FILE]);
    assert_eq!(hook(&bob, &edit(&bob, "Edit", FILE), &[]).0, 0);
}

fn other_tools_and_other_files_are_let_be(app: &App) {
    let (_, bob, _) = held(app);
    assert_eq!(hook(&bob, &edit(&bob, "Read", FILE), &[]).0, 0);
    let bash = json!({ "tool_name": "Bash", "cwd": bob.path(""), "tool_input": { "command": "ls" } });
    assert_eq!(hook(&bob, &bash.to_string(), &["--strict"]).0, 0);
    let elsewhere = json!({ "tool_name": "Write", "cwd": "/", "tool_input": { "file_path": "/nowhere/at all" } });
    assert_eq!(hook(&bob, &elsewhere.to_string(), &[]).0, 0);
    let signed_out = Home::new(app, "editor").signed_out();
    repository(&signed_out, &format!("{}/lfs/cad", app.url()));
    assert_eq!(hook(&signed_out, &edit(&signed_out, "Edit", FILE), &[]).0, 0);
}

fn what_another_agent_holds_is_refused_to_an_agent(app: &App) {
    let (home, name) = (Home::new(app, "editor"), unique::name("cad"));
    repository(&home, &format!("{}/lfs/{name}", app.url()));
    let arguments = json!({ "paths": [FILE], "repository": name, "agent": "one" });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "acquire", "arguments": arguments } });
    assert_eq!(home.user.post("/mcp", &call).ok(200)["result"]["isError"], false);
    let input = edit(&home, "Edit", FILE);
    assert_eq!(hook(&home, &input, &[]).0, 0, "it is one's own");
    assert_eq!(hook(&home, &input, &["--agent", "one"]).0, 0);
    assert_eq!(hook(&home, &input, &["--agent", "other"]).0, 2);
}

fn without_a_server_people_go_on(app: &App) {
    let home = Home::new(app, "editor").with("BATON_URL", "http://127.0.0.1:9");
    repository(&home, "http://127.0.0.1:9/lfs/cad");
    let (code, said, _) = hook(&home, &edit(&home, "Edit", FILE), &[]);
    assert_eq!(code, 0);
    assert!(said.expect("a word").text("systemMessage").contains("can't tell"));
    assert_eq!(hook(&home, &edit(&home, "Edit", FILE), &["--strict"]).0, 2);
}

fn what_is_not_of_claude_code_is_no_refusal(app: &App) {
    let home = Home::new(app, "editor");
    for input in ["", "nonsense", "[]", r#"{"tool_name": 5}"#] {
        assert_eq!(hook(&home, input, &["--strict"]).0, 1, "{input}");
    }
}
