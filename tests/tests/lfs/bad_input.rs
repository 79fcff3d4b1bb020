//! Bad input costs its sender.

use baton_tests::{App, on_shared_app, unique};
use serde_json::json;

use crate::scene::{MEDIA_TYPE, Repository, refused};

on_shared_app!(
    paths_that_git_does_not_have_are_refused,
    names_that_are_none_are_refused,
    bodies_are_checked,
    other_routes_and_methods_are_told_in_its_words,
);

fn paths_that_git_does_not_have_are_refused(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    let (long, longer) = ("x".repeat(1_025), "\u{e4}".repeat(513));
    let bad = [
        "",
        "/a",
        "/",
        "..",
        "../a",
        "a/..",
        "a/../b",
        "a\\b",
        "\\",
        "a\nb",
        "a\r",
        "a\tb",
        "a\0",
        "a\u{7f}",
        "a\u{1b}[2J",
        "a//b",
        "a/",
        "./a",
        ".",
        long.as_str(),
        longer.as_str(),
    ];
    for path in bad {
        let message = refused(&repository.try_lock(&alice, path), 422);
        assert!(message.starts_with("path"), "{path:?}: {message}");
        assert!(!message.contains(char::is_control), "{message:?}");
    }
    refused(&alice.get(&repository.path("locks?path=..%2Fa")), 422);
    assert_eq!(repository.locked(&alice), Vec::<String>::new());
}

fn names_that_are_none_are_refused(app: &App) {
    let alice = app.user("admin");
    for name in ["-a", ".a", "a%20b", "%C3%A4", "a%2Fb", "a%00", &"x".repeat(65)] {
        let repository = Repository { name: name.to_owned() };
        refused(&repository.try_lock(&alice, "a"), 422);
        refused(&alice.get(&repository.path("locks")), 422);
        alice.get(&repository.settings()).invalid("repository");
    }
    let longest = Repository { name: format!("{}{}", unique::name("r"), "x".repeat(64))[..64].to_owned() };
    longest.lock(&alice, &"y".repeat(1_024));
}

fn bodies_are_checked(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    for body in [json!({}), json!({ "path": 5 }), json!({ "path": null }), json!([]), json!(null)] {
        refused(&repository.post(&alice, "locks", &body), 422);
    }
    let locks = repository.path("locks");
    let send = |content_type: &str, body: Vec<u8>| alice.call("POST", &locks).body(content_type, body).send();
    refused(&send(MEDIA_TYPE, b"{".to_vec()), 400);
    refused(&send(MEDIA_TYPE, b"{\"path\": \"\xff\"}".to_vec()), 400);
    refused(&send("text/plain", br#"{"path": "a"}"#.to_vec()), 415);
    refused(&send(MEDIA_TYPE, vec![b' '; 64 * 1024 + 1]), 413);
    let lock = repository.lock(&alice, "a");
    let unlock = format!("locks/{}/unlock", lock["id"].as_str().expect("an id"));
    refused(&repository.post(&alice, &unlock, &json!({ "force": "yes" })), 422);
    // `git-lfs` sends members that say nothing here.
    repository.post(&alice, "locks", &json!({ "path": "b", "ref": null, "more": { "x": 1 } }));
}

fn other_routes_and_methods_are_told_in_its_words(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    refused(&alice.get(&repository.path("nothing")), 404);
    refused(&alice.get(&repository.path("")), 404);
    let response = alice.delete(&repository.path("locks"));
    refused(&response, 405);
    assert!(response.header("allow").is_some_and(|allow| allow.contains("POST")), "{response}");
    let twice = alice.call("GET", &repository.path("locks")).bearer(&alice.token).send();
    refused(&twice, 400);
}
