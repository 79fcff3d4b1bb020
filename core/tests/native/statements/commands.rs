//! Commands to workstations: that each comes to exactly one end, however they are answered and whatever happens meanwhile, and
//! that a session whose holder is to save first ends in the same step. On real SQLite, with the components' own statements.

use baton_core::db::params;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Scratch, cause};

on_scratch! {
    /// A database where alice edits `F1` at the workstation `w`, and root sits at `r`.
    struct Shop;
}

impl Shop {
    fn new() -> Self {
        let scratch = Scratch::new();
        for (id, user) in [("w", "alice"), ("r", "root")] {
            scratch.register(id, user);
        }
        scratch.acquire("s");
        Self(scratch)
    }

    /// Somebody commands the workstation `w`: the command, if they may.
    fn give(&self, sender: &str, is_admin: bool) -> Json {
        let parameters = params![
            Uuid::new_v4().to_string(),
            "w",
            sender,
            i32::from(is_admin),
            "message",
            "{}",
            600_i64,
            100_i64,
            cause(sender),
        ];
        self.command("do_command", parameters)
    }

    /// Root wants the session to end once alice has saved: the command's id, unless it is over.
    fn save_first(&self) -> Option<String> {
        let parameters = params![Uuid::new_v4().to_string(), "s", "F1", "root", "because", 60_i64, cause("root")];
        self.command("do_save_first", parameters)["command_id"].as_str().map(str::to_owned)
    }

    fn answer(&self, id: &str, user: &str, state: &str) -> Json {
        self.command("do_answer_command", params![id, user, state, "so", cause(user)])
    }

    /// Lets the time of all open commands be over; nobody records it.
    fn let_expire(&self) {
        let past = "UPDATE commands SET expires_at = '2020-01-01T00:00:00.000Z' WHERE ended_at IS NULL";
        self.run(past, Vec::new());
    }

    fn step(&self, step: Step, id: &str) {
        match step {
            Step::Sent => {
                let sent = "INSERT INTO do_note_sent (workstation_id, command_ids, cause) VALUES ('w', ?, ?)";
                self.run(sent, params![json!([id]).to_string(), cause("alice")]);
            }
            Step::Answer(state) => drop(self.answer(id, "alice", state)),
            Step::Expire => self.let_expire(),
            Step::Record => drop(self.command("do_expire_all", params![cause("system")])),
            Step::Release => {
                let release =
                    "INSERT INTO do_release (session_id, part_number, user, cause) VALUES ('s', 'F1', 'alice', ?)";
                self.run(release, params![cause("alice")]);
            }
            Step::Force => {
                let force = "INSERT INTO do_force_release (session_id, part_number, admin, reason, cause) VALUES ('s', 'F1', 'root', 'now', ?)";
                self.run(force, params![cause("root")]);
            }
            Step::SaveFirst => drop(self.save_first()),
            Step::Remove => {
                self.run("INSERT INTO do_remove_workstation (id, cause) VALUES ('w', ?)", params![cause("alice")]);
            }
        }
    }
}

/// Something that may happen to a command.
#[derive(Clone, Copy, Debug)]
enum Step {
    Sent,
    Answer(&'static str),
    Expire,
    Record,
    Release,
    Force,
    SaveFirst,
    Remove,
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Sent),
        prop::sample::select(vec!["acknowledged", "done", "failed"]).prop_map(Step::Answer),
        Just(Step::Expire),
        Just(Step::Record),
        Just(Step::Release),
        Just(Step::Force),
        Just(Step::SaveFirst),
        Just(Step::Remove),
    ]
}

