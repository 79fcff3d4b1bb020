//! Receivers that aren't as they should be, and servers that end.

use std::collections::HashSet;
use std::time::Duration;

use baton_tests::{Json, Mode, Receiver, Reply, eventually, on_own_app, on_spin, skipped, unique, within};
use serde_json::json;

use crate::{app, come, deliveries, hook, newest};

on_own_app!(
    nothing_is_lost_by_a_kill,
    a_receiver_that_is_back_gets_it_after_five_seconds,
    gone_is_gone,
    a_receiver_is_read_no_further_than_that,
    a_slow_receiver_holds_up_nobody,
    each_is_sent_once_by_any_number_of_senders,
    a_connection_carries_many_requests,
    a_kept_connection_that_breaks_is_no_failed_attempt,
);

fn nothing_is_lost_by_a_kill(mode: Mode) {
    let receiver = Receiver::that(|_, _| Reply::BreakOff);
    let app = app(mode, &[&receiver]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let made = hook(&admin, &receiver);
    let sessions: HashSet<_> = (0..5).map(|_| seat.acquire(&unique::part()).id()).collect();
    app.kill();
    receiver.does(|_, _| Reply::ok());
    app.start_again();
    // Whoever had taken a delivery and died has it for as long as its lease holds.
    let arrived = |delivery: &serde_json::Value| delivery["state"] == "delivered";
    within(Duration::from_secs(60), "all have arrived", || {
        let all = deliveries(&admin, &made);
        (all.len() == 5 && all.iter().all(arrived)).then_some(())
    });
    let told: HashSet<_> =
        deliveries(&admin, &made).iter().map(|one| one["event"]["data"].text("session_id").to_owned()).collect();
    assert_eq!(told, sessions);
}

fn a_receiver_that_is_back_gets_it_after_five_seconds(mode: Mode) {
    let receiver = Receiver::that(|_, before| if before == 0 { Reply::BreakOff } else { Reply::ok() });
    let app = app(mode, &[&receiver]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let made = hook(&admin, &receiver);
    seat.acquire(&unique::part());
    // Nobody makes any request meanwhile.
    come(&receiver, 2);
    let [first, second] = [0, 1].map(|number| receiver.received()[number].clone());
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert!(second.at - first.at >= Duration::from_secs(5), "{:?}", second.at - first.at);
    let arrived = newest(&admin, &made, "it is noted", |newest| newest["state"] == "delivered");
    let attempts = arrived.list("attempts");
    assert_eq!((attempts.len(), &attempts[0]["status"], &attempts[1]["status"]), (2, &json!(null), &json!(204)));
    assert!(admin.get(&format!("/api/webhooks/{}", made.id())).ok(200)["failing_since"].is_null());
}

fn gone_is_gone(mode: Mode) {
    let receiver = Receiver::that(|_, _| Reply::Status(410, "gone".to_owned()));
    let app = app(mode, &[&receiver]);
    let (admin, seat) = (app.user("admin"), app.seat());
    // An admin who polls is told.
    let desk = admin.workstation();
    let cursor = admin.cursor(&desk);
    let made = hook(&admin, &receiver);
    let path = format!("/api/webhooks/{}", made.id());
    seat.acquire(&unique::part());
    let off = eventually("it is turned off", || Some(admin.get(&path).ok(200)).filter(|one| one["enabled"] == false));
    off.time("disabled_at");
    let told = eventually("the admin is told", || {
        let events = admin.events(&desk, Some(&cursor), 1).ok(200);
        events.list("events").iter().find(|event| event["type"] == "webhook.disabled").cloned()
    });
    assert_eq!(told["data"]["webhook_id"], made["id"]);
    let entries = admin.pages("/api/audit?action=webhook.disabled", "entries", 100);
    assert!(entries.iter().any(|entry| entry["resource_id"] == made["id"]), "{entries:?}");
    let failed = newest(&admin, &made, "it has failed", |newest| newest["state"] == "failed");
    admin.post_empty(&format!("/api/webhook-deliveries/{}/retry", failed.id())).expect(409, "webhook_disabled");
    // What happens now isn't for it.
    seat.acquire(&unique::part());
    receiver.does(|_, _| Reply::ok());
    admin.call("PATCH", &path).json(&json!({ "enabled": true })).send().ok(200);
    let last = seat.acquire(&unique::part());
    let arrived = newest(&admin, &made, "it is on again", |newest| newest["state"] == "delivered");
    assert_eq!(arrived["event"]["data"]["session_id"], last["id"]);
    assert_eq!(deliveries(&admin, &made).len(), 2);
}

fn a_receiver_is_read_no_further_than_that(mode: Mode) {
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    let large = Receiver::that(move |_, _| Reply::Drip(head(10 << 20), vec![b'x'; 1 << 16], Duration::ZERO));
    let elsewhere = Receiver::that(|_, _| Reply::Status(302, String::new()));
    let broken = Receiver::that(|_, _| Reply::Hang(b"\x16\x03\x01 no HTTP \r\n\r\n".to_vec()));
    let app = app(mode, &[&large, &elsewhere, &broken]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let hooks = [&large, &elsewhere, &broken].map(|receiver| hook(&admin, receiver));
    seat.acquire(&unique::part());
    let tried =
        |number: usize| newest(&admin, &hooks[number], "it is tried", |newest| !newest.list("attempts").is_empty());
    let read = tried(0);
    assert_eq!((&read["state"], read["attempts"][0].text("answer").len()), (&json!("delivered"), 1_000));
    let redirected = tried(1);
    assert_eq!((&redirected["state"], &redirected["attempts"][0]["status"]), (&json!("pending"), &json!(302)));
    assert_eq!((&tried(2)["state"], &tried(2)["attempts"][0]["status"]), (&json!("pending"), &json!(null)));
    assert_eq!(elsewhere.connections(), elsewhere.received().len(), "nobody follows");
}

fn a_slow_receiver_holds_up_nobody(mode: Mode) {
    let continues = b"HTTP/1.1 100 Continue\r\n\r\n".to_vec();
    let slow = [
        Receiver::that(|_, _| Reply::Hang(Vec::new())),
        Receiver::that(|_, _| Reply::Drip(b"HTTP/1.1 200 O".to_vec(), b"K".to_vec(), Duration::from_secs(1))),
        Receiver::that(move |_, _| Reply::Drip(Vec::new(), continues.clone(), Duration::from_millis(50))),
    ];
    let quick = Receiver::start();
    let app = app(mode, &[&slow[0], &slow[1], &slow[2], &quick]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let slow_hooks: Vec<_> = slow.iter().map(|receiver| hook(&admin, receiver)).collect();
    hook(&admin, &quick);
    for _ in 0..30 {
        seat.acquire(&unique::part());
    }
    come(&quick, 30);
    for hook in &slow_hooks {
        let ended = within(Duration::from_secs(40), "an attempt ends", || {
            deliveries(&admin, hook).into_iter().find(|one| !one.list("attempts").is_empty())
        });
        let took = ended["attempts"][0].int("duration_ms");
        assert!((14_000..20_000).contains(&took), "15 s: {ended}");
        assert_eq!((&ended["state"], &ended["attempts"][0]["status"]), (&json!("pending"), &json!(null)));
    }
}

fn each_is_sent_once_by_any_number_of_senders(mode: Mode) {
    let receiver = Receiver::that(|_, _| Reply::Late(Duration::from_millis(20), 200));
    let app = app(mode, &[&receiver]);
    let beside = app.beside();
    let admin = app.user("admin");
    let made = hook(&admin, &receiver);
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (app, beside) = (&app, &beside);
            scope.spawn(move || {
                let client = if number % 2 == 0 { app.user("editor") } else { beside.user("editor") };
                let seat = baton_tests::Seat::new(client);
                for _ in 0..20 {
                    seat.acquire(&unique::part());
                }
            });
        }
    });
    eventually("all have arrived", || {
        let all = deliveries(&admin, &made);
        (all.len() == 80 && all.iter().all(|one| one["state"] == "delivered")).then_some(())
    });
    let ids: Vec<_> = receiver.received().iter().map(|request| request.header("webhook-id").to_owned()).collect();
    assert_eq!((ids.len(), ids.iter().collect::<HashSet<_>>().len()), (80, 80));
}

fn a_connection_carries_many_requests(mode: Mode) {
    let receiver = Receiver::start();
    let app = app(mode, &[&receiver]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let made = hook(&admin, &receiver);
    for count in 1..=5 {
        seat.acquire(&unique::part());
        come(&receiver, count);
        newest(&admin, &made, "it has arrived", |newest| newest["state"] == "delivered");
    }
    let connections = receiver.connections();
    assert!(connections <= app.hosts().len(), "{connections} connections");
}

fn a_kept_connection_that_breaks_is_no_failed_attempt(mode: Mode) {
    if on_spin() {
        return skipped("a kept connection that breaks", "Spin tells of it, and the attempt has failed");
    }
    // The second request finds its connection ended.
    let receiver = Receiver::that(|_, before| if before == 1 { Reply::BreakOff } else { Reply::ok() });
    let app = app(mode, &[&receiver]);
    let (admin, seat) = (app.user("admin"), app.seat());
    let made = hook(&admin, &receiver);
    seat.acquire(&unique::part());
    newest(&admin, &made, "the first arrives", |newest| newest["state"] == "delivered");
    let session = seat.acquire(&unique::part());
    let second = newest(&admin, &made, "the second arrives", |newest| {
        newest["state"] == "delivered" && newest["event"]["data"]["session_id"] == session["id"]
    });
    assert_eq!(second.list("attempts").len(), 1, "{second}");
    let [once, again] = [1, 2].map(|number| receiver.received()[number].header("webhook-id").to_owned());
    assert_eq!((once.as_str(), again.as_str()), (second.text("id"), second.text("id")));
    assert_eq!(receiver.connections(), 2);
}
