//! Who a caller is: good tokens, and every way in which one can be bad.

use baton_tests::{App, Response, on_shared_app, token, unique};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::scene::Scene;

on_shared_app!(
    every_route_wants_a_token,
    forged_tokens_are_refused,
    tokens_with_wrong_claims_are_refused,
    expiry_has_a_leeway_of_thirty_seconds,
    further_roles_do_no_harm,
    only_the_bearer_scheme_counts,
    a_token_in_the_query_counts_for_events_and_calendars_alone,
    two_credentials_are_refused,
    what_is_critical_is_not_understood,
    system_is_nobodys_name,
    spellings_of_a_name_are_one_user,
);

const ROUTE: &str = "/api/workstations";

fn with_token(app: &App, token: &str) -> Response {
    app.call("GET", ROUTE).bearer(token).send()
}

fn refused(response: &Response) {
    response.expect(401, "unauthorized");
    assert!(response.header("www-authenticate").is_some_and(|v| v.starts_with("Bearer")), "{response}");
}

fn every_route_wants_a_token(app: &App) {
    let scene = Scene::new(app);
    for route in scene.routes() {
        refused(&route.anonymous(app).send());
    }
    assert_eq!(scene.alice.held(&scene.part)["id"], scene.session["id"], "a refused call changed something");
}

fn forged_tokens_are_refused(app: &App) {
    let claims = token::claims(&unique::name("eve"), "admin");
    let good = token::sign(&claims);
    with_token(app, &good).ok(200);
    let viewer = token::claims(&unique::name("eve"), "viewer");
    let head_and_payload = good.rsplit_once('.').expect("a signature").0;
    let bad = [
        token::unsigned(&claims),
        token::confused(&claims),
        token::sign_as(Algorithm::HS384, token::SECRET, &claims),
        token::sign_as(Algorithm::HS512, token::SECRET, &claims),
        token::sign_as(Algorithm::HS256, "another secret that is long enough for all", &claims),
        token::sign_as(Algorithm::HS256, "", &claims),
        token::spliced(&viewer, &claims),
        head_and_payload.to_owned(),
        format!("{head_and_payload}."),
        format!("{good}.{good}"),
        "..".to_owned(),
        "x".to_owned(),
        "\"'; DROP TABLE workstations; --".to_owned(),
        "A".repeat(7000),
    ];
    for token in bad {
        refused(&with_token(app, &token));
    }
}

fn tokens_with_wrong_claims_are_refused(app: &App) {
    let wrong = [
        ("exp", Value::Null),
        ("sub", Value::Null),
        ("role", Value::Null),
        ("role", json!("owner")),
        ("role", json!("Admin")),
        ("role", json!("")),
        ("role", json!(["admin"])),
        ("role", json!(3)),
        ("sub", json!(7)),
        ("exp", json!("tomorrow")),
        ("exp", json!(-1)),
    ];
    for (claim, value) in wrong {
        let mut claims = token::claims(&unique::name("eve"), "admin");
        let members = claims.as_object_mut().expect("claims");
        // Null stands for a claim that isn't there.
        match value {
            Value::Null => drop(members.remove(claim)),
            value => drop(members.insert(claim.to_owned(), value)),
        }
        refused(&with_token(app, &token::sign(&claims)));
    }
    refused(&with_token(app, &token::sign(&json!([]))));
}

fn expiry_has_a_leeway_of_thirty_seconds(app: &App) {
    let expired_for = |seconds: i64| {
        let mut claims = token::claims(&unique::name("late"), "viewer");
        claims["exp"] = json!(token::now() - seconds);
        with_token(app, &token::sign(&claims))
    };
    expired_for(10).ok(200);
    refused(&expired_for(35));
    refused(&expired_for(3600));
}

