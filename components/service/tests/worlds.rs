//! What each built component can reach is what its world in `wit/` says, and what its manifest grants it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::Table;
use wasmparser::{Parser, Payload};
use wit_parser::{AstItem, InterfaceId, UnresolvedPackage, UnresolvedPackageGroup, WorldId, WorldKey};

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

/// The manifests: the application, and what wakes a large audience.
const MANIFESTS: [&str; 2] = ["spin.toml", "spin-notifier.toml"];

/// The components of the manifests, by name.
fn components() -> BTreeMap<String, Table> {
    let manifests = MANIFESTS.map(|file| table(file)["component"].as_table().expect("components").clone());
    let components = manifests.into_iter().flatten();
    components.map(|(name, component)| (name, component.as_table().expect("a component").clone())).collect()
}

fn table(file: &str) -> Table {
    let text = std::fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    text.parse().unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// The worlds in `wit/`.
fn worlds() -> Worlds {
    let group = UnresolvedPackageGroup::parse_dir(root().join("wit")).unwrap_or_else(|e| panic!("{e:#}"));
    read_worlds(&group.main)
}

/// The worlds of a package: what each of them reaches by itself and by those that it includes, and which are included.
struct Worlds {
    reach: BTreeMap<String, Reach>,
    included: Names,
}

impl Worlds {
    /// The world of a component.
    fn of(&self, name: &str) -> &Reach {
        self.reach.get(name).unwrap_or_else(|| panic!("{name} has no world in wit/"))
    }
}

fn read_worlds(package: &UnresolvedPackage) -> Worlds {
    let mut interfaces: BTreeMap<InterfaceId, String> = BTreeMap::new();
    for (foreign, items) in &package.foreign_deps {
        for (interface, (item, _)) in items {
            if let AstItem::Interface(id) = item {
                interfaces.insert(*id, comparable(&foreign.interface_id(interface)));
            }
        }
    }
    let includes = package.worlds.iter().flat_map(|(_, world)| &world.includes);
    Worlds {
        included: includes.map(|include| package.worlds[include.id].name.clone()).collect(),
        reach: package
            .worlds
            .iter()
            .map(|(id, world)| (world.name.clone(), reach_of(package, id, &interfaces)))
            .collect(),
    }
}

fn reach_of(package: &UnresolvedPackage, id: WorldId, interfaces: &BTreeMap<InterfaceId, String>) -> Reach {
    let world = &package.worlds[id];
    let names = |keys: Vec<&WorldKey>| keys.into_iter().map(|key| interface_of(key, interfaces)).collect();
    let mut reach =
        Reach { imports: names(world.imports.keys().collect()), exports: names(world.exports.keys().collect()) };
    for include in &world.includes {
        let included = reach_of(package, include.id, interfaces);
        reach.imports.extend(included.imports);
        reach.exports.extend(included.exports);
    }
    reach
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
    let scheme = match host.strip_prefix("{{ ") {
        // A variable is called after what it is the host of, such as `redis_host`.
        Some(variable) => variable.split('_').next(),
        None => host.split_once("://").map(|(scheme, _)| scheme),
    };
    let interface = match scheme {
        Some("redis" | "rediss") => "spin:redis/redis",
        Some("http" | "https" | "oidc" | "webhook") => "wasi:http/client",
        Some("postgres") => "spin:postgres/postgres",
        Some("mysql") => "spin:mysql/mysql",
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
    let worlds = worlds();
    for (name, component) in components() {
        let (world, built) = (worlds.of(&name), built(&component));
        let beyond: Vec<_> = built.imports.difference(&world.imports).collect();
        assert!(beyond.is_empty(), "{name} imports {beyond:?}, beyond its world");
        assert_eq!(powers(&built.imports), powers(&world.imports), "the world of {name} has more than it needs");
        assert_eq!(built.exports, world.exports, "{name}");
    }
}

#[test]
fn no_component_is_granted_what_its_world_has_no_use_for() {
    let worlds = worlds();
    let idle: Vec<_> = components()
        .into_iter()
        .flat_map(|(name, component)| {
            idle_grants(&component, worlds.of(&name)).into_iter().map(move |grant| (name.clone(), grant))
        })
        .collect();
    assert_eq!(idle, [], "a manifest grants what is never used");
}

#[test]
fn every_world_is_a_components_or_shared() {
    let worlds = worlds();
    let own = worlds.reach.keys().filter(|name| !worlds.included.contains(*name)).cloned();
    assert_eq!(own.collect::<Names>(), components().into_keys().collect::<Names>());
}

#[test]
fn a_world_and_a_component_read_alike() {
    let text =
        "package baton:x; world x { include shared; import spin:redis/redis@3.0.0; export wasi:http/handler@0.3.0; }
                world shared { import wasi:io/poll@0.2.3; }";
    let package = UnresolvedPackageGroup::parse("x.wit", text).unwrap_or_else(|e| panic!("{e:#}")).main;
    let nested = component(&["spin:sqlite/sqlite@3.1.0"], &[]);
    let component = component(&["spin:redis/redis@3.0.0", "wasi:io/poll@0.2.6"], &["wasi:http/handler@0.3.0"]);
    let component = [component, section(4, &nested)].concat();
    assert_eq!(*read_worlds(&package).of("x"), read_component(&component));
}

#[test]
fn a_grant_that_no_import_uses_is_found() {
    let imports = Names::from(["spin:redis/redis@3.0.0".to_owned()]);
    let grants = "sqlite_databases = ['default']
                  allowed_outbound_hosts = ['redis://*:*', '{{ redis_host }}', 'https://example.com']";
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
