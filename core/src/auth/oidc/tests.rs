//! Keys made by hand, for what a provider would never send.

use futures::executor::block_on;
use jsonwebtoken::{EncodingKey, encode};
use serde_json::json;

use super::settings::is_safe;
use super::*;
use crate::db::{Database, params, use_scratch};

const ISSUER: &str = "http://127.0.0.1:9/realms/shop";

fn signer(algorithm: Algorithm) -> EncodingKey {
    match algorithm {
        Algorithm::RS256 => EncodingKey::from_rsa_der(include_bytes!("../../../tests/keys/rsa.der")),
        Algorithm::ES256 => EncodingKey::from_ec_der(include_bytes!("../../../tests/keys/ec.der")),
        _ => EncodingKey::from_ed_der(include_bytes!("../../../tests/keys/ed.der")),
    }
}

/// The public key, named as its algorithm is.
fn public(algorithm: Algorithm) -> Jwk {
    let mut key = Jwk::from_encoding_key(&signer(algorithm), algorithm).expect("a key");
    key.common.key_id = Some(format!("{algorithm:?}"));
    key
}

fn keys() -> JwkSet {
    JwkSet { keys: ALGORITHMS.into_iter().map(public).collect() }
}

fn settings() -> Settings {
    let roles = "cad-admins:admin, cad:editor,urn:x:y:viewer";
    Settings::new(ISSUER, "baton", "sub", "groups", roles).expect("settings")
}

fn whole() -> Value {
    json!({ "iss": ISSUER, "aud": "baton", "sub": "alice", "groups": ["cad"], "exp": token::now() + 60 })
}

fn header(algorithm: Algorithm) -> Header {
    Header { kid: Some(format!("{algorithm:?}")), ..Header::new(algorithm) }
}

/// What a token comes to: who it is, or the status.
fn check_with(header: &Header, claims: &Value, signer: &EncodingKey, settings: &Settings) -> Result<Identity, u16> {
    let token = encode(header, claims, signer).expect("a token");
    let header = decode_header(&token).expect("a header");
    let refused = |problem: Problem| problem.status().as_u16();
    let fitting = ALGORITHMS.contains(&header.alg) && header.crit.is_none();
    let key = fitting.then(|| choose(&keys(), &header)).flatten().ok_or(401_u16)?;
    let claims = verify(&token, &header, &key, settings).map_err(|kind| refused(token::refuse(&kind)))?;
    identity(&claims, settings).map_err(refused)
}

fn check_claims(claims: &Value) -> Result<Identity, u16> {
    check_with(&header(Algorithm::ES256), claims, &signer(Algorithm::ES256), &settings())
}

#[test]
fn each_algorithm_is_taken_with_a_key_of_its_kind() {
    for algorithm in ALGORITHMS {
        let identity = check_with(&header(algorithm), &whole(), &signer(algorithm), &settings()).expect("good");
        assert_eq!((identity.user.as_str(), identity.role), ("alice", Role::Editor), "{algorithm:?}");
    }
    // Signed with another key than the one that is named, or named as another kind.
    let mislabelled = Header { kid: Some("RS256".to_owned()), ..Header::new(Algorithm::ES256) };
    assert_eq!(check_with(&mislabelled, &whole(), &signer(Algorithm::ES256), &settings()).unwrap_err(), 401);
    let unknown = Header { kid: Some("other".to_owned()), ..Header::new(Algorithm::ES256) };
    assert_eq!(check_with(&unknown, &whole(), &signer(Algorithm::ES256), &settings()).unwrap_err(), 401);
    let unnamed = Header::new(Algorithm::EdDSA);
    assert!(check_with(&unnamed, &whole(), &signer(Algorithm::EdDSA), &settings()).is_ok(), "the only one that fits");
}

/// The classic confusion: the public key as a shared secret.
#[test]
fn a_public_key_is_no_secret() {
    let secret = EncodingKey::from_secret(json!(public(Algorithm::RS256)).to_string().as_bytes());
    for algorithm in [Algorithm::HS256, Algorithm::HS512] {
        let header = Header { kid: Some("RS256".to_owned()), ..Header::new(algorithm) };
        assert_eq!(check_with(&header, &whole(), &secret, &settings()).unwrap_err(), 401);
    }
}

