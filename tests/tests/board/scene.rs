//! What a test of the board begins with.

use baton_tests::{App, Mode, Seat, unique};
use serde_json::Value;

/// The server that the tests share: what wakes who waits is nothing of the page.
pub fn app() -> &'static App {
    App::shared(Mode::Embedded)
}

/// An editor who holds a part of their own.
pub fn holder(app: &App) -> (Seat, String, Value) {
    let (alice, part) = (app.seat(), unique::part());
    let session = alice.acquire(&part);
    (alice, part, session)
}

/// What finds the row of a part.
pub fn row(session: &Value) -> String {
    format!("tr[data-key=\"{}\"]", session["id"].as_str().expect("an id"))
}
