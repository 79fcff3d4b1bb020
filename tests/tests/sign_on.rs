//! "Who calls" of the contract: tokens of the shop's own sign-on, here of a provider that the test plays.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use std::fs;
use std::process::{Command, Stdio};

use baton_tests::{
    App, Json, Mode, Process, Response, Setup, eventually, free_port, on_own_app, paths, repo, skipped, token, unique,
};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

on_own_app!(
    who_signs_on_is_a_user,
    tokens_that_a_provider_would_never_send_are_refused,
    a_new_key_is_asked_for_once_a_minute,
    keys_that_are_known_do_while_the_provider_is_away,
    a_real_provider_signs_on,
);

const AUDIENCE: &str = "baton";

/// An issuer, its keys, and how often it was asked for them.
struct Provider {
    issuer: String,
    keys: Arc<Mutex<Vec<Jwk>>>,
    asked: Arc<AtomicUsize>,
    is_away: Arc<AtomicBool>,
}

fn signer(algorithm: Algorithm) -> EncodingKey {
    match algorithm {
        Algorithm::RS256 => EncodingKey::from_rsa_der(include_bytes!("../../core/tests/keys/rsa.der")),
        Algorithm::ES256 => EncodingKey::from_ec_der(include_bytes!("../../core/tests/keys/ec.der")),
        _ => EncodingKey::from_ed_der(include_bytes!("../../core/tests/keys/ed.der")),
    }
}

fn public(algorithm: Algorithm) -> Jwk {
    let mut key = Jwk::from_encoding_key(&signer(algorithm), algorithm).expect("a key");
    key.common.key_id = Some(format!("{algorithm:?}"));
    key
}

impl Provider {
    fn start(keys: Vec<Jwk>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let issuer = format!("http://{}/shop", listener.local_addr().expect("an address"));
        let provider =
            Self { issuer, keys: Arc::new(Mutex::new(keys)), asked: Arc::default(), is_away: Arc::default() };
        let (issuer, keys) = (provider.issuer.clone(), Arc::clone(&provider.keys));
        let (asked, is_away) = (Arc::clone(&provider.asked), Arc::clone(&provider.is_away));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if !is_away.load(Ordering::SeqCst) {
                    serve(stream, &issuer, &keys, &asked);
                }
            }
        });
        provider
    }

    fn app(&self, mode: Mode) -> App {
        let setup = Setup::new(mode).variable("oidc_issuer", &self.issuer).variable("oidc_audience", AUDIENCE);
        setup.variable("oidc_roles", "cad-admins:admin,cad:editor").start()
    }

    fn claims(&self, user: &str, groups: &[&str]) -> Value {
        json!({ "iss": self.issuer, "aud": [AUDIENCE, "other"], "sub": user, "groups": groups, "exp": token::now() + 600 })
    }
}

fn serve(stream: TcpStream, issuer: &str, keys: &Mutex<Vec<Jwk>>, asked: &AtomicUsize) {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    let _ = reader.read_line(&mut request);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
        line.clear();
    }
    let document = if request.contains("/shop/.well-known/openid-configuration ") {
        json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") })
    } else {
        asked.fetch_add(1, Ordering::SeqCst);
        json!({ "keys": *keys.lock().expect("nobody panics here") })
    };
    let body = document.to_string();
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length";
    let _ = write!(reader.get_mut(), "{head}: {}\r\n\r\n{body}", body.len());
}

fn sign(algorithm: Algorithm, claims: &Value) -> String {
    let header = Header { kid: Some(format!("{algorithm:?}")), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, claims, &signer(algorithm)).expect("a token")
}

fn get(app: &App, token: &str) -> Response {
    app.call("GET", "/api/workstations").bearer(token).send()
}

fn refused(response: &Response) {
    response.expect(401, "unauthorized");
    assert!(response.header("www-authenticate").is_some(), "{response}");
}

fn who_signs_on_is_a_user(mode: Mode) {
    let provider = Provider::start([Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].map(public).to_vec());
    let app = provider.app(mode);
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let name = unique::name("ann");
        let user = app.user("viewer").with_token(&sign(algorithm, &provider.claims(&name, &["cad"])));
        let workstation = user.workstation();
        let part = unique::part();
        let session = user.post(&paths::sessions(&part), &json!({ "workstation_id": workstation })).ok(201);
        assert_eq!(session["user"], name);
        user.get("/api/config").expect(403, "forbidden");
        let admin = user.with_token(&sign(algorithm, &provider.claims(&name, &["cad", "cad-admins"])));
        admin.get("/api/config").ok(200);
    }
    // The application's own tokens go on, and who has no role here has none.
    get(&app, &token::good(&unique::name("ann"), "viewer")).ok(200);
    get(&app, &sign(Algorithm::ES256, &provider.claims("ann", &["sales"]))).expect(403, "forbidden");
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1, "one question for the whole application");
}

