//! What becomes of uploads and checkpoints with time, which can't be seen over HTTP within a test: on real SQLite, with
//! times rewritten.

use baton_core::db::params;
use serde_json::{Value, json};

use super::{Scratch, cause};

on_scratch! {
    /// A database with one item, `F1`, and one session on it, `s`, of alice's.
    struct Store;
}

impl Store {
    fn new() -> Self {
        let scratch = Scratch::new();
        scratch.register("w", "alice");
        scratch.acquire("s");
        Self(scratch)
    }

    fn run(&self, statement: &str) {
        // Every statement here that has a parameter has one, its cause.
        let parameters = if statement.contains('?') { params![cause("alice")] } else { Vec::new() };
        self.0.run(statement, parameters);
    }

    fn upload(&self, blob: &str) {
        for number in 0..2 {
            self.run(&format!("INSERT INTO do_add_chunk (blob_id, number, bytes) VALUES ('{blob}', {number}, x'00')"));
        }
    }

    fn save(&self, blob: &str) {
        self.run(&format!(
            "INSERT INTO do_save_draft (session_id, part_number, user, blob_id, size, sha256, content_type, cause)
             VALUES ('s', 'F1', 'alice', '{blob}', 2, 'x', 'a/b', ?)"
        ));
    }

    fn keep(&self, id: &str, blob: &str) {
        self.run(&format!(
            "INSERT INTO do_create_checkpoint (id, session_id, part_number, user, blob_id, size, sha256, content_type,
                                               ttl_hours, max_per_item, cause)
             VALUES ('{id}', 's', 'F1', 'alice', '{blob}', 2, 'x', 'a/b', 1, 5, ?)"
        ));
    }

    fn sweep(&self) {
        self.run("INSERT INTO do_sweep (cause) VALUES (?)");
    }

    fn age_blobs(&self, minutes: u32) {
        let time = format!("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-{minutes} minutes')");
        self.run(&format!("UPDATE blobs SET created_at = {time}"));
    }

    fn blobs(&self) -> Vec<String> {
        let chunks = self.texts("SELECT DISTINCT blob_id FROM chunks ORDER BY 1");
        let blobs = self.texts("SELECT id FROM blobs ORDER BY id");
        assert_eq!(blobs, chunks, "no blob without chunks, and no chunk without its blob");
        blobs
    }
}

#[test]
fn an_expired_checkpoint_is_gone_at_once_and_swept_up_later() {
    let store = Store::new();
    for (id, blob) in [("old", "b1"), ("new", "b2")] {
        store.upload(blob);
        store.keep(id, blob);
    }
    store.sweep();
    assert_eq!(store.texts("SELECT id FROM checkpoint_documents ORDER BY seq"), ["old", "new"]);
    store.run("UPDATE checkpoints SET expires_at = (SELECT now FROM clock) WHERE id = 'old'");
    assert_eq!(store.texts("SELECT id FROM checkpoint_documents"), ["new"]);
    assert_eq!(store.blobs(), ["b1", "b2"]);
    store.sweep();
    assert_eq!(store.texts("SELECT id FROM checkpoints"), ["new"]);
    assert_eq!(store.blobs(), ["b2"]);
    let recorded = store
        .texts("SELECT json_array(actor, resource_id, part_number) FROM audit WHERE action = 'checkpoint.expired'");
    let recorded: Vec<Value> = recorded.iter().map(|row| serde_json::from_str(row).expect("JSON")).collect();
    assert_eq!(recorded, [json!(["system", "old", "F1"])]);
}

#[test]
fn the_next_checkpoint_sweeps_too_and_counts_only_what_is_left() {
    let store = Store::new();
    for number in 0..5 {
        store.upload(&format!("b{number}"));
        store.keep(&format!("c{number}"), &format!("b{number}"));
    }
    store.run("UPDATE checkpoints SET expires_at = (SELECT now FROM clock) WHERE id IN ('c3', 'c4')");
    store.upload("b5");
    store.keep("c5", "b5");
    assert_eq!(store.texts("SELECT id FROM checkpoints ORDER BY seq"), ["c0", "c1", "c2", "c5"]);
    assert_eq!(store.blobs(), ["b0", "b1", "b2", "b5"]);
}

