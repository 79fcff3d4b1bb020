//! What tools take. Models send what they like: what doesn't fit is told them by its name, and what nobody asks for is passed over.

use std::collections::HashSet;

use baton_core::id::new_id;
use baton_core::number::bounded;
use baton_core::repository::{FilePath, RepositoryName};
use baton_core::text::{Message, Note, PartNumber, Text, TtlSeconds};
use baton_core::{Problem, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use uuid::Uuid;

/// How many paths a tool is about at most.
pub const PATHS_MAX: usize = 1_000;

/// How long an agent may wait for its turn at once, in seconds (contract, "Agents").
pub const WAIT_MAX: i64 = 25;

/// An agent's name, in characters at most.
pub const AGENT_MAX: usize = 100;

/// Which agent, where none is named.
const AGENT: &str = "agent";

/// Reads what a tool takes.
///
/// # Errors
/// 422 for what doesn't fit, with the argument's name.
pub fn read<T: DeserializeOwned>(arguments: Value) -> Result<T> {
    serde_json::from_value(arguments).map_err(|error| Problem::invalid("arguments", error.to_string()))
}

/// Which agent of the user's.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Agent(Text<AGENT_MAX>);

/// The agent's name.
pub fn name(agent: Option<&Agent>) -> &str {
    agent.map_or(AGENT, |agent| agent.0.as_str())
}

/// Some paths: of a repository, or part numbers.
#[derive(Debug, Default, Deserialize)]
pub struct Paths {
    paths: Vec<String>,
    repository: Option<String>,
}

/// Something that can be held.
#[derive(Clone, Debug)]
pub struct Part {
    /// As it was named.
    pub path: String,
    /// Its part number.
    pub number: String,
    /// The repository that the path is of, if it is of one.
    pub repository: Option<String>,
}

impl Part {
    /// What `do_agent_acquire` wants of it, with ids for whatever comes into being.
    pub fn with_new_ids(&self) -> Value {
        let path = self.repository.as_ref().map(|_| &self.path);
        json!([self.number, new_id(), new_id(), self.repository, path, new_id()])
    }
}

impl Paths {
    /// The parts, each once and in order: 422 for what is neither a path nor a part number, and for none or too many.
    pub fn parts(&self) -> Result<Vec<Part>> {
        let repository = self.repository.as_deref().map(RepositoryName::parse).transpose();
        let repository = repository.map_err(|detail| Problem::invalid("repository", detail))?;
        let mut seen = HashSet::new();
        let paths: Vec<_> = self.paths.iter().filter(|path| seen.insert(*path)).collect();
        if paths.is_empty() || paths.len() > PATHS_MAX {
            return Err(Problem::invalid("paths", format!("must have 1 to {PATHS_MAX} members")));
        }
        paths.into_iter().enumerate().map(|(index, path)| part(index, path, repository.as_ref())).collect()
    }
}

fn part(index: usize, path: &str, repository: Option<&RepositoryName>) -> Result<Part> {
    let refuse = |detail: String| Problem::invalid(format!("paths[{index}]"), detail);
    let (number, repository) = match repository {
        Some(repository) => {
            let file = FilePath::parse(path).map_err(refuse)?;
            (repository.part_number(&file), Some(repository.as_str().to_owned()))
        }
        None => {
            let hint = |detail| refuse(format!("{detail}; for a file of a repository, name the repository, too"));
            (PartNumber::parse(path).map_err(hint)?.as_str().to_owned(), None)
        }
    };
    Ok(Part { path: path.to_owned(), number, repository })
}

/// `who_holds`.
#[derive(Debug, Deserialize)]
pub struct WhoHolds {
    #[serde(flatten)]
    pub paths: Paths,
    pub agent: Option<Agent>,
}

/// `my_sessions`.
#[derive(Debug, Deserialize)]
pub struct MySessions {
    pub agent: Option<Agent>,
}

/// `acquire`.
#[derive(Debug, Deserialize)]
pub struct Acquire {
    #[serde(flatten)]
    pub paths: Paths,
    pub note: Option<Note>,
    pub ttl_seconds: Option<TtlSeconds>,
    /// Whether to stand in line for what is held.
    pub line: Option<bool>,
    /// What its holder is told then.
    pub message: Option<Message>,
    pub agent: Option<Agent>,
}

/// Sessions of one's own, or of others: by an id, or by paths.
#[derive(Debug, Deserialize)]
pub struct Which {
    session_id: Option<Uuid>,
    paths: Option<Vec<String>>,
    repository: Option<String>,
}

/// What a [`Which`] names.
pub enum Named {
    /// One session.
    Session(Uuid),
    /// Whatever there is on these.
    Parts(Vec<Part>),
}

impl Which {
    /// 422 unless one of the two is given.
    pub fn named(self) -> Result<Named> {
        match (self.session_id, self.paths) {
            (Some(id), _) => Ok(Named::Session(id)),
            (None, Some(paths)) => Paths { paths, repository: self.repository }.parts().map(Named::Parts),
            (None, None) => Err(Problem::invalid("session_id", "session_id or paths is to be given")),
        }
    }
}

/// `renew`.
#[derive(Debug, Deserialize)]
pub struct Renew {
    #[serde(flatten)]
    pub which: Which,
    pub ttl_seconds: Option<TtlSeconds>,
    pub note: Option<Note>,
    pub agent: Option<Agent>,
}

/// `release`.
#[derive(Debug, Deserialize)]
pub struct Release {
    #[serde(flatten)]
    pub which: Which,
    pub agent: Option<Agent>,
}

/// `request_handoff`.
#[derive(Debug, Deserialize)]
pub struct RequestHandoff {
    #[serde(flatten)]
    pub which: Which,
    pub message: Message,
    /// Whether to stand in line as well.
    pub line: Option<bool>,
    pub agent: Option<Agent>,
}

/// What is said to who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is theirs.
    Accept,
    /// It isn't.
    Decline,
}

