//! The schema's commands on real SQLite: what each does and what follows from it, by example; and what holds after any
//! sequence of them, by comparing with a model.

mod examples;
mod invariants;
mod migration;
mod model;
mod properties;
mod setup;
mod statements;
mod store;
mod world;