#[test]
fn an_upload_is_given_an_hour_and_what_is_kept_stays() {
    let store = Store::new();
    for blob in ["checkpoint", "draft", "upload"] {
        store.upload(blob);
    }
    store.keep("c", "checkpoint");
    store.save("draft");
    store.age_blobs(59);
    store.sweep();
    assert_eq!(store.blobs(), ["checkpoint", "draft", "upload"]);
    store.age_blobs(61);
    store.sweep();
    assert_eq!(store.blobs(), ["checkpoint", "draft"]);
}

#[test]
fn an_upload_that_was_swept_up_comes_to_nothing() {
    let store = Store::new();
    store.upload("draft");
    store.save("draft");
    store.upload("upload");
    store.age_blobs(61);
    store.sweep();
    // Its next chunk doesn't bring it back.
    store.run("INSERT INTO do_add_chunk (blob_id, number, bytes) VALUES ('upload', 2, x'00')");
    store.save("upload");
    store.keep("c", "upload");
    assert_eq!(store.texts("SELECT blob_id FROM drafts"), ["draft"], "the draft before it stands");
    assert!(store.texts("SELECT id FROM checkpoints").is_empty());
    assert_eq!(store.blobs(), ["draft"]);
}

#[test]
fn bytes_are_kept_once() {
    let store = Store::new();
    store.upload("b");
    store.keep("c", "b");
    store.save("b");
    assert!(store.texts("SELECT blob_id FROM drafts").is_empty(), "these bytes are a checkpoint's");
    store.run("INSERT INTO do_add_chunk (blob_id, number, bytes) VALUES ('b', 2, x'00')");
    assert_eq!(store.texts("SELECT CAST(count(*) AS TEXT) FROM chunks"), ["2"], "what is kept is not added to");
}

/// A statement that deleted a large file as a whole would hold up whoever writes.
#[test]
fn what_is_large_goes_bit_by_bit() {
    let store = Store::new();
    let large = |blob: &str, count: u32| {
        for number in 0..count {
            store.run(&format!("INSERT INTO do_add_chunk (blob_id, number, bytes) VALUES ('{blob}', {number}, x'00')"));
        }
    };
    let chunks = || store.count("chunks");
    large("checkpoint", 100);
    store.keep("c", "checkpoint");
    store.run("UPDATE checkpoints SET gone = 'deleted'");
    assert_eq!(chunks(), 96);
    store.keep("c", "checkpoint");
    assert!(store.texts("SELECT id FROM checkpoints").is_empty(), "what was dropped is nobody's any more");
    large("upload", 50);
    store.age_blobs(61);
    let left = std::iter::from_fn(|| {
        store.sweep();
        Some(chunks()).filter(|_| !store.texts("SELECT 'more' FROM sweepable").is_empty())
    });
    assert_eq!(left.collect::<Vec<_>>(), [82, 18]);
    assert!(store.blobs().is_empty());
}

#[test]
fn an_upload_that_is_being_swept_up_comes_to_nothing() {
    let store = Store::new();
    for number in 0..100 {
        store.run(&format!("INSERT INTO do_add_chunk (blob_id, number, bytes) VALUES ('slow', {number}, x'00')"));
    }
    store.age_blobs(61);
    store.sweep();
    store.run("INSERT INTO do_add_chunk (blob_id, number, bytes) VALUES ('slow', 100, x'00')");
    store.keep("c", "slow");
    store.save("slow");
    assert!(
        store.texts("SELECT id FROM checkpoints").is_empty() && store.texts("SELECT blob_id FROM drafts").is_empty()
    );
    store.sweep();
    assert!(store.blobs().is_empty());
}
