//! The bindings that are generated from `wit/`.
#![allow(missing_docs)]

wasmtime::component::bindgen!({
    path: "wit",
    world: "sandbox",
    imports: {
        "spin:sqlite/sqlite.[method]connection.changes": async | trappable,
        "spin:sqlite/sqlite.[method]connection.last-insert-rowid": async | trappable,
        "spin:key-value/key-value.[method]store.get-keys": async | store | trappable,
        default: async,
    },
    exports: { default: async },
    with: {
        "spin:key-value/key-value.store": super::resources::OpenStore,
        "spin:redis/redis.connection": super::resources::OpenRedis,
        "spin:sqlite/sqlite.connection": super::resources::OpenDatabase,
    },
});