fn row_of(shop: &Shop, id: &str) -> Option<String> {
    shop.texts(&format!(
        "SELECT json_array(state, message, ended_at) FROM commands WHERE id = '{id}' AND ended_at IS NOT NULL"
    ))
    .pop()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_command_comes_to_one_end(steps in prop::collection::vec(steps(), 1..12), saves in any::<bool>()) {
        let shop = Shop::new();
        let id = if saves {
            shop.save_first().expect("the session is active")
        } else {
            shop.give("root", true)["id"].as_str().expect("a command").to_owned()
        };
        let mut end = None;
        for step in steps {
            shop.step(step, &id);
            let now = row_of(&shop, &id);
            prop_assert!(end.is_none() || end == now, "{end:?} became {now:?} by {step:?}");
            end = now;
            let is_over = i64::from(end.is_some());
            let told = shop.count(&format!("events WHERE type = 'workstation.command_done' AND data ->> '$.command_id' = '{id}'"));
            let recorded = shop.count(&format!("audit WHERE action = 'workstation.command_done' AND resource_id = '{id}'"));
            prop_assert_eq!((told, recorded), (is_over, is_over), "after {:?}", step);
            let open = shop.count("commands WHERE session_id = 's' AND ended_at IS NULL");
            let active = shop.count("sessions WHERE id = 's' AND ended_at IS NULL");
            prop_assert!(open <= active, "a command to save outlives its session, after {step:?}");
            if saves && end.is_some() {
                prop_assert_eq!(active, 0, "the session outlives the command to save, after {:?}", step);
            }
        }
    }
}

#[test]
fn a_session_ends_in_the_step_of_its_holders_answer() {
    for (state, end) in [("done", "done"), ("failed", "failed")] {
        let shop = Shop::new();
        let id = shop.save_first().expect("the session is active");
        assert_eq!(shop.save_first().as_deref(), Some(id.as_str()), "asking again is the same command");
        let answered = shop.answer(&id, "alice", state);
        assert_eq!((&answered["taken"], &answered["command"]["state"]), (&json!(true), &json!(end)));
        let ended = "SELECT json_array(end_reason, forced_by, force_reason) FROM sessions WHERE id = 's'";
        assert_eq!(shop.texts(ended), [r#"["force_released","root","because"]"#]);
        let changes = "SELECT count(DISTINCT change_id) FROM events
                       WHERE type IN ('workstation.command_done', 'edit.force_released', 'edit.session_released')";
        assert_eq!(shop.run(changes, Vec::new())[0].get::<i64>(0), Some(1), "one step");
        assert_eq!(shop.answer(&id, "alice", "done")["taken"], false);
    }
}

#[test]
fn whoever_looks_first_records_that_its_time_is_over() {
    let shop = Shop::new();
    shop.save_first().expect("the session is active");
    shop.let_expire();
    shop.run("INSERT INTO do_expire (item_id, cause) VALUES ('i', ?)", params![cause("ben")]);
    assert_eq!(shop.texts("SELECT end_reason FROM sessions WHERE id = 's'"), ["force_released"]);
    let actor = "SELECT actor FROM audit WHERE action = 'edit.force_released'";
    assert_eq!(shop.texts(actor), ["system"], "nobody's doing");
    assert_eq!(shop.count("due"), 0);
}

#[test]
fn only_those_who_may_command() {
    let shop = Shop::new();
    assert!(shop.give("ben", false).is_null());
    let given = shop.give("root", true);
    assert_eq!((&given["sender"], &given["state"]), (&json!("root"), &json!("pending")));
    let id = given["id"].as_str().expect("an id");
    assert_eq!(shop.answer(id, "ben", "done")["taken"], false);
    assert_eq!(shop.answer(id, "root", "done")["command"]["state"], "pending", "it is alice's to say");
    for _ in 0..99 {
        assert!(!shop.give("alice", false).is_null());
    }
    assert!(shop.give("alice", false).is_null(), "more than a hundred are open");
}

#[test]
fn what_is_over_is_forgotten_with_the_events() {
    let shop = Shop::new();
    let over = shop.give("root", true)["id"].as_str().expect("an id").to_owned();
    shop.give("root", true);
    shop.answer(&over, "alice", "done");
    shop.run("UPDATE commands SET ended_at = '2020-01-01T00:00:00.000Z' WHERE ended_at IS NOT NULL", Vec::new());
    shop.run("INSERT INTO do_prune (before, batch) VALUES ('2021-01-01T00:00:00.000Z', 100)", Vec::new());
    assert_eq!(shop.count("commands"), 1);
}
