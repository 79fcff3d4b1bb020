//! What watches Baton asks for figures that there are, and its rules do what they say.

use std::collections::BTreeSet;
use std::process::Command;

use baton_tests::{App, on_shared_app, skipped};

use crate::files::{deploy, text};

on_shared_app!(what_is_watched_is_told);

/// The names of figures in a text.
fn figures(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
    words.filter(|word| word.starts_with("baton_") && !word.ends_with('_')).map(str::to_owned).collect()
}

fn what_is_watched_is_told(app: &App) {
    let told = app.user("admin").get("/metrics");
    let told = figures(&String::from_utf8_lossy(&told.body));
    assert!(told.contains("baton_sessions_active"), "{told:?}");
    for file in ["alerts.yml", "alerts_test.yml", "grafana.json"] {
        let watched = figures(&text(&deploy(&format!("monitoring/{file}"))));
        assert!(!watched.is_empty(), "{file} watches nothing");
        let unknown: Vec<_> = watched.difference(&told).collect();
        assert!(unknown.is_empty(), "{file}: nobody tells {unknown:?}");
    }
    let shown = figures(&text(&deploy("monitoring/grafana.json")));
    let unseen: Vec<_> = told.difference(&shown).collect();
    assert!(unseen.is_empty(), "the dashboard doesn't show {unseen:?}");
    serde_json::from_str::<serde_json::Value>(&text(&deploy("monitoring/grafana.json")))
        .expect("the dashboard is JSON");
}

#[test]
fn the_rules_do_what_they_say() {
    let folder = deploy("monitoring");
    let run = |arguments: &[&str]| Command::new("promtool").args(arguments).current_dir(&folder).output();
    let Ok(tested) = run(&["test", "rules", "alerts_test.yml"]) else {
        return skipped("the rules of deploy/monitoring", "no promtool: Debian's package prometheus has it");
    };
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stdout));
    let checked = run(&["check", "rules", "alerts.yml"]).expect("promtool runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
