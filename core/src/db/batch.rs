//! Changes of one kind that wait at the same time and go down in one statement: rows in, results back.
//!
//! SQLite makes one change after the other and has each wait for the disk. Here a number of them share one statement,
//! hence one wait, and stay what they were: the trigger of the command runs for each row by itself, in the order of the
//! rows, and each has an outcome of its own. If the statement as a whole is refused, the members are tried one by one, so
//! that none fails for another's sake.

use serde_json::Value as Json;

use super::{Connection, Row, params};
use crate::request::Cause;

/// How many changes go down together at most, so that none waits long for the others.
pub const MEMBERS_MAX: usize = 64;

/// How large their arguments are together at most, in bytes.
pub const BYTES_MAX: usize = 256 * 1024;

/// A statement that makes any number of changes of one kind. Its parameter is a JSON array with the arguments of a change
/// in each member, and it returns for each: the state, what is to be announced, and the change's id (of its cause). A
/// change that has been made may be made once more if the host says of a whole statement that it failed, and wrongly (a
/// connection to libSQL that breaks): it must do no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batched(pub &'static str);

/// One change among others.
#[derive(Clone, Debug)]
pub struct Member {
    change: String,
    arguments: String,
}

impl Member {
    /// A change with this cause. The cause is the last of the arguments.
    pub fn new(cause: &Cause, mut arguments: Vec<Json>) -> Self {
        arguments.push(Json::from(cause.json.as_str()));
        Self { change: cause.change.to_string(), arguments: Json::from(arguments).to_string() }
    }

    /// The size of its arguments, in bytes.
    pub fn bytes(&self) -> usize {
        self.arguments.len()
    }
}

/// Makes the changes, and gives the outcome of each in their order: its row, if it has one.
pub async fn run(
    connection: &Connection,
    batched: Batched,
    members: &[Member],
) -> Vec<std::result::Result<Option<Row>, String>> {
    match at_once(connection, batched, members).await {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) if members.len() == 1 || is_busy(&error) => members.iter().map(|_| Err(error.clone())).collect(),
        Err(_) => one_by_one(connection, batched, members).await,
    }
}

async fn at_once(
    connection: &Connection,
    batched: Batched,
    members: &[Member],
) -> std::result::Result<Vec<Option<Row>>, String> {
    let rows = connection.query(batched.0, params![array(members)]).await?;
    Ok(members
        .iter()
        .map(|member| rows.iter().find(|row| row.get(2) == Some(member.change.as_str())).cloned())
        .collect())
}

async fn one_by_one(
    connection: &Connection,
    batched: Batched,
    members: &[Member],
) -> Vec<std::result::Result<Option<Row>, String>> {
    let mut outcomes = Vec::with_capacity(members.len());
    for member in members {
        let alone = at_once(connection, batched, std::slice::from_ref(member)).await;
        outcomes.push(alone.map(|rows| rows.into_iter().next().flatten()));
    }
    outcomes
}

/// The database has no time for any of them: trying each would make the others wait as long again.
fn is_busy(error: &str) -> bool {
    error.contains("locked") || error.contains("busy")
}

fn array(members: &[Member]) -> String {
    let members: Vec<_> = members.iter().map(|member| member.arguments.as_str()).collect();
    format!("[{}]", members.join(","))
}
