//! How it looks, to whom, and what it may do.

use std::thread;

use baton_tests::{App, Mode, unique};
use serde_json::{Value, json};

use crate::browser::{Browser, NARROW, WIDE, axe};
use crate::scene::{app, holder, row};

/// What axe-core finds wrong with the page as it stands.
const AXE: &str = "const done = arguments[arguments.length - 1];
    axe.run().then(({ violations }) => done(violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html)}`)));";

fn accessible(browser: &Browser, what: &str) {
    browser.run(&axe(), &[]);
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        assert_eq!(browser.run_async(AXE, &[]), json!([]), "{what}, {scheme}");
    }
}

/// Nothing is wider than the window.
fn fits(browser: &Browser, what: &str) {
    let widths = browser.run("return [document.documentElement.scrollWidth, innerWidth]", &[]);
    assert!(widths[0].as_u64() <= widths[1].as_u64(), "{what}: {widths}");
}

#[test]
fn everybody_can_use_it() {
    let app = app();
    let (alice, part, session) = holder(app);
    app.seat().ask_for_transfer(&session);
    let other = app.seat();
    let others = other.acquire(&unique::part());
    alice.stand_in_line(&others);
    for size in [WIDE, NARROW] {
        let browser = Browser::start(app, size);
        browser.open("/");
        browser.shows("#sign-in", "Token or key");
        accessible(&browser, "signing in");
        browser.sign_in(&alice);
        browser.shows("#asked-of-you", &part);
        accessible(&browser, "the board");
        browser.press(&format!("Give {part} to somebody"));
        browser.shows("dialog", "To whom");
        accessible(&browser, "a dialog");
    }
}

/// A check that can't fail shows nothing.
#[test]
fn what_is_not_accessible_is_found() {
    let browser = Browser::start(app(), WIDE);
    browser.open("/");
    browser.shows("#sign-in", "Token or key");
    browser.run("document.querySelector('label').remove()", &[]);
    browser.run(&axe(), &[]);
    let found = browser.run_async(AXE, &[]);
    assert!(found.to_string().contains("label"), "{found}");
}

#[test]
fn it_fits_a_phone() {
    let app = app();
    let (alice, part, session) = holder(app);
    let long = "a-name-that-goes-on-and-on-without-any-place-to-break-it@workshop.example";
    let bob = baton_tests::Seat::new(app.named(&unique::name(long), "editor"));
    let message = "AWordThatIsMuchLongerThanAnyPhoneIsWide".repeat(3);
    bob.ask_with(&session, &json!({ "message": message, "workstation_id": bob.workstation }));
    let his = bob.acquire_with(&unique::name(&"F".repeat(80)), &json!({ "note": message }));
    let browser = Browser::start(app, NARROW);
    browser.open("/");
    browser.shows("#sign-in", "Token or key");
    fits(&browser, "signing in");
    browser.sign_in(&alice);
    browser.shows("#asked-of-you", &part);
    browser.shows(&row(&his), &bob.user);
    fits(&browser, "the board");
    browser.press(&format!("Decline {}’s request for {part}", bob.user));
    fits(&browser, "a dialog");
    browser.confirm("Decline");
    browser.lacks("#asked-of-you");
}

#[test]
fn three_hundred_sessions_are_filtered_and_sorted() {
    let app = App::start(Mode::Embedded);
    let browser = Browser::of(&app, &app.user("viewer"));
    browser.shows("#nothing", "Nobody holds anything.");
    let sessions: Vec<Value> = thread::scope(|scope| {
        let seats: Vec<_> = (0..4).map(|_| app.seat()).collect();
        let take = |seat: baton_tests::Seat| (0..75).map(|_| seat.acquire(&unique::part())).collect::<Vec<_>>();
        let threads: Vec<_> = seats.into_iter().map(|seat| scope.spawn(move || take(seat))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("75 sessions")).collect()
    });
    browser.shows("#count", "300 sessions");
    let part = sessions[123]["part_number"].as_str().expect("a number");
    browser.fill("#filter", part);
    browser.shows("#count", "1 of 300 sessions");
    browser.shows(&row(&sessions[123]), part);
    browser.lacks(&row(&sessions[0]));
    browser.fill("#filter", "nothing like it");
    browser.shows("#nothing", "Nothing fits");
    browser.run("document.querySelector('#filter').value = ''; document.querySelector('#sort').value = 'longest'; document.querySelector('#sort').dispatchEvent(new Event('change'))", &[]);
    browser.shows("#count", "300 sessions");
    let first = browser.run("return document.querySelector('tbody tr').dataset.key", &[]);
    let oldest = sessions.iter().min_by_key(|session| session["acquired_at"].as_str()).expect("300 sessions");
    assert_eq!(first, oldest["id"]);
}

#[test]
fn its_policy_has_nothing_to_report() {
    let app = app();
    let (alice, part, _) = holder(app);
    let browser = Browser::of(app, &alice);
    browser.press(&format!("Release {part}"));
    browser.confirm("Release");
    browser.run("document.querySelector('#sign-out').click()", &[]);
    browser.shows("#sign-in", "Token or key");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    // It would be heard of.
    browser.run(
        "document.body.append(Object.assign(document.createElement('style'), { textContent: 'p { color: red }' }))",
        &[],
    );
    let complaints = browser.complaints();
    assert!(complaints.iter().any(|line| line.contains("style-src")), "{complaints:?}");
}

/// What others write is text.
#[test]
fn no_text_becomes_markup() {
    let app = app();
    let (alice, part, session) = holder(app);
    let markup = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>";
    let bob = app.seat();
    bob.ask_with(&session, &json!({ "message": markup, "workstation_id": bob.workstation }));
    let browser = Browser::of(app, &alice);
    browser.shows("#asked-of-you", markup);
    browser.shows("#asked-of-you", &part);
    assert_eq!(browser.run("return document.querySelectorAll('#board b').length", &[]), json!(0));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// The stream is parsed by hand: however it comes in pieces, it says the same.
#[test]
fn a_stream_in_any_pieces_is_the_same_events() {
    let browser = Browser::start(app(), WIDE);
    browser.open("/");
    let found = browser.run_async(PARSE, &[]);
    let expected = json!([
        [{ "id": "8", "type": "edit.session_acquired", "data": "{\"a\":\n1}" }, { "id": "9", "type": "message", "data": " two" }],
        "12",
    ]);
    assert_eq!(found, json!([expected]));
}

/// Every way to cut a stream in two, in three, and into single characters: what there is of different answers.
const PARSE: &str = r#"
    const done = arguments[arguments.length - 1];
    const text = ": baton\nretry: 1000\nid: 7\n\nid: 8\r\nevent: edit.session_acquired\r\ndata: {\"a\":\r\ndata:1}\r\n\r\n"
        + "unknown: x\nevent: never sent\n\ndata:  two\nid: 9\n\n:\rid: 12\r\rid: 13\ndata: not whole";
    import("/board/sse.js").then(({ EventParser }) => {
        const parse = (pieces) => {
            const parser = new EventParser();
            const events = pieces.flatMap((piece) => parser.push(piece));
            return JSON.stringify([events, parser.lastId]);
        };
        const answers = new Set([parse([text]), parse([...text])]);
        for (let i = 0; i <= text.length; i += 1) {
            for (let j = i; j <= text.length; j += 7) answers.add(parse([text.slice(0, i), text.slice(i, j), text.slice(j)]));
        }
        done([...answers].map((answer) => JSON.parse(answer)));
    });"#;
