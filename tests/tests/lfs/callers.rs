//! Who calls: Basic authentication as well, keys of the scope `lfs`, roles, and the switch.

use baton_tests::{App, Call, Client, Json, Mode, Setup, on_own_app, on_shared_app};
use serde_json::json;

use crate::scene::{MEDIA_TYPE, Repository, ok, refused};

on_shared_app!(
    the_token_is_the_password,
    nobody_is_told_of_both_ways_in,
    what_is_no_token_is_refused,
    basic_counts_for_git_lfs_alone,
    a_key_of_the_scope_lfs_opens_this_alone,
    viewers_look_and_editors_lock,
);

on_own_app!(a_module_that_is_off_stops_a_push);

/// Base64 (RFC 4648).
fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |three: &[u8]| {
        let bits = three.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - three.len()));
        let digit = |place: usize| {
            if place > three.len() { '=' } else { char::from(DIGITS[(bits >> (18 - 6 * place)) as usize & 63]) }
        };
        (0..4).map(digit).collect::<String>()
    };
    text.as_bytes().chunks(3).map(digits).collect()
}

fn basic<'a>(app: &'a App, path: &str, credentials: &str) -> Call<'a> {
    app.call("GET", path).header("authorization", &format!("Basic {}", base64(credentials)))
}

fn the_token_is_the_password(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    repository.lock(&alice, "a");
    // The name says nothing: the token does.
    for name in [alice.user.as_str(), "baton", "", "somebody"] {
        let list = ok(&basic(app, &repository.path("locks"), &format!("{name}:{}", alice.token)).send(), 200);
        assert_eq!(list["locks"][0]["owner"]["name"], alice.user);
    }
}

fn nobody_is_told_of_both_ways_in(app: &App) {
    let repository = Repository::new();
    for (method, rest) in [("GET", "locks"), ("POST", "locks"), ("POST", "locks/verify"), ("POST", "objects/batch")] {
        let response = app.call(method, &repository.path(rest)).send();
        refused(&response, 401);
        let offered: Vec<_> = response.headers("www-authenticate");
        assert!(["Basic", "Bearer"].iter().all(|way| offered.iter().any(|said| said.starts_with(way))), "{offered:?}");
    }
}

fn what_is_no_token_is_refused(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    let path = repository.path("locks");
    let with_colon = format!("x:{}:", alice.token);
    for credentials in ["", ":", "x", "x:", "x:y:z", &with_colon, &format!("{}:", alice.token)] {
        refused(&basic(app, &path, credentials).send(), 401);
    }
    for header in ["Basic", "Basic ", "Basic !", "Basic eA==", "Digest x", "Basic /w=="] {
        refused(&app.call("GET", &path).header("authorization", header).send(), 401);
    }
}

fn basic_counts_for_git_lfs_alone(app: &App) {
    let alice = app.user("editor");
    let response = basic(app, "/api/workstations", &format!("x:{}", alice.token)).send();
    response.expect(401, "unauthorized");
    assert!(response.headers("www-authenticate").iter().all(|way| way.starts_with("Bearer")), "{response}");
}

fn key(user: &Client, scope: &str) -> Client {
    let key = user.post("/api/keys", &json!({ "name": "git", "scopes": [scope] })).ok(201);
    user.with_token(key.text("secret"))
}

fn a_key_of_the_scope_lfs_opens_this_alone(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    let git = key(&alice, "lfs");
    repository.lock(&git, "a");
    ok(&basic(app, &repository.path("locks"), &format!("x:{}", git.token)).send(), 200);
    for elsewhere in ["/api/workstations", "/api/edit-sessions", "/api/repositories"] {
        git.get(elsewhere).expect(403, "out_of_scope");
    }
    let editing = key(&alice, "edit");
    refused(&repository.try_lock(&editing, "b"), 403);
    refused(&editing.get(&repository.path("locks")), 403);
}

fn viewers_look_and_editors_lock(app: &App) {
    let (viewer, repository) = (app.user("viewer"), Repository::new());
    refused(&repository.try_lock(&viewer, "a"), 403);
    refused(&repository.post(&viewer, "locks/verify", &json!({})), 403);
    assert_eq!(repository.locked(&viewer), Vec::<String>::new());
}

fn a_module_that_is_off_stops_a_push(mode: Mode) {
    let app = Setup::new(mode).variable("sessions_enabled", "false").start();
    let (alice, repository) = (app.user("editor"), Repository::new());
    refused(&repository.post(&alice, "locks/verify", &json!({})), 403);
    refused(&alice.get(&repository.path("locks")), 403);
    let batch = alice.call("POST", &repository.path("objects/batch")).body(MEDIA_TYPE, "{}").send();
    refused(&batch, 403);
    alice.get("/api/repositories").expect(404, "module_disabled");
}
