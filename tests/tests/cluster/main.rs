//! Two Spins that share a database of libSQL's server: what only shows there. Where the tests run on one server, each of
//! these says so and is left out; with `BATON_SPIN` and `BATON_SQLD` all other tests run on two hosts as well.

mod clocks;
mod crowd;
mod hosts;
mod outages;
mod replies;
mod scene;
