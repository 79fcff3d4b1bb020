//! What a system under test offers.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::server::Server;
use crate::pending::Pending;
use crate::room::WaitingRoom;
use crate::work::{Task, Work};

/// How a system takes many things at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    /// By edit sessions: a tree or a batch in one change.
    Sessions,
    /// By etcd's transactions.
    Transactions,
}

/// A system under test.
pub trait System {
    /// Its name in the report and on the command line.
    fn name(&self) -> &str;

    /// What has to be built or installed first, and how.
    fn missing(&self) -> Vec<String>;

    /// Whether it is left out where no sides are named.
    fn only_where_named(&self) -> bool {
        false
    }

    /// How it does this, if it can.
    fn work(&self, task: Task) -> Option<Box<dyn Work>>;

    /// How clients wait for news there, if they can.
    fn waiting_room(&self) -> Option<Box<dyn WaitingRoom>> {
        None
    }

    /// Whether clients hold edit sessions there as at Baton.
    fn keeps_sessions(&self) -> bool {
        false
    }

    /// Whether it sends webhooks, to the receivers that are there when it starts.
    fn sends_webhooks(&self) -> bool {
        false
    }

    /// How it takes many things at once, if it can.
    fn many(&self) -> Option<Many> {
        None
    }

    /// Whether its first start is another thing than a later one, because it compiles components.
    fn compiles(&self) -> bool {
        false
    }

    /// The SQLite file that it keeps in its directory, if it does.
    fn database(&self, _home: &Path) -> Option<PathBuf> {
        None
    }

    /// Lets one directory share the machine code that another one has, where that is kept there.
    fn share_machine_code(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Starts it with its files in this directory, and waits until it is ready.
    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>>;
}
