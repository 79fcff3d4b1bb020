//! Why a command ends otherwise than well.

use std::process::ExitCode;

use baton_client::{Error, Refused};
use serde_json::Value;

use super::say;
use super::show::plain;

/// What a command ends with ("The command line" of the contract).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Code {
    /// Refused or failed.
    Failed = 1,
    /// Used wrongly.
    Misused = 2,
    /// Held by somebody else.
    Held = 3,
    /// The session was lost.
    Lost = 4,
    /// Not reachable.
    Unreachable = 5,
}

/// Why, for people and for scripts.
#[derive(Debug)]
pub struct Failure {
    /// What the command ends with.
    pub code: Code,
    /// A line for people.
    pub told: String,
    /// The API's document, where there is one.
    pub document: Option<Value>,
}

impl Failure {
    /// A failure that the API has no document of.
    pub fn new(code: Code, told: impl Into<String>) -> Self {
        Self { code, told: told.into(), document: None }
    }

    /// It was refused, or has failed.
    pub fn failed(told: impl Into<String>) -> Self {
        Self::new(Code::Failed, told)
    }

    /// The command was used wrongly.
    pub fn misused(told: impl Into<String>) -> Self {
        Self::new(Code::Misused, told)
    }

    /// The same failure, told in other words.
    pub fn told(self, told: impl Into<String>) -> Self {
        Self { told: told.into(), ..self }
    }

    /// Says why on stderr, prints the document on stdout if `json` says so, and returns what the command ends with.
    pub fn tell(self, json: bool) -> ExitCode {
        if let (true, Some(document)) = (json, &self.document) {
            // That this failed is less than what is told next.
            let _ = say::print(&document.to_string());
        }
        say::failure(&self.told);
        ExitCode::from(self.code as u8)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let told = plain(&error.to_string());
        match error {
            Error::Unreachable(_) => Self::new(Code::Unreachable, told),
            Error::Refused(refused) => {
                Self { code: code_of(&refused), told: hinted(&refused, told), document: Some(refused.document) }
            }
            Error::Strange(_) | Error::Local(_) => Self::failed(told),
        }
    }
}

fn code_of(refused: &Refused) -> Code {
    match refused.code() {
        "held" | "in_line" | "reserved" => Code::Held,
        "session_lost" => Code::Lost,
        _ => Code::Failed,
    }
}

fn hinted(refused: &Refused, told: String) -> String {
    match refused.status {
        401 => format!("Your token isn't taken ({told}). Sign in again: baton login URL"),
        _ => told,
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(format!("{error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_ends_with_what_the_contract_says() {
        let code = |status, code: &str| {
            let document = json!({ "code": code, "detail": "so" });
            Failure::from(Error::Refused(Refused { status, document })).code
        };
        assert_eq!([code(409, "held"), code(409, "in_line")], [Code::Held; 2]);
        assert_eq!(code(410, "session_lost"), Code::Lost);
        assert_eq!([code(401, "unauthorized"), code(409, "own_session")], [Code::Failed; 2]);
        assert_eq!(Failure::from(Error::Unreachable("gone".into())).code, Code::Unreachable);
    }
}