fn further_roles_do_no_harm(app: &App) {
    let mut claims = token::claims(&unique::name("signer"), "viewer");
    claims["roles"] = json!(["quality", "admin"]);
    let signer = app.user("viewer").with_token(&token::sign(&claims));
    signer.get(ROUTE).ok(200);
    // They are names for the gates of workflows, and give no rights here.
    signer.get("/api/workstations?all=true").expect(403, "forbidden");
}

fn only_the_bearer_scheme_counts(app: &App) {
    let token = token::good(&unique::name("ann"), "admin");
    for value in [format!("Basic {token}"), token.clone(), "Bearer".to_owned(), String::new()] {
        refused(&app.call("GET", ROUTE).header("authorization", &value).send());
    }
    // The scheme's name is case-insensitive (RFC 9110).
    app.call("GET", ROUTE).header("authorization", &format!("bearer {token}")).send().ok(200);
}

fn a_token_in_the_query_counts_for_events_and_calendars_alone(app: &App) {
    let scene = Scene::new(app);
    let token = &scene.alice.token;
    for route in scene.routes().iter().filter(|route| route.method == "GET") {
        let mark = if route.path.contains('?') { '&' } else { '?' };
        let response = app.call("GET", &format!("{}{mark}access_token={token}", route.path)).send();
        if ["/api/events", "/api/reservations.ics"].contains(&route.bare_path()) {
            response.ok(200);
        } else {
            refused(&response);
        }
    }
    let path = format!("/api/events?workstation_id={}&wait=0&access_token={token}x", scene.alice.workstation);
    refused(&app.call("GET", &path).send());
}

fn two_credentials_are_refused(app: &App) {
    let (one, other) = (token::good(&unique::name("ann"), "admin"), token::good(&unique::name("eve"), "viewer"));
    for tokens in [[&one, &other], [&one, &one]] {
        let response = app.call("GET", ROUTE).bearer(tokens[0]).bearer(tokens[1]).send();
        assert_eq!(response.expect_one_of(&[400])["status"], 400);
    }
}

fn what_is_critical_is_not_understood(app: &App) {
    let claims = token::claims(&unique::name("eve"), "admin");
    let header = |crit: &[&str]| jsonwebtoken::Header {
        crit: Some(crit.iter().map(|name| (*name).to_owned()).collect()),
        ..jsonwebtoken::Header::new(Algorithm::HS256)
    };
    let key = jsonwebtoken::EncodingKey::from_secret(token::SECRET.as_bytes());
    for crit in [&["b64"][..], &["exp"], &[]] {
        refused(&with_token(app, &jsonwebtoken::encode(&header(crit), &claims, &key).expect("a token")));
    }
}

fn system_is_nobodys_name(app: &App) {
    for name in ["system", "System", "SYSTEM", "\u{17f}ystem"] {
        refused(&with_token(app, &token::good(name, "admin")));
    }
}

/// After NFC and case folding; who came first has the say in how it is written.
fn spellings_of_a_name_are_one_user(app: &App) {
    let tail = unique::name("");
    for [first, second] in [["Zo\u{eb}", "ZOE\u{308}"], ["alice", "ALICE"], ["Stra\u{df}e", "STRASSE"]] {
        let (first, second) =
            (app.named(&format!("{first}{tail}"), "editor"), app.named(&format!("{second}{tail}"), "editor"));
        let workstation = first.workstation();
        second.get(&baton_tests::paths::workstation(&workstation)).ok(200);
        let part = unique::part();
        let body = json!({ "workstation_id": workstation });
        let session = second.post(&baton_tests::paths::sessions(&part), &body).ok(201);
        assert_eq!(session["user"], first.user);
        first.delete(&baton_tests::paths::session(&session)).ok(204);
        let actor = baton_tests::encode(&second.user);
        let entries = app.user("admin").pages(&format!("/api/audit?actor={actor}"), "entries", 100);
        assert!(!entries.is_empty() && entries.iter().all(|entry| entry["actor"] == first.user), "{entries:?}");
    }
}
