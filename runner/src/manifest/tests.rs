use super::*;

const MINIMAL: &str = r#"
spin_manifest_version = 2
application.name = "sample"
variables.secret = { required = true, secret = true }
variables.redis_url = { default = "" }
[[trigger.http]]
route = "/hello/..."
component = "hello"
[component.hello]
source = "hello.wasm"
"#;

/// What is said when `addition` stands below the minimal manifest's component.
fn refusal(addition: &str) -> String {
    format!("{:#}", parse(&format!("{MINIMAL}{addition}")).unwrap_err())
}

#[test]
fn the_manifest_of_the_application_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spin.toml");
    let loaded = LoadedManifest::read(&path).unwrap();
    assert!(loaded.manifest.components.contains_key("events"));
}

#[test]
fn everything_that_is_served_is_read() {
    let addition = r#"
description = "Says hello"
variables = { secret = "{{ secret }}" }
environment = { MODE = "test" }
files = ["assets/*", { source = "www", destination = "/" }]
exclude_files = ["assets/*.tmp"]
allowed_outbound_hosts = ["{{ redis_url }}", "redis://*:*"]
key_value_stores = ["default"]
sqlite_databases = ["default"]
tool.anything = { goes = true }
[component.hello.build]
command = ["make", "make check"]
workdir = "hello"
watch = ["src"]
[[trigger.redis]]
address = "{{ redis_url }}"
channel = "news"
component = "hello"
"#;
    let manifest = parse(&format!("{MINIMAL}{addition}")).unwrap();
    let hello = &manifest.components["hello"];
    assert_eq!(hello.source.text, "hello.wasm");
    assert_eq!(hello.build.as_ref().unwrap().command.as_slice().len(), 2);
    assert_eq!(manifest.trigger.redis[0].channel, "news");
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let said = refusal("sqlite_database = [\"default\"]");
    assert!(said.contains("line 11"), "{said}");
    assert!(said.contains("sqlite_database"), "{said}");
}

#[test]
fn what_only_building_asks_for_is_let_be() {
    let text = format!("{MINIMAL}\ntargets = [\"spin-up:4.1\"]\nprofile.debug.source = \"debug.wasm\"\n");
    assert_eq!(parse(&text).unwrap().components["hello"].source.text, "hello.wasm");
}

#[test]
fn what_spin_could_serve_is_refused_with_its_line() {
    for addition in ["ai_models = [\"llama2-chat\"]", "dependencies = { \"a:b/c\" = \"1.0\" }", "[[trigger.mqtt]]"] {
        let said = refusal(addition);
        assert!(said.contains("`spin up` does"), "{said}");
        assert!(said.contains("line 11"), "{said}");
    }
}

#[test]
fn tables_in_place_of_texts_are_refused() {
    for (found, replacement, reason) in [
        ("source = \"hello.wasm\"", "source = { url = \"https://a.b/c\", digest = \"sha256:0\" }", "local file"),
        ("component = \"hello\"", "component = { source = \"a.wasm\" }", "defined in place"),
        ("route = \"/hello/...\"", "route = { private = true }", "private endpoints"),
    ] {
        let said = format!("{:#}", parse(&MINIMAL.replace(found, replacement)).unwrap_err());
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    for (addition, place, reason) in [
        ("key_value_stores = [\"cache\"]", "\"hello\"", "\"cache\""),
        ("sqlite_databases = [\"other\"]", "\"hello\"", "\"other\""),
        ("variables.a = \"{{ nobody }}\"", "\"hello\"", "\"nobody\""),
        ("[[trigger.http]]\nroute = \"/x\"\ncomponent = \"nobody\"", "\"/x\"", "\"nobody\""),
        ("[[trigger.http]]\nroute = \"/hello/...\"\ncomponent = \"hello\"", "\"/hello/...\"", "twice"),
        ("[[trigger.http]]\nroute = \"/x\"\ncomponent = \"hello\"\nexecutor = { type = \"wagi\" }", "\"/x\"", "wagi"),
        ("[[trigger.redis]]\nchannel = \"news\"\ncomponent = \"hello\"", "\"news\"", "no address"),
        ("[variables.both]\nrequired = true\ndefault = \"\"", "\"both\"", "either"),
        ("[variables.Bad-name]\ndefault = \"\"", "\"Bad-name\"", "words"),
    ] {
        let said = refusal(addition);
        assert!(said.contains(place) && said.contains(reason), "{said}");
    }
}

#[test]
fn other_versions_are_refused() {
    let old = MINIMAL.replace("version = 2", "version = 1");
    assert!(parse(&old).unwrap_err().to_string().contains("only 2"));
}
