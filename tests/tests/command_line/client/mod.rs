//! The client under "The command line" of the contract, each user in a home of their own.

mod claude;
mod commands;
mod edit;
mod files;
mod handoff;
mod home;
mod inbox;
mod kept;
mod local;
mod login;
mod lost;
mod overrides;
mod reserving;
mod sessions;
mod terminal;
mod watch;
