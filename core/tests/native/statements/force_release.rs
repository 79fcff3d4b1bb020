//! What becomes of a holder's draft when the session is force-released, at once or by an approval; that either is one
//! step; and what an approval comes to where its session is over. On real SQLite, with the components' own statements.

use baton_core::db::{Value, params};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Scratch, cause};
use crate::store::sql;

/// How checkpoints are kept, in hours and per item.
const TTL_HOURS: i64 = 7;
const MAX_PER_ITEM: i64 = 2;

on_scratch! {
    /// A database where alice edits `F1` at the workstation `w`.
    struct Shop;
}

impl Shop {
    fn new() -> Self {
        let scratch = Scratch::new();
        scratch.register("w", "alice");
        Self(scratch)
    }

    /// Alice's next session on `F1`.
    fn acquire(&self) -> String {
        let id = Uuid::new_v4().to_string();
        self.0.acquire(&id);
        id
    }

    /// Alice saves these chunks as the draft of a session.
    fn save_draft(&self, session_id: &str, chunks: &[&str]) {
        let blob_id = Uuid::new_v4().to_string();
        for (number, bytes) in (0_i64..).zip(chunks) {
            let parameters = params![blob_id.as_str(), number, bytes.as_bytes().to_vec()];
            self.run(&sql::insert_into("do_add_chunk"), parameters);
        }
        let size = i64::try_from(chunks.concat().len()).expect("small");
        let parameters = params![
            session_id,
            "F1",
            "alice",
            blob_id,
            size,
            "sha",
            "model/step",
            TTL_HOURS,
            MAX_PER_ITEM,
            cause("alice"),
        ];
        self.run(&sql::insert_into("do_save_draft"), parameters);
    }

    fn order(session_id: &str) -> Vec<Value> {
        params![session_id, "F1", "root", "because", cause("root")]
    }

    /// Root ends a session: what the order came to.
    fn force_release(&self, session_id: &str) -> Json {
        self.command("do_force_release", Self::order(session_id))
    }

    /// Root asks for the approval of one admin: its id.
    fn ask(&self, session_id: &str) -> String {
        self.ask_for(session_id, ("root", "because"), &["admin"])
    }

    /// Somebody asks for the approval of these roles: its id, if it is a new one.
    fn ask_for(&self, session_id: &str, (user, reason): (&str, &str), roles: &[&str]) -> String {
        let id = Uuid::new_v4().to_string();
        let gate = |role: &&str| json!({ "role": role, "label": role.to_uppercase(), "required": true });
        let gates = Json::from(roles.iter().map(gate).collect::<Vec<_>>()).to_string();
        let of_session = params![session_id, "F1", user, reason, cause(user), id.as_str()];
        let of_workflow = params!["session-override", 1_i64, gates, "rejected", "approved"];
        self.command("do_request_approval", [of_session, of_workflow, params![0_i64]].concat());
        id
    }

    fn signature(approval_id: &str, decision: &str) -> Vec<Value> {
        Self::signature_of(approval_id, decision, ("toor", &["admin"]), None)
    }

    fn signature_of(
        approval_id: &str,
        decision: &str,
        (user, roles): (&str, &[&str]),
        gate: Option<&str>,
    ) -> Vec<Value> {
        let (roles, gate) = (json!(roles).to_string(), gate.map(str::to_owned));
        params![approval_id, user, roles, decision, None::<String>, gate, 0_i32, cause(user), 0_i32, "lead"]
    }

    /// Another admin signs: the approval as it is then.
    fn sign(&self, approval_id: &str, decision: &str) -> Json {
        let outcome = self.command("do_sign", Self::signature(approval_id, decision));
        assert_eq!(outcome["signed"], true, "{outcome}");
        outcome["approval"].clone()
    }

    fn let_expire(&self, session_id: &str) {
        let statement = "UPDATE sessions SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = ?";
        self.run(statement, params![session_id]);
    }

    /// Lets the audit row of a force-release fail, which comes after most of the change.
    fn break_audit(&self) {
        let statement = "CREATE TRIGGER broken BEFORE INSERT ON audit WHEN NEW.action = 'edit.force_released'
                         BEGIN SELECT RAISE(ABORT, 'broken by the test'); END";
        self.run(statement, Vec::new());
    }