/// `answer_handoff`.
#[derive(Debug, Deserialize)]
pub struct AnswerHandoff {
    pub request_id: Uuid,
    pub decision: Decision,
    pub message: Option<Message>,
}

/// `wait_for_turn`.
#[derive(Debug, Deserialize)]
pub struct WaitForTurn {
    /// For one of the agent's requests; for all of them if absent.
    pub request_id: Option<Uuid>,
    seconds: Option<Seconds>,
    pub agent: Option<Agent>,
}

impl WaitForTurn {
    /// For how long, in seconds.
    pub fn seconds(&self) -> u64 {
        self.seconds.as_ref().map_or(WAIT_MAX, |seconds| seconds.0).unsigned_abs()
    }
}

#[derive(Debug)]
struct Seconds(i64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(deserializer, 0, WAIT_MAX).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(arguments: Value) -> Result<Vec<(String, Option<String>)>, String> {
        let read: WhoHolds = read(arguments).map_err(|problem| problem.detail().to_owned())?;
        let parts = read.paths.parts().map_err(|problem| problem.detail().to_owned())?;
        Ok(parts.into_iter().map(|part| (part.number, part.repository)).collect())
    }

    #[test]
    fn a_path_is_of_a_repository_or_a_part_number() {
        assert_eq!(parts(json!({ "paths": ["F1", "F2", "F1"] })), Ok(vec![("F1".into(), None), ("F2".into(), None)]));
        let file = parts(json!({ "paths": ["src/a b.rs"], "repository": "cad", "agent": "one" })).unwrap();
        assert!(file[0].0.starts_with("cad~src~a_b.rs~") && file[0].1.as_deref() == Some("cad"), "{file:?}");
        for (bad, named) in [
            (json!({ "paths": ["src/a.rs"] }), "name the repository"),
            (json!({ "paths": ["../a"], "repository": "cad" }), "paths[0]"),
            (json!({ "paths": ["a"], "repository": "no/name" }), "repository"),
            (json!({ "paths": [] }), "1 to 1000"),
            (json!({ "paths": "F1" }), "expected a sequence"),
            (json!({}), "paths"),
            (json!({ "paths": ["F1"], "agent": "" }), "1 to 100 characters"),
        ] {
            let refused = parts(bad.clone()).unwrap_err();
            assert!(refused.contains(named), "{bad}: {refused}");
        }
    }

    #[test]
    fn waiting_is_bounded() {
        let seconds = |wanted: Value| read::<WaitForTurn>(json!({ "seconds": wanted })).ok().map(|wait| wait.seconds());
        assert_eq!((seconds(json!(0)), seconds(json!(25)), seconds(json!(null))), (Some(0), Some(25), Some(25)));
        assert_eq!((seconds(json!(26)), seconds(json!(-1)), seconds(json!("5"))), (None, None, None));
    }

    #[test]
    fn sessions_are_named_by_an_id_or_by_paths() {
        let named = |arguments: Value| read::<Release>(arguments).and_then(|release| release.which.named());
        assert!(matches!(named(json!({ "session_id": Uuid::nil() })), Ok(Named::Session(_))));
        assert!(matches!(named(json!({ "paths": ["F1"] })), Ok(Named::Parts(parts)) if parts.len() == 1));
        assert!(named(json!({})).is_err() && named(json!({ "session_id": "x" })).is_err());
    }
}