fn tokens_that_a_provider_would_never_send_are_refused(mode: Mode) {
    let provider = Provider::start([Algorithm::RS256, Algorithm::ES256].map(public).to_vec());
    let app = provider.app(mode);
    let good = provider.claims("ann", &["cad-admins"]);
    get(&app, &sign(Algorithm::RS256, &good)).ok(200);
    for (claim, value) in [
        ("iss", json!(format!("{}/", provider.issuer))),
        ("iss", json!([provider.issuer])),
        ("aud", json!("other")),
        ("sub", json!("")),
        ("sub", json!("system")),
        ("exp", json!(token::now() - 60)),
        ("exp", Value::Null),
        ("nbf", json!(token::now() + 600)),
    ] {
        let mut claims = good.clone();
        claims[claim] = value;
        refused(&get(&app, &sign(Algorithm::RS256, &claims)));
    }
    let named = |algorithm: Algorithm, kid: &str, signer: &EncodingKey| {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, &good, signer).expect("a token")
    };
    refused(&get(&app, &named(Algorithm::ES256, "RS256", &signer(Algorithm::ES256))));
    refused(&get(&app, &named(Algorithm::RS384, "RS256", &signer(Algorithm::RS256))));
    refused(&get(&app, &named(Algorithm::EdDSA, "EdDSA", &signer(Algorithm::EdDSA))));
    // The public key as a shared secret.
    let secret = json!(public(Algorithm::RS256)).to_string();
    refused(&get(&app, &named(Algorithm::HS256, "RS256", &EncodingKey::from_secret(secret.as_bytes()))));
}

fn a_new_key_is_asked_for_once_a_minute(mode: Mode) {
    let provider = Provider::start(vec![public(Algorithm::RS256)]);
    let app = provider.app(mode);
    let claims = provider.claims("ann", &["cad"]);
    get(&app, &sign(Algorithm::RS256, &claims)).ok(200);
    provider.keys.lock().expect("nobody panics here").push(public(Algorithm::ES256));
    for _ in 0..8 {
        refused(&get(&app, &sign(Algorithm::ES256, &claims)));
    }
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
}

fn keys_that_are_known_do_while_the_provider_is_away(mode: Mode) {
    let provider = Provider::start(vec![public(Algorithm::ES256)]);
    provider.is_away.store(true, Ordering::SeqCst);
    let app = provider.app(mode);
    let token = sign(Algorithm::ES256, &provider.claims("ann", &["cad"]));
    let away = get(&app, &token);
    away.expect(503, "sign_on_unavailable");
    assert!(away.header("retry-after").is_some(), "{away}");
    get(&app, &token::good(&unique::name("ann"), "viewer")).ok(200);
    provider.is_away.store(false, Ordering::SeqCst);
    eventually("the provider is asked again", || (get(&app, &token).status == 200).then_some(()));
    provider.is_away.store(true, Ordering::SeqCst);
    get(&app, &token).ok(200);
}

/// npm's oidc-provider, where there is a Node to run it.
fn a_real_provider_signs_on(mode: Mode) {
    let Some((_process, issuer)) = real_provider() else {
        return skipped("the sign-on with a real provider", "there is no Node, or no oidc-provider to be had");
    };
    let form = ("application/x-www-form-urlencoded", "grant_type=client_credentials&scope=api");
    let answer = ureq::post(format!("{issuer}/token"))
        // ann:secret
        .header("authorization", "Basic YW5uOnNlY3JldA==")
        .header("content-type", form.0)
        .send(form.1);
    let answer = answer.expect("a token").body_mut().read_to_string().expect("a document");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let setup = Setup::new(mode).variable("oidc_issuer", &issuer).variable("oidc_audience", AUDIENCE);
    let app = setup.variable("oidc_roles", "cad:editor").start();
    let user = app.user("viewer").with_token(answer.text("access_token"));
    let workstation = user.workstation();
    let session = user.post(&paths::sessions(&unique::part()), &json!({ "workstation_id": workstation })).ok(201);
    assert_eq!(session["user"], "ann");
    user.get("/api/config").expect(403, "forbidden");
}

/// The provider and its issuer. It is installed once for all.
fn real_provider() -> Option<(Process, String)> {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let directory = repo().join("target/oidc-provider");
    {
        let _alone = INSTALLING.lock().expect("nobody panics here");
        fs::create_dir_all(&directory).expect("a directory");
        for file in ["package.json", "provider.mjs"] {
            fs::copy(repo().join("tests/provider").join(file), directory.join(file)).expect("a copy");
        }
        if !directory.join("node_modules/oidc-provider").exists() {
            let npm = Command::new("npm")
                .args(["install", "--silent", "--no-audit", "--no-fund"])
                .current_dir(&directory)
                .status();
            npm.ok().filter(std::process::ExitStatus::success)?;
        }
    }
    let port = free_port();
    let mut node = Command::new("node");
    node.arg("provider.mjs").arg(port.to_string()).current_dir(&directory).stdout(Stdio::null()).stderr(Stdio::null());
    let process = Process::spawn(&mut node).ok()?;
    let issuer = format!("http://127.0.0.1:{port}");
    eventually("the provider serves", || {
        ureq::get(format!("{issuer}/.well-known/openid-configuration")).call().is_ok().then_some(())
    });
    Some((process, issuer))
}
