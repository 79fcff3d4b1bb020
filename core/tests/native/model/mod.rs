//! A model of the contract: what each command answers, and what the database holds afterwards.

mod batches;
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
    /// Sessions that their holders have left lying, the longest first, and whether that has been told.
    pub idle: Vec<(String, bool)>,
    /// Workstations that nobody has heard of for long, whether that has been recorded or not.
    pub gone: BTreeSet<String>,
    /// The workstation that is being removed.
    leaving: Option<String>,
    /// Who began to watch what, in that order.
    watching: Vec<(String, String)>,
    /// The same for patterns.
    patterns: Vec<(String, String)>,
    /// In which order the last command went through the items: their ids decide.
    order: Vec<String>,
    step: String,
    actor: String,
}

impl Model {
    /// Prepares for a command by `actor`. `items` are those on which it was seen to record something, in that order.
    pub fn begin(&mut self, step: u32, actor: &str, items: Vec<String>) {
        self.step = format!("step {step}");
        self.actor = actor.to_owned();
        self.order = items;
    }

    /// A workstation is heard of.
    pub fn hear(&mut self, workstation: &str) {
        self.gone.remove(workstation);
    }
}
