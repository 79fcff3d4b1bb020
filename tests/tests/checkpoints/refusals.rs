//! Who may not, and where there is nothing.

use baton_tests::{App, Json, Response, eventually, on_shared_app, paths, unique};

use crate::editing::Editing;

on_shared_app!(
    uploading_is_the_holders,
    uploading_needs_a_session,
    a_session_that_is_over_is_lost,
    an_expired_session_is_lost,
    labels_are_checked,
    what_was_never_seen_is_not_found,
    other_methods_are_told_the_right_ones,
);

/// Both ways to upload, with whatever token.
fn upload(client: &baton_tests::Client, paths: &[String; 2]) -> [Response; 2] {
    let [draft, checkpoint] = paths;
    [client.call("PUT", draft).body("a/b", "abc").send(), client.call("POST", checkpoint).body("a/b", "abc").send()]
}

fn uploading_is_the_holders(app: &App) {
    let editing = Editing::begin(app);
    let paths = [editing.draft(), editing.keeping()];
    for stranger in [app.user("editor"), app.user("admin"), editing.as_role("viewer")] {
        upload(&stranger, &paths).iter().for_each(|response| drop(response.expect(403, "forbidden")));
    }
    let nobody = editing.with_token("nonsense");
    upload(&nobody, &paths).iter().for_each(|response| drop(response.expect(401, "unauthorized")));
    assert_eq!(editing.listed().len(), 0);
    assert_eq!(editing.force_release(app), None);
}

fn uploading_needs_a_session(app: &App) {
    let (editing, other) = (Editing::begin(app), Editing::begin(app));
    let sessions = paths::sessions(other.part());
    for id in [editing.session.text("id"), &unique::uuid(), "x"] {
        let paths = [format!("{sessions}/{id}/draft"), format!("{sessions}/{id}/checkpoints")];
        upload(&editing, &paths).iter().for_each(|response| drop(response.expect(404, "not_found")));
    }
    let bad = paths::sessions("-bad");
    let paths = [format!("{bad}/{}/draft", unique::uuid()), format!("{bad}/{}/checkpoints", unique::uuid())];
    upload(&editing, &paths).iter().for_each(|response| drop(response.invalid("part_number")));
}

fn a_session_that_is_over_is_lost(app: &App) {
    let editing = Editing::begin(app);
    let paths = [editing.draft(), editing.keeping()];
    editing.save(b"abc");
    editing.release(&editing.session);
    for response in upload(&editing, &paths) {
        assert_eq!(response.expect(410, "session_lost")["reason"], "released");
    }
    upload(&app.user("editor"), &paths).iter().for_each(|response| drop(response.expect(403, "forbidden")));
    assert_eq!(editing.listed().len(), 0);
}

fn an_expired_session_is_lost(app: &App) {
    let seat = app.seat();
    let session = seat.acquire_briefly(&unique::part());
    let paths = [paths::of_session(&session, "draft"), paths::of_session(&session, "checkpoints")];
    eventually("the session expires", || {
        let [draft, checkpoint] = upload(&seat, &paths);
        (draft.status == 410).then(|| {
            for response in [draft, checkpoint] {
                assert_eq!(response.expect(410, "session_lost")["reason"], "expired");
            }
        })
    });
}

fn labels_are_checked(app: &App) {
    let editing = Editing::begin(app);
    for bad in [String::new(), "%20".to_owned(), "x".repeat(201), "a%00b".to_owned()] {
        let path = format!("{}?label={bad}", editing.keeping());
        editing.call("POST", &path).body("a/b", "abc").send().invalid("label");
    }
    let path = format!("{}?label=a&label=b", editing.keeping());
    editing.call("POST", &path).body("a/b", "abc").send().expect(400, "invalid_query");
    assert_eq!(editing.listed().len(), 0);
}

fn what_was_never_seen_is_not_found(app: &App) {
    let editing = Editing::begin(app);
    let never = paths::checkpoints(&unique::part());
    editing.get(&never).expect(404, "not_found");
    editing.anonymous("GET", &never).send().expect(401, "unauthorized");
    let checkpoint = editing.keep(b"abc");
    let other = Editing::begin(app);
    for nothing in [
        format!("{}/{}", paths::checkpoints(editing.part()), unique::uuid()),
        format!("{}/x", paths::checkpoints(editing.part())),
        format!("{never}/{}", checkpoint.id()),
        format!("{}/{}", paths::checkpoints(other.part()), checkpoint.id()),
    ] {
        editing.get(&nothing).expect(404, "not_found");
        editing.get(&format!("{nothing}/content")).expect(404, "not_found");
        editing.delete(&nothing).expect(404, "not_found");
    }
    editing.get(&paths::checkpoints("-bad")).invalid("part_number");
}

fn other_methods_are_told_the_right_ones(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = paths::checkpoint(&editing.keep(b"abc"));
    for (path, wrong, right) in [
        (editing.draft(), "GET", "PUT"),
        (editing.keeping(), "GET", "POST"),
        (paths::checkpoints(editing.part()), "POST", "GET,HEAD"),
        (checkpoint.clone(), "PUT", "GET,HEAD,DELETE"),
        (format!("{checkpoint}/content"), "DELETE", "GET,HEAD"),
    ] {
        let response = editing.call(wrong, &path).send();
        response.expect(405, "method_not_allowed");
        assert_eq!(response.header("allow"), Some(right), "{response}");
    }
    editing.get(&format!("{checkpoint}/nothing")).expect(404, "not_found");
}
