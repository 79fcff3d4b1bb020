//! "Agents (Model Context Protocol)" of the contract.

mod protocol;
mod rights;
mod scene;
mod sdk;
mod tools;
mod turns;
mod unruly;
