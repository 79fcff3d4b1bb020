//! What receivers get.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use baton_tests::{Json, Mode, Receiver, Reply, Seat, eventually, on_own_app, repo, skipped, unique, within};
use serde_json::{Value, json};

use crate::{app, come, deliveries, hook, newest, webhook};

on_own_app!(
    events_come_within_a_second_with_nobody_waiting,
    the_stock_library_verifies_them,
    a_chat_is_told_in_a_sentence,
    only_what_fits_is_sent,
    first_attempts_come_in_order_for_an_item,
    a_change_of_a_webhook_holds_from_then_on,
);

fn events_come_within_a_second_with_nobody_waiting(mode: Mode) {
    let receiver = Receiver::start();
    let app = app(mode, &[&receiver]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let made = hook(&admin, &receiver);
    let part = unique::part();
    // The first one finds nothing that runs yet.
    seat.acquire(&part);
    come(&receiver, 1);
    let other = unique::part();
    let session = seat.acquire(&other);
    within(Duration::from_secs(1), "the event", || (receiver.received().len() >= 2).then_some(()));
    let received = &receiver.received()[1];
    let event = received.document();
    assert_eq!((event.text("type"), event.text("part_number")), ("edit.session_acquired", other.as_str()));
    assert_eq!(event["data"]["session_id"], session["id"]);
    assert_eq!(received.header("content-type"), "application/json");
    let arrived = newest(&admin, &made, "it is noted", |newest| newest["state"] == "delivered");
    assert_eq!((arrived["event"].clone(), arrived.text("id")), (event, received.header("webhook-id")));
}

fn the_stock_library_verifies_them(mode: Mode) {
    let python = repo().join("target/tools/bin/python");
    let known = Command::new(&python).args(["-c", "import standardwebhooks"]).stderr(Stdio::null()).status();
    if !known.is_ok_and(|status| status.success()) {
        return skipped("webhooks against standardwebhooks", "it isn't in target/tools: `./test` installs it");
    }
    let verify = |secret: &str, request: &baton_tests::Received| {
        let program = "import sys, json; from standardwebhooks import Webhook
request = json.load(sys.stdin); Webhook(request['secret']).verify(request['body'], request['headers'])";
        let mut child = Command::new(&python).args(["-c", program]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn();
        let child = child.as_mut().expect("Python runs");
        let request = json!({ "secret": secret, "body": request.body, "headers": request.headers });
        child.stdin.take().expect("a pipe").write_all(request.to_string().as_bytes()).expect("it reads");
        child.wait().expect("it ends").success()
    };
    let receiver = Receiver::start();
    let app = app(mode, &[&receiver]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let (made, secret) = webhook(&admin, &json!({ "url": receiver.url("/hook") }));
    seat.acquire(&unique::part());
    come(&receiver, 1);
    let first = receiver.received().remove(0);
    assert!(verify(&secret, &first));
    let mut forged = first.clone();
    forged.body.push(' ');
    assert!(!verify(&secret, &forged));
    // After a rotation both secrets sign for a while.
    let rotated = admin.post_empty(&format!("/api/webhooks/{}/rotate", made.id())).ok(200);
    assert!(!verify(rotated.text("secret"), &first));
    seat.acquire(&unique::part());
    come(&receiver, 2);
    let second = receiver.received().remove(1);
    assert!(verify(rotated.text("secret"), &second) && verify(&secret, &second), "{second:?}");
    assert_eq!(second.header("webhook-signature").split(' ').count(), 2);
}

fn a_chat_is_told_in_a_sentence(mode: Mode) {
    let (slack, teams) = (Receiver::start(), Receiver::start());
    let app = app(mode, &[&slack, &teams]);
    let admin = app.user("admin");
    let (ann, ben) = (app.user("editor"), app.user("editor"));
    let (alice, bob) = (Seat::new(ann.clone()), Seat::new(ben.clone()));
    for (receiver, format) in [(&slack, "slack"), (&teams, "teams")] {
        webhook(&admin, &json!({ "url": receiver.url("/x"), "format": format, "events": ["edit.handoff_requested"] }));
    }
    let part = unique::part();
    let session = alice.acquire(&part);
    bob.ask_with(&session, &json!({ "message": "<!channel> *now*?" }));
    come(&slack, 1);
    come(&teams, 1);
    let said = format!("{} asks {} for {part}", ben.user, ann.user);
    assert_eq!(slack.received()[0].document(), json!({ "text": format!("{said}: &lt;!channel&gt; *now*?") }));
    let card = teams.received()[0].document();
    assert_eq!((&card["type"], card.list("attachments").len()), (&json!("message"), 1));
    let content = &card["attachments"][0];
    assert_eq!(content["contentType"], "application/vnd.microsoft.card.adaptive");
    assert_eq!(content["content"]["type"], "AdaptiveCard");
    let text = content["content"]["body"][0].text("text");
    assert!(text.replace('\\', "").starts_with(&said) && text.contains("\\*now\\*"), "{text}");
}

fn only_what_fits_is_sent(mode: Mode) {
    let (all, some, none) = (Receiver::start(), Receiver::start(), Receiver::start());
    let app = app(mode, &[&all, &some, &none]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let beginning = unique::name("W");
    seat.acquire(&format!("{beginning}-0"));
    hook(&admin, &all);
    let fits = json!({ "url": some.url("/"), "events": ["edit.session_rel*", "approval.*"], "part_number": format!("{beginning}-1*") });
    webhook(&admin, &fits);
    webhook(&admin, &json!({ "url": none.url("/"), "part_number": format!("{beginning}-1") }));
    for number in ["1", "10", "2"] {
        let session = seat.acquire(&format!("{beginning}-{number}"));
        seat.release(&session);
    }
    come(&all, 6);
    come(&some, 2);
    come(&none, 2);
    let kinds = |receiver: &Receiver| -> HashSet<(String, String)> {
        let documents = receiver.received().into_iter().map(|request| request.document());
        documents.map(|event| (event.text("type").to_owned(), event.text("part_number").to_owned())).collect()
    };
    let of = |kind: &str, number: &str| (format!("edit.session_{kind}"), format!("{beginning}-{number}"));
    assert_eq!(kinds(&some), HashSet::from([of("released", "1"), of("released", "10")]));
    assert_eq!(kinds(&none), HashSet::from([of("acquired", "1"), of("released", "1")]));
    assert_eq!(kinds(&all).len(), 6, "what had happened before is not sent: {:?}", kinds(&all));
}

fn first_attempts_come_in_order_for_an_item(mode: Mode) {
    // Some fail when they come for the first time, and all take their time.
    let seen = Mutex::new(HashSet::new());
    let receiver = Receiver::that(move |request, _| {
        let id = request.header("webhook-id").to_owned();
        let fails = id.starts_with(|c: char| c < '6') && seen.lock().expect("nobody panics here").insert(id);
        Reply::Late(Duration::from_millis(5), if fails { 500 } else { 200 })
    });
    let app = app(mode, &[&receiver]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let made = hook(&admin, &receiver);
    let parts = [unique::part(), unique::part(), unique::part()];
    for _ in 0..10 {
        for part in &parts {
            let session = seat.acquire(part);
            seat.release(&session);
        }
    }
    come(&receiver, 60);
    let mut seen: HashMap<String, Vec<i64>> = HashMap::new();
    let mut tried = HashSet::new();
    for request in receiver.received() {
        if tried.insert(request.header("webhook-id").to_owned()) {
            let event = request.document();
            let id = event.text("id").parse().expect("a number");
            seen.entry(event.text("part_number").to_owned()).or_default().push(id);
        }
    }
    eventually("every event is tried", || (tried_in(&receiver) == 60).then_some(()));
    for (part, ids) in seen {
        assert!(ids.is_sorted(), "{part}: {ids:?}");
    }
    // What failed comes again, under its own id.
    eventually("all have arrived", || {
        deliveries(&admin, &made).iter().all(|delivery| delivery["state"] == "delivered").then_some(())
    });
    assert_eq!(tried_in(&receiver), 60);
}

fn tried_in(receiver: &Receiver) -> usize {
    receiver.received().iter().map(|request| request.header("webhook-id").to_owned()).collect::<HashSet<_>>().len()
}

fn a_change_of_a_webhook_holds_from_then_on(mode: Mode) {
    let receiver = Receiver::start();
    let app = app(mode, &[&receiver]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let made = hook(&admin, &receiver);
    let path = format!("/api/webhooks/{}", made.id());
    let change = |members: Value| admin.call("PATCH", &path).json(&members).send().ok(200);
    let before = seat.acquire(&unique::part());
    change(json!({ "enabled": false }));
    let meanwhile = seat.acquire(&unique::part());
    change(json!({ "enabled": true, "events": ["edit.session_acquired"] }));
    seat.release(&before);
    let after = seat.acquire(&unique::part());
    come(&receiver, 2);
    let sessions: Vec<_> = receiver.received().iter().map(|it| it.document()["data"]["session_id"].clone()).collect();
    assert_eq!(HashSet::from_iter(&sessions), HashSet::from([&before["id"], &after["id"]]), "not {}", meanwhile["id"]);
}
