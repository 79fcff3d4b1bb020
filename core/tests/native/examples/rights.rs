//! Who may what: the views that decide it, and the line where rights come and go.

use super::{PART, Scene};
use crate::store::{Answer, Seat, Terms};

const TERMS: Terms<'_> = Terms { level: "part", ttl: 600, note: None, revision: None };

impl Scene {
    fn put_team(&self, name: &str, members: &[(&str, bool)]) {
        let members: Vec<_> =
            members.iter().map(|(user, lead)| serde_json::json!([user, user, i32::from(*lead)])).collect();
        let statement = "INSERT INTO do_put_team (id, name, members, cause) VALUES (?1, ?1, ?2, ?3)";
        let parameters = (
            name,
            serde_json::Value::from(members).to_string(),
            r#"{"change":"c","actor":"root","admin":1,"request_id":"r","ip":"192.0.2.1"}"#,
        );
        self.store.raw().execute(statement, parameters).expect("a team");
    }

    fn set_access(&self, default: &str, rules: &[(&str, &str, &str)]) {
        let rules = serde_json::json!(rules).to_string();
        let statement = "INSERT INTO do_set_access (default_may, rules, cause) VALUES (?, ?, ?)";
        let parameters =
            (default, rules, r#"{"change":"c","actor":"root","admin":1,"request_id":"r","ip":"192.0.2.1"}"#);
        self.store.raw().execute(statement, parameters).expect("rules");
    }

    /// What a user may: nothing where nothing is kept from them.
    fn may(&self, user: Option<&str>, part_number: &str, path: Option<&str>) -> Option<i64> {
        let statement = "SELECT may FROM rights WHERE want = json_array(json_array(?, ?, ?))";
        let mut statement = self.store.raw().prepare_cached(statement).expect("a statement");
        let mut rows = statement.query((user, part_number, path)).expect("rows");
        rows.next().expect("a row or none").map(|row| row.get(0).expect("a number"))
    }
}

#[test]
fn the_longest_prefix_decides_by_the_highest_right_there() {
    let scene = Scene::new();
    assert_eq!(scene.may(Some("anna"), "GB-1", None), None, "as long as access was never set");
    scene.put_team("one", &[("anna", true), ("ben", false)]);
    scene.put_team("two", &[("anna", false), ("cleo", true)]);
    let rules = [("GB-", "one", "lead"), ("GB-", "two", "view"), ("GB-1", "two", "edit"), ("cad/x/", "two", "view")];
    scene.set_access("view", &rules);
    for (user, part_number, path, expected) in [
        ("anna", "GB-2", None, 3),
        ("ben", "GB-2", None, 2),
        ("cleo", "GB-2", None, 1),
        ("dora", "GB-2", None, 0),
        ("anna", "GB-1", None, 2),
        ("anna", "GB-12", None, 2),
        ("ben", "GB-12", None, 0),
        ("anna", "G", None, 1),
        ("dora", "GB", None, 1),
        ("dora", "gb-2", None, 1),
        ("cleo", "cad~x~y~0", Some("cad/x/y"), 1),
        ("ben", "cad~x~y~0", Some("cad/x/y"), 0),
        ("ben", "cad~z~0", Some("cad/z"), 1),
    ] {
        assert_eq!(scene.may(Some(user), part_number, path), Some(expected), "{user} on {part_number}");
    }
    assert_eq!(scene.may(None, "GB-2", None), None, "an admin may all");
    scene.set_access("none", &[]);
    assert_eq!(scene.may(Some("anna"), "GB-2", None), Some(0));
}

#[test]
fn a_team_that_is_not_there_changes_nothing() {
    let scene = Scene::new();
    scene.put_team("one", &[("anna", false)]);
    scene.set_access("none", &[("GB-", "one", "edit")]);
    let before = scene.store.dump();
    scene.set_access("edit", &[("GB-", "one", "edit"), ("GB-", "nobody", "edit")]);
    assert_eq!(scene.store.dump(), before);
}

#[test]
fn the_line_passes_over_who_may_not_edit_and_keeps_the_place() {
    let scene = Scene::new();
    scene.put_team("all", &[("anna", false), ("ben", false), ("cleo", false)]);
    scene.set_access("none", &[(PART, "all", "edit")]);
    let held = scene.hold(&scene.anna, None);
    let (first, second) = (scene.stand_in_line(&scene.ben, &held), scene.stand_in_line(&scene.cleo, &held));
    scene.put_team("all", &[("anna", false), ("cleo", false)]);
    let audit = scene.audit_of(|scene| scene.release(&scene.anna, &held));
    assert!(audit.iter().any(|row| row.contains("system edit.line_passed_over")), "{audit:?}");
    assert_eq!(scene.held(), ["cleo: whole"]);
    assert_eq!((scene.request(&first).status.as_str(), scene.request(&second).status.as_str()), ("pending", "granted"));
    // Back in the team, and first again.
    scene.put_team("all", &[("anna", false), ("ben", false), ("cleo", false)]);
    let next = scene.store.world().sessions.into_iter().find(|session| session.is_active()).expect("a session").name;
    scene.release(&scene.cleo, &scene.store.id(&next));
    assert_eq!(scene.held(), ["ben: whole"]);
}

#[test]
fn nothing_is_given_or_handed_to_who_may_not_edit() {
    let scene = Scene::new();
    let held = scene.hold(&scene.anna, None);
    let request = scene.ask(&scene.ben, &held, None).id();
    scene.put_team("all", &[("anna", false)]);
    scene.set_access("view", &[(PART, "all", "edit")]);
    assert_ne!(scene.store.accept("anna", &request), Answer::Done);
    assert_eq!(scene.held(), ["anna: whole"]);
    scene.store.raw().execute("UPDATE workstations SET roles = '[\"admin\"]' WHERE user = 'ben'", []).expect("a role");
    scene.store.accept("anna", &request);
    assert_eq!(scene.held(), ["ben: whole"], "an admin may all");
}

#[test]
fn a_tree_is_for_who_may_edit_all_of_it() {
    let scene = Scene::new();
    let tree = |seat: &Seat, part: &str| scene.store.acquire_scope(seat, (part, None, "tree"), &TERMS);
    let link = |user: &str, part: &str, children: &[&str]| scene.store.set_children(user, part, children);
    assert_eq!(link("eng", "TOP", &["GB-1", "X-1"]), Answer::Done);
    scene.put_team("gear", &[("anna", false)]);
    scene.set_access("edit", &[("GB-", "gear", "edit"), ("V-", "gear", "view")]);
    assert_eq!(tree(&scene.ben, "TOP"), Answer::Refused(403), "GB-1 isn't his");
    assert!(matches!(scene.store.acquire(&scene.ben, "TOP", None), Answer::Made(_)), "the item alone is");
    let id = scene.store.id("TOP#1");
    assert_eq!(scene.store.release("ben", "TOP", &id), Answer::Done);
    let held = tree(&scene.anna, "TOP").id();
    assert_eq!(scene.store.acquire(&scene.ben, "X-1", None), Answer::Held(held.clone()));
    let before = scene.store.dump();
    for (user, part, children, status) in
        [("ben", "X-1", ["GB-1"], 404), ("ben", "GB-1", ["X-2"], 404), ("anna", "V-1", ["X-2"], 403)]
    {
        assert_eq!(link(user, part, &children), Answer::Refused(status), "{user}: {part} of {children:?}");
    }
    assert_eq!(scene.store.dump(), before);
    assert_eq!(link("anna", "GB-1", &["V-2"]), Answer::Done);
    assert_eq!(scene.store.release("anna", "TOP", &held), Answer::Done);
    assert_eq!(tree(&scene.anna, "TOP"), Answer::Refused(403), "she may only look at what has come");
}

#[test]
fn who_holds_what_is_hidden_is_told_without_its_number() {
    let scene = Scene::new();
    scene.put_team("gear", &[("anna", false)]);
    scene.set_access("edit", &[("GB-", "gear", "edit")]);
    let shown = |user: &str| {
        let holder = r#"{"user":"anna","part_number":"GB-1"}"#;
        let view =
            "SELECT document ->> '$.part_number' FROM shown_holders WHERE want = json_array(json_array(?, json(?)))";
        scene.store.raw().query_row(view, (user, holder), |row| row.get::<_, Option<String>>(0)).expect("a holder")
    };
    assert_eq!((shown("anna").as_deref(), shown("ben")), (Some("GB-1"), None));
}

#[test]
fn saying_what_an_item_is_made_of_leaves_what_is_hidden() {
    let scene = Scene::new();
    assert_eq!(scene.store.set_children("anna", "A-1", &["GB-1", "A-2"]), Answer::Done);
    scene.put_team("one", &[("anna", false)]);
    scene.set_access("edit", &[("GB-", "one", "edit")]);
    let count = || {
        let statement = "SELECT group_concat(part_number) FROM (SELECT i.part_number FROM item_children c
                         JOIN items i ON i.id = c.child ORDER BY i.part_number)";
        scene.store.value::<Option<String>>(statement).unwrap_or_default()
    };
    assert_eq!(scene.store.set_children("ben", "A-1", &["A-3"]), Answer::Done);
    assert_eq!(count(), "A-3,GB-1");
    assert_eq!(scene.store.set_children("ben", "A-1", &[]), Answer::Done);
    assert_eq!(count(), "GB-1");
    assert_eq!(scene.store.set_children("anna", "A-1", &[]), Answer::Done);
    assert_eq!(count(), "");
}

