//! "Teams and access" of the contract.

mod events;
mod line;
mod locks;
mod overriding;
mod rights;
mod routes;
mod scene;
mod teams;
