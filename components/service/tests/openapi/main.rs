//! The API's description comes from the code of all components: this test puts it together and sees to it that the
//! file that the service answers with is up to date. `BATON_BLESS=1` writes it.

use std::path::Path;

use baton_core::repository::RepositoryName;
use baton_core::text::PartNumber;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApiBuilder};

mod answers;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

fn description() -> Value {
    let info = InfoBuilder::new()
        .title("Baton")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Decides who edits which CAD part. Errors are problem documents (RFC 9457) with a stable `code`. A method \
             that a route doesn't have is answered by 405 with `Allow`. Every response carries `X-Request-Id`.",
        ))
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("A token of this service or of the shop's own sign-on, or a key (`baton_…`)"))
        .build();
    let basic = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some(
            "The same as the password, as git's credential helpers give it; the user's name says nothing",
        ))
        .build();
    let components = ComponentsBuilder::new()
        .security_scheme("token", SecurityScheme::Http(bearer))
        .security_scheme("basic", SecurityScheme::Http(basic))
        .schema_from::<PartNumber>()
        .schema_from::<RepositoryName>()
        .build();
    let mut whole = OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some([SecurityRequirement::new("token", [] as [&str; 0])]))
        .build();
    for part in [
        webhooks::Api::openapi(),
        workstations::Api::openapi(),
        edit_sessions::Api::openapi(),
        assemblies::Api::openapi(),
        handoff::Api::openapi(),
        checkpoints::Api::openapi(),
        force_release::Api::openapi(),
        approvals::Api::openapi(),
        audit::Api::openapi(),
        events::Api::openapi(),
        inbox::Api::openapi(),
        keys::Api::openapi(),
        access::Api::openapi(),
        board::Api::openapi(),
        lfs::Api::openapi(),
        reservations::Api::openapi(),
        mcp::Api::openapi(),
        service::Api::openapi(),
    ] {
        whole.merge(part);
    }
    let mut whole = serde_json::to_value(whole).expect("the description is JSON");
    answers::complete(&mut whole);
    whole
}

#[test]
fn the_description_is_up_to_date() {
    let mut current = serde_json::to_string_pretty(&description()).expect("the description is JSON");
    current.push('\n');
    if std::env::var_os("BATON_BLESS").is_some() {
        std::fs::write(FILE, &current).expect("docs/openapi.json can be written");
    }
    let written = std::fs::read_to_string(Path::new(FILE)).expect("docs/openapi.json can be read");
    assert!(written == current, "docs/openapi.json is out of date: run this test with BATON_BLESS=1 and commit it");
}

#[test]
fn it_is_openapi_3_1_and_names_every_route_once() {
    let document = description();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let operations = document["paths"].as_object().expect("paths").values().flat_map(|path| {
        path.as_object().expect("a path").values().filter_map(|operation| operation["operationId"].as_str())
    });
    let mut names: Vec<_> = operations.collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "operation ids must be unique");
}

/// Every schema that is referred to is there.
#[test]
fn every_reference_leads_somewhere() {
    let document = description();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference within the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect_references(member, found));
        }
        Value::Array(members) => members.iter().for_each(|member| collect_references(member, found)),
        _ => {}
    }
}
