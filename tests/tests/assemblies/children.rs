//! What assemblies are made of.

use std::slice::from_ref;
use std::thread;

use baton_tests::{App, Json, Seat, on_shared_app, paths, unique};
use serde_json::json;

use crate::kit::{children_of, diamond, link, parents_of, parts, relatives, try_link};

on_shared_app!(
    items_come_into_being_by_it_and_are_told_with_their_least_depth,
    it_comes_in_pages,
    the_whole_list_is_replaced,
    the_same_one_twice_counts_once,
    up_to_ten_thousand_children,
    nothing_is_made_of_itself,
    of_two_requests_that_make_a_cycle_together_one_is_refused,
    who_may_and_what_is_asked_for_wrongly,
    it_is_in_the_audit_log,
);

fn names(parts: &[&String], depth: i64) -> Vec<(String, i64)> {
    parts.iter().map(|part| ((*part).clone(), depth)).collect()
}

fn items_come_into_being_by_it_and_are_told_with_their_least_depth(app: &App) {
    let seat = app.seat();
    let [root, left, right, shared, last] = &diamond(&seat);
    link(&seat, root, &[left.clone(), right.clone(), last.clone()]);
    let down = |depth: &str| relatives(&seat.get(&format!("{}{depth}", children_of(root))).ok(200), "children");
    assert_eq!(down(""), names(&[left, right, last], 1));
    let all = [names(&[left, right, last], 1), names(&[shared], 2)].concat();
    assert_eq!(down("?depth=2"), all);
    assert_eq!(down("?depth=32"), all, "each once, with its least depth");
    let up = seat.get(&format!("{}?depth=9", parents_of(last))).ok(200);
    assert_eq!(relatives(&up, "parents"), [names(&[root], 1), names(&[shared], 1), names(&[left, right], 2)].concat());
    let item = seat.get(&paths::item(last)).ok(200);
    assert_eq!((item.int("fence"), item.list("edit_sessions").len()), (0, 0));
    assert_eq!(seat.get(&children_of(last)).ok(200)["children"], json!([]));
    seat.get(&children_of(&unique::part())).expect(404, "not_found");
    seat.get(&parents_of(&unique::part())).expect(404, "not_found");
}

fn it_comes_in_pages(app: &App) {
    let (seat, parts) = (app.seat(), parts::<8>());
    link(&seat, &parts[0], &parts[1..6]);
    link(&seat, &parts[5], &parts[6..]);
    let whole = seat.pages(&format!("{}?depth=3", children_of(&parts[0])), "children", 2);
    let depths: Vec<_> = whole.iter().map(|one| one.int("depth")).collect();
    assert_eq!(depths, [1, 1, 1, 1, 1, 2, 2]);
    assert_eq!(whole.iter().map(|one| one.text("part_number")).collect::<Vec<_>>(), parts[1..]);
}

fn the_whole_list_is_replaced(app: &App) {
    let (seat, [root, one, two, three]) = (app.seat(), &parts::<4>());
    link(&seat, root, &[one.clone(), two.clone()]);
    link(&seat, root, &[three.clone(), two.clone()]);
    assert_eq!(relatives(&seat.get(&children_of(root)).ok(200), "children"), names(&[two, three], 1));
    assert_eq!(seat.get(&parents_of(one)).ok(200)["parents"], json!([]));
    link(&seat, root, &[]);
    assert_eq!(seat.get(&children_of(root)).ok(200)["children"], json!([]));
}

fn the_same_one_twice_counts_once(app: &App) {
    let (seat, [root, one]) = (app.seat(), &parts::<2>());
    let linked = try_link(&seat, root, &[one.clone(), one.clone()]).ok(200);
    assert_eq!(relatives(&linked, "children"), names(&[one], 1));
}

