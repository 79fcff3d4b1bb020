//! What is to be sent to webhooks, in which order, by whom and how often.

use serde_json::{Value, json};

use super::{PART, Scene};

/// What causes what isn't a command of a user's.
const CAUSE: &str = r#"{"change": "x", "actor": "system"}"#;

/// What is taken by a lease: the part or type of each event, and the delivery.
type Taken = Vec<(String, String)>;

impl Scene {
    fn run(&self, statement: &str) -> usize {
        self.store.raw().execute(statement, []).unwrap_or_else(|error| panic!("{error}: {statement}"))
    }

    fn hook(&self, id: &str, events: &str, part: Option<&str>) {
        let statement =
            "INSERT INTO webhooks (id, url, events, part_number, format, secret, after_seq, created_at, cause)
             SELECT ?, 'https://a.example/', ?, ?, 'standard', 'sealed', (SELECT seq FROM log_head), now, ? FROM clock";
        self.store.raw().execute(statement, rusqlite::params![id, events, part, CAUSE]).expect("a webhook");
    }

    fn round(&self, lease: &str, attempts: &Value) -> Taken {
        let statement = "INSERT INTO do_send_webhooks (lease, until, room, batch, attempts, cause)
             VALUES (?, '+30 seconds', 100, 500, ?, '{\"change\": \"x\", \"actor\": \"system\"}')";
        self.store.raw().execute(statement, rusqlite::params![lease, attempts.to_string()]).expect("a round");
        let mut query =
            self.store.raw().prepare("SELECT document FROM webhook_claims WHERE lease = ?").expect("a view");
        let rows = query.query_map([lease], |row| row.get::<_, String>(0)).expect("rows");
        rows.map(|row| serde_json::from_str::<Value>(&row.expect("a row")).expect("a document"))
            .map(|claim| {
                let event = &claim["event"];
                let name = event["part_number"].as_str().or(event["type"].as_str()).expect("a name").to_owned();
                (name, claim["id"].as_str().expect("an id").to_owned())
            })
            .collect()
    }

    fn number(&self, query: &str) -> i64 {
        self.store.value(query)
    }
}

fn came(lease: &str, taken: &[(String, String)], outcome: &str) -> Value {
    let attempt = |(_, id): &(String, String)| json!({ "id": id, "lease": lease, "outcome": outcome, "status": 500, "duration_ms": 7, "answer": "x" });
    taken.iter().map(attempt).collect()
}

