//! No URL reaches an address inside.

use baton_tests::{Json, Mode, Receiver, Reply, on_own_app, on_spin, unique};
use serde_json::json;

use crate::{newest, setup, webhook};

on_own_app!(a_name_is_judged_by_what_it_resolves_to, no_proxy_is_asked);

fn a_name_is_judged_by_what_it_resolves_to(mode: Mode) {
    let inside = Receiver::start();
    let app = setup(mode, &[]).start();
    let (admin, seat) = (app.user("admin"), app.seat());
    let url = format!("https://localhost:{}/", inside.port());
    let (made, _) = webhook(&admin, &json!({ "url": url }));
    seat.acquire(&unique::part());
    let tried = newest(&admin, &made, "it is tried", |newest| !newest.list("attempts").is_empty());
    let attempt = &tried["attempts"][0];
    assert!(attempt["status"].is_null(), "{attempt}");
    // Spin has to be told not to connect to addresses inside; as long as it isn't, nothing is sent to names.
    let why = if on_spin() { "not sent: this host would connect" } else { "it resolves to an address inside" };
    assert!(attempt.text("answer").contains(why), "{attempt}");
    assert_eq!(inside.connections(), 0);
}

fn no_proxy_is_asked(mode: Mode) {
    let (proxy, receiver) = (Receiver::that(|_, _| Reply::Status(500, String::new())), Receiver::start());
    let setup = setup(mode, &[&receiver]);
    let names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let app = names.iter().fold(setup, |setup, name| setup.environment(name, &proxy.url(""))).start();
    let (admin, seat) = (app.user("admin"), app.seat());
    let (made, _) = webhook(&admin, &json!({ "url": receiver.url("/") }));
    seat.acquire(&unique::part());
    newest(&admin, &made, "it has arrived", |newest| newest["state"] == "delivered");
    assert_eq!(proxy.connections(), 0);
}
