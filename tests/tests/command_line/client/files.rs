//! PART may be a file of a git repository whose `lfs.url` is a Baton.

use std::process::Command;

use baton_tests::{App, Json, on_shared_app, unique};
use serde_json::json;

use super::home::Home;

on_shared_app!(a_file_is_held_by_its_path, a_file_of_another_repository_is_no_part);

/// Makes a home a git repository with one file, whose locks are kept at this URL.
pub fn repository(home: &Home, url: &str) {
    let git = |arguments: &[&str]| {
        let status = home.program("git").args(arguments).status().expect("git is there");
        assert!(status.success(), "git {arguments:?}");
    };
    git(&["init", "--quiet"]);
    git(&["config", "--file", ".lfsconfig", "lfs.url", url]);
    std::fs::create_dir(home.path("parts")).expect("a folder");
    std::fs::write(home.path("parts/left flange.step"), "solid").expect("a file");
}

/// `baton` in the folder with the file.
fn inside(home: &Home, arguments: &[&str]) -> Command {
    let mut command = home.baton(arguments);
    command.current_dir(home.path("parts"));
    command
}

fn a_file_is_held_by_its_path(app: &App) {
    let (alice, bob, name) = (Home::new(app, "editor"), Home::new(app, "editor"), unique::name("cad"));
    let url = format!("{}/lfs/{name}", app.url());
    for home in [&alice, &bob] {
        repository(home, &url);
    }
    let held = alice.ends(0, &["acquire", "parts/left flange.step", "--note", "new flange"]);
    assert!(held.out.contains("left flange.step"), "{held:?}");
    let session = alice.document(0, &["who", "parts/left flange.step"])["edit_sessions"][0].clone();
    assert_eq!((session.text("repository"), session.text("path")), (name.as_str(), "parts/left flange.step"));
    assert_eq!(session["user"], json!(alice.user.user));
    // From another folder, and somebody else.
    let refused = bob.launch(&mut inside(&bob, &["acquire", "left flange.step"])).ended();
    assert!(refused.code == 3 && refused.err.contains("baton ask 'left flange.step'"), "{refused:?}");
    assert_eq!(bob.launch(&mut inside(&bob, &["ask", "left flange.step", "--line"])).ended().code, 0);
    let asked = alice.ends(0, &["requests"]);
    assert!(asked.out.contains("left flange.step"), "{asked:?}");
    alice.ends(0, &["release", "parts/left flange.step"]);
    let who = bob.launch(&mut inside(&bob, &["who", "left flange.step", "--json"])).ended();
    assert!(who.out.contains(&bob.user.user), "{who:?}");
}

fn a_file_of_another_repository_is_no_part(app: &App) {
    let home = Home::new(app, "editor");
    repository(&home, "https://lfs.example.com/lfs/cad");
    home.ends(2, &["acquire", "parts/left flange.step"]);
    let here = Home::new(app, "editor");
    repository(&here, &format!("{}/lfs/cad", app.url()));
    here.ends(2, &["acquire", "../elsewhere.step"]);
    here.ends(1, &["acquire", "parts\\left.step"]);
}
