//! Why something wasn't done.

use std::fmt;

use serde_json::Value;

use crate::answer::Answer;

/// What a client can do nothing about, or not without being told.
#[derive(Debug)]
pub enum Error {
    /// Nobody is there, or nobody who can answer for now (502, 503, 504).
    Unreachable(String),
    /// An answer that says no.
    Refused(Refused),
    /// An answer that no Baton gives.
    Strange(String),
    /// Something on this machine: a file, the configuration.
    Local(anyhow::Error),
}

/// What came of a call.
pub type Result<T> = std::result::Result<T, Error>;

/// An answer that says no.
#[derive(Debug)]
pub struct Refused {
    /// The status code.
    pub status: u16,
    /// The document ("Rules for every route" of the contract), null where it is none.
    pub document: Value,
}

impl Refused {
    /// The word that programs switch on; empty where there is none.
    pub fn code(&self) -> &str {
        self.document["code"].as_str().unwrap_or_default()
    }
}

impl Error {
    /// What this answer is, if it isn't what was hoped for.
    pub(crate) fn of(answer: &Answer) -> Self {
        let document = answer.json().unwrap_or_default();
        let said = document["detail"].as_str().or(document["message"].as_str()).map(str::to_owned);
        match answer.status {
            status @ (502..=504) => Self::Unreachable(said.unwrap_or_else(|| format!("the server answers {status}"))),
            status if document.is_object() => Self::Refused(Refused { status, document }),
            status @ 401 => Self::Refused(Refused { status, document: Value::Null }),
            status => Self::Strange(format!("{status}, and no reason in a form that Baton gives")),
        }
    }

    /// The refusal, if it is one with this code.
    pub fn refused(&self, code: &str) -> Option<&Refused> {
        match self {
            Self::Refused(refused) if refused.code() == code => Some(refused),
            _ => None,
        }
    }

    /// The status code of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refused) => Some(refused.status),
            _ => None,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.document["detail"].as_str().or(self.document["message"].as_str());
        let said = said.or(self.document["title"].as_str()).map(str::to_owned);
        let said = said.unwrap_or_else(|| format!("the server answers {}", self.status));
        formatter.write_str(&said)?;
        for error in self.document["errors"].as_array().into_iter().flatten() {
            let [field, detail] = ["field", "detail"].map(|member| error[member].as_str().unwrap_or_default());
            // Often it is the whole of what is said.
            if !said.contains(detail) {
                write!(formatter, "; {field}: {detail}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) | Self::Strange(why) => formatter.write_str(why),
            Self::Refused(refused) => refused.fmt(formatter),
            Self::Local(error) => write!(formatter, "{error:#}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Local(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &'static str) -> Error {
        Error::of(&Answer { status, says_when: false, body: body.into() })
    }

    #[test]
    fn an_answer_is_a_refusal_or_nobody_is_there() {
        let held = of(409, r#"{"code": "held", "detail": "bob holds this scope"}"#);
        assert_eq!(held.refused("held").unwrap().status, 409);
        assert!(held.refused("in_line").is_none());
        assert_eq!(held.to_string(), "bob holds this scope");
        assert!(matches!(of(503, "{}"), Error::Unreachable(_)));
        assert!(matches!(of(404, "<html>"), Error::Strange(_)));
        assert_eq!(of(401, "").status(), Some(401));
        let field = of(422, r#"{"detail": "invalid", "errors": [{"field": "note", "detail": "too long"}]}"#);
        assert_eq!(field.to_string(), "invalid; note: too long");
    }
}
