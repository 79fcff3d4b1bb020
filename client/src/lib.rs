//! A client of Baton's API: kept connections and answers, where a user is signed in, and what a user does at a workstation.
//! `baton` speaks through it to whoever types, and the benches measure with it.

mod access;
mod answer;
mod api;
mod body;
mod connection;
mod error;
mod folder;
mod hosts;
mod login;
mod machine;
mod repository;
mod target;
mod tls;

pub use access::{Access, Token};
pub use answer::{Answer, Refusal, text};
pub use api::{Acquire, Api, Events, Obeyed, Session, Workstation, encode, poll_path, session_path};
pub use body::Body;
pub use connection::{Connection, Line, request};
pub use error::{Error, Refused, Result};
pub use folder::Folder;
pub use hosts::Hosts;
pub use login::{Login, Logins, canonical};
pub use machine::Machine;
pub use repository::part_number;
pub use target::Target;