#[test]
fn claims_must_fit_to_the_letter() {
    let wrong = [
        ("iss", json!(format!("{ISSUER}/"))),
        ("iss", json!([ISSUER])),
        ("iss", Value::Null),
        ("aud", json!("else")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("exp", json!(token::now() - 31)),
        ("exp", json!("tomorrow")),
        ("exp", Value::Null),
        ("nbf", json!(token::now() + 100)),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sub", Value::Null),
    ];
    for (claim, value) in wrong {
        let mut claims = whole();
        claims[claim] = value.clone();
        assert_eq!(check_claims(&claims).unwrap_err(), 401, "{claim}: {value}");
    }
    let mut several = whole();
    several["aud"] = json!(["else", "baton"]);
    assert!(check_claims(&several).is_ok());
    let critical = Header { crit: Some(vec!["exp".to_owned()]), ..header(Algorithm::ES256) };
    assert_eq!(check_with(&critical, &whole(), &signer(Algorithm::ES256), &settings()).unwrap_err(), 401);
}

#[test]
fn the_highest_role_that_fits_counts() {
    let everybody = Settings::new(ISSUER, "baton", "sub", "groups", "cad:editor,*:viewer").expect("settings");
    for (groups, role, for_everybody) in [
        (json!(["cad", "cad-admins"]), Ok(Role::Admin), Ok(Role::Editor)),
        (json!(["urn:x:y"]), Ok(Role::Viewer), Ok(Role::Viewer)),
        (json!("cad"), Ok(Role::Editor), Ok(Role::Editor)),
        (json!(["sales"]), Err(403), Ok(Role::Viewer)),
        (json!(["*"]), Err(403), Ok(Role::Viewer)),
        (json!([]), Err(403), Ok(Role::Viewer)),
        (Value::Null, Err(403), Ok(Role::Viewer)),
    ] {
        let mut claims = whole();
        claims["groups"] = groups.clone();
        assert_eq!(check_claims(&claims).map(|identity| identity.role), role, "{groups}");
        let (header, signer) = (header(Algorithm::ES256), signer(Algorithm::ES256));
        let role = check_with(&header, &claims, &signer, &everybody).map(|identity| identity.role);
        assert_eq!(role, for_everybody, "{groups}");
    }
}

#[test]
fn keys_for_something_else_are_passed_over() {
    let changed = |change: fn(&mut Jwk)| {
        let mut key = public(Algorithm::RS256);
        change(&mut key);
        fits(&key, Algorithm::RS256)
    };
    assert!(changed(|_| {}));
    assert!(!changed(|key| key.common.public_key_use = Some(PublicKeyUse::Encryption)));
    assert!(!changed(|key| key.common.key_algorithm = Some(jsonwebtoken::jwk::KeyAlgorithm::RS512)));
    let text = json!({ "keys": [{ "kty": "new" }, 7, public(Algorithm::EdDSA)] }).to_string();
    let keys = fetch::read(&text).expect("keys").keys;
    assert_eq!(keys.iter().filter(|key| fits(key, Algorithm::EdDSA)).count(), 1);
}

#[test]
fn settings_that_can_not_be_used_are_refused() {
    for (url, safe) in [
        ("https://login.example.com/realms/x", true),
        ("http://127.0.0.1:8080", true),
        ("http://localhost", true),
        ("http://[::1]:1/x", true),
        ("http://login.example.com", false),
        ("http://127.0.0.1.example.com", false),
        ("ftp://127.0.0.1", false),
        ("login", false),
    ] {
        assert_eq!(is_safe(url), safe, "{url}");
        assert_eq!(Settings::new(url, "baton", "sub", "groups", "").is_ok(), safe, "{url}");
    }
    assert!(Settings::new(ISSUER, "", "sub", "groups", "").is_err());
    for bad in ["cad", "cad:owner", "cad:", "cad:Editor"] {
        assert!(Settings::new(ISSUER, "baton", "sub", "groups", bad).is_err(), "{bad}");
    }
}

/// A provider that is away: natively it always is.
#[test]
fn keys_that_are_known_do_while_the_provider_is_away() {
    let _directory = use_scratch();
    let (settings, known, other) = (settings(), public(Algorithm::ES256), public(Algorithm::EdDSA));
    let find = |wanted: &Jwk| {
        let found = block_on(keys::find(&settings, |keys| keys.keys.iter().find(|key| *key == wanted).cloned()));
        found.map_err(|problem| problem.status().as_u16()).map(|found| matches!(found, Found::Key(_)))
    };
    assert_eq!(find(&known), Err(503), "nothing is known yet");
    let database = block_on(Database::open()).expect("the schema stands");
    let keep = |age: &str| {
        let text = json!({ "keys": [known] }).to_string();
        let statement = format!(
            "UPDATE oidc_keys SET keys = ?, fetched_at = julianday('now', '{age}'), asked_at = julianday('now', '{age}'),
                                  failed = 0"
        );
        block_on(database.rows(&statement, params![text])).expect("keys are kept");
    };
    keep("-5 seconds");
    assert_eq!(find(&known), Ok(true));
    assert_eq!(find(&other), Ok(false), "asked for a moment ago: it isn't the provider's");
    keep("-2 hours");
    assert_eq!(find(&known), Ok(true), "old, and the provider is away");
    assert_eq!(find(&other), Err(503));
}
