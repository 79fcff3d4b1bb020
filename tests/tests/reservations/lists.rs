//! Looking at what is reserved.

use std::slice;

use baton_tests::{App, Json, encode, on_shared_app, unique};

use crate::scene::{later, of_part, reserve, text};

on_shared_app!(a_list_comes_in_pages, a_list_is_filtered_by_time, the_rules_of_lists_hold);

fn a_list_comes_in_pages(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let all: Vec<_> = (1..=5)
        .map(|hour| {
            reserve(if hour % 2 == 0 { &alice } else { &bob }, &[&part], (later(hour * 3600), later(hour * 3600 + 60)))
        })
        .collect();
    assert_eq!(of_part(&alice, &part), all);
    assert_eq!(alice.pages(&format!("/api/reservations?part_number={part}"), "reservations", 2), all);
}

fn a_list_is_filtered_by_time(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let (early, late) = ((later(3600), later(7200)), (later(10_000), later(12_000)));
    let (early_id, late_id) =
        (reserve(&seat, &[&part], early)["id"].clone(), reserve(&seat, &[&part], late)["id"].clone());
    let found = |query: &str| {
        let page = seat.get(&format!("/api/reservations?part_number={part}{query}")).ok(200);
        page.list("reservations").iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    let at = |time| encode(&text(time));
    assert_eq!(found(""), [early_id.clone(), late_id.clone()]);
    assert_eq!(found(&format!("&from={}", at(early.1))), slice::from_ref(&late_id), "half open");
    assert_eq!(found(&format!("&until={}", at(late.0))), slice::from_ref(&early_id), "half open");
    assert_eq!(found(&format!("&from={}&until={}", at(early.1), at(late.0))), Vec::<serde_json::Value>::new());
    assert_eq!(found(&format!("&from={}&until={}", at(later(4000)), at(later(11_000)))), [early_id, late_id]);
}

fn the_rules_of_lists_hold(app: &App) {
    let user = app.user("viewer");
    for bad in ["limit=0", "after=x", "from=yesterday", "until=2027-02-29T00:00:00Z", "part_number=a%20b"] {
        let problem = user.get(&format!("/api/reservations?{bad}")).expect_one_of(&[400]);
        assert!(["invalid_query", "invalid_cursor"].contains(&problem.text("code")), "{bad}: {problem}");
    }
    assert_eq!(user.get("/api/reservations?part_number=never-seen").ok(200).list("reservations").len(), 0);
}
