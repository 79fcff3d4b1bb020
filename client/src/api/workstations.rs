//! Workstations and what they watch.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Api, encode};
use crate::error::{Error, Result};
use crate::machine::Machine;

/// This machine as a Baton knows it.
#[derive(Clone, Debug, Deserialize)]
pub struct Workstation {
    /// What sessions are held by.
    pub id: String,
    /// Whose it is: the user that the token names.
    pub user: String,
}

impl Api {
    /// This machine, registered the first time that this user comes with it.
    ///
    /// Errors: the user may not, or has as many as one may.
    pub async fn workstation(&mut self, machine: &Machine) -> Result<Workstation> {
        if let Some(known) = self.known(machine).await? {
            return Ok(known);
        }
        let _one_at_a_time = machine.lock()?;
        if let Some(known) = self.known(machine).await? {
            return Ok(known);
        }
        let body = json!({ "name": Machine::name(), "fingerprint": machine.new_fingerprint() });
        let made = self.post("/api/workstations", &body).await?;
        serde_json::from_value(made).map_err(|error| Error::Strange(error.to_string()))
    }

    /// The oldest one, should there be several.
    async fn known(&mut self, machine: &Machine) -> Result<Option<Workstation>> {
        let own = self.list("/api/workstations", "workstations").await?;
        let mut own: Vec<_> =
            own.into_iter().filter(|one| one["fingerprint"].as_str().is_some_and(|f| machine.is(f))).collect();
        own.sort_by_key(|one| ["created_at", "id"].map(|member| one[member].as_str().unwrap_or_default().to_owned()));
        Ok(own.into_iter().find_map(|one| serde_json::from_value(one).ok()))
    }

    /// Has a workstation watch a part, or all that a pattern fits. Says whether it is new to it.
    ///
    /// Errors: there may be as many as one may have.
    pub async fn watch(&mut self, workstation: &str, part: &str) -> Result<bool> {
        let answer = self.call(&Method::PUT, &subscription(workstation, part), None).await?;
        Ok(answer.status == 201)
    }

    /// Has it watch a part no longer.
    ///
    /// Errors: those of [`Api::call`].
    pub async fn unwatch(&mut self, workstation: &str, part: &str) -> Result<()> {
        self.call(&Method::DELETE, &subscription(workstation, part), None).await?;
        Ok(())
    }

    /// What a workstation watches.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn watched(&mut self, workstation: &str) -> Result<Vec<Value>> {
        self.list(&format!("/api/workstations/{workstation}/subscriptions"), "subscriptions").await
    }
}

fn subscription(workstation: &str, part: &str) -> String {
    format!("/api/workstations/{workstation}/subscriptions/{}", encode(part))
}
