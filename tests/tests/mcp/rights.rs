//! Teams and access hold for agents as for people.

use baton_tests::{Mode, Setup, on_own_app, unique};
use serde_json::json;

use crate::scene::Agent;

on_own_app!(what_one_may_not_edit_is_refused_and_what_one_may_not_view_is_unknown);

fn what_one_may_not_edit_is_refused_and_what_one_may_not_view_is_unknown(mode: Mode) {
    let app = Setup::new(mode).start();
    let admin = app.user("admin");
    let [owner, looker, stranger] = ["owner", "looker", "stranger"].map(|name| Agent::new(&app, name));
    let (part, repository) = (format!("SECRET-{}", unique::part()), unique::name("secret"));
    let team = |name: &str, agent: &Agent| {
        let body = json!({ "members": [{ "user": agent.client.user }] });
        admin.call("PUT", &format!("/api/teams/{name}")).json(&body).send().ok(201);
    };
    team("owners", &owner);
    team("lookers", &looker);
    let rule = |prefix: &str, team: &str, may: &str| json!({ "prefix": prefix, "team": team, "may": may });
    let rules = json!([
        rule("SECRET-", "owners", "edit"),
        rule("SECRET-", "lookers", "view"),
        rule(&format!("{repository}/"), "owners", "edit"),
        rule(&format!("{repository}/"), "lookers", "view"),
    ]);
    admin.call("PUT", "/api/access").json(&json!({ "default": "edit", "rules": rules })).send().ok(200);
    for wanted in [json!({ "paths": [part] }), json!({ "paths": ["a.rs"], "repository": repository })] {
        // Before anybody has held it, and afterwards.
        for _ in 0..2 {
            assert_eq!(looker.fails("acquire", wanted.clone()).0["code"], "not_yours", "{wanted}");
            assert_eq!(stranger.fails("acquire", wanted.clone()).0["code"], "not_found", "{wanted}");
            assert_eq!(stranger.uses("who_holds", wanted.clone())["paths"][0]["held"], false, "{wanted}");
            owner.uses("acquire", wanted.clone());
        }
        assert_eq!(looker.uses("who_holds", wanted.clone())["paths"][0]["held"], true, "{wanted}");
        let held = owner.uses("acquire", wanted.clone());
        let ask = json!({ "session_id": held["session_id"], "message": "May I?" });
        assert_eq!(looker.fails("request_handoff", ask.clone()).0["code"], "not_yours", "{wanted}");
        let (refused, text) = stranger.fails("request_handoff", ask);
        assert!(refused["code"] == "not_found" && !text.contains(&owner.client.user), "{text}");
        let (refused, text) = stranger.fails("renew", json!({ "session_id": held["session_id"] }));
        assert!(refused["code"] == "not_found" && !text.contains(&owner.client.user), "{text}");
    }
}
