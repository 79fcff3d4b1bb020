//! On a terminal, and in a pipe.

use std::process::Command;

use baton_tests::{App, on_shared_app, skipped, unique};

use super::home::{Home, Ran};

on_shared_app!(
    a_narrow_terminal_has_room,
    colour_is_for_terminals,
    a_reader_that_has_gone_is_no_failure,
    shells_complete_it
);

/// A script on a terminal of so many columns; none where there is no `script`.
fn on_terminal(home: &Home, columns: u32, script: &str) -> Option<Ran> {
    if Command::new("script").arg("--version").output().is_err() {
        skipped("a terminal", "there is no `script` (util-linux)");
        return None;
    }
    let mut command = home.program("script");
    let line = format!("stty rows 24 cols {columns}; {} {script}", baton_tests::baton().display());
    command.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm");
    Some(home.launch(&mut command).ended())
}

fn a_narrow_terminal_has_room(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    home.ends(0, &["acquire", &part]);
    if let Some(narrow) = on_terminal(&home, 40, &format!("who {part}")) {
        assert_eq!(narrow.code, 0, "{narrow:?}");
        assert!(narrow.out.contains(&part) && narrow.out.contains(&home.user.user), "{narrow:?}");
        assert_eq!(narrow.out.trim().lines().count(), 2, "the part has a line of its own: {narrow:?}");
    }
}

fn colour_is_for_terminals(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    home.ends(0, &["acquire", &part]);
    let piped = home.ends(0, &["who", &part]);
    assert!(!piped.out.contains('\x1b'), "{piped:?}");
    if let Some(shown) = on_terminal(&home, 100, &format!("who {part}")) {
        assert!(shown.out.contains('\x1b'), "{shown:?}");
    }
}

fn a_reader_that_has_gone_is_no_failure(app: &App) {
    let home = Home::new(app, "editor");
    let mut shell = home.program("bash");
    shell.args(["-o", "pipefail", "-c", "\"$0\" completions bash | head -n 1"]).arg(baton_tests::baton());
    let ran = home.launch(&mut shell).ended();
    assert!(ran.code == 0 && ran.err.is_empty(), "{ran:?}");
}

fn shells_complete_it(app: &App) {
    let home = Home::new(app, "editor").signed_out();
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.ends(0, &["completions", shell]).out.contains("force-release"), "{shell}");
    }
    home.ends(2, &["completions", "abacus"]);
}
