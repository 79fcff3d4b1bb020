//! Objects lie with the repository's upstream.

use baton_tests::{App, Response, on_shared_app};
use serde_json::json;

use crate::scene::{MEDIA_TYPE, Repository, refused};

on_shared_app!(
    without_an_upstream_there_are_no_objects,
    a_batch_goes_on_to_the_upstream,
    the_upstream_never_gets_the_token_by_being_the_same_host,
);

fn batch(app: &App, repository: &Repository) -> Response {
    let body = json!({ "operation": "download", "objects": [{ "oid": "0".repeat(64), "size": 1 }] });
    app.user("viewer").call("POST", &repository.path("objects/batch")).body(MEDIA_TYPE, body.to_string()).send()
}

fn set(app: &App, repository: &Repository, upstream: &str) {
    let response = app.user("admin").call("PUT", &repository.settings()).json(&json!({ "upstream": upstream })).send();
    assert!(matches!(response.status, 200 | 201), "{response}");
}

fn without_an_upstream_there_are_no_objects(app: &App) {
    let repository = Repository::new();
    let message = refused(&batch(app, &repository), 501);
    assert!(message.contains(&repository.settings()), "{message}");
}

fn a_batch_goes_on_to_the_upstream(app: &App) {
    let repository = Repository::new();
    for upstream in ["https://git.example.com/cad.git/info/lfs", "http://127.0.0.1:9/"] {
        set(app, &repository, upstream);
        let response = batch(app, &repository);
        assert_eq!(response.status, 307, "{response}");
        let location = format!("{}/objects/batch", upstream.trim_end_matches('/'));
        assert_eq!(response.header("location"), Some(location.as_str()), "{response}");
    }
}

fn the_upstream_never_gets_the_token_by_being_the_same_host(app: &App) {
    let repository = Repository::new();
    set(app, &repository, &format!("{}/elsewhere", app.url()));
    let message = refused(&batch(app, &repository), 501);
    assert!(message.contains("token"), "{message}");
}
