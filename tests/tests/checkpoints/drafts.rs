//! Drafts: one for each session, seen once the session has ended otherwise than by its holder's release.

use baton_tests::{App, Json, Mode, eventually, on_own_app, on_shared_app, shape, unique};
use serde_json::{Value, json};

use crate::editing::{Editing, chunks, pattern};

on_shared_app!(
    the_last_draft_stands,
    without_a_draft_there_is_no_checkpoint,
    each_session_has_its_own,
    a_draft_outlives_an_expired_session,
    a_draft_outlives_a_handover,
);
on_own_app!(a_draft_goes_with_its_session, a_draft_makes_way_for_the_next);

fn the_last_draft_stands(app: &App) {
    let editing = Editing::begin(app);
    editing.save(b"first");
    editing.save(&pattern(600_000));
    editing.save(b"last");
    assert_eq!(editing.listed(), Vec::<Value>::new());
    let checkpoint = editing.force_release(app).expect("the draft is kept");
    shape::checkpoint(&checkpoint);
    assert_eq!((checkpoint["kind"].as_str(), checkpoint["size"].as_i64()), (Some("force_release"), Some(4)));
    assert_eq!(checkpoint["user"], editing.user);
    assert_eq!(checkpoint["session_id"], editing.session["id"]);
    let content = editing.content("GET", &checkpoint).send();
    assert_eq!((content.body.as_slice(), content.header("content-type")), (&b"last"[..], Some("model/step")));
    assert_eq!(editing.try_save(b"too late").expect(410, "session_lost")["reason"], "force_released");
    assert_eq!(editing.bytes(&checkpoint), b"last");
}

fn without_a_draft_there_is_no_checkpoint(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(b"abc");
    assert_eq!(editing.force_release(app), None);
    assert_eq!(editing.listed(), [checkpoint]);
}

fn each_session_has_its_own(app: &App) {
    let (one, two) = (Editing::begin(app), Editing::begin(app));
    one.save(b"one");
    two.save(b"two");
    one.release(&one.session);
    let checkpoint = two.force_release(app).expect("the draft is kept");
    assert_eq!(two.bytes(&checkpoint), b"two");
    let next = one.acquire(one.part());
    let next = Editing { session: next, ..one };
    assert_eq!(next.force_release(app), None, "the draft of a session before");
}

fn a_draft_outlives_an_expired_session(app: &App) {
    let seat = app.seat();
    let session = seat.acquire_with(&unique::part(), &json!({ "ttl_seconds": 5 }));
    let editing = Editing { seat, session };
    editing.save(b"unfinished");
    let checkpoint = eventually("the draft is kept", || editing.listed().pop());
    assert_eq!((checkpoint.text("kind"), checkpoint.text("user")), ("expired", editing.user.as_str()));
    assert_eq!(editing.bytes(&checkpoint), b"unfinished");
}

fn a_draft_outlives_a_handover(app: &App) {
    let (editing, next) = (Editing::begin(app), app.seat());
    editing.save(b"unfinished");
    editing.accept(&next.ask_for_transfer(&editing.session));
    let kept = editing.listed();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!((kept[0].text("kind"), kept[0].text("user")), ("transferred", editing.user.as_str()));
    assert_eq!(editing.bytes(&kept[0]), b"unfinished");
}

fn a_draft_goes_with_its_session(mode: Mode) {
    let app = App::start(mode);
    let editing = Editing::begin(&app);
    editing.save(&pattern(300_000));
    assert_eq!(chunks(&app), 2);
    editing.release(&editing.session);
    assert_eq!(chunks(&app), 0);
}

fn a_draft_makes_way_for_the_next(mode: Mode) {
    let app = App::start(mode);
    let editing = Editing::begin(&app);
    for length in [600_000, 0, 300_000, 1] {
        editing.save(&pattern(length));
    }
    assert_eq!(chunks(&app), 1);
    let checkpoint = editing.force_release(&app).expect("the draft is kept");
    assert_eq!(checkpoint.int("size"), 1);
    assert_eq!(chunks(&app), 1);
}
