//! What each built component can reach is what its world in `wit/` says, and what `spin.toml` grants it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::Table;
use wasmparser::{Parser, Payload};
use wit_parser::{AstItem, InterfaceId, UnresolvedPackageGroup, WorldKey};

/// Interfaces, each as `namespace:package/name@version`.
type Names = BTreeSet<String>;

/// What goes in and out of a component or a world.
#[derive(Debug, Default, PartialEq)]
struct Reach {
    imports: Names,
    exports: Names,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The components of the manifest, by name.
fn components() -> BTreeMap<String, Table> {
    let manifest = std::fs::read_to_string(root().join("spin.toml")).expect("spin.toml can be read");
    let manifest: Table = manifest.parse().expect("spin.toml is TOML");
    let components = manifest["component"].as_table().expect("components").clone();
    components.into_iter().map(|(name, component)| (name, component.as_table().expect("a component").clone())).collect()
}

/// The world of a component.
fn world(name: &str) -> Reach {
    let file = root().join("wit").join(format!("{name}.wit"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{name} has no world in wit/{name}.wit: {e}"));
    read_world(&file, &text)
}

fn read_world(file: &Path, text: &str) -> Reach {
    let package = UnresolvedPackageGroup::parse(file, text).unwrap_or_else(|e| panic!("{e}")).main;
    let mut interfaces: BTreeMap<InterfaceId, String> = BTreeMap::new();
    for (package, items) in &package.foreign_deps {
        for (interface, (item, _)) in items {
            if let AstItem::Interface(id) = item {
                interfaces.insert(*id, comparable(&package.interface_id(interface)));
            }
        }
    }
    let worlds: Vec<_> = package.worlds.iter().map(|(_, world)| world).collect();
    let [world] = worlds.as_slice() else { panic!("{} worlds in {}, not one", worlds.len(), file.display()) };
    let names = |keys: Vec<&WorldKey>| keys.into_iter().map(|key| interface_of(key, &interfaces)).collect();
    Reach { imports: names(world.imports.keys().collect()), exports: names(world.exports.keys().collect()) }
}

fn interface_of(key: &WorldKey, interfaces: &BTreeMap<InterfaceId, String>) -> String {
    match key {
        WorldKey::Interface(id) => interfaces[id].clone(),
        WorldKey::Name(name) => panic!("{name} is no interface of another package"),
    }
}

/// What a component was built to import and export.
fn built(component: &Table) -> Reach {
    let source = component["source"].as_str().expect("a component's source is a path");
    let bytes = std::fs::read(root().join(source)).unwrap_or_else(|e| {
        panic!("{source} can't be read ({e}): build the components first, with `baton build` or `spin build`")
    });
    read_component(&bytes)
}

fn read_component(bytes: &[u8]) -> Reach {
    let (mut reach, mut depth) = (Reach::default(), 0_usize);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.expect("a valid component") {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 0 => {
                reach
                    .imports
                    .extend(imports.into_iter().map(|import| comparable(import.expect("an import").name.name)));
            }
            Payload::ComponentExportSection(exports) if depth == 0 => {
                reach
                    .exports
                    .extend(exports.into_iter().map(|export| comparable(export.expect("an export").name.name)));
            }
            _ => {}
        }
    }
    reach
}

/// A name in the form in which two are compared: releases of WASI 0.2 are compatible, all others only with themselves.
fn comparable(name: &str) -> String {
    match name.split_once('@') {
        Some((interface, version)) if interface.starts_with("wasi:") && version.starts_with("0.2.") => {
            format!("{interface}@0.2")
        }
        _ => name.to_owned(),
    }
}

/// What of the manifest's grants a world has no use for.
fn idle_grants(component: &Table, world: &Reach) -> Vec<String> {
    let has = |interface: &str| world.imports.iter().any(|import| import.split('@').next() == Some(interface));
    grants(component).into_iter().filter(|(_, interface)| !has(interface)).map(|(grant, _)| grant).collect()
}

/// Each grant of a component, with the interface that makes use of it.
fn grants(component: &Table) -> Vec<(String, &'static str)> {
    let lists = [
        ("sqlite_databases", "spin:sqlite/sqlite"),
        ("key_value_stores", "spin:key-value/key-value"),
        ("variables", "spin:variables/variables"),
        ("files", "wasi:filesystem/preopens"),
    ];
    let granted = lists.into_iter().filter(|(list, _)| component.contains_key(*list));
    let hosts = component.get("allowed_outbound_hosts").and_then(toml::Value::as_array);
    let hosts = hosts.into_iter().flatten().map(|host| host.as_str().expect("a host is a text"));
    granted.map(|(list, interface)| (list.to_owned(), interface)).chain(hosts.map(reached_by)).collect()
}

/// The interface through which a component reaches an outbound host.
fn reached_by(host: &str) -> (String, &'static str) {
    let interface = match host.split_once("://") {
        Some(("redis" | "rediss", _)) => "spin:redis/redis",
        Some(("http" | "https", _)) => "wasi:http/client",
        Some(("postgres", _)) => "spin:postgres/postgres",
        Some(("mysql", _)) => "spin:mysql/mysql",
        _ => "wasi:sockets/tcp",
    };
    (format!("allowed_outbound_hosts: {host}"), interface)
}

/// The interfaces of the host that give a component something to reach; the others come with the language.
fn powers(imports: &Names) -> Names {
    imports.iter().filter(|import| !import.ends_with("@0.2")).cloned().collect()
}

#[test]
fn every_component_imports_and_exports_what_its_world_says() {
    for (name, component) in components() {
        let (world, built) = (world(&name), built(&component));
        let beyond: Vec<_> = built.imports.difference(&world.imports).collect();
        assert!(beyond.is_empty(), "{name} imports {beyond:?}, beyond its world");
        assert_eq!(powers(&built.imports), powers(&world.imports), "the world of {name} has more than it needs");
        assert_eq!(built.exports, world.exports, "{name}");
    }
}

#[test]
fn no_component_is_granted_what_its_world_has_no_use_for() {
    let idle: Vec<_> = components()
        .into_iter()
        .flat_map(|(name, component)| {
            idle_grants(&component, &world(&name)).into_iter().map(move |grant| (name.clone(), grant))
        })
        .collect();
    assert_eq!(idle, [], "spin.toml grants what is never used");
}

#[test]
fn every_world_is_a_components() {
    let files = std::fs::read_dir(root().join("wit")).expect("wit/ can be read");
    let names =
        files.map(|file| file.expect("a file").path().file_stem().expect("a name").to_string_lossy().into_owned());
    assert_eq!(names.collect::<Names>(), components().into_keys().collect::<Names>());
}

#[test]
fn a_world_and_a_component_read_alike() {
    let world = "package baton:x; world x { import spin:redis/redis@3.0.0; import wasi:io/poll@0.2.3; \
                 export wasi:http/handler@0.3.0; }";
    let nested = component(&["spin:sqlite/sqlite@3.1.0"], &[]);
    let component = component(&["spin:redis/redis@3.0.0", "wasi:io/poll@0.2.6"], &["wasi:http/handler@0.3.0"]);
    let component = [component, section(4, &nested)].concat();
    assert_eq!(read_world(Path::new("x.wit"), world), read_component(&component));
}

#[test]
fn a_grant_that_no_import_uses_is_found() {
    let imports = Names::from(["spin:redis/redis@3.0.0".to_owned()]);
    let grants = "sqlite_databases = ['default']\nallowed_outbound_hosts = ['redis://*:*', 'https://example.com']";
    let idle = idle_grants(&grants.parse().expect("TOML"), &Reach { imports, exports: Names::new() });
    assert_eq!(idle, ["sqlite_databases", "allowed_outbound_hosts: https://example.com"]);
}

/// The bytes of a component with empty instances as its imports and exports.
fn component(imports: &[&str], exports: &[&str]) -> Vec<u8> {
    let named = |names: &[&str], after: &[u8]| -> Vec<u8> {
        let items = names.iter().map(|name| [&[0, byte(name.len())], name.as_bytes(), after].concat());
        [vec![byte(names.len())], items.flatten().collect()].concat()
    };
    let instance_type = section(7, &[1, 0x42, 0]);
    let (imports, exports) = (section(10, &named(imports, &[5, 0])), section(11, &named(exports, &[5, 0, 0])));
    [b"\0asm\x0d\0\x01\0".to_vec(), instance_type, imports, exports].concat()
}

fn section(id: u8, body: &[u8]) -> Vec<u8> {
    [&[id, byte(body.len())], body].concat()
}

/// A length below 128, which takes one byte.
fn byte(length: usize) -> u8 {
    u8::try_from(length).ok().filter(|length| *length < 128).expect("a short thing")
}
