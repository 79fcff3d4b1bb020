//! Who hears of an approval, and who doesn't. Each test has a server of its own: what is told to every admin would
//! reach the admins of other tests.

use baton_tests::{App, Client, Inbox, Json, Mode, Seat, on_own_app, shape};
use serde_json::Value;

use crate::scene::{APPROVAL_DATA, admin_seat, ask, cancel, gated_setup, holder, inbox_as, signed};

on_own_app!(
    an_approval_reaches_those_whom_it_concerns,
    a_rejection_reaches_those_whom_it_concerns,
    calling_off_reaches_those_whom_it_concerns,
    the_role_of_the_last_poll_counts,
);

/// An approval event with these facts.
fn assert_tells(event: &Value, approval: &Value, state: &str, by: &Client) {
    shape::event(event, &APPROVAL_DATA);
    let data = &event["data"];
    assert_eq!(data["approval_id"], approval["id"], "{event}");
    assert_eq!(data["workflow"], approval["workflow"], "{event}");
    assert_eq!(data["resource_id"], approval["resource_id"], "{event}");
    assert_eq!(data["state"], state, "{event}");
    assert_eq!(data["by"], by.user, "{event}");
    assert_eq!(event["part_number"], approval["part_number"], "{event}");
}

/// The inboxes of those whom an approval concerns, and of those whom it doesn't.
struct Audience {
    requester: Seat,
    holder: Seat,
    session: Value,
    at_holder: Inbox,
    others_concerned: Vec<Inbox>,
    at_watcher: Inbox,
    unconcerned: Vec<Inbox>,
}

impl Audience {
    fn gather(app: &App) -> Self {
        let (requester, watcher, (holder, session)) = (admin_seat(app), app.seat(), holder(app));
        watcher.watch(session.text("part_number"));
        let laptop = Seat::new(requester.as_role("admin"));
        let named = app.seat();
        let others_concerned = vec![
            // Asking as viewers: what reaches them does so because they are the requester's.
            inbox_as(requester.as_role("viewer"), &requester),
            inbox_as(laptop.as_role("viewer"), &laptop),
            admin_seat(app).inbox(),
        ];
        let (sleeper, quality) = (admin_seat(app), app.seat());
        let unconcerned = vec![
            inbox_as(sleeper.as_role("viewer"), &sleeper),
            inbox_as(quality.as_viewer_with(&["quality"]), &quality),
            // What a token's `roles` call a built-in role is none.
            inbox_as(named.as_viewer_with(&["admin"]), &named),
            Seat::new(holder.as_role("editor")).inbox(),
            app.seat().inbox(),
        ];
        let (at_holder, at_watcher) = (holder.inbox(), watcher.inbox());
        Self { requester, holder, session, at_holder, others_concerned, at_watcher, unconcerned }
    }

    /// Checks that those concerned hear these events of one step, in this order, and returns what each heard.
    fn concerned_hear(&mut self, kinds: &[&str]) -> Vec<Vec<Value>> {
        let concerned = self.others_concerned.iter_mut().chain([&mut self.at_holder]);
        concerned.map(|inbox| inbox.expect_all(kinds)).collect()
    }

    fn nobody_hears_more(&mut self) {
        let all = self.others_concerned.iter_mut().chain(&mut self.unconcerned);
        for inbox in all.chain([&mut self.at_holder, &mut self.at_watcher]) {
            inbox.expect_nothing_more();
        }
    }
}

fn an_approval_reaches_those_whom_it_concerns(mode: Mode) {
    let app = gated_setup(mode).start();
    let mut audience = Audience::gather(&app);
    let approval = ask(&audience.requester, &audience.session);
    for heard in audience.concerned_hear(&["approval.created"]) {
        assert_tells(&heard[0], &approval, "pending", &audience.requester);
    }
    audience.nobody_hears_more();
    let signer = app.user("admin");
    signed(&signer, &approval, "approve");
    for heard in audience.concerned_hear(&["approval.signed"]) {
        assert_tells(&heard[0], &approval, "pending", &signer);
    }
    for heard in audience.concerned_hear(&["approval.completed"]) {
        assert_tells(&heard[0], &approval, "approved", &signer);
    }
    let forced = &audience.at_holder.expect_all(&["edit.force_released", "edit.session_released"])[0];
    assert_eq!(forced["data"]["admin"], audience.requester.user, "by whose order: {forced}");
    assert_eq!(forced["data"]["reason"], approval["reason"]);
    assert_eq!(forced["data"]["original_holder"], audience.holder.user);
    audience.at_watcher.expect("edit.session_released", &[]);
    audience.nobody_hears_more();
}

fn a_rejection_reaches_those_whom_it_concerns(mode: Mode) {
    let app = gated_setup(mode).start();
    let mut audience = Audience::gather(&app);
    let approval = ask(&audience.requester, &audience.session);
    let signer = app.user("admin");
    signed(&signer, &approval, "reject");
    for heard in audience.concerned_hear(&["approval.created", "approval.signed", "approval.completed"]) {
        assert_tells(&heard[2], &approval, "rejected", &signer);
    }
    audience.nobody_hears_more();
}

fn calling_off_reaches_those_whom_it_concerns(mode: Mode) {
    let app = gated_setup(mode).start();
    let mut audience = Audience::gather(&app);
    let approval = ask(&audience.requester, &audience.session);
    let canceller = app.user("admin");
    cancel(&canceller, &approval).ok(200);
    for heard in audience.concerned_hear(&["approval.created", "approval.completed"]) {
        assert_tells(&heard[1], &approval, "cancelled", &canceller);
    }
    audience.nobody_hears_more();
}

/// Whoever is an admin no longer doesn't hear what is for admins, whatever the workstation was used for before.
fn the_role_of_the_last_poll_counts(mode: Mode) {
    let app = gated_setup(mode).start();
    let (requester, seat) = (app.user("admin"), admin_seat(&app));
    let mut as_admin = seat.inbox();
    let seen = ask(&requester, &holder(&app).1);
    assert_tells(&as_admin.expect("approval.created", &[]), &seen, "pending", &requester);
    let mut as_viewer = inbox_as(seat.as_role("viewer"), &seat);
    ask(&requester, &holder(&app).1);
    as_viewer.expect_nothing_more();
    let mut as_admin = seat.inbox();
    let seen = ask(&requester, &holder(&app).1);
    assert_tells(&as_admin.expect("approval.created", &[]), &seen, "pending", &requester);
    as_admin.expect_nothing_more();
}
