//! How requests of each revision are taken.

use baton_tests::{App, on_shared_app};
use serde_json::{Value, json};

use crate::scene::{Agent, MODERN, code, meta, old};

on_shared_app!(
    a_server_tells_what_it_speaks,
    tools_are_listed_with_their_schemas,
    older_clients_initialize,
    headers_must_say_what_the_body_says,
    an_unknown_version_is_told_which_are_known,
    an_unknown_method_is_404,
    an_unknown_tool_is_an_error,
    ids_come_back_as_they_are,
    notifications_are_taken,
    batches_are_refused,
    what_is_no_message_is_refused,
    there_is_one_method,
    who_calls_must_be_known,
    pages_of_other_hosts_are_refused,
    no_metadata_is_published_that_is_not_real,
);

fn a_server_tells_what_it_speaks(app: &App) {
    let result = Agent::new(app, "a").result("server/discover", json!({}));
    assert_eq!(result["supportedVersions"][0], MODERN);
    for older in ["2025-11-25", "2025-06-18", "2025-03-26"] {
        assert!(result["supportedVersions"].as_array().is_some_and(|all| all.contains(&json!(older))), "{result}");
    }
    assert!(result["capabilities"]["tools"].is_object() && result["ttlMs"].is_u64(), "{result}");
    assert!(result["instructions"].as_str().is_some_and(|text| text.contains("acquire")), "{result}");
}

fn tools_are_listed_with_their_schemas(app: &App) {
    let result = Agent::new(app, "a").result("tools/list", json!({}));
    let tools = result["tools"].as_array().expect("tools");
    let names: Vec<_> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    let all = [
        "who_holds",
        "acquire",
        "renew",
        "release",
        "request_handoff",
        "answer_handoff",
        "wait_for_turn",
        "my_sessions",
    ];
    assert_eq!(names, all);
    for tool in tools {
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        assert!(tool["inputSchema"]["properties"]["agent"].is_object(), "{tool}");
        assert!(tool["outputSchema"].is_object() && tool["annotations"].is_object(), "{tool}");
        assert!(tool["description"].as_str().is_some_and(|text| !text.is_empty()), "{tool}");
    }
}

