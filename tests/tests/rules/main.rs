//! "Rules for every route" of the contract.

mod bodies;
mod fields;
mod headers;
mod log;
mod methods;
mod paths;
mod queries;
mod roles;
mod scene;
mod storage;
mod texts;
mod tokens;
mod unruly;
