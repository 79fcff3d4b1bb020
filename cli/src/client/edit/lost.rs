//! How a session was lost.

use baton_client::Refused;
use serde_json::Value;

use super::super::failure::{Code, Failure};
use super::super::show;

/// A session that isn't one's own any longer.
#[derive(Debug)]
pub struct Lost {
    why: String,
    document: Option<Value>,
}

impl Lost {
    /// For this reason.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), document: None }
    }

    /// As an event tells, which scripts have read by then.
    pub fn by(event: &Value) -> Self {
        Self::new(show::event(event))
    }

    /// As the API says of a session that is over.
    pub fn as_of(refused: &Refused) -> Self {
        let why = match refused.document["reason"].as_str().unwrap_or_default() {
            "released" => "it was released elsewhere",
            "expired" => "it wasn't renewed in time",
            "transferred" => "it was handed over",
            "force_released" => "somebody has ended it",
            _ => "the server doesn't know it any longer",
        };
        Self { why: why.to_owned(), document: Some(refused.document.clone()) }
    }

    /// What is said at once.
    pub fn told(&self, session: &Value) -> String {
        format!("{} isn't yours any longer: {}. What you change from now on may be lost", show::item(session), self.why)
    }

    /// What the command ends with.
    pub fn failure(&self, session: &Value) -> Failure {
        let told = format!("{} was lost: {}", show::item(session), self.why);
        Failure { code: Code::Lost, told, document: self.document.clone() }
    }
}
