//! The secret of the tokens: given, made, or too short; and `baton token`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use baton_tests::{
    Endpoint, Json, Mode, Process, Scratch, Setup, baton, baton_up, on_spin, share_machine_code, skipped, token, within,
};
use serde_json::json;

/// A server without `auth_secret`, started by hand.
struct Bare {
    _process: Process,
    endpoint: Endpoint,
    log: String,
    log_file: PathBuf,
}

impl Bare {
    fn start(state: &Path) -> Self {
        // From the second start on it is there already.
        let _ = share_machine_code(state);
        let log = state.join("bare.log");
        let output = std::fs::File::create(&log).expect("a log file");
        let mut command = baton_up(state);
        command.args(["--listen", "127.0.0.1:0"]).stderr(output.try_clone().expect("a file")).stdout(output);
        let process = Process::spawn(&mut command).expect("`baton` runs");
        let read = || std::fs::read_to_string(&log).unwrap_or_default();
        let url = within(Duration::from_secs(120), "it says where it serves", || {
            let text = read();
            let (_, rest) = text.split_once("Serving http://")?;
            rest.split_once('\n').map(|(address, _)| format!("http://{}", address.trim()))
        });
        let endpoint = Endpoint::new();
        endpoint.moved_to(&[url]);
        Self { _process: process, endpoint, log: read(), log_file: log.clone() }
    }

    /// The link to the board, the last that it says.
    fn link(&self) -> String {
        within(Duration::from_secs(20), "it says where the board is", || {
            let log = std::fs::read_to_string(&self.log_file).unwrap_or_default();
            let (_, rest) = log.split_once("The board: ")?;
            rest.split_once('\n').map(|(link, _)| link.to_owned())
        })
    }

    fn status(&self, token: &str) -> u16 {
        baton_tests::Call::new(&self.endpoint, "GET", "/api/edit-sessions").bearer(token).send().status
    }
}

fn baton_token(state: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(baton());
    command.arg("token").arg("--state-dir").arg(state).args(more);
    command.output().expect("`baton` runs")
}

/// The one line that `baton token` prints.
fn printed(state: &Path, more: &[&str]) -> String {
    let output = baton_token(state, more);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    let text = String::from_utf8(output.stdout).expect("a token is ASCII");
    assert_eq!(text.trim().lines().count(), 1, "nothing but the token: {text:?}");
    text.trim().to_owned()
}

#[test]
fn a_secret_is_made_and_kept() {
    if on_spin() {
        return skipped("a secret that is made", "this is about the runner");
    }
    let state = Scratch::new();
    let first = Bare::start(state.path());
    assert!(first.log.contains("auth_secret"), "it says nothing of the secret that it made:\n{}", first.log);
    let token = printed(state.path(), &["--user", "ann", "--role", "editor"]);
    assert_eq!(first.status(&token), 200);
    assert_eq!(first.status(&token::good("ann", "admin")), 401, "the secret of another server");
    drop(first);
    // The same secret after a restart, and tokens made before it still count.
    let second = Bare::start(state.path());
    assert_eq!(second.status(&token), 200);
}

/// Whoever starts a server with a secret of its own is its admin, by a link that ends with the day's work.
#[test]
fn a_link_signs_in_whoever_started_it() {
    if on_spin() {
        return skipped("the link to the board", "this is about the runner");
    }
    let state = Scratch::new();
    let server = Bare::start(state.path());
    let link = server.link();
    let token = link.strip_prefix(&format!("{}/#token=", server.endpoint.url())).unwrap_or_else(|| panic!("{link}"));
    let settings = baton_tests::Call::new(&server.endpoint, "GET", "/api/config").bearer(token).send();
    settings.ok(200);
    let claims: serde_json::Value = jsonwebtoken::dangerous::insecure_decode_claims(token).expect("a token");
    assert_eq!(claims.int("exp") - claims.int("iat"), 8 * 3600);
}

/// What an operator's server says may stay in a log: there is no token in it.
#[test]
fn an_operators_server_prints_no_token() {
    if on_spin() {
        return skipped("the link to the board", "this is about the runner");
    }
    let app = baton_tests::App::start(Mode::Embedded);
    let address = format!("The board: {}/\n", app.url());
    within(Duration::from_secs(20), "it says where the board is", || app.log().contains(&address).then_some(()));
    assert!(!app.log().contains("token="), "{}", app.log());
}

