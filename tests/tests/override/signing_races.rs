//! Signatures at the same moment as other signatures, cancellations and ends of the session, over and over.

use baton_tests::{Client, Json, Mode, Response, on_own_app, paths};
use serde_json::{Value, json};

use crate::scene::{ask, audited, cancel, gated, order, sign, together};
use crate::tally::{End, Tally};
use crate::workflows::{signer, two_keys};

on_own_app!(
    two_signers_at_once_release_once,
    one_user_at_two_desks_signs_once,
    approving_races_with_rejecting,
    approving_races_with_calling_off,
    approving_races_with_release,
    asking_at_once_gives_one_approval,
);

const ROUNDS: usize = 30;

/// The one of two that had its way; the other one came too late.
fn only_one(one: Response, other: Response) -> Value {
    let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
    lost.expect(409, "not_pending");
    won.ok(200)
}

/// Checks that an approval has been completed once in the audit log, and reads it.
fn completed(client: &Client, approval: &Value) -> Value {
    assert_eq!(audited(client, approval, "approval.completed").len(), 1, "{approval}");
    client.get(&paths::approval(approval)).ok(200)
}

fn two_signers_at_once_release_once(mode: Mode) {
    let app = two_keys(mode);
    let mut tally = Tally::new(app);
    let (quality, admin) = (signer(app, "quality"), signer(app, "admin"));
    for _ in 0..ROUNDS {
        let session = tally.session(600);
        let approval = ask(&tally.admin, &session);
        let (one, other) = together(|| sign(&quality, &approval, "approve"), || sign(&admin, &approval, "approve"));
        let (one, other) = (one.ok(200), other.ok(200));
        let decided = completed(&tally.admin, &approval);
        assert_eq!(decided["state"], "granted");
        assert_eq!(decided["outcome"], "session_released");
        // One of them was the last, and saw what came of it.
        assert!((one == decided) != (other == decided), "{one} and {other} are not one after the other");
        for (gate, user) in [(0, &quality.user), (1, &admin.user)] {
            let signatures = decided["gates"][gate].list("signatures");
            assert_eq!(signatures.len(), 1, "{decided}");
            assert_eq!(signatures[0]["user"], *user);
        }
        assert_eq!(audited(&tally.admin, &approval, "approval.signed").len(), 2);
        tally.ended(session, End::Forced);
    }
    tally.check();
}

fn one_user_at_two_desks_signs_once(mode: Mode) {
    let app = two_keys(mode);
    let admin = app.user("admin");
    let tally = Tally::new(app);
    for _ in 0..ROUNDS / 2 {
        let session = tally.session(600);
        let approval = ask(&admin, &session);
        let both = app.user("viewer").as_viewer_with(&["quality", "admin"]);
        let (one, other) = together(|| sign(&both, &approval, "approve"), || sign(&both, &approval, "approve"));
        let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
        lost.expect(409, "already_signed");
        assert_eq!(won.ok(200)["state"], "pending");
        assert_eq!(tally.holder.held(session.text("part_number")), session);
    }
}

fn approving_races_with_rejecting(mode: Mode) {
    let app = gated(mode);
    let mut tally = Tally::new(app);
    let (yes, no) = (app.user("admin"), app.user("admin"));
    for _ in 0..ROUNDS {
        let session = tally.session(600);
        let approval = ask(&tally.admin, &session);
        let (one, other) = together(|| sign(&yes, &approval, "approve"), || sign(&no, &approval, "reject"));
        let decided = only_one(one, other);
        assert_eq!(completed(&yes, &approval), decided);
        if decided["state"] == "approved" {
            tally.ended(session, End::Forced);
        } else {
            assert_eq!(decided["outcome"], "session_kept");
            tally.holder.release(&session);
            tally.ended(session, End::Released);
        }
    }
    tally.check();
}

fn approving_races_with_calling_off(mode: Mode) {
    let app = gated(mode);
    let mut tally = Tally::new(app);
    let yes = app.user("admin");
    for _ in 0..ROUNDS {
        let session = tally.session(600);
        let approval = ask(&tally.admin, &session);
        let (one, other) = together(|| sign(&yes, &approval, "approve"), || cancel(&tally.admin, &approval));
        let decided = only_one(one, other);
        assert_eq!(completed(&yes, &approval), decided);
        if decided["state"] == "approved" {
            tally.ended(session, End::Forced);
        } else {
            assert_eq!(decided["state"], "cancelled");
            tally.holder.release(&session);
            tally.ended(session, End::Released);
        }
    }
    tally.check();
}

/// Whichever comes first decides: a signature releases, and a release closes the approval.
fn approving_races_with_release(mode: Mode) {
    let app = gated(mode);
    let mut tally = Tally::new(app);
    let yes = app.user("admin");
    for _ in 0..ROUNDS {
        let session = tally.session(600);
        let approval = ask(&tally.admin, &session);
        let (approved, released) = together(|| sign(&yes, &approval, "approve"), || tally.holder.try_release(&session));
        let decided = completed(&yes, &approval);
        if decided["state"] == "approved" {
            assert_eq!(approved.ok(200), decided);
            assert_eq!(decided["outcome"], "session_released");
            assert_eq!(released.expect(410, "session_lost")["reason"], "force_released");
            tally.ended(session, End::Forced);
        } else {
            approved.expect(409, "not_pending");
            assert_eq!((&decided["state"], &decided["outcome"]), (&json!("cancelled"), &json!("session_over")));
            released.ok(204);
            tally.ended(session, End::Released);
        }
    }
    tally.check();
}

fn asking_at_once_gives_one_approval(mode: Mode) {
    let app = gated(mode);
    let tally = Tally::new(app);
    let other = app.user("admin");
    for _ in 0..ROUNDS {
        let session = tally.session(600);
        let (one, two) = together(|| order(&other, &session), || order(&tally.admin, &session));
        let (one, two) = (one.ok(202), two.ok(202));
        assert_eq!(one["approval"]["id"], two["approval"]["id"]);
        assert_eq!(audited(&other, &one["approval"], "approval.created").len(), 1);
    }
}
