//! Asking for a session, and who sees it.

use baton_tests::{App, Json, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

on_shared_app!(
    asking_reaches_the_holder,
    asking_again_replaces_the_message,
    asking_oneself_is_refused,
    asking_for_nothing_is_not_found,
    asking_with_a_workstation_of_someone_else_is_refused,
    asking_by_many_makes_one_each,
    a_requester_need_not_have_a_workstation,
    the_requests_of_a_session_are_for_those_concerned,
    ones_requests_are_those_made_and_held,
    the_pending_ones_can_be_asked_for_alone,
    taking_back_tells_the_holder,
    taking_back_is_the_requesters,
    acquiring_is_still_refused_while_asking,
);

fn asking_reaches_the_holder(app: &App) {
    let (holder, asking, part) = (app.seat(), app.seat(), unique::part());
    let session = holder.acquire(&part);
    let mut inbox = holder.inbox();
    let message = "I need to fix a dimension in Sketch001, can you save and release?";
    let request = asking.ask_with(&session, &json!({ "message": message }));
    assert_eq!(request["message"], message);
    assert_eq!(request["part_number"], part);
    assert_eq!(request["item_id"], session["item_id"]);
    assert_eq!(request["auto_acquire"], false);
    for unanswered in ["workstation_id", "answered_at", "answer"] {
        assert_eq!(request[unanswered], Value::Null, "{unanswered}");
    }
    let members = ["item_id", "part_number", "session_id", "request_id", "requester", "message"];
    let event = inbox.expect("edit.handoff_requested", &members);
    let data = &event["data"];
    assert_eq!(data["item_id"], session["item_id"]);
    assert_eq!(data["part_number"], part);
    assert_eq!(data["session_id"], session["id"]);
    assert_eq!(data["request_id"], request["id"]);
    assert_eq!(data["requester"], asking.user);
    assert_eq!(data["message"], message);
    assert_eq!(event["item_id"], session["item_id"]);
    inbox.expect_nothing_more();
    // The holder owes no answer, and keeps the session meanwhile.
    assert_eq!(holder.held(&part), session);
}

fn asking_again_replaces_the_message(app: &App) {
    let (holder, asking) = (app.seat(), app.seat());
    let session = holder.acquire(&unique::part());
    let request = asking.ask(&session);
    let again = asking.try_ask(&session, &json!({ "message": "Please?" })).ok(200);
    shape::request(&again);
    assert_eq!(again["id"], request["id"]);
    assert_eq!(again["message"], "Please?");
    assert_eq!(asking.request(request.text("id"))["message"], "Please?");
    let all = asking.pages("/api/handoff-requests", "handoff_requests", 10);
    assert_eq!(all.len(), 1, "one request, asked twice: {all:?}");
    // Once it was declined, asking is a new request.
    holder.decline(&request);
    assert_ne!(asking.ask(&session)["id"], request["id"]);
}

fn asking_oneself_is_refused(app: &App) {
    let holder = app.seat();
    let session = holder.acquire(&unique::part());
    holder.try_ask(&session, &json!({ "message": "May I?" })).expect(409, "own_session");
    assert_eq!(holder.pages("/api/handoff-requests", "handoff_requests", 10), Vec::<Value>::new());
}

fn asking_for_nothing_is_not_found(app: &App) {
    let (holder, asking, part) = (app.seat(), app.seat(), unique::part());
    let ask = json!({ "message": "May I?" });
    let never = format!("{}/{}/request-handoff", paths::sessions(&part), unique::uuid());
    asking.post(&never, &ask).expect(404, "not_found");
    let session = holder.acquire(&part);
    asking.post(&never, &ask).expect(404, "not_found");
    holder.release(&session);
    asking.try_ask(&session, &ask).expect(410, "session_lost");
}

fn asking_with_a_workstation_of_someone_else_is_refused(app: &App) {
    let (holder, asking, other) = (app.seat(), app.seat(), app.seat());
    let session = holder.acquire(&unique::part());
    let ask = json!({ "message": "To her, please.", "workstation_id": other.workstation, "auto_acquire": true });
    asking.try_ask(&session, &ask).expect(403, "forbidden");
    holder.release(&session);
    assert_eq!(holder.active(session.text("part_number")), Vec::<Value>::new());
}

fn asking_by_many_makes_one_each(app: &App) {
    let holder = app.seat();
    let session = holder.acquire(&unique::part());
    let seats: Vec<_> = (0..6).map(|_| app.seat()).collect();
    std::thread::scope(|scope| {
        for seat in seats.iter().chain(&seats) {
            let (session, ask) = (&session, json!({ "message": "May I?" }));
            scope.spawn(move || {
                let status = seat.try_ask(session, &ask).status;
                assert!([200, 202].contains(&status), "{status}");
            });
        }
    });
    let path = paths::of_session(&session, "handoff-requests");
    let requests = holder.pages(&path, "handoff_requests", 100);
    assert_eq!(requests.len(), seats.len(), "{requests:?}");
}

fn a_requester_need_not_have_a_workstation(app: &App) {
    let (holder, asking) = (app.seat(), app.user("editor"));
    let session = holder.acquire(&unique::part());
    let path = paths::of_session(&session, "request-handoff");
    let request = asking.post(&path, &json!({ "message": "May I?" })).ok(202);
    assert_eq!(request["workstation_id"], Value::Null);
    holder.accept(&request);
    assert_eq!(holder.active(session.text("part_number")), Vec::<Value>::new());
    assert_eq!(asking.request(request.text("id"))["status"], "accepted");
}

fn the_requests_of_a_session_are_for_those_concerned(app: &App) {
    let (holder, bob, carol) = (app.seat(), app.seat(), app.seat());
    let session = holder.acquire(&unique::part());
    let (hers, his) = (carol.ask(&session), bob.ask(&session));
    let path = paths::of_session(&session, "handoff-requests");
    let seen = |client: &baton_tests::Client| -> Vec<String> {
        let requests = client.pages(&path, "handoff_requests", 10);
        requests.iter().for_each(shape::request);
        let mut ids: Vec<String> = requests.iter().map(Json::id).collect();
        ids.sort_unstable();
        ids
    };
    let mut both = vec![hers.id(), his.id()];
    both.sort_unstable();
    assert_eq!(seen(&holder), both);
    assert_eq!(seen(&app.user("admin")), both);
    assert_eq!(seen(&bob), [his.id()]);
    assert_eq!(seen(&carol), [hers.id()]);
    assert_eq!(seen(&app.user("editor")), Vec::<String>::new());
}

fn ones_requests_are_those_made_and_held(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let made = alice.ask(&bob.acquire(&unique::part()));
    let held = bob.ask(&alice.acquire(&unique::part()));
    app.seat().ask(&app.seat().acquire(&unique::part()));
    for seat in [&alice, &bob] {
        let all = seat.pages("/api/handoff-requests", "handoff_requests", 10);
        all.iter().for_each(shape::request);
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all.contains(&made) && all.contains(&held), "{all:?}");
    }
}