/// Ten times as many children don't take a hundred times as long: nobody else can write meanwhile.
#[test]
fn a_long_list_of_children_takes_as_long_as_it_is() {
    let scene = Scene::new();
    scene.put_team("one", &[("anna", false)]);
    scene.set_access("edit", &[("GB-", "one", "edit")]);
    let time = |lists: usize, length: usize| {
        let children: Vec<_> = (0..length).map(|number| [format!("A-{number}"), "0".repeat(36)]).collect();
        let children = serde_json::json!(children).to_string();
        let statement = "SELECT may FROM barred_children WHERE want = json_array(json_array('ben', 'B', json(?)))";
        let begun = processor_time();
        for _ in 0..lists {
            let may = scene.store.raw().query_row(statement, [&children], |row| row.get::<_, Option<i64>>(0));
            assert_eq!(may.expect("a row"), None);
        }
        processor_time() - begun
    };
    let (short, long) = (time(100, 400), time(10, 4_000));
    assert!(long < short * 4, "{short} ns for 40,000 in lists of 400, and {long} ns in lists of 4,000");
}

/// How long this thread has had a processor, in nanoseconds, to some milliseconds: how busy the machine is doesn't matter.
fn processor_time() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("the kernel tells");
    told.split(' ').next().and_then(|time| time.parse().ok()).expect("a number")
}
