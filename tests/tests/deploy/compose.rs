//! The services of one host.

use std::collections::BTreeSet;
use std::path::Path;

use baton_tests::repo;
use serde_json::Value;

use super::files;

fn compose() -> Value {
    let file = files::deploy("compose/compose.yaml");
    // With what `<<` stands for in its place, as Docker reads it.
    let mut document: serde_yaml::Value = serde_yaml::from_str(&files::text(&file)).expect("YAML");
    document.apply_merge().expect("what is merged is there");
    serde_json::to_value(document).expect("JSON")
}

fn services() -> Vec<(String, Value)> {
    let compose = compose();
    let services = compose["services"].as_object().expect("services");
    services.iter().map(|(name, service)| (name.clone(), service.clone())).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(|texts| texts.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// The variables that a service gives Spin, by its command and its environment.
fn given(service: &Value) -> BTreeSet<String> {
    let command = texts(&service["command"]);
    let by_command = command.iter().filter_map(|argument| argument.strip_prefix("--variable=")?.split('=').next());
    let environment = service["environment"].as_object().into_iter().flatten();
    let by_environment = environment.filter_map(|(name, _)| name.strip_prefix("SPIN_VARIABLE_"));
    by_command.map(str::to_owned).chain(by_environment.map(str::to_lowercase)).collect()
}

#[test]
fn spin_is_given_what_the_manifests_ask_for_and_secrets_by_file() {
    for (name, manifest) in [("spin", "spin.toml"), ("notifier", "spin-notifier.toml")] {
        let service = compose()["services"][name].clone();
        let (given, variables) = (given(&service), files::variables(manifest));
        assert!(given.is_superset(&files::required(manifest)), "{name}: {given:?}");
        assert!(given.iter().all(|variable| variables.contains_key(variable)), "{name}: {given:?}");
        let command = texts(&service["command"]);
        assert!(command.contains(&format!("--from=/baton/{manifest}").as_str()), "{command:?}");
        for variable in given.iter().filter(|variable| variables[*variable]) {
            let by_file = format!("--variable={variable}=@/run/secrets/");
            assert!(command.iter().any(|argument| argument.starts_with(&by_file)), "{name}: {variable} in {command:?}");
        }
    }
}

/// What Docker would make an empty directory of, or not start without.
#[test]
fn what_is_mounted_is_there() {
    let directory = files::deploy("compose");
    let volumes = compose()["volumes"].as_object().expect("volumes").clone();
    for (name, service) in services() {
        for mount in texts(&service["volumes"]) {
            let source = mount.split(':').next().expect("a source");
            let is_built = source.starts_with("../../target/");
            let is_there =
                if source.starts_with('.') { directory.join(source).exists() } else { volumes.contains_key(source) };
            assert!(is_there || is_built, "{name}: {mount}");
        }
    }
}

#[test]
fn every_secret_and_every_service_that_is_named_is_declared() {
    let compose = compose();
    let is_declared = |list: &str, name: &str| compose[list].get(name).is_some();
    for (name, service) in services() {
        assert!(texts(&service["secrets"]).iter().all(|secret| is_declared("secrets", secret)), "{name}");
        let needed = match &service["depends_on"] {
            Value::Object(needed) => needed.keys().map(String::as_str).collect(),
            list => texts(list),
        };
        assert!(needed.iter().all(|other| is_declared("services", other)), "{name}");
    }
}

#[test]
fn what_the_services_reach_each_other_by_is_what_they_are_called() {
    let database = files::database(&files::deploy("compose/runtime-config.toml"));
    assert_eq!(database["url"].as_str(), Some("http://libsql:8080"));
    let spin = &compose()["services"]["spin"];
    assert_eq!(spin["environment"]["SPIN_VARIABLE_REDIS_HOST"], "redis://redis:6379");
    assert_eq!(compose()["services"]["proxy"]["environment"]["BATON_UPSTREAM"], "spin:3000");
    assert!(Path::new(&repo()).join("deploy/proxy/Caddyfile").exists());
}

/// Only the proxy is reached from outside.
#[test]
fn one_service_has_ports() {
    let open: Vec<_> =
        services().into_iter().filter(|(_, service)| service.get("ports").is_some()).map(|(name, _)| name).collect();
    assert_eq!(open, ["proxy"]);
}
