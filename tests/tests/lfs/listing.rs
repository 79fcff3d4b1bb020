//! Lists come in large pages.

use baton_tests::{App, Json, encode, on_shared_app, unique};
use serde_json::{Value, json};

use crate::scene::{Repository, paths, refused};

on_shared_app!(
    a_list_is_whole_without_a_limit,
    pages_lead_through_all_locks,
    a_list_can_be_narrowed_down,
    repositories_are_apart,
    a_repository_that_nobody_set_up_has_no_locks,
    cursors_and_limits_are_checked,
);

fn a_list_is_whole_without_a_limit(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    let names: Vec<String> = (0..120).map(|number| format!("parts/{number}")).collect();
    names.iter().for_each(|name| drop(repository.lock(&alice, name)));
    let list = repository.list(&app.user("viewer"), "");
    assert_eq!(paths(&list["locks"]), names);
    assert_eq!(list.get("next_cursor"), None, "left out at the end");
    let verified = repository.verify(&alice, &json!({ "ref": { "name": "refs/heads/main" } }));
    assert_eq!((paths(&verified["ours"]), &verified["theirs"]), (names, &json!([])));
    assert_eq!(verified.get("next_cursor"), None);
}

fn pages_lead_through_all_locks(app: &App) {
    let (alice, bob, repository) = (app.user("editor"), app.user("editor"), Repository::new());
    let names = ["a", "b", "c", "d"];
    for (name, user) in names.into_iter().zip([&alice, &bob, &alice, &bob]) {
        repository.lock(user, name);
    }
    let mut listed = Vec::new();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut query, mut body) = ("?limit=2".to_owned(), json!({ "limit": 2 }));
    loop {
        let (page, verified) = (repository.list(&alice, &query), repository.verify(&alice, &body));
        listed.extend(paths(&page["locks"]));
        ours.extend(paths(&verified["ours"]));
        theirs.extend(paths(&verified["theirs"]));
        assert_eq!(page.get("next_cursor"), verified.get("next_cursor"));
        match page["next_cursor"].as_str() {
            Some(cursor) => {
                query = format!("?limit=2&cursor={}", encode(cursor));
                body = json!({ "limit": 2, "cursor": cursor });
            }
            None => break,
        }
        assert!(listed.len() < 4, "the pages have no end");
    }
    assert_eq!(listed, names);
    assert_eq!((ours, theirs), (vec!["a".to_owned(), "c".to_owned()], vec!["b".to_owned(), "d".to_owned()]));
}

fn a_list_can_be_narrowed_down(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    let (one, _) = (repository.lock(&alice, "a b"), repository.lock(&alice, "c"));
    let only = |query: &str| repository.list(&alice, query)["locks"].clone();
    assert_eq!(only("?path=a%20b&refspec=refs%2Fheads%2Fmain"), json!([one]));
    assert_eq!(only(&format!("?id={}", one.text("id"))), json!([one]));
    for nothing in ["?path=d", "?id=d", &format!("?id={}", unique::uuid()), &format!("?path=c&id={}", one.text("id"))] {
        assert_eq!(only(nothing), json!([]), "{nothing}");
    }
}

fn repositories_are_apart(app: &App) {
    let (alice, bob) = (app.user("editor"), app.user("editor"));
    let (one, other) = (Repository::new(), Repository::new());
    let lock = one.lock(&alice, "a");
    other.lock(&bob, "a");
    assert_eq!(one.list(&bob, "")["locks"], json!([lock]));
    refused(&other.try_unlock(&alice, lock.text("id"), false), 404);
    assert_eq!(other.list(&bob, &format!("?id={}", lock.text("id")))["locks"], json!([]));
}

fn a_repository_that_nobody_set_up_has_no_locks(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    assert_eq!(repository.list(&alice, ""), json!({ "locks": [] }));
    assert_eq!(repository.verify(&alice, &json!({})), json!({ "ours": [], "theirs": [] }));
    assert_eq!(alice.call("POST", &repository.path("locks/verify")).send().json()["ours"], json!([]));
    assert_eq!(alice.pages("/api/workstations", "workstations", 10), Vec::<Value>::new(), "looking makes nothing");
}

fn cursors_and_limits_are_checked(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    repository.lock(&alice, "a");
    for query in ["?cursor=x", "?limit=x", "?limit=-1", "?cursor=-1", "?cursor=", "?limit="] {
        refused(&alice.get(&repository.path(&format!("locks{query}"))), 400);
    }
    refused(&repository.post(&alice, "locks/verify", &json!({ "cursor": "x" })), 400);
    for body in [json!({ "limit": -1 }), json!({ "limit": "x" }), json!({ "cursor": 5 }), json!([])] {
        refused(&repository.post(&alice, "locks/verify", &body), 422);
    }
    for query in ["?limit=0", "?limit=1000000"] {
        assert_eq!(paths(&repository.list(&alice, query)["locks"]), ["a"], "{query}");
    }
}