fn older_clients_initialize(app: &App) {
    let user = app.user("editor");
    for version in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let params =
            json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "x", "version": "0" } });
        let result = user.post("/mcp", &old(&json!(0), "initialize", &params)).ok(200)["result"].clone();
        assert_eq!(result["protocolVersion"], version);
        assert!(result["serverInfo"]["name"] == "baton" && result["capabilities"]["tools"].is_object(), "{result}");
        let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let answer = user.call("POST", "/mcp").header("mcp-protocol-version", version).json(&initialized).send();
        assert_eq!((answer.status, answer.body.len()), (202, 0));
        let list = old(&json!(1), "tools/list", &json!({}));
        let listed = user.call("POST", "/mcp").header("mcp-protocol-version", version).json(&list).send().ok(200);
        assert_eq!(listed["result"]["tools"].as_array().map(Vec::len), Some(8));
    }
    let params = json!({ "protocolVersion": "1999-01-01", "capabilities": {} });
    let result = user.post("/mcp", &old(&json!(0), "initialize", &params)).ok(200);
    assert_eq!(result["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(user.post("/mcp", &old(&json!(1), "ping", &json!({}))).ok(200)["result"], json!({}));
}

fn headers_must_say_what_the_body_says(app: &App) {
    let user = app.user("editor");
    let body = old(&json!(1), "tools/call", &json!({ "name": "my_sessions", "_meta": meta(MODERN) }));
    let send = |headers: &[(&str, &str)]| {
        let call = headers.iter().fold(user.call("POST", "/mcp"), |call, (name, value)| call.header(name, value));
        call.json(&body).send()
    };
    let (version, method, name) =
        (("MCP-Protocol-Version", MODERN), ("Mcp-Method", "tools/call"), ("Mcp-Name", "my_sessions"));
    send(&[version, method, name]).ok(200);
    send(&[version, method, ("Mcp-Name", "=?base64?bXlfc2Vzc2lvbnM=?=")]).ok(200);
    for wrong in [
        vec![],
        vec![method, name],
        vec![version, name],
        vec![version, method],
        vec![version, ("Mcp-Method", "tools/list"), name],
        vec![version, method, ("Mcp-Name", "acquire")],
        vec![("MCP-Protocol-Version", "2025-11-25"), method, name],
    ] {
        assert_eq!(code(&send(&wrong), 400), -32020, "{wrong:?}");
    }
}

fn an_unknown_version_is_told_which_are_known(app: &App) {
    let user = app.user("editor");
    for params in [json!({}), json!({ "_meta": meta("2099-01-01") })] {
        let body = old(&json!("x"), "tools/list", &params);
        let call = user.call("POST", "/mcp").header("mcp-protocol-version", "2099-01-01");
        let answer = call.header("mcp-method", "tools/list").json(&body).send();
        assert_eq!(code(&answer, 400), -32022);
        let error = &answer.ok(400)["error"];
        assert_eq!(error["data"]["requested"], "2099-01-01");
        assert!(error["data"]["supported"].as_array().is_some_and(|all| all.contains(&json!(MODERN))), "{error}");
        assert_eq!(answer.ok(400)["id"], "x");
    }
    // All of itself, or nothing.
    let body = old(&json!(1), "tools/list", &json!({}));
    let call = user.call("POST", "/mcp").header("mcp-protocol-version", MODERN).header("mcp-method", "tools/list");
    assert_eq!(code(&call.json(&body).send(), 400), -32602);
}

fn an_unknown_method_is_404(app: &App) {
    let agent = Agent::new(app, "a");
    for method in ["resources/list", "initialize", "ping", "nonsense"] {
        assert_eq!(code(&agent.send(method, json!({})), 404), -32601, "{method}");
    }
    assert_eq!(code(&agent.client.post("/mcp", &old(&json!(1), "prompts/list", &json!({}))), 404), -32601);
}

fn an_unknown_tool_is_an_error(app: &App) {
    let agent = Agent::new(app, "a");
    assert_eq!(code(&agent.send("tools/call", json!({ "name": "rm_rf", "arguments": {} })), 200), -32602);
    assert_eq!(code(&agent.send("tools/call", json!({ "name": "acquire", "arguments": [] })), 200), -32602);
}

fn ids_come_back_as_they_are(app: &App) {
    let user = app.user("editor");
    let ping = |id: &Value| user.post("/mcp", &old(id, "ping", &json!({})));
    for id in [json!(0), json!(-1), json!(9_007_199_254_740_993_i64), json!("a"), json!(""), json!("\u{1f512}")] {
        assert_eq!(ping(&id).ok(200)["id"], id);
    }
    for id in [json!(null), json!(1.5), json!(true), json!([1]), json!({ "a": 1 })] {
        assert_eq!(code(&ping(&id), 400), -32600, "{id}");
        assert_eq!(ping(&id).ok(400)["id"], Value::Null);
    }
}

fn notifications_are_taken(app: &App) {
    let agent = Agent::new(app, "a");
    for method in ["notifications/initialized", "notifications/cancelled", "notifications/nonsense"] {
        let answer = agent.client.post("/mcp", &json!({ "jsonrpc": "2.0", "method": method }));
        assert_eq!((answer.status, answer.body.len()), (202, 0));
    }
    // Nothing is done that nobody waits for.
    let arguments = json!({ "paths": [baton_tests::unique::part()] });
    let call =
        json!({ "jsonrpc": "2.0", "method": "tools/call", "params": { "name": "acquire", "arguments": arguments } });
    assert_eq!(agent.client.post("/mcp", &call).status, 202);
    assert_eq!(agent.client.get("/api/edit-sessions").ok(200)["edit_sessions"], json!([]));
}

fn batches_are_refused(app: &App) {
    let user = app.user("editor");
    let ping = old(&json!(1), "ping", &json!({}));
    for batch in [json!([]), json!([ping]), json!([ping, ping])] {
        assert_eq!(code(&user.post("/mcp", &batch), 400), -32600);
    }
}

fn what_is_no_message_is_refused(app: &App) {
    let user = app.user("editor");
    let send = |body: &str| user.call("POST", "/mcp").body("application/json", body).send();
    for broken in ["", "{", "nonsense", "{\"jsonrpc\""] {
        assert_eq!(code(&send(broken), 400), -32700, "{broken}");
    }
    for body in [
        json!({}),
        json!("x"),
        json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
        json!({ "id": 1, "method": "ping" }),
    ] {
        assert_eq!(code(&user.post("/mcp", &body), 400), -32600, "{body}");
    }
    assert_eq!(
        code(&user.post("/mcp", &json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": [] })), 400),
        -32602
    );
    user.call("POST", "/mcp").body("text/plain", "{}").send().expect(415, "unsupported_media_type");
}

fn there_is_one_method(app: &App) {
    let user = app.user("editor");
    for method in ["GET", "DELETE", "PUT"] {
        let answer = user.call(method, "/mcp").send();
        answer.expect(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("POST"));
    }
    app.call("GET", "/mcp").send().expect(405, "method_not_allowed");
}

fn who_calls_must_be_known(app: &App) {
    let ping = old(&json!(1), "ping", &json!({}));
    let answer = app.call("POST", "/mcp").json(&ping).send();
    answer.expect(401, "unauthorized");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"baton\""));
    app.call("POST", "/mcp").bearer("nonsense").json(&ping).send().expect(401, "unauthorized");
}

fn pages_of_other_hosts_are_refused(app: &App) {
    // One of them: where there are several, a page of the other one is foreign.
    let host = &app.hosts()[0];
    let user = host.user("editor");
    let ping = old(&json!(1), "ping", &json!({}));
    let from = |origin: &str| user.call("POST", "/mcp").header("origin", origin).json(&ping).send();
    for foreign in ["https://evil.example", "null", "http://127.0.0.1:1", "nonsense"] {
        from(foreign).expect(403, "foreign_origin");
    }
    from(&host.url()).ok(200);
    // Before anything else is looked at.
    let call = app.call("POST", "/mcp").header("origin", "https://evil.example");
    call.json(&ping).send().expect(403, "foreign_origin");
}

/// A client that finds some would try to sign in there instead of sending its token.
fn no_metadata_is_published_that_is_not_real(app: &App) {
    for path in [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
    ] {
        app.call("GET", path).send().expect(404, "not_found");
    }
}
