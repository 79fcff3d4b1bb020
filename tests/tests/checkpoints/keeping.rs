//! Making checkpoints, listing and deleting them.

use baton_tests::{App, Json, Mode, Setup, eventually, on_own_app, on_shared_app, paths, unique};
use chrono::TimeDelta;
use serde_json::Value;

use crate::editing::{Editing, chunks};

on_shared_app!(
    a_checkpoint_says_what_it_holds,
    labels_are_kept,
    the_newest_comes_first,
    the_list_comes_in_pages,
    the_sixth_pushes_the_first_out,
    watchers_hear_of_it,
    anyone_may_read,
    the_author_deletes,
    an_admin_deletes,
    it_outlives_its_session,
    what_has_expired_is_gone,
);
on_own_app!(as_many_as_configured_are_kept);

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn a_checkpoint_says_what_it_holds(app: &App) {
    let editing = Editing::begin(app);
    for (bytes, sha256) in [(&b"abc"[..], ABC), (b"", EMPTY)] {
        let checkpoint = editing.keep(bytes);
        assert_eq!(checkpoint["sha256"], sha256);
        assert_eq!(checkpoint["user"], editing.user);
        assert_eq!(checkpoint["session_id"], editing.session["id"]);
        assert_eq!(checkpoint["item_id"], editing.session["item_id"]);
        assert_eq!(checkpoint["part_number"], editing.part());
        assert_eq!(checkpoint["kind"], "manual");
        assert_eq!(checkpoint["label"], Value::Null);
        let kept_for = checkpoint.time("expires_at") - checkpoint.time("created_at");
        assert_eq!(kept_for, TimeDelta::hours(168));
        assert_eq!(editing.get(&paths::checkpoint(&checkpoint)).ok(200), checkpoint);
        assert_eq!(editing.bytes(&checkpoint), bytes);
    }
}

fn labels_are_kept(app: &App) {
    let editing = Editing::begin(app);
    for label in ["before the fillet", "Bohrung Ø 5 & mehr", &"ä".repeat(200)] {
        let path = format!("{}?label={}", editing.keeping(), baton_tests::encode(label));
        let checkpoint = editing.call("POST", &path).body("model/step", "abc").send().ok(201);
        assert_eq!(checkpoint["label"], label);
    }
}

fn the_newest_comes_first(app: &App) {
    let editing = Editing::begin(app);
    assert_eq!(editing.listed(), Vec::<Value>::new());
    let mut kept: Vec<Value> = [&b"a"[..], b"b", b"c"].iter().map(|bytes| editing.keep(bytes)).collect();
    kept.reverse();
    assert_eq!(editing.listed(), kept);
}

fn the_list_comes_in_pages(app: &App) {
    let (editing, other) = (Editing::begin(app), Editing::begin(app));
    for number in 0..5 {
        editing.keep(&[number]);
        other.keep(&[number]);
    }
    let path = paths::checkpoints(editing.part());
    for limit in [1, 2, 4, 5] {
        assert_eq!(editing.pages(&path, "checkpoints", limit), editing.listed(), "in pages of {limit}");
    }
    for query in ["limit=0", "limit=1001", "limit=x"] {
        editing.get(&format!("{path}?{query}")).expect(400, "invalid_query");
    }
    editing.get(&format!("{path}?after=x")).expect(400, "invalid_cursor");
}

fn the_sixth_pushes_the_first_out(app: &App) {
    let (editing, bystander) = (Editing::begin(app), Editing::begin(app));
    let other = bystander.keep(b"of another part");
    let kept: Vec<Value> = (0..6).map(|number| editing.keep(&[number])).collect();
    let left: Vec<Value> = kept[1..].iter().rev().cloned().collect();
    assert_eq!(editing.listed(), left);
    editing.get(&paths::checkpoint(&kept[0])).expect(404, "not_found");
    editing.content("GET", &kept[0]).send().expect(404, "not_found");
    assert_eq!(editing.bytes(&kept[1]), [1]);
    assert_eq!(bystander.listed(), [other]);
}

