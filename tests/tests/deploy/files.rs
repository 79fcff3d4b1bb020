//! What the files in `deploy/` are compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use baton_tests::repo;
use serde_json::Value;
use toml::Table;

/// A file or directory of `deploy/`.
pub fn deploy(path: &str) -> PathBuf {
    repo().join("deploy").join(path)
}

/// The text of a file.
pub fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// The documents of a YAML file.
pub fn yaml(file: &Path) -> Vec<Value> {
    let text = text(file);
    serde_yaml::Deserializer::from_str(&text)
        .map(|document| serde::Deserialize::deserialize(document).unwrap_or_else(|e| panic!("{}: {e}", file.display())))
        .collect()
}

/// The variables of a manifest, and whether each is a secret.
pub fn variables(manifest: &str) -> BTreeMap<String, bool> {
    let manifest: Table = text(&repo().join(manifest)).parse().expect("TOML");
    let variables = manifest["variables"].as_table().expect("variables").iter();
    let is_secret = |variable: &toml::Value| variable.get("secret").and_then(toml::Value::as_bool).unwrap_or(false);
    variables.map(|(name, variable)| (name.clone(), is_secret(variable))).collect()
}

/// The variables of a manifest that must be given.
pub fn required(manifest: &str) -> BTreeSet<String> {
    let manifest: Table = text(&repo().join(manifest)).parse().expect("TOML");
    let variables = manifest["variables"].as_table().expect("variables").iter();
    let required = variables.filter(|(_, variable)| variable.get("required").is_some());
    required.map(|(name, _)| name.clone()).collect()
}

/// What a runtime configuration says of the database.
pub fn database(runtime_config: &Path) -> Table {
    let config: Table = text(runtime_config).parse().unwrap_or_else(|e| panic!("{}: {e}", runtime_config.display()));
    config["sqlite_database"]["default"].as_table().expect("the database `default`").clone()
}

/// Spin's keys for libSQL, which refuses others.
#[test]
fn the_runtime_configurations_point_at_libsql() {
    for file in ["runtime-config.toml", "compose/runtime-config.toml"] {
        let database = database(&deploy(file));
        let keys: BTreeSet<_> = database.keys().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(["token", "type", "url"]), "{file}");
        assert_eq!(database["type"].as_str(), Some("libsql"), "{file}");
        let url = database["url"].as_str().expect("a text");
        assert!(url.starts_with("http://") || url.starts_with("https://"), "{file}: Spin speaks HTTP to libSQL: {url}");
    }
}
