//! The server's own look at what is pushed: `baton hook git-pre-receive`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use baton_tests::{App, baton, on_shared_app};

use crate::clone::Origin;

on_shared_app!(
    the_server_refuses_what_changes_a_locked_file,
    who_pushes_unknown_has_no_locks,
    a_server_that_can_not_ask_refuses,
);

/// Puts the hook in place, with the token of a viewer.
fn hooked(app: &App, arguments: &str, url: &str) -> Origin {
    let origin = Origin::new(app);
    let (name, token) = (&origin.repository.name, &app.user("viewer").token);
    let program = baton();
    let script = format!(
        "#!/bin/sh\nexport BATON_URL={url} BATON_TOKEN={token}\nexec {} hook git-pre-receive --repository {name} {arguments}\n",
        program.display()
    );
    fs::create_dir_all(origin.hooks()).expect("a folder");
    let hook = origin.hooks().join("pre-receive");
    fs::write(&hook, script).expect("a hook");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("it can be run");
    origin
}

fn the_server_refuses_what_changes_a_locked_file(app: &App) {
    let origin = hooked(app, "", &app.url());
    let (alice, bob) = (origin.clone_for(&app.user("editor")), origin.clone_for(&app.user("editor")));
    alice.lfs(&["lock", "parts/flange.step"]).expect_ok();
    let push = ["push", "--no-verify", "--force", "origin", "HEAD:main"];
    bob.write("parts/rib.step", "bob's own");
    bob.commit("a rib");
    bob.git(&["-c", "lfs.locksverify=false", "lfs", "push", "--all", "origin"]).expect_ok();
    bob.git(&push).expect_ok();
    bob.write("parts/flange.step", "bob's");
    bob.commit("what bob made of it");
    let said =
        bob.git(&push).expect_refused(&["parts/flange.step is locked by", &alice.user.user, "baton ask PATH --line"]);
    assert!(!said.contains("rib.step"), "{said}");
    // To another branch, and under another commit: it is the same change.
    bob.git(&["push", "--no-verify", "origin", "HEAD:elsewhere"]).expect_refused(&["parts/flange.step"]);
    bob.write("docs", "x");
    bob.commit("something else on top");
    bob.git(&push).expect_refused(&["parts/flange.step"]);
    bob.git(&["reset", "--quiet", "--hard", "origin/main"]).expect_ok();
    // A merge of what is on the server already changes nothing.
    alice.git(&["pull", "--quiet", "--rebase", "origin", "main"]).expect_ok();
    alice.write("parts/flange.step", "alice's");
    alice.commit("what alice made of it");
    alice.push().expect_ok();
    bob.write("more", "x");
    bob.commit("meanwhile");
    bob.git(&["pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main"]).expect_ok();
    bob.git(&["push", "--no-verify", "origin", "HEAD:main"]).expect_ok();
    // To take back what alice has pushed is to change it, too.
    bob.git(&["reset", "--quiet", "--hard", "HEAD~1"]).expect_ok();
    bob.git(&push).expect_refused(&["parts/flange.step"]);
    bob.git(&["push", "--no-verify", "origin", "HEAD~1:refs/heads/old"]).expect_ok();
    bob.git(&["push", "--no-verify", "origin", ":old"]).expect_ok();
}

fn who_pushes_unknown_has_no_locks(app: &App) {
    let origin = hooked(app, "--user nobody", &app.url());
    let alice = origin.clone_for(&app.user("editor"));
    alice.lfs(&["lock", "parts/flange.step"]).expect_ok();
    alice.write("parts/flange.step", "alice's");
    alice.commit("what alice made of it");
    alice.push().expect_refused(&["parts/flange.step is locked by"]);
}

fn a_server_that_can_not_ask_refuses(app: &App) {
    let origin = hooked(app, "", "http://127.0.0.1:9");
    let alice = origin.clone_for(&app.user("editor"));
    alice.write("docs", "x");
    alice.commit("nothing that is locked");
    alice.push().expect_refused(&["can't be reached"]);
}