fn up_to_ten_thousand_children(app: &App) {
    let (seat, root) = (app.seat(), unique::part());
    let many =
        |count: usize| (0..count).map(|number| format!("{:x<128}", format!("{root}-{number}-"))).collect::<Vec<_>>();
    link(&seat, &root, &many(10_000));
    assert_eq!(seat.pages(&children_of(&root), "children", 1000).len(), 10_000);
    try_link(&seat, &root, &many(10_001)).invalid("children");
    let short: Vec<_> = (0..100_000).map(|number| format!("{root}-{number}")).collect();
    try_link(&seat, &root, &short).invalid("children");
    let padded = json!({ "children": [], "padding": "x".repeat(4 << 20) });
    seat.call("PUT", &children_of(&root)).json(&padded).send().expect(413, "payload_too_large");
    link(&seat, &root, &[]);
}

fn nothing_is_made_of_itself(app: &App) {
    let seat = app.seat();
    let [root, left, _, shared, last] = &diamond(&seat);
    for (part, child) in [(last, root), (last, shared), (shared, left), (last, last)] {
        let refused = try_link(&seat, part, &[unique::part(), child.clone()]).expect(422, "cycle");
        assert_eq!(refused["children"], json!([child]));
    }
    assert_eq!(seat.get(&children_of(last)).ok(200)["children"], json!([]));
}

fn of_two_requests_that_make_a_cycle_together_one_is_refused(app: &App) {
    let seat = app.seat();
    for _ in 0..20 {
        let ring: Vec<String> = parts::<4>().into();
        let done = thread::scope(|scope| {
            let each = (0..ring.len()).map(|number| {
                let (seat, ring) = (&seat, &ring);
                scope.spawn(move || {
                    let next = ring[(number + 1) % ring.len()].clone();
                    let answer = try_link(seat, &ring[number], &[next]);
                    if answer.status != 200 {
                        answer.expect(422, "cycle");
                    }
                })
            });
            each.collect::<Vec<_>>().into_iter().for_each(|one| one.join().expect("an answer"));
            let linked = ring.iter().filter(|part| has_children(&seat, part));
            linked.count()
        });
        assert_eq!(done, ring.len() - 1, "one of them would have closed the ring");
    }
}

fn has_children(seat: &Seat, part: &str) -> bool {
    let answer = seat.get(&children_of(part));
    answer.status == 200 && !answer.ok(200).list("children").is_empty()
}

fn who_may_and_what_is_asked_for_wrongly(app: &App) {
    let (seat, [root, one]) = (app.seat(), &parts::<2>());
    let put = |body| seat.call("PUT", &children_of(root)).json(&body).send();
    let viewer = seat.as_role("viewer");
    viewer.call("PUT", &children_of(root)).json(&json!({ "children": [one] })).send().expect(403, "forbidden");
    put(json!({})).invalid("children");
    put(json!({ "children": one })).invalid("children");
    put(json!({ "children": [one, "no part"] })).invalid("children[1]");
    put(json!({ "children": [""] })).invalid("children[0]");
    seat.call("PUT", &children_of("-")).json(&json!({ "children": [] })).send().invalid("part_number");
    seat.get(&paths::item(root)).expect(404, "not_found");
    link(&seat, root, from_ref(one));
    viewer.get(&children_of(root)).ok(200);
    for bad in ["depth=0", "depth=33", "depth=x", "depth=", "limit=0", "after=x"] {
        let refused = viewer.get(&format!("{}?{bad}", children_of(root)));
        assert_eq!(refused.status, 400, "{bad}");
        assert_eq!(viewer.get(&format!("{}?{bad}", parents_of(root))).status, 400, "{bad}");
    }
}

fn it_is_in_the_audit_log(app: &App) {
    let (seat, [root, one, two]) = (app.seat(), &parts::<3>());
    link(&seat, root, from_ref(one));
    link(&seat, root, from_ref(two));
    link(&seat, root, from_ref(two));
    let path = format!("/api/audit?part_number={root}&action=item.children_changed");
    let entries = app.user("admin").get(&path).ok(200);
    let details: Vec<_> = entries.list("entries").iter().map(|entry| entry["details"].clone()).collect();
    let expected = [json!({ "added": [two], "removed": [one] }), json!({ "added": [one], "removed": [] })];
    assert!(details.len() == 2 && expected.iter().all(|one| details.contains(one)), "{entries}");
}
