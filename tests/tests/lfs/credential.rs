//! `baton credential`, as git calls it.

use baton_tests::{App, on_shared_app, token};
use serde_json::json;

use crate::clone::Origin;

on_shared_app!(
    the_token_is_given_for_its_own_host_alone,
    a_token_that_has_ended_is_told,
    a_login_is_used_without_variables,
);

/// What git says of a place.
fn asks(url: &str) -> String {
    let (protocol, host) = url.split_once("://").expect("a URL");
    format!("protocol={protocol}\nhost={host}\n\n")
}

fn the_token_is_given_for_its_own_host_alone(app: &App) {
    let origin = Origin::new(app);
    let alice = origin.clone_for(&app.user("editor"));
    // On two hosts another one would be somebody else.
    let url = origin.url.clone();
    let given = format!("username=baton\npassword={}\n", alice.user.token);
    assert_eq!(alice.baton(&["credential", "get"], &[], &asks(&url)).expect_ok(), given);
    for elsewhere in ["http://127.0.0.1:9", "https://git.example.com", &url.replace("http://", "https://")] {
        assert_eq!(alice.baton(&["credential", "get"], &[], &asks(elsewhere)).expect_ok(), "", "{elsewhere}");
    }
    for action in ["store", "capability", "x"] {
        assert_eq!(alice.baton(&["credential", action], &[], &asks(&url)).expect_ok(), "", "{action}");
    }
    let said = alice.baton(&["credential", "erase"], &[], &asks(&url)).expect_ok();
    assert!(said.contains("baton login") && !said.contains(&alice.user.token), "{said}");
    for nonsense in ["", "\n", "host=\n", "protocol=http\nhost=\u{1b}\n", &"x".repeat(100_000)] {
        assert_eq!(alice.baton(&["credential", "get"], &[], nonsense).expect_ok(), "");
    }
}

fn a_token_that_has_ended_is_told(app: &App) {
    let origin = Origin::new(app);
    let alice = origin.clone_for(&app.user("editor"));
    let mut claims = token::claims(&alice.user.user, "editor");
    claims["exp"] = json!(token::now() - 3_600);
    let ended = token::sign(&claims);
    let said = alice.baton(&["credential", "get"], &[("BATON_TOKEN", &ended)], &asks(&app.url())).expect_ok();
    assert!(said.contains("quit=1") && said.contains("has ended") && !said.contains(&ended), "{said}");
}

fn a_login_is_used_without_variables(app: &App) {
    let origin = Origin::new(app);
    let alice = origin.clone_for(&app.user("editor"));
    let url = app.url();
    let without = [("BATON_URL", ""), ("BATON_TOKEN", "")];
    assert_eq!(alice.baton(&["credential", "get"], &without, &asks(&url)).expect_ok(), "");
    alice.baton(&["login", &url, "--token", "-"], &without, &alice.user.token).expect_ok();
    let said = alice.baton(&["credential", "get"], &without, &asks(&url)).expect_ok();
    assert!(said.contains(&alice.user.token), "{said}");
}
