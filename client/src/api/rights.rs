//! Teams, and what they may.

use http::Method;
use serde_json::Value;

use super::{Api, document, encode};
use crate::error::Result;

impl Api {
    /// All teams.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn teams(&mut self) -> Result<Vec<Value>> {
        self.list("/api/teams", "teams").await
    }

    /// Sets a team up, or anew.
    ///
    /// Errors: one isn't an admin, or it is no team.
    pub async fn put_team(&mut self, name: &str, team: &Value) -> Result<Value> {
        document(&self.call(&Method::PUT, &path(name), Some(team)).await?)
    }

    /// Forgets a team.
    ///
    /// Errors: one isn't an admin, there is no such team, or a rule names it.
    pub async fn delete_team(&mut self, name: &str) -> Result<()> {
        self.call(&Method::DELETE, &path(name), None).await?;
        Ok(())
    }

    /// Who may what.
    ///
    /// Errors: one isn't an admin.
    pub async fn access(&mut self) -> Result<Value> {
        self.get("/api/access").await
    }

    /// Says anew who may what.
    ///
    /// Errors: one isn't an admin, or it can't be: a team isn't there, or a rule stands there twice.
    pub async fn set_access(&mut self, access: &Value) -> Result<Value> {
        document(&self.call(&Method::PUT, "/api/access", Some(access)).await?)
    }
}

fn path(name: &str) -> String {
    format!("/api/teams/{}", encode(name))
}