fn watchers_hear_of_it(app: &App) {
    let (editing, watcher) = (Editing::begin(app), app.seat());
    watcher.watch(editing.part());
    let (mut inbox, mut own) = (watcher.inbox(), editing.inbox());
    let checkpoint = editing.keep(b"abc");
    let members = ["checkpoint_id", "session_id", "user", "kind", "size"];
    for inbox in [&mut inbox, &mut own] {
        let event = inbox.expect("edit.checkpoint_created", &members);
        assert_eq!(event["part_number"], editing.part());
        let data = &event["data"];
        assert_eq!(data["checkpoint_id"], checkpoint["id"]);
        assert_eq!(data["session_id"], editing.session["id"]);
        assert_eq!(data["user"], editing.user);
        assert_eq!((data["kind"].as_str(), data["size"].as_i64()), (Some("manual"), Some(3)));
    }
    editing.save(b"a draft is nobody's business");
    editing.delete(&paths::checkpoint(&checkpoint)).ok(204);
    inbox.expect_nothing_more();
}

fn anyone_may_read(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(b"abc");
    let viewer = app.user("viewer");
    assert_eq!(
        viewer.get(&paths::checkpoints(editing.part())).ok(200).list("checkpoints"),
        std::slice::from_ref(&checkpoint)
    );
    assert_eq!(viewer.get(&paths::checkpoint(&checkpoint)).ok(200), checkpoint);
    assert_eq!(viewer.get(&format!("{}/content", paths::checkpoint(&checkpoint))).body, b"abc");
}

fn the_author_deletes(app: &App) {
    let editing = Editing::begin(app);
    let (first, second) = (editing.keep(b"abc"), editing.keep(b"abc"));
    app.user("editor").delete(&paths::checkpoint(&first)).expect(403, "forbidden");
    editing.as_role("viewer").delete(&paths::checkpoint(&first)).expect(403, "forbidden");
    assert_eq!(editing.listed().len(), 2);
    editing.delete(&paths::checkpoint(&first)).ok(204);
    editing.delete(&paths::checkpoint(&first)).expect(404, "not_found");
    editing.content("GET", &first).send().expect(404, "not_found");
    // The same bytes in another one are its own.
    assert_eq!(editing.listed(), std::slice::from_ref(&second));
    assert_eq!(editing.bytes(&second), b"abc");
    let elsewhere = format!("{}/{}", paths::checkpoints(Editing::begin(app).part()), second.id());
    editing.delete(&elsewhere).expect(404, "not_found");
    editing.delete(&format!("{}/{}", paths::checkpoints(editing.part()), unique::uuid())).expect(404, "not_found");
}

fn an_admin_deletes(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(b"abc");
    app.user("admin").delete(&paths::checkpoint(&checkpoint)).ok(204);
    assert_eq!(editing.listed(), Vec::<Value>::new());
}

fn it_outlives_its_session(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(b"abc");
    editing.release(&editing.session);
    assert_eq!(editing.listed(), std::slice::from_ref(&checkpoint));
    assert_eq!(editing.bytes(&checkpoint), b"abc");
    editing.delete(&paths::checkpoint(&checkpoint)).ok(204);
}

/// From the instant on at which it expires, whether or not anybody has tidied up.
fn what_has_expired_is_gone(app: &App) {
    let editing = Editing::begin(app);
    let (old, new) = (editing.keep(b"old"), editing.keep(b"new"));
    let expiring = "UPDATE checkpoints SET expires_at = '2026-01-01T00:00:00.000Z' WHERE id = ?";
    assert_eq!(app.sql().execute(expiring, &[&old.id()]).expect("the row is there"), 1);
    assert_eq!(editing.listed(), [new]);
    editing.get(&paths::checkpoint(&old)).expect(404, "not_found");
    editing.content("GET", &old).send().expect(404, "not_found");
    editing.delete(&paths::checkpoint(&old)).expect(404, "not_found");
    // The next upload tidies up, whoever's it is.
    Editing::begin(app).save(b"abc");
    let left = "SELECT count(*) FROM checkpoints WHERE id = ?";
    assert_eq!(app.sql().number(left, &[&old.id()]), 0);
}

fn as_many_as_configured_are_kept(mode: Mode) {
    let setup = Setup::new(mode).variable("checkpoint_max_per_item", "2").variable("checkpoint_ttl_hours", "1");
    let app = setup.start();
    let editing = Editing::begin(&app);
    let kept: Vec<Value> = (0..4).map(|number| editing.keep(&[number])).collect();
    assert_eq!(editing.listed(), [kept[3].clone(), kept[2].clone()]);
    assert_eq!(kept[3].time("expires_at") - kept[3].time("created_at"), TimeDelta::hours(1));
    eventually("the bytes go with the checkpoints", || (chunks(&app) == 2).then_some(()));
}
