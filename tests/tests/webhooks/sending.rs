//! What receivers get.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use baton_tests::{Json, Mode, Received, Receiver, Reply, Seat, eventually, on_own_app, repo, skipped, unique, within};
use serde_json::{Value, json};

use crate::{app, come, deliveries, hook, newest, webhook};

on_own_app!(
    events_come_within_a_second_with_nobody_waiting,
    the_stock_libraries_verify_them,
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

/// A stock library of Standard Webhooks, as its language calls it: a program with what sets it up, how it is loaded, and how it
/// verifies a document of secret, body and headers.
struct Library {
    name: &'static str,
    program: PathBuf,
    flag: &'static str,
    load: &'static str,
    verify: &'static str,
}

impl Library {
    fn all() -> [Self; 2] {
        [
            Self {
                name: "PyPI",
                program: repo().join("target/tools/bin/python"),
                flag: "-c",
                load: "from standardwebhooks import Webhook",
                verify: "import sys, json; request = json.load(sys.stdin)
Webhook(request['secret']).verify(request['body'], request['headers'])",
            },
            Self {
                name: "npm",
                program: PathBuf::from("node"),
                flag: "-e",
                load: "const { Webhook } = require('standardwebhooks')",
                verify: "const request = JSON.parse(require('fs').readFileSync(0))
new Webhook(request.secret).verify(request.body, request.headers)",
            },
        ]
    }

    /// Runs a program after the library is loaded; whether it ends well.
    fn runs(&self, program: &str, input: &str) -> bool {
        let mut command = Command::new(&self.program);
        command.args([self.flag, &format!("{}\n{program}", self.load)]).stdin(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut child) = command.env("NODE_PATH", repo().join("target/tools/npm/node_modules")).spawn() else {
            return false;
        };
        // One that isn't there doesn't read.
        _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        child.wait().expect("it ends").success()
    }

    fn verifies(&self, secret: &str, request: &Received) -> bool {
        let document = json!({ "secret": secret, "body": request.body, "headers": request.headers });
        self.runs(self.verify, &document.to_string())
    }
}

fn the_stock_libraries_verify_them(mode: Mode) {
    let (there, missing): (Vec<_>, Vec<_>) = Library::all().into_iter().partition(|library| library.runs("", ""));
    for library in missing {
        let what = format!("webhooks against standardwebhooks of {}", library.name);
        skipped(&what, "it isn't in target/tools: `./test` installs it");
    }
    if there.is_empty() {
        return;
    }
    let receiver = Receiver::start();
    let app = app(mode, &[&receiver]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let (made, secret) = webhook(&admin, &json!({ "url": receiver.url("/hook") }));
    seat.acquire(&unique::part());
    come(&receiver, 1);
    let first = receiver.received().remove(0);
    let mut forged = first.clone();
    forged.body.push(' ');
    // After a rotation both secrets sign for a while.
    let rotated = admin.post_empty(&format!("/api/webhooks/{}/rotate", made.id())).ok(200);
    let new_secret = rotated.text("secret");
    seat.acquire(&unique::part());
    come(&receiver, 2);
    let second = receiver.received().remove(1);
    assert_eq!(second.header("webhook-signature").split(' ').count(), 2);
    for library in there {
        assert!(library.verifies(&secret, &first), "{}", library.name);
        assert!(!library.verifies(&secret, &forged), "{}", library.name);
        assert!(!library.verifies(new_secret, &first), "{}", library.name);
        assert!(library.verifies(new_secret, &second) && library.verifies(&secret, &second), "{}", library.name);
    }
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
