//! Cursors older than what is kept.

use baton_tests::{FalseClock, Json, Mode, Setup, eventually, on_own_app, skipped, unique};

on_own_app!(a_cursor_older_than_what_is_kept_has_expired);

/// The server lives through two events three hours ago, and then comes back to the present.
fn a_cursor_older_than_what_is_kept_has_expired(mode: Mode) {
    let Some(clock) = FalseClock::new() else {
        return skipped("expired cursors", "the server's clock is set with `libfaketime` (apt-get install faketime)");
    };
    clock.set(-3 * 3600);
    let setup = Setup::new(mode).variable("event_retention_hours", "1").clock(&clock);
    let app = setup.start();
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let old = watcher.cursor(&watcher.workstation);
    let session = editor.acquire(&part);
    let age = chrono::Utc::now() - session.time("acquired_at");
    assert!(age.num_minutes() > 170, "the server's clock is not set back: {session}");
    editor.release(&session);
    assert_eq!(watcher.events(&watcher.workstation, Some(&old), 0).ok(200).list("events").len(), 2);
    app.terminate();
    clock.set(0);
    app.start_again();
    // Tidying up is done by and by, beside those who wait.
    eventually("the old cursor has expired", || {
        editor.release(&editor.acquire(&part));
        let stranger = app.seat();
        stranger.events(&stranger.workstation, None, 1).ok(200);
        let response = watcher.events(&watcher.workstation, Some(&old), 0);
        (response.status != 200).then(|| response.expect(410, "cursor_expired"))
    });
    // What is new goes on.
    let mut inbox = watcher.inbox();
    editor.acquire(&part);
    inbox.expect("edit.session_acquired", &[]);
}
