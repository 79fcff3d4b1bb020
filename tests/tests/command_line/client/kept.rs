//! `checkpoints` and `keys`.

use baton_tests::{App, Json, on_shared_app, paths, unique};

use super::home::Home;

on_shared_app!(checkpoints_are_shown_and_fetched, keys_are_looked_after);

fn checkpoints_are_shown_and_fetched(app: &App) {
    let (home, seat, part) = (Home::new(app, "viewer"), app.seat(), unique::part());
    let session = seat.acquire(&part);
    assert!(home.ends(0, &["checkpoints", &part]).out.contains("Nothing"));
    for (label, content) in [("first", "one"), ("second", "two")] {
        let path = format!("{}?label={label}", paths::of_session(&session, "checkpoints"));
        seat.call("POST", &path).body("application/octet-stream", content).send().ok(201);
    }
    let shown = home.ends(0, &["checkpoints", &part]);
    assert!(shown.out.contains("first") && shown.out.contains("second") && shown.out.contains(&seat.user), "{shown:?}");
    home.ends(0, &["checkpoints", &part, "--download", "-o", "newest.step"]);
    assert_eq!(std::fs::read_to_string(home.path("newest.step")).expect("a file"), "two");
    home.ends(0, &["checkpoints", &part, "--download", "first", "-o", "old.step"]);
    assert_eq!(std::fs::read_to_string(home.path("old.step")).expect("a file"), "one");
    // What is there is not replaced.
    let again = home.ends(1, &["checkpoints", &part, "--download", "first", "-o", "newest.step"]);
    assert!(again.err.contains("already"), "{again:?}");
    assert_eq!(std::fs::read_to_string(home.path("newest.step")).expect("a file"), "two");
    home.ends(1, &["checkpoints", &part, "--download", "third"]);
    home.ends(1, &["checkpoints", &part, "--download", "first", "-o", "no/such/folder"]);
}

fn keys_are_looked_after(app: &App) {
    let home = Home::new(app, "editor");
    assert!(home.ends(0, &["keys"]).out.contains("no key"));
    let made = home.ends(0, &["keys", "create", "laptop", "--scope", "read"]);
    let secret = made.out.trim().to_owned();
    assert!(secret.starts_with("baton_") && secret.lines().count() == 1, "the secret alone: {made:?}");
    let shown = home.ends(0, &["keys"]);
    assert!(shown.out.contains("laptop") && !shown.out.contains(&secret), "{shown:?}");
    let rotated = home.document(0, &["keys", "rotate", "laptop"]);
    let key = home.user.with_token(rotated.text("secret"));
    assert_eq!(key.get("/api/edit-sessions").status, 200);
    home.ends(0, &["keys", "delete", "laptop"]);
    assert_eq!(key.get("/api/edit-sessions").status, 401);
    home.ends(1, &["keys", "delete", "laptop"]);
    home.ends(1, &["keys", "create", "more", "--role", "admin"]);
}