fn names(taken: &Taken) -> Vec<&str> {
    taken.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_change_writes_nothing_for_webhooks() {
    let scene = Scene::new();
    for number in 0..10 {
        scene.hook(&format!("h{number}"), r#"["*"]"#, None);
    }
    scene.hold(&scene.anna, None);
    assert_eq!(scene.number("SELECT count(*) FROM webhook_deliveries"), 0);
    assert_eq!(scene.number("SELECT announcement ->> '$.webhooks' FROM announcements"), 1);
    scene.run("INSERT INTO do_fan_out (batch) VALUES (500)");
    assert_eq!(scene.number("SELECT count(*) FROM webhook_deliveries"), 10);
    assert_eq!(scene.number("SELECT count(DISTINCT id) FROM webhook_deliveries"), 10);
}

#[test]
fn what_was_before_is_for_none() {
    let scene = Scene::new();
    let id = scene.hold(&scene.anna, None);
    scene.hook("h", r#"["*"]"#, None);
    assert_eq!(scene.round("a", &json!([])), Taken::new());
    scene.release(&scene.anna, &id);
    assert_eq!(scene.round("b", &json!([])).len(), 1);
}

#[test]
fn first_attempts_are_in_order_for_an_item_and_a_failed_one_holds_up_none() {
    let scene = Scene::new();
    scene.hook("h", r#"["*"]"#, None);
    let id = scene.hold(&scene.anna, None);
    scene.release(&scene.anna, &id);
    scene.store.acquire(&scene.ben, "F2", None);
    let first = scene.round("a", &json!([]));
    assert_eq!(names(&first), [PART, "F2"]);
    assert_eq!(scene.round("b", &json!([])), Taken::new(), "who has it has it");
    // The next one of the item follows, also in a later batch.
    let next = scene.hold(&scene.anna, None);
    let second = scene.round("c", &came("a", &first[..1], "failed"));
    assert_eq!(names(&second), [PART]);
    scene.release(&scene.anna, &next);
    let third = scene.round("d", &came("c", &second, "delivered"));
    assert_eq!(names(&third), [PART]);
    let types =
        "SELECT group_concat(type, ' ') FROM (SELECT e.type FROM webhook_deliveries d JOIN events e ON e.seq = d.event
                 WHERE d.tries > 0 OR d.lease = 'd' ORDER BY d.seq)";
    let expected = "edit.session_acquired edit.session_released edit.session_acquired";
    assert_eq!(scene.store.value::<String>(types), expected);
}

#[test]
fn a_lease_that_is_over_is_anothers() {
    let scene = Scene::new();
    scene.hook("h", r#"["*"]"#, None);
    scene.hold(&scene.anna, None);
    let first = scene.round("a", &json!([]));
    scene.run("UPDATE webhook_deliveries SET lease_until = '2000'");
    assert_eq!(scene.round("b", &json!([])), first);
    scene.round("c", &came("a", &first, "delivered"));
    assert_eq!(
        scene.number("SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'"),
        0,
        "it is no longer theirs"
    );
    scene.round("d", &came("b", &first, "delivered"));
    assert_eq!(scene.number("SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'"), 1);
}

#[test]
fn it_is_tried_ten_times_at_the_times_of_the_contract() {
    let scene = Scene::new();
    scene.hook("h", r#"["*"]"#, None);
    scene.hold(&scene.anna, None);
    for wait in [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, 0] {
        let lease = format!("l{wait}");
        let taken = scene.round(&lease, &json!([]));
        assert_eq!(taken.len(), 1, "before the wait of {wait} s");
        scene.round("note", &came(&lease, &taken, "failed"));
        let left = "SELECT coalesce(CAST(round((julianday(due_at) - julianday('now')) * 86400) AS INTEGER), 0) FROM webhook_deliveries";
        assert_eq!(scene.number(left), wait);
        scene.run("UPDATE webhook_deliveries SET due_at = (SELECT now FROM clock) WHERE due_at IS NOT NULL");
    }
    assert_eq!(scene.number("SELECT count(*) FROM webhook_deliveries WHERE state = 'failed' AND tries = 10"), 1);
    assert_eq!(scene.number("SELECT json_array_length(attempts) FROM webhook_deliveries"), 10);
    assert_eq!(scene.number("SELECT enabled FROM webhooks"), 1);
}

#[test]
fn five_days_of_failure_turn_it_off() {
    let scene = Scene::new();
    scene.hook("h", r#"["*"]"#, None);
    for (since, is_on) in [("-4 days", 1), ("-121 hours", 0)] {
        let id = scene.hold(&scene.anna, None);
        let taken = scene.round(since, &json!([]));
        scene.run(&format!("UPDATE webhooks SET failing_since = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '{since}')"));
        scene.round("note", &came(since, &taken, "failed"));
        assert_eq!(scene.number("SELECT enabled FROM webhooks"), is_on, "{since}");
        scene.release(&scene.anna, &id);
    }
    let told = "SELECT count(*) FROM events WHERE type = 'webhook.disabled' AND data ->> '$.reason' = 'failing'";
    assert_eq!(scene.number(told), 1);
    assert_eq!(scene.number("SELECT count(*) FROM audit WHERE action = 'webhook.disabled'"), 1);
}

#[test]
fn a_webhook_has_room_for_eight() {
    let scene = Scene::new();
    for number in 0..2 {
        scene.hook(&format!("h{number}"), r#"["*"]"#, None);
    }
    for number in 0..20 {
        scene.store.acquire(&scene.anna, &format!("P{number}"), None);
    }
    let first = scene.round("a", &json!([]));
    assert_eq!(first.len(), 16);
    assert_eq!(scene.round("b", &came("a", &first[..3], "delivered")).len(), 3);
}

#[test]
fn the_log_forgets_nothing_that_has_yet_to_be_sent() {
    let scene = Scene::new();
    scene.hook("h", r#"["*"]"#, None);
    let id = scene.hold(&scene.anna, None);
    scene.release(&scene.anna, &id);
    let taken = scene.round("a", &json!([]));
    scene.round("note", &came("a", &taken, "delivered"));
    scene.hold(&scene.anna, None);
    for _ in 0..4 {
        scene.store.prune("+1 hours", 1);
    }
    assert_eq!(scene.number("SELECT count(*) FROM events"), 0);
    assert_eq!(
        scene.number("SELECT count(*) FROM webhook_deliveries WHERE document IS NOT NULL"),
        2,
        "the delivered one is gone"
    );
    scene.run("UPDATE webhook_deliveries SET lease_until = '2000' WHERE lease IS NOT NULL");
    assert_eq!(names(&scene.round("b", &json!([]))), [PART]);
}
