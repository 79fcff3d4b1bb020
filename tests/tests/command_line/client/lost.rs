//! `edit`, when the session is lost or the server is gone.

use baton_tests::{App, Mode, eventually, on_own_app, on_shared_app, paths, unique};
use serde_json::json;

use super::edit::{end, start};
use super::home::Home;

on_shared_app!(a_loss_is_told_and_the_command_goes_on, a_command_is_ended_with_the_session, released_elsewhere_is_lost);
on_own_app!(a_server_that_comes_back_has_lost_nothing, a_server_that_stays_away_costs_the_session);

fn force_release(app: &App, part: &str) {
    let admin = app.user("admin");
    let session = &admin.active(part)[0];
    admin.post(&paths::of_session(session, "force-release"), &json!({ "reason": "on leave" })).ok(200);
}

fn a_loss_is_told_and_the_command_goes_on(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    let mut running = start(&home, &part, &[]);
    force_release(app, &part);
    running.tells("on leave");
    running.tells("isn't yours any longer");
    assert!(running.goes_on(), "the command was ended");
    end(&home);
    assert_eq!(running.ended().code, 4);
}

fn a_command_is_ended_with_the_session(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    let running = start(&home, &part, &["--kill"]);
    force_release(app, &part);
    assert_eq!(running.ended().code, 4);
}

fn released_elsewhere_is_lost(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    let running = start(&home, &part, &[]);
    home.ends(0, &["release", &part]);
    running.tells("isn't yours any longer");
    end(&home);
    assert_eq!(running.ended().code, 4);
}

fn a_server_that_comes_back_has_lost_nothing(mode: Mode) {
    let port = baton_tests::free_port();
    let app = baton_tests::Setup::new(mode).argument("--listen", &format!("127.0.0.1:{port}")).start();
    let (home, part) = (Home::new(&app, "editor"), unique::part());
    let mut running = start(&home, &part, &["--for", "90s", "--file", "part.step"]);
    let before = home.user.active(&part)[0].clone();
    app.kill();
    std::fs::write(home.path("part.step"), "changed meanwhile").expect("a file");
    running.tells("isn't kept as the draft");
    assert!(running.goes_on());
    app.start_again();
    running.tells("is kept again");
    let session = eventually("the session", || home.user.active(&part).into_iter().next());
    assert_eq!(session["id"], before["id"]);
    end(&home);
    let ran = running.ended();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(home.user.active(&part).is_empty());
}

fn a_server_that_stays_away_costs_the_session(mode: Mode) {
    let app = App::start(mode);
    let (home, part) = (Home::new(&app, "editor"), unique::part());
    let mut running = start(&home, &part, &["--for", "4s"]);
    app.kill();
    running.tells("trying on");
    running.tells("isn't yours any longer");
    assert!(running.goes_on(), "the command was ended");
    end(&home);
    let ran = running.ended();
    assert!(ran.code == 4 && ran.err.contains("expired"), "{ran:?}");
    // A server that is away at the end only.
    let home = home.with("BATON_URL", &app.url());
    home.ends(5, &["edit", &part, "--", "true"]);
}
