//! Who gives a command, and where.

use baton_client::{Api, Folder, Machine, Workstation};
use serde_json::Value;

use super::args::Globals;
use super::failure::Failure;
use super::{access, say};

/// A user at a machine.
pub struct Desk {
    /// The connection to the Baton.
    pub api: Api,
    /// Whether documents are printed instead of lines.
    pub json: bool,
    workstation: Option<Workstation>,
}

impl Desk {
    /// The Baton that this user speaks to.
    ///
    /// Errors: there is none.
    pub fn new(globals: &Globals) -> Result<Self, Failure> {
        let api = Api::new(&access::find(globals.as_user.as_deref())?)?;
        Ok(Self { api, json: globals.json, workstation: None })
    }

    /// This machine, which is registered if need be.
    ///
    /// Errors: the user may not.
    pub async fn workstation(&mut self) -> Result<Workstation, Failure> {
        if let Some(known) = &self.workstation {
            return Ok(known.clone());
        }
        let machine = Machine::load(&Folder::config()?)?;
        let workstation = say::patiently("Waiting for the server", self.api.workstation(&machine)).await?;
        Ok(self.workstation.insert(workstation).clone())
    }

    /// Prints the answer: its document, or what people read of it.
    ///
    /// Errors: it can't be written.
    pub fn answer(&self, document: &Value, lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
        if self.json {
            return Ok(say::print(&document.to_string())?);
        }
        for line in lines {
            say::print(&line)?;
        }
        Ok(())
    }
}
