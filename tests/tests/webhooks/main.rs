//! "Webhooks" of the contract.

mod admin;
mod inside;
mod secure;
mod sending;
mod trouble;

use baton_tests::{App, Client, Json, Mode, Receiver, Setup, eventually, shape};
use serde_json::{Value, json};

/// An application that may send to these receivers.
fn app(mode: Mode, receivers: &[&Receiver]) -> App {
    setup(mode, receivers).start()
}

fn setup(mode: Mode, receivers: &[&Receiver]) -> Setup {
    let hosts: Vec<_> = receivers.iter().map(|receiver| receiver.host()).collect();
    Setup::new(mode).variable("webhook_hosts", &hosts.join(", "))
}

/// A webhook of these members, and its secret.
fn webhook(admin: &Client, members: &Value) -> (Value, String) {
    let made = admin.post("/api/webhooks", members).ok(201);
    let secret = made.text("secret").to_owned();
    assert!(secret.starts_with("whsec_"), "{made}");
    (made, secret)
}

/// A webhook for all events at a receiver.
fn hook(admin: &Client, receiver: &Receiver) -> Value {
    webhook(admin, &json!({ "url": receiver.url("/hook") })).0
}

fn deliveries(admin: &Client, webhook: &Value) -> Vec<Value> {
    let page = admin.get(&format!("/api/webhooks/{}/deliveries?limit=1000", webhook.id())).ok(200);
    let deliveries = page.list("deliveries").to_vec();
    deliveries.iter().for_each(delivery);
    deliveries
}

/// Checks what a delivery looks like.
fn delivery(delivery: &Value) {
    assert!(shape::is_uuid(&delivery["id"]) && shape::is_uuid(&delivery["webhook_id"]), "{delivery}");
    assert!(["pending", "delivered", "failed"].contains(&delivery.text("state")), "{delivery}");
    assert!(delivery["event"]["type"].is_string() && delivery["event"]["data"].is_object(), "{delivery}");
    for attempt in delivery.list("attempts") {
        attempt.time("at");
        assert!(attempt["status"].is_null() || attempt["status"].is_u64(), "{attempt}");
        assert!(attempt["duration_ms"].is_u64() && attempt["answer"].is_string(), "{attempt}");
    }
}

/// Waits until so many requests have come.
fn come(receiver: &Receiver, count: usize) {
    eventually(&format!("{count} requests"), || (receiver.received().len() >= count).then_some(()));
}

/// Waits until the newest delivery of a webhook is as wanted.
fn newest(admin: &Client, webhook: &Value, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    eventually(what, || deliveries(admin, webhook).into_iter().next().filter(|newest| wanted(newest)))
}