    /// Everything that a force-release changes.
    fn state(&self) -> Vec<String> {
        let sessions = self.texts("SELECT id || ' ' || coalesce(end_reason, 'active') FROM sessions");
        let others = ["events", "deliveries", "audit", "drafts", "checkpoints", "blobs", "chunks", "signatures"];
        let counts = others.iter().map(|table| format!("{} {table}", self.count(table)));
        let approvals = self.texts("SELECT id || ' ' || state FROM approvals");
        sessions.into_iter().chain(counts).chain(approvals).collect()
    }

    /// The bytes of the checkpoints, oldest first.
    fn kept(&self) -> Vec<String> {
        self.texts(
            "SELECT (SELECT group_concat(CAST(bytes AS TEXT), '')
                     FROM (SELECT bytes FROM chunks WHERE blob_id = c.blob_id ORDER BY number))
             FROM checkpoints c ORDER BY seq",
        )
    }
}

#[test]
fn the_draft_becomes_a_checkpoint() {
    let shop = Shop::new();
    let session = shop.acquire();
    shop.save_draft(&session, &["an older ", "draft"]);
    shop.save_draft(&session, &["half a ", "flange"]);
    let outcome = shop.force_release(&session);
    let checkpoint_id = outcome["checkpoint_id"].as_str().expect("a checkpoint");
    assert_eq!((&outcome["done"], &outcome["reason"]), (&json!(true), &json!("force_released")));
    assert_eq!(shop.kept(), ["half a flange"]);
    let facts = "SELECT id || ' ' || kind || ' ' || user || ' ' || session_id || ' ' || size || ' ' || content_type
                 FROM checkpoints";
    assert_eq!(shop.texts(facts), [format!("{checkpoint_id} force_release alice {session} 13 model/step")]);
    assert_eq!((shop.count("drafts"), shop.count("blobs"), shop.count("chunks")), (0, 1, 2));
    let told = "SELECT data ->> '$.checkpoint_id' FROM events
                WHERE type IN ('edit.checkpoint_created', 'edit.force_released')";
    assert_eq!(shop.texts(told), [checkpoint_id, checkpoint_id]);
    let recorded = "SELECT details ->> '$.checkpoint_id' FROM audit WHERE action = 'edit.force_released'";
    assert_eq!(shop.texts(recorded), [checkpoint_id]);
}

#[test]
fn without_a_draft_there_is_no_checkpoint() {
    let shop = Shop::new();
    let outcome = shop.force_release(&shop.acquire());
    assert_eq!((&outcome["done"], &outcome["checkpoint_id"]), (&json!(true), &Json::Null));
    assert_eq!((shop.count("checkpoints"), shop.count("blobs")), (0, 0));
}

#[test]
fn the_checkpoint_is_kept_for_its_time() {
    let shop = Shop::new();
    let session = shop.acquire();
    shop.save_draft(&session, &["x"]);
    shop.force_release(&session);
    let hours = "SELECT CAST(round((julianday(expires_at) - julianday(created_at)) * 24) AS TEXT) FROM checkpoints";
    assert_eq!(shop.texts(hours), [format!("{TTL_HOURS}.0")]);
    assert_eq!(shop.texts("SELECT id FROM checkpoint_documents").len(), 1);
}

#[test]
fn the_oldest_checkpoint_makes_room() {
    let shop = Shop::new();
    for draft in ["one", "two", "three", "four"] {
        let session = shop.acquire();
        shop.save_draft(&session, &[draft]);
        shop.force_release(&session);
    }
    assert_eq!(shop.kept(), ["three", "four"]);
    assert_eq!((shop.count("blobs"), shop.count("chunks")), (2, 2));
    assert_eq!(shop.count("audit WHERE action = 'checkpoint.superseded'"), 2);
}

