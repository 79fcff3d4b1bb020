//! Logs that somebody has altered in the file.

use baton_tests::{App, Json, Mode, eventually, on_own_app, unique};
use serde_json::{Value, json};

use crate::look::{drop_guards, entries, write_rows};

on_own_app!(
    a_log_as_it_was_written_holds,
    whoever_waits_has_the_log_sealed,
    the_file_guards_its_rows,
    what_is_forged_is_found,
    an_end_that_is_cut_off_is_found,
    a_log_with_a_forged_entry_can_still_be_read,
);

fn verify(app: &App) -> Value {
    app.user("admin").get("/api/audit/verify").ok(200)
}

fn broken_at(app: &App) -> String {
    let verdict = verify(app);
    assert_eq!(verdict["valid"], false, "{verdict}");
    assert!(!verdict.text("detail").is_empty(), "{verdict}");
    verdict.text("broken_at").to_owned()
}

fn a_log_as_it_was_written_holds(mode: Mode) {
    let app = App::start(mode);
    assert_eq!(verify(&app), json!({ "valid": true, "rows": 0, "head": null }));
    let (holder, asking) = (app.seat(), app.seat());
    asking.stand_in_line(&holder.acquire(&unique::part()));
    let verdict = verify(&app);
    let all = entries(&app.user("admin"), "");
    let last = all.last().expect("entries");
    let head = json!({ "id": last["id"], "hash": last["hash"] });
    assert_eq!(verdict, json!({ "valid": true, "rows": all.len(), "head": head }));
    // What comes later changes no hash.
    holder.release(&holder.acquire(&unique::part()));
    let more = entries(&app.user("admin"), "");
    assert!(more.starts_with(&all) && more.len() > all.len(), "{more:?}");
    assert_eq!(verify(&app)["valid"], true);
    app.terminate();
    app.start_again();
    assert_eq!(verify(&app)["valid"], true);
}

fn whoever_waits_has_the_log_sealed(mode: Mode) {
    let app = App::start(mode);
    let (seat, database) = (app.seat(), app.sql());
    let _poll = seat.poll(&seat.workstation, None, 60);
    write_rows(&database, 1_500);
    eventually("nobody reads the log, and it is sealed", || {
        let unsealed = database.number("SELECT count(*) FROM audit WHERE hash IS NULL", &[]);
        (unsealed == 0).then_some(())
    });
    assert_eq!(verify(&app)["valid"], true);
}

fn the_file_guards_its_rows(mode: Mode) {
    let app = App::start(mode);
    app.seat();
    assert_eq!(verify(&app)["valid"], true);
    for forgery in ["UPDATE audit SET actor = 'eve'", "UPDATE audit SET hash = NULL", "DELETE FROM audit"] {
        assert!(app.sql().execute(forgery, &[]).is_err(), "{forgery}");
    }
}

fn what_is_forged_is_found(mode: Mode) {
    let app = App::start(mode);
    let (seat, database) = (app.seat(), app.sql());
    for _ in 0..4 {
        seat.acquire(&unique::part());
    }
    write_rows(&database, 1_000);
    assert_eq!(verify(&app)["valid"], true);
    drop_guards(&database);
    let forge = |statement: &str| database.execute(statement, &[]).unwrap_or_else(|e| panic!("{statement}: {e}"));
    // From the end to the beginning, as the first break is told.
    forge("UPDATE audit SET details = json_set(details, '$.message', 'y') WHERE seq = 900");
    assert_eq!(broken_at(&app), "900");
    forge("DELETE FROM audit WHERE seq = 600");
    assert_eq!(broken_at(&app), "600");
    forge("UPDATE audit SET time = '2020-01-01T00:00:00.000Z' WHERE seq = 7");
    assert_eq!(broken_at(&app), "7");
    forge("UPDATE audit SET hash = (SELECT hash FROM audit WHERE seq = 1) WHERE seq = 5");
    assert_eq!(broken_at(&app), "5");
    // Sealed anew by the service itself: what follows tells.
    forge("UPDATE audit SET actor = 'eve', hash = NULL WHERE seq = 3");
    assert_eq!(broken_at(&app), "4");
    forge("DELETE FROM audit WHERE seq = 1");
    assert_eq!(broken_at(&app), "1");
}

fn an_end_that_is_cut_off_is_found(mode: Mode) {
    let app = App::start(mode);
    let (seat, database) = (app.seat(), app.sql());
    seat.acquire(&unique::part());
    let rows = verify(&app).int("rows");
    drop_guards(&database);
    database.execute("DELETE FROM audit WHERE seq = ?", &[&rows.to_string()]).expect("a row goes");
    assert_eq!(broken_at(&app), rows.to_string());
    // Nor does it help to go on from there.
    seat.acquire(&unique::part());
    assert_eq!(broken_at(&app), rows.to_string());
}

fn a_log_with_a_forged_entry_can_still_be_read(mode: Mode) {
    let app = App::start(mode);
    let (seat, admin) = (app.seat(), app.user("admin"));
    assert_eq!(verify(&app)["valid"], true);
    let database = app.sql();
    drop_guards(&database);
    database.execute("UPDATE audit SET details = 'no {JSON' WHERE seq = 1", &[]).expect("a row is altered");
    assert_eq!(broken_at(&app), "1");
    let page = admin.get("/api/audit").ok(200);
    assert_eq!(page.list("entries")[0]["details"], "no {JSON");
    assert_eq!(page.list("entries")[0]["actor"], seat.user);
    for format in ["csv", "ndjson"] {
        assert_eq!(admin.get(&format!("/api/audit/export?format={format}")).status, 200);
    }
}
