//! The resources for SpinKube.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{env, fs};

use baton_tests::{repo, skipped};
use serde_json::{Value, json};

use super::files;

/// The published definitions of SpinKube's resources are looked at where this names their directory, `config/crd/bases` of
/// spin-operator: there is no registry of packages that has them.
const PUBLISHED: &str = "BATON_SPINKUBE_CRDS";

const GROUP: &str = "core.spinkube.dev/";

/// Every resource in `deploy/spinkube`, with its file.
fn resources() -> Vec<(String, Value)> {
    let files = fs::read_dir(files::deploy("spinkube")).expect("deploy/spinkube");
    let files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    let yaml = files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    yaml.flat_map(|file| files::yaml(file).into_iter().map(|document| (file.display().to_string(), document))).collect()
}

fn of_spinkube() -> Vec<(String, Value)> {
    let found: Vec<_> = resources()
        .into_iter()
        .filter(|(_, it)| it["apiVersion"].as_str().is_some_and(|v| v.starts_with(GROUP)))
        .collect();
    assert!(found.len() >= 3, "two apps and their executor: {}", found.len());
    found
}

fn apps() -> Vec<Value> {
    of_spinkube().into_iter().map(|(_, resource)| resource).filter(|resource| resource["kind"] == "SpinApp").collect()
}

fn app(name: &str) -> Value {
    apps().into_iter().find(|app| app["metadata"]["name"] == name).unwrap_or_else(|| panic!("no app {name}"))
}

