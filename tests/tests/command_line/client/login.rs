//! Signing in, and what a command ends with that finds nobody.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use baton_tests::{App, Json, on_shared_app, token};

use super::home::Home;

on_shared_app!(
    a_login_is_kept_for_its_owner_alone,
    a_token_that_is_not_taken_is_not_kept,
    the_environment_goes_before_the_login,
    nobody_is_there,
    wrong_use_is_told_apart,
    a_machine_is_one_workstation_for_each_user,
);

fn login(home: &Home, url: &str, token: &str) -> super::home::Ran {
    let mut shell = home.program("sh");
    let script = "printf '%s\\n' \"$SECRET\" | \"$BATON\" login \"$0\" --token -";
    shell.args(["-c", script, url]).env("SECRET", token).env("BATON", baton_tests::baton()).stdin(Stdio::null());
    home.launch(&mut shell).ended()
}

fn a_login_is_kept_for_its_owner_alone(app: &App) {
    let home = Home::new(app, "editor").signed_out();
    let ran = login(&home, &app.url(), &home.user.token);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains(&home.user.user) && !ran.out.contains(&home.user.token), "{ran:?}");
    let file = home.path(".config/baton/login.json");
    assert_eq!(file.metadata().expect("the login").permissions().mode() & 0o777, 0o600);
    assert_eq!(home.path(".config/baton").metadata().expect("its folder").permissions().mode() & 0o777, 0o700);
    assert!(home.ends(0, &["who", "--mine"]).out.contains("nothing"));
}

fn a_token_that_is_not_taken_is_not_kept(app: &App) {
    let home = Home::new(app, "editor").signed_out();
    let ran = login(&home, &app.url(), &token::unsigned(&token::claims("eve", "admin")));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(!home.path(".config/baton/login.json").exists());
    assert_eq!(login(&home, &app.url(), "two words").code, 2);
    assert_eq!(login(&home, "no URL", &home.user.token).code, 2);
    assert_eq!(login(&home, "http://127.0.0.1:9", &home.user.token).code, 5);
    assert!(!home.path(".config/baton/login.json").exists());
}

fn the_environment_goes_before_the_login(app: &App) {
    let home = Home::new(app, "editor").signed_out();
    assert_eq!(login(&home, &app.url(), &home.user.token).code, 0);
    let home = home.with("BATON_TOKEN", &token::unsigned(&token::claims("eve", "admin")));
    let refused = home.ends(1, &["who", "--mine"]);
    assert!(refused.err.contains("baton login"), "{refused:?}");
    home.with("BATON_URL", "http://127.0.0.1:9").ends(5, &["who", "--mine"]);
}

fn nobody_is_there(app: &App) {
    let home = Home::new(app, "editor").with("BATON_URL", "http://127.0.0.1:9");
    for arguments in [&["who"][..], &["acquire", "F01"], &["requests"], &["watch"], &["edit", "F01", "--", "true"]] {
        let ran = home.ends(5, arguments);
        assert!(ran.err.contains("127.0.0.1:9") && ran.out.is_empty(), "{ran:?}");
    }
}

fn wrong_use_is_told_apart(app: &App) {
    let home = Home::new(app, "editor");
    let wrong: [&[&str]; 9] = [
        &[],
        &["acquire"],
        &["acquire", "no part"],
        &["acquire", "F01", "--frobnicate"],
        &["release", "F01", "--all"],
        &["sign", "x", "perhaps"],
        &["edit", "F01"],
        &["force-release", "F01"],
        &["token", "--user", "ann", "--role", "editor", "--json"],
    ];
    for arguments in wrong {
        let ran = home.ends(2, arguments);
        assert!(!ran.err.is_empty() && ran.out.is_empty(), "{ran:?}");
    }
    let lost = Home::new(app, "editor").signed_out().ends(2, &["who"]);
    assert!(lost.err.contains("baton login"), "{lost:?}");
}

/// Also where commands are given at the same time in a home with nothing in it.
fn a_machine_is_one_workstation_for_each_user(app: &App) {
    let home = Home::new(app, "editor");
    let running: Vec<_> = (0..4).map(|_| home.start(&["requests"])).collect();
    running.into_iter().for_each(|running| assert_eq!(running.ended().code, 0));
    let own = home.user.get("/api/workstations").ok(200);
    assert_eq!(own.list("workstations").len(), 1, "{own}");
    let fingerprint = home.path(".config/baton/fingerprint");
    assert_eq!(fingerprint.metadata().expect("it").permissions().mode() & 0o777, 0o600);
    // Another user on the same machine.
    let other = app.user("editor");
    let home = home.with("BATON_TOKEN", &other.token);
    home.ends(0, &["requests"]);
    assert_eq!(other.get("/api/workstations").ok(200).list("workstations").len(), 1);
}