#[test]
fn a_draft_survives_the_expiry_and_comes_before_a_late_order() {
    let shop = Shop::new();
    let session = shop.acquire();
    shop.save_draft(&session, &["x"]);
    shop.let_expire(&session);
    let outcome = shop.force_release(&session);
    assert_eq!((&outcome["done"], &outcome["reason"]), (&json!(false), &json!("expired")));
    assert_eq!(shop.kept(), ["x"]);
    assert_eq!(shop.texts("SELECT kind || ' ' || user FROM checkpoints"), ["expired alice"]);
    assert_eq!((shop.count("drafts"), shop.count("blobs")), (0, 1));
    assert_eq!(shop.count("audit WHERE action = 'edit.session_expired'"), 1);
    assert_eq!(shop.count("audit WHERE action = 'edit.force_released'"), 0);
}

#[test]
fn a_draft_goes_with_its_holders_release_and_that_is_recorded() {
    let shop = Shop::new();
    let session = shop.acquire();
    shop.save_draft(&session, &["x"]);
    let release = "INSERT INTO do_release (session_id, part_number, user, cause) VALUES (?, 'F1', 'alice', ?)";
    shop.run(release, params![session.as_str(), cause("alice")]);
    assert_eq!((shop.count("checkpoints"), shop.count("drafts"), shop.count("blobs")), (0, 0, 0));
    assert_eq!(shop.texts("SELECT actor FROM audit WHERE action = 'edit.draft_dropped'"), ["alice"]);
}

#[test]
fn a_draft_survives_being_handed_over() {
    let shop = Shop::new();
    let session = shop.acquire();
    shop.save_draft(&session, &["x"]);
    let end = |and: &str| {
        let set = format!("ended_at = (SELECT now FROM clock), end_reason = 'transferred'{and}, cause = ?");
        shop.try_run(&format!("UPDATE sessions SET {set} WHERE id = ?"), params![cause("alice"), session.as_str()])
    };
    assert!(end("").is_err(), "nobody ends a session without what follows");
    end(", consequences = 1").expect("the session can end");
    assert_eq!(shop.kept(), ["x"]);
    assert_eq!(shop.texts("SELECT kind FROM checkpoints"), ["transferred"]);
}

#[test]
fn a_second_order_changes_nothing() {
    let shop = Shop::new();
    let session = shop.acquire();
    shop.save_draft(&session, &["x"]);
    shop.force_release(&session);
    let before = shop.state();
    let outcome = shop.force_release(&session);
    assert_eq!((&outcome["done"], &outcome["reason"]), (&json!(false), &json!("force_released")));
    assert_eq!(shop.state(), before);
}

#[test]
fn an_order_for_another_part_changes_nothing() {
    let shop = Shop::new();
    let session = shop.acquire();
    shop.save_draft(&session, &["x"]);
    let before = shop.state();
    let mut order = Shop::order(&session);
    order[1] = Value::from("F2");
    let rows = shop.run(&sql::insert_into("do_force_release"), order);
    assert_eq!(rows[0].json::<Json>(0).expect("JSON"), None);
    assert_eq!(shop.state(), before);
}

#[test]
fn a_force_release_is_one_step() {
    let shop = Shop::new();
    let session = shop.acquire();
    shop.save_draft(&session, &["x"]);
    shop.break_audit();
    let before = shop.state();
    assert!(shop.try_run(&sql::insert_into("do_force_release"), Shop::order(&session)).is_err());
    assert_eq!(shop.state(), before);
}

#[test]
fn the_last_signature_and_the_release_are_one_step() {
    let shop = Shop::new();
    let session = shop.acquire();
    shop.save_draft(&session, &["x"]);
    let approval = shop.ask(&session);
    shop.break_audit();
    let before = shop.state();
    assert!(shop.try_run(&sql::insert_into("do_sign"), Shop::signature(&approval, "approve")).is_err());
    assert_eq!(shop.state(), before);
}

