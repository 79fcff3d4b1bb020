//! What stands in the log, and who may read it.

use baton_tests::{App, Json, on_shared_app, paths, unique};
use serde_json::{Value, json};

use crate::look::{column, entries, only};

on_shared_app!(
    it_is_for_admins,
    asking_is_recorded_in_the_words_of_the_issue,
    force_releasing_is_recorded_in_the_words_of_the_issue,
    every_change_of_a_session_is_recorded,
    what_belongs_to_no_item_has_no_part_number,
    the_request_is_named,
    one_entry_is_found_by_its_id,
    an_id_that_no_entry_has_is_not_found,
);

const ROUTES: [&str; 4] = ["/api/audit", "/api/audit/1", "/api/audit/export?format=csv", "/api/audit/verify"];

fn it_is_for_admins(app: &App) {
    for path in ROUTES {
        app.call("GET", path).send().expect(401, "unauthorized");
        for role in ["viewer", "editor"] {
            app.user(role).get(path).expect(403, "forbidden");
        }
        assert_eq!(app.user("admin").get(path).status, 200, "{path}");
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            app.user("admin").call(method, path).send().expect(405, "method_not_allowed");
        }
    }
    // The role comes first: nobody else learns which entries there are.
    app.user("editor").get("/api/audit/x").expect(403, "forbidden");
    app.user("editor").get("/api/audit?since=x").expect(403, "forbidden");
}

fn asking_is_recorded_in_the_words_of_the_issue(app: &App) {
    let (holder, asking, part) = (app.seat(), app.seat(), unique::part());
    let session = holder.acquire(&part);
    let message = "I need to fix a dimension in \"Sketch001\", can you save and release? \u{1f527}\n=1+1";
    let request = asking.ask_with(&session, &json!({ "message": message }));
    let entry = only(&app.user("admin"), &format!("action=edit.handoff_requested&part_number={part}"));
    assert_eq!(entry["actor"], asking.user);
    assert_eq!(entry["resource_type"], "edit_session");
    assert_eq!(entry["resource_id"], session["id"]);
    assert_eq!(entry["part_number"], part);
    let details = &entry["details"];
    assert_eq!(details["requester"], asking.user);
    assert_eq!(details["holder"], holder.user);
    assert_eq!(details["message"], message);
    assert_eq!(entry["time"], request["created_at"], "in the same step");
}

fn force_releasing_is_recorded_in_the_words_of_the_issue(app: &App) {
    let (holder, admin, part) = (app.seat(), app.user("admin"), unique::part());
    let session = holder.acquire(&part);
    let reason = "Production emergency, need to release stuck lock";
    let path = paths::of_session(&session, "force-release");
    admin.call("DELETE", &path).json(&json!({ "reason": reason })).send().ok(200);
    let entry = only(&admin, &format!("action=edit.force_released&part_number={part}"));
    assert_eq!(entry["actor"], admin.user);
    assert_eq!(entry["resource_type"], "edit_session");
    assert_eq!(entry["resource_id"], session["id"]);
    let details = &entry["details"];
    assert_eq!(details["admin"], admin.user);
    assert_eq!(details["reason"], reason);
    assert_eq!(details["holder"], holder.user);
    assert_eq!(details.get("approval_id"), Some(&Value::Null), "no approval was needed: {details}");
}

fn every_change_of_a_session_is_recorded(app: &App) {
    let (holder, asking, admin, part) = (app.seat(), app.seat(), app.user("admin"), unique::part());
    let session = holder.acquire(&part);
    holder.renew(&session).ok(200);
    holder.decline(&asking.ask(&session));
    let passed = asking.ask_for_transfer(&session);
    holder.accept(&passed);
    asking.release(&asking.held(&part));
    let all = entries(&admin, &format!("part_number={part}"));
    let by = |actor: &str| -> Vec<&str> {
        all.iter().filter(|entry| entry["actor"] == actor).map(|entry| entry.text("action")).collect()
    };
    let mut held = by(&holder.user);
    held.sort_unstable();
    let expected = [
        "edit.handoff_accepted",
        "edit.handoff_declined",
        "edit.session_acquired",
        "edit.session_acquired",
        "edit.session_renewed",
        "edit.session_transferred",
        "item.created",
        "subscription.created",
    ];
    assert_eq!(held, expected, "{all:?}");
    let mut asked = by(&asking.user);
    asked.sort_unstable();
    let expected =
        ["edit.handoff_requested", "edit.handoff_requested", "edit.session_released", "subscription.created"];
    assert_eq!(asked, expected, "{all:?}");
    assert!(column(&all, "time").is_sorted(), "not oldest first: {all:?}");
    // What changes nothing is no entry.
    admin.get(&paths::item(&part)).ok(200);
    asking.try_acquire("-", &json!({})).expect(422, "invalid");
    assert_eq!(entries(&admin, &format!("part_number={part}")).len(), all.len());
}

fn what_belongs_to_no_item_has_no_part_number(app: &App) {
    let seat = app.seat();
    let entry = only(&app.user("admin"), &format!("resource_id={}", seat.workstation));
    assert_eq!(entry["action"], "workstation.registered");
    assert_eq!(entry["resource_type"], "workstation");
    assert_eq!(entry["part_number"], Value::Null);
    assert_eq!(entry["actor"], seat.user);
}

fn the_request_is_named(app: &App) {
    let (seat, part, id) = (app.seat(), unique::part(), unique::name("request"));
    let body = json!({ "workstation_id": seat.workstation });
    let call = seat.call("POST", &paths::sessions(&part)).header("x-request-id", &id);
    call.json(&body).send().ok(201);
    let all = entries(&app.user("admin"), &format!("part_number={part}"));
    assert!(column(&all, "action").contains(&"edit.session_acquired"), "{all:?}");
    assert!(all.iter().all(|entry| entry["request_id"] == id.as_str()), "{all:?}");
    assert!(all.iter().all(|entry| entry["ip"] == "127.0.0.1"), "{all:?}");
}

fn one_entry_is_found_by_its_id(app: &App) {
    let (seat, admin) = (app.seat(), app.user("admin"));
    let entry = only(&admin, &format!("actor={}", seat.user));
    assert_eq!(admin.get(&format!("/api/audit/{}", entry.text("id"))).ok(200), entry);
}

fn an_id_that_no_entry_has_is_not_found(app: &App) {
    let admin = app.user("admin");
    app.seat();
    let no_numbers = ["x", "+1", "01", "1.0", "1e0", "%31%20", "99999999999999999999", "%00", "'", &unique::uuid()];
    for id in ["0", "-1", "9223372036854775807"].iter().chain(&no_numbers) {
        admin.get(&format!("/api/audit/{id}")).expect(404, "not_found");
    }
    admin.get("/api/audit/%ff").expect_one_of(&[400, 404]);
    admin.get("/api/audit/1/more").expect(404, "not_found");
}