#[test]
fn a_made_secret_is_for_its_owner_alone() {
    if on_spin() {
        return skipped("a secret that is made", "this is about the runner");
    }
    use std::os::unix::fs::PermissionsExt;
    let state = Scratch::new();
    let server = Bare::start(state.path());
    let token = printed(state.path(), &["--user", "ann", "--role", "admin"]);
    assert_eq!(server.status(&token), 200);
    let files = std::fs::read_dir(state.path()).expect("the state directory").flatten();
    let secrets: Vec<_> = files.filter(|file| file.file_name().to_string_lossy().contains("secret")).collect();
    assert!(!secrets.is_empty(), "no file for the secret in the state directory");
    for file in secrets {
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} may be read by others: {mode:o}", file.path().display());
        let secret = std::fs::read_to_string(file.path()).expect("a text file");
        assert!(!server.log.contains(secret.trim()), "the log shows the secret");
    }
}

#[test]
fn tokens_have_the_user_the_role_and_the_end_asked_for() {
    if on_spin() {
        return skipped("`baton token`", "this is about the runner");
    }
    let state = Scratch::new();
    let server = Bare::start(state.path());
    for role in ["viewer", "editor", "admin"] {
        let token = printed(state.path(), &["--user", "o'brien", "--role", role, "--ttl", "8h"]);
        assert_eq!(server.status(&token), 200, "{role}");
        let claims = claims(&token);
        assert_eq!(claims["sub"], "o'brien");
        assert_eq!(claims["role"], role);
        let lasts = claims.int("exp") - token::now();
        assert!((8 * 3600 - 60..=8 * 3600).contains(&lasts), "it lasts {lasts} s: {claims}");
    }
    // Eight hours are the default, and other units are understood.
    let lasts = |more: &[&str]| {
        let mut all = vec!["--user", "ann", "--role", "viewer"];
        all.extend_from_slice(more);
        claims(&printed(state.path(), &all)).int("exp") - token::now()
    };
    assert!((8 * 3600 - 60..=8 * 3600).contains(&lasts(&[])));
    assert!((29 * 60..=30 * 60).contains(&lasts(&["--ttl", "30m"])));
}

#[test]
fn tokens_that_nobody_could_use_are_not_made() {
    if on_spin() {
        return skipped("`baton token`", "this is about the runner");
    }
    let state = Scratch::new();
    let _server = Bare::start(state.path());
    let wrong: [&[&str]; 4] = [
        &["--user", "ann", "--role", "owner"],
        &["--user", "ann", "--role", "editor", "--ttl", "soon"],
        &["--role", "editor"],
        &["--user", "ann"],
    ];
    for more in wrong {
        let output = baton_token(state.path(), more);
        assert!(!output.status.success(), "{more:?} makes a token");
        assert!(output.stdout.is_empty(), "{more:?} prints {:?}", String::from_utf8_lossy(&output.stdout));
        assert!(!output.stderr.is_empty(), "{more:?} says nothing");
    }
}

/// On Spin nobody but the components can refuse it: whatever is signed with it must not count.
#[test]
fn a_short_secret_is_refused() {
    let short = "0123456789012345678901234567890";
    let setup = Setup::new(Mode::Embedded).variable("auth_secret", short).without_waiting();
    match setup.try_start() {
        Err(refusal) => assert!(refusal.contains("auth_secret"), "{refusal}"),
        Ok(app) => {
            let claims = token::claims("eve", "admin");
            let signed = token::sign_as(jsonwebtoken::Algorithm::HS256, short, &claims);
            for path in ["/api/workstations", "/api/edit-sessions", "/api/handoff-requests", "/api/config"] {
                let response = app.call("GET", path).bearer(&signed).send();
                response.expect_one_of(&[401, 503]);
            }
            let ready = app.call("GET", "/readyz").send();
            assert_eq!(ready.status, 503, "ready without a secret that counts: {ready}");
        }
    }
}

/// The claims of a token, read without checking it.
fn claims(token: &str) -> serde_json::Value {
    let claims = jsonwebtoken::dangerous::insecure_decode::<serde_json::Value>(token);
    let claims = claims.map(|data| data.claims).unwrap_or_else(|e| panic!("{token}: {e}"));
    assert_ne!(claims, json!({}));
    claims
}