#[test]
fn the_last_signature_keeps_the_draft() {
    let shop = Shop::new();
    let session = shop.acquire();
    let approval = shop.ask(&session);
    shop.save_draft(&session, &["x"]);
    let signed = shop.sign(&approval, "approve");
    assert_eq!((&signed["state"], &signed["outcome"]), (&json!("approved"), &json!("session_released")));
    assert_eq!(shop.kept(), ["x"]);
    let recorded = "SELECT actor || ' ' || (details ->> '$.admin') || ' ' || (details ->> '$.approval_id')
                    FROM audit WHERE action = 'edit.force_released'";
    assert_eq!(shop.texts(recorded), [format!("toor root {approval}")]);
}

#[test]
fn a_rejection_leaves_the_draft_a_draft() {
    let shop = Shop::new();
    let session = shop.acquire();
    let approval = shop.ask(&session);
    shop.save_draft(&session, &["x"]);
    assert_eq!(shop.sign(&approval, "reject")["outcome"], "session_kept");
    assert_eq!((shop.count("checkpoints"), shop.count("drafts")), (0, 1));
    shop.force_release(&session);
    assert_eq!(shop.kept(), ["x"]);
}

/// Whatever ends the session: its approval is closed in that step, and can't be decided after it.
#[test]
fn an_approval_ends_with_its_session() {
    for late in ["approve", "reject", "cancel"] {
        let shop = Shop::new();
        let session = shop.acquire();
        let approval = shop.ask(&session);
        shop.let_expire(&session);
        let (approval, is_done) = if late == "cancel" {
            let parameters = params![approval.as_str(), "root", 1_i32, cause("root")];
            let outcome = shop.command("do_cancel_approval", parameters);
            (outcome["approval"].clone(), outcome["done"] == true)
        } else {
            let outcome = shop.command("do_sign", Shop::signature(&approval, late));
            (outcome["approval"].clone(), outcome["signed"] == true)
        };
        assert_eq!(
            (&approval["state"], &approval["outcome"]),
            (&json!("cancelled"), &json!("session_over")),
            "{approval}"
        );
        assert!(!is_done, "{late}");
        assert_eq!(shop.count("events WHERE type = 'approval.completed'"), 1);
        assert_eq!(shop.texts("SELECT actor FROM audit WHERE action = 'approval.completed'"), ["system"]);
        assert_eq!(shop.count("audit WHERE action = 'edit.force_released'"), 0);
    }
}

/// Whoever has both roles signs for the one that fewer have: an admin without it can sign for the other.
#[test]
fn a_signature_goes_to_the_gate_that_fewer_can_sign() {
    let shop = Shop::new();
    let session = shop.acquire();
    let approval = shop.ask_for(&session, ("root", "because"), &["admin", "qa"]);
    let sign = |user: &str, roles: &[&str]| {
        shop.command("do_sign", Shop::signature_of(&approval, "approve", (user, roles), None))["approval"].clone()
    };
    assert_eq!(sign("toor", &["admin", "qa"])["gates"][1]["status"], "approved");
    assert_eq!(sign("other", &["admin"])["outcome"], "session_released");
}

#[test]
fn a_signature_goes_to_the_gate_that_is_named() {
    let shop = Shop::new();
    let session = shop.acquire();
    let approval = shop.ask_for(&session, ("root", "because"), &["admin", "qa"]);
    let sign = |gate| {
        shop.command("do_sign", Shop::signature_of(&approval, "approve", ("toor", &["admin", "qa"]), Some(gate)))
    };
    assert_eq!((sign("boss")["has_gate"].clone(), sign("boss")["signed"].clone()), (json!(false), Json::Null));
    assert_eq!(sign("ADMIN")["approval"]["gates"][0]["status"], "approved", "by its label as well as by its role");
}

#[test]
fn asking_twice_keeps_both_reasons() {
    let shop = Shop::new();
    let session = shop.acquire();
    let approval = shop.ask(&session);
    for (user, reason) in [("root", "because"), ("toor", "it is urgent"), ("toor", "it is urgent")] {
        shop.ask_for(&session, (user, reason), &["admin"]);
    }
    assert_eq!(
        shop.texts("SELECT id || ' ' || reason FROM approvals"),
        [format!("{approval} because\ntoor: it is urgent")]
    );
    assert_eq!(shop.texts("SELECT actor FROM audit WHERE action = 'approval.asked_again'"), ["toor"]);
}
