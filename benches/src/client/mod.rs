//! A client of the application, and of whatever else speaks HTTP: kept connections, answers, and a user at a workstation.
//! Nothing here knows of measuring.

mod answer;
mod connection;
mod hosts;
mod seat;

pub use answer::{Answer, Refusal, text};
pub use connection::{Connection, request};
pub use hosts::Hosts;
pub use seat::{Identity, Poll, Seat};
