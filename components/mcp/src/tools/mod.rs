//! What an agent can do. Each tool is a command of the API, given at the workstation that stands for the agent; what comes of it is a
//! document for the program and a text for the model, which says what to do next.

mod arguments;
mod handoff;
mod schema;
mod sessions;
mod store;
mod told;
mod view;
mod waiting;

use baton_core::Result;
use baton_core::auth::{Caller, Role};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use arguments::read;
use told::Told;

/// What an agent can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Who holds some paths.
    WhoHolds,
    /// Holds some paths, or stands in line for them.
    Acquire,
    /// Goes on holding them.
    Renew,
    /// Holds them no longer.
    Release,
    /// Asks the holder for them.
    RequestHandoff,
    /// Answers somebody who asks.
    AnswerHandoff,
    /// Waits until what it stands in line for is its own.
    WaitForTurn,
    /// What it holds, waits for and is asked for.
    MySessions,
}

impl Tool {
    /// All tools, in the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::WhoHolds,
        Self::Acquire,
        Self::Renew,
        Self::Release,
        Self::RequestHandoff,
        Self::AnswerHandoff,
        Self::WaitForTurn,
        Self::MySessions,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::WhoHolds => "who_holds",
            Self::Acquire => "acquire",
            Self::Renew => "renew",
            Self::Release => "release",
            Self::RequestHandoff => "request_handoff",
            Self::AnswerHandoff => "answer_handoff",
            Self::WaitForTurn => "wait_for_turn",
            Self::MySessions => "my_sessions",
        }
    }

    /// The lowest role that may use it.
    fn role(self) -> Role {
        match self {
            Self::WhoHolds | Self::MySessions => Role::Viewer,
            _ => Role::Editor,
        }
    }

    /// Uses it. What the caller can do something about is told to the model; storage that can't be reached, or a rate that is
    /// exceeded, is an error of the request.
    pub async fn run(self, caller: &Caller, arguments: Map<String, Value>) -> Result<Value> {
        match self.outcome(caller, arguments).await {
            Ok(told) => Ok(told.result()),
            Err(problem) if problem.status().is_server_error() || problem.status() == 429 => Err(problem),
            Err(problem) => Ok(Told::refused(&problem).result()),
        }
    }

    async fn outcome(self, caller: &Caller, arguments: Map<String, Value>) -> Result<Told> {
        caller.require(self.role())?;
        match self {
            Self::WhoHolds => view::who_holds(caller, arguments_of(arguments)?).await,
            Self::MySessions => view::my_sessions(caller, arguments_of(arguments)?).await,
            Self::Acquire => sessions::acquire(caller, arguments_of(arguments)?).await,
            Self::Renew => sessions::renew(caller, arguments_of(arguments)?).await,
            Self::Release => sessions::release(caller, arguments_of(arguments)?).await,
            Self::RequestHandoff => handoff::request(caller, arguments_of(arguments)?).await,
            Self::AnswerHandoff => handoff::answer(caller, arguments_of(arguments)?).await,
            Self::WaitForTurn => waiting::wait_for_turn(caller, arguments_of(arguments)?).await,
        }
    }
}

fn arguments_of<T: DeserializeOwned>(arguments: Map<String, Value>) -> Result<T> {
    read(Value::Object(arguments))
}

/// The tool of a name.
pub fn named(name: &str) -> Option<Tool> {
    Tool::ALL.into_iter().find(|tool| tool.name() == name)
}

/// The result of `tools/list`.
pub fn list() -> Value {
    json!({ "tools": Tool::ALL.map(schema::of).to_vec() })
}
