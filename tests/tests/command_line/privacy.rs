//! What lies in the state directory is its owner's alone, and secrets need not stand in arguments.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use baton_tests::{App, Mode, Setup, on_spin, skipped, token};

macro_rules! of_the_runner {
    ($what:literal) => {
        if on_spin() {
            return skipped($what, "this is about the runner");
        }
    };
}

/// Files and directories below one that others than the owner have a right to.
fn open_to_others(path: &Path) -> Vec<String> {
    let metadata = fs::symlink_metadata(path).expect("it is there");
    let mut open = Vec::new();
    if metadata.is_symlink() {
        return open;
    }
    let mode = metadata.permissions().mode();
    if mode & 0o077 != 0 {
        open.push(format!("{} {:o}", path.display(), mode & 0o777));
    }
    if metadata.is_dir() {
        fs::read_dir(path).expect("a directory").flatten().for_each(|entry| open.extend(open_to_others(&entry.path())));
    }
    open
}

#[test]
fn the_state_is_for_its_owner_alone() {
    of_the_runner!("the rights of the state directory");
    let app = App::start(Mode::Embedded);
    app.seat();
    assert_eq!(open_to_others(&app.state()), Vec::<String>::new());
    // Also where it was open before.
    app.terminate();
    for name in ["", "sqlite_db.db", "logs", "logs/service_stderr.txt"] {
        let path = app.state().join(name);
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("our own file");
    }
    app.start_again();
    app.seat();
    assert_eq!(open_to_others(&app.state()), Vec::<String>::new());
}

#[test]
fn a_secret_that_others_could_read_is_refused() {
    of_the_runner!("the file with the secret");
    let directory = baton_tests::Scratch::new();
    let secret = directory.path().join("auth_secret");
    fs::write(&secret, token::SECRET).expect("a file");
    fs::set_permissions(&secret, Permissions::from_mode(0o644)).expect("our own file");
    let output = baton_tests::baton_up(directory.path()).args(["--listen", "127.0.0.1:0"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("chmod 600"), "{said}");
    assert!(!said.contains(token::SECRET), "it shows the secret: {said}");
}

#[test]
fn a_secret_may_come_from_a_file() {
    let directory = baton_tests::Scratch::new();
    let secret = "a secret of forty bytes that stands there";
    let file = directory.path().join("secret");
    fs::write(&file, secret).expect("a file");
    let app = Setup::new(Mode::Embedded).variable("auth_secret", &format!("@{}", file.display())).start();
    let claims = token::claims("ann", "viewer");
    let signed = token::sign_as(jsonwebtoken::Algorithm::HS256, secret, &claims);
    app.call("GET", "/api/edit-sessions").bearer(&signed).send().ok(200);
}
