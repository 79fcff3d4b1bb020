//! A model of the contract: what each command answers, and what the database holds afterwards.

mod commands;
mod line;
mod log;
mod sessions;

use std::collections::BTreeSet;

use crate::world::World;

pub use commands::Ask;

/// The predicted database, and what the tables don't tell.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// What the database should hold.
    pub world: World,
    /// Sessions whose time is over without anybody having recorded it.
    pub due: BTreeSet<String>,
    /// In which order the last command ended sessions: where it ends several, this is up to SQLite.
    order: Vec<String>,
    step: String,
    actor: String,
}

impl Model {
    /// Prepares for a command by `actor`. `ended` are the sessions that it was seen to end, in that order.
    pub fn begin(&mut self, step: u32, actor: &str, ended: Vec<String>) {
        self.step = format!("step {step}");
        self.actor = actor.to_owned();
        self.order = ended;
    }
}