fn the_pending_ones_can_be_asked_for_alone(app: &App) {
    let (alice, bob, carol) = (app.seat(), app.seat(), app.seat());
    let (hers, his) = (alice.acquire(&unique::part()), bob.acquire(&unique::part()));
    let (made, held) = (bob.ask(&hers), carol.ask(&his));
    let answered = carol.ask(&hers);
    alice.decline(&answered);
    let pending = |user: &baton_tests::Client, limit| -> Vec<Value> {
        let all = user.pages("/api/handoff-requests?pending=true", "handoff_requests", limit);
        all.iter().map(|request| request["id"].clone()).collect()
    };
    assert_eq!(pending(&bob, 1), [made["id"].clone(), held["id"].clone()]);
    assert_eq!(pending(&alice, 10), [made["id"].clone()]);
    assert_eq!(pending(&carol, 10), [held["id"].clone()]);
    bob.release(&his);
    assert_eq!(pending(&bob, 10), [made["id"].clone()]);
    bob.get("/api/handoff-requests?pending=perhaps").expect(400, "invalid_query");
}

fn taking_back_tells_the_holder(app: &App) {
    let (holder, asking) = (app.seat(), app.seat());
    let session = holder.acquire(&unique::part());
    let mut inbox = holder.inbox();
    let request = asking.stand_in_line(&session);
    assert_eq!(asking.delete(&paths::request(&request)).ok(204), Value::Null);
    assert_eq!(asking.request(request.text("id"))["status"], "cancelled");
    inbox.expect("edit.handoff_requested", &[]);
    let event = inbox.expect("edit.handoff_cancelled", &["request_id", "session_id", "requester"]);
    assert_eq!(event["data"]["request_id"], request["id"]);
    assert_eq!(event["data"]["session_id"], session["id"]);
    assert_eq!(event["data"]["requester"], asking.user);
    // Out of the line as well.
    holder.release(&session);
    assert_eq!(holder.active(session.text("part_number")), Vec::<Value>::new());
    holder.post_empty(&paths::of_request(&request, "accept")).expect(409, "not_pending");
}

fn taking_back_is_the_requesters(app: &App) {
    let (holder, asking) = (app.seat(), app.seat());
    let request = asking.ask(&holder.acquire(&unique::part()));
    for other in [&*holder, &app.user("editor")] {
        other.delete(&paths::request(&request)).expect(403, "forbidden");
    }
    assert_eq!(asking.request(request.text("id"))["status"], "pending");
}

fn acquiring_is_still_refused_while_asking(app: &App) {
    let (holder, asking, part) = (app.seat(), app.seat(), unique::part());
    let session = holder.acquire(&part);
    asking.stand_in_line(&session);
    asking.try_acquire(&part, &json!({})).expect(409, "held");
    holder.renew(&session).ok(200);
}
