//! How the manifests are written: one build for all components, and what an operator is told of the variables.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

const MANIFESTS: [&str; 2] = ["spin.toml", "spin-notifier.toml"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn table(file: &str) -> Table {
    let text = fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    text.parse().unwrap_or_else(|e| panic!("{file}: {e}"))
}

fn components(manifest: &str) -> Vec<(String, Value)> {
    table(manifest)["component"].as_table().expect("components").clone().into_iter().collect()
}

/// What stands at a path of keys.
fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(value, |value, key| value.get(key)).and_then(Value::as_str)
}

/// The commands that Spin runs for a manifest, one after the other.
fn commands(manifest: &str, path: &[&str]) -> Vec<String> {
    components(manifest).iter().filter_map(|(_, component)| at(component, path)).map(str::to_owned).collect()
}

#[test]
fn one_command_builds_all_components() {
    for manifest in MANIFESTS {
        assert_eq!(commands(manifest, &["build", "command"]), ["cargo build-components --release"], "{manifest}");
        let debug = ["profile", "debug", "build", "command"];
        assert_eq!(commands(manifest, &debug), ["cargo build-components"], "{manifest}");
    }
    let cargo = table(".cargo/config.toml");
    let alias = cargo["alias"]["build-components"].as_array().expect("an alias");
    let arguments: Vec<_> = alias.iter().filter_map(Value::as_str).collect();
    let built: BTreeSet<_> =
        arguments.windows(2).filter(|pair| pair[0] == "-p").map(|pair| pair[1].to_owned()).collect();
    let folders = fs::read_dir(root().join("components")).expect("components/");
    let folders = folders.map(|folder| folder.expect("a folder").file_name().to_string_lossy().into_owned());
    assert_eq!(built, folders.collect(), "the alias names every component");
    let served = MANIFESTS.into_iter().flat_map(components).map(|(name, _)| name);
    assert_eq!(built, served.collect(), "a manifest has every component");
}

#[test]
fn every_component_has_a_debug_build_and_says_what_it_does() {
    for (name, component) in MANIFESTS.into_iter().flat_map(components) {
        let release = at(&component, &["source"]).expect("a path");
        let debug = at(&component, &["profile", "debug", "source"]);
        assert_eq!(debug, Some(release.replace("/release/", "/debug/").as_str()), "{name}");
        assert!(at(&component, &["description"]).is_some(), "{name}");
    }
}

#[test]
fn every_variable_is_described_and_no_secret_is_given_away() {
    for manifest in MANIFESTS {
        let table = table(manifest);
        for (name, variable) in table["variables"].as_table().expect("variables") {
            assert!(at(variable, &["description"]).is_some_and(|text| text.len() > 10), "{manifest}: {name}");
            let is_secret = variable.get("secret").and_then(Value::as_bool).unwrap_or(false);
            assert!(!is_secret || at(variable, &["default"]).is_none_or(str::is_empty), "{manifest}: {name}");
        }
    }
}

/// What is a secret in one place is one in the other.
#[test]
fn the_notifier_has_the_applications_variables() {
    let application = table("spin.toml");
    for (name, variable) in table("spin-notifier.toml")["variables"].as_table().expect("variables") {
        let same = application["variables"].get(name).unwrap_or_else(|| panic!("spin.toml has no variable {name}"));
        assert_eq!(variable.get("secret"), same.get("secret"), "{name}");
    }
}
