//! Who may what: the views that decide it, and the line where rights come and go.

use super::{PART, Scene};
use crate::store::Answer;

impl Scene {
    fn put_team(&self, name: &str, members: &[(&str, bool)]) {
        let members: Vec<_> =
            members.iter().map(|(user, lead)| serde_json::json!([user, user, i32::from(*lead)])).collect();
        let statement = "INSERT INTO do_put_team (id, name, members, cause) VALUES (?1, ?1, ?2, ?3)";
        let parameters =
            (name, serde_json::Value::from(members).to_string(), r#"{"change":"c","actor":"root","admin":1}"#);
        self.store.raw().execute(statement, parameters).expect("a team");
    }

    fn set_access(&self, default: &str, rules: &[(&str, &str, &str)]) {
        let rules = serde_json::json!(rules).to_string();
        let statement = "INSERT INTO do_set_access (default_may, rules, cause) VALUES (?, ?, ?)";
        let parameters = (default, rules, r#"{"change":"c","actor":"root","admin":1}"#);
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