/// What a definition of Kubernetes has against a value. A field that it doesn't know is an error here; Kubernetes drops it
/// without a word.
fn faults(definition: &Value, value: &Value, place: &str) -> Vec<String> {
    let is_fit = match definition["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("{place} is a {other}"),
        None => value.is_i64() || value.is_string(),
    };
    if !is_fit {
        return vec![format!("{place} is {value}")];
    }
    let missing = definition["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let missing = missing.filter(|name| value.get(name).is_none()).map(|name| format!("{place} lacks {name}"));
    let members = value.as_object().into_iter().flatten().flat_map(|(name, member)| {
        let place = format!("{place}.{name}");
        match definition["properties"].get(name).or_else(|| definition.get("additionalProperties")) {
            Some(definition) => faults(definition, member, &place),
            None => vec![format!("{place} is unknown")],
        }
    });
    let items = value.as_array().into_iter().flatten().flat_map(|item| faults(&definition["items"], item, place));
    missing.chain(members).chain(items).collect()
}

/// The fields that are known here, by kind.
fn fields(kind: &str) -> Value {
    files::yaml(&repo().join("tests/tests/deploy/spinkube-fields.yaml"))[0][kind].take()
}

fn kind(resource: &Value) -> &str {
    resource["kind"].as_str().expect("a kind")
}

#[test]
fn every_resource_has_the_fields_that_spinkube_knows() {
    for (file, resource) in of_spinkube() {
        assert_eq!(resource["apiVersion"], "core.spinkube.dev/v1alpha1", "{file}");
        assert_eq!(faults(&fields(kind(&resource)), &resource, &file), Vec::<String>::new());
    }
}

#[test]
fn a_field_that_spinkube_does_not_know_is_found() {
    let mut app = app("baton");
    app["spec"]["replica"] = json!(2);
    app["spec"]["replicas"] = json!("2");
    app["spec"]["variables"][0] = json!({"nome": "auth_secret"});
    let expected = [
        ".spec.replica is unknown",
        ".spec.replicas is \"2\"",
        ".spec.variables lacks name",
        ".spec.variables.nome is unknown",
    ];
    assert_eq!(faults(&fields("SpinApp"), &app, ""), expected);
}

/// The published definition of a kind.
fn published(directory: &str, kind: &str) -> Value {
    let file = PathBuf::from(directory).join(format!("core.spinkube.dev_{}s.yaml", kind.to_ascii_lowercase()));
    let mut definition = files::yaml(&file)[0]["spec"]["versions"][0]["schema"]["openAPIV3Schema"].take();
    // Which Kubernetes itself defines.
    definition["properties"]["metadata"] = fields(kind)["properties"]["metadata"].take();
    definition
}

#[test]
fn every_resource_fits_the_published_definitions() {
    let Ok(directory) = env::var(PUBLISHED) else {
        let why = format!("{PUBLISHED} is not set: compared with the fields in spinkube-fields.yaml only");
        return skipped("SpinKube's published definitions", &why);
    };
    for (file, resource) in of_spinkube() {
        let definition = published(&directory, kind(&resource));
        assert_eq!(faults(&definition, &resource, &file), Vec::<String>::new());
    }
}

/// The operator refuses an executor with both, and with neither.
#[test]
fn an_executor_has_a_class_or_an_image() {
    for (_, executor) in of_spinkube().iter().filter(|(_, resource)| kind(resource) == "SpinAppExecutor") {
        let config = &executor["spec"]["deploymentConfig"];
        assert_ne!(config.get("runtimeClassName").is_some(), config.get("spinImage").is_some(), "{executor}");
    }
}

#[test]
fn the_apps_are_given_what_their_manifests_ask_for_and_secrets_from_a_secret() {
    for (name, manifest) in [("baton", "spin.toml"), ("baton-notifier", "spin-notifier.toml")] {
        let (app, variables) = (app(name), files::variables(manifest));
        let given = app["spec"]["variables"].as_array().expect("variables");
        let names: BTreeSet<_> = given.iter().map(|it| it["name"].as_str().expect("a name").to_owned()).collect();
        assert!(names.is_superset(&files::required(manifest)), "{name} lacks a variable that is required");
        for it in given {
            let variable = it["name"].as_str().expect("a name");
            let is_secret = *variables.get(variable).unwrap_or_else(|| panic!("{manifest} has no variable {variable}"));
            assert_eq!(it.get("valueFrom").is_some(), is_secret, "{name}: {variable}");
        }
    }
}

#[test]
fn every_reference_to_a_secret_leads_to_one() {
    let resources = resources();
    let (_, secret) = resources.iter().find(|(_, it)| it["kind"] == "Secret").expect("a secret");
    let keys = secret["stringData"].as_object().expect("what it holds");
    for app in apps() {
        for reference in references(&app) {
            assert_eq!(reference["name"], secret["metadata"]["name"]);
            assert!(keys.contains_key(reference["key"].as_str().expect("a key")), "{reference}");
        }
    }
    assert!(keys.values().all(|value| value == ""), "an example holds no secret");
}

fn references(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, it)| if name == "secretKeyRef" { vec![it] } else { references(it) })
            .collect(),
        Value::Array(members) => members.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_apps_run_on_an_executor_that_is_there_and_share_a_database() {
    let executors: BTreeSet<_> = of_spinkube()
        .into_iter()
        .filter(|(_, it)| it["kind"] == "SpinAppExecutor")
        .map(|(_, it)| it["metadata"].clone().to_string())
        .collect();
    let databases: BTreeSet<_> = apps().iter().map(|app| app["spec"]["runtimeConfig"].to_string()).collect();
    assert_eq!(databases.len(), 1, "{databases:?}");
    for app in apps() {
        let wanted = json!({"name": app["spec"]["executor"], "namespace": app["metadata"]["namespace"]});
        assert!(executors.contains(&wanted.to_string()), "{wanted} is not among {executors:?}");
    }
}

#[test]
fn the_checks_ask_routes_that_need_no_token() {
    let description = files::text(&repo().join("docs/openapi.json"));
    let description: Value = serde_json::from_str(&description).expect("JSON");
    let checks = app("baton")["spec"]["checks"].clone();
    for check in ["liveness", "readiness"] {
        let path = checks[check]["httpGet"]["path"].as_str().expect("a path");
        let security = &description["paths"][path]["get"]["security"];
        assert_eq!(*security, json!([{}]), "{path}");
    }
    assert_eq!(app("baton-notifier")["spec"].get("checks"), None, "it answers no requests");
}
