//! Changes of one kind that wait at the same time and go down in one statement: rows in, results back.
//!
//! SQLite makes one change after the other and has each wait for the disk. Here a number of them share one statement,
//! hence one wait, and stay what they were: the trigger of the command runs for each row by itself, in the order of the
//! rows, and each has an outcome of its own. If the statement as a whole is refused, the members are tried one by one, so
//! that none fails for another's sake.

use serde_json::Value as Json;

use super::{Connection, Row, Value, params};
use crate::request::Cause;

/// How many changes go down together at most, so that none waits long for the others.
pub const MEMBERS_MAX: usize = 64;

/// How large their arguments are together at most, in bytes.
pub const BYTES_MAX: usize = 256 * 1024;

/// A statement that makes any number of changes of one kind. Its parameter is a JSON array with the arguments of a change
/// in each member, and it returns for each: the state, what is to be announced, and the change's id (of its cause). A
/// change that has been made may be made once more if the host says of a whole statement that it failed, and wrongly (a
/// connection to libSQL that breaks): it must do no harm.
#[derive(Clone, Copy, Debug)]
pub struct Batched {
    together: &'static str,
    alone: &'static str,
}

impl Batched {
    /// Changes that this statement makes.
    pub const fn new(statement: &'static str) -> Self {
        Self { together: statement, alone: statement }
    }

    /// The same, of which this one is made by another statement if nothing goes down with it: one that compiles sooner, for what
    /// compiles each statement anew (libSQL's server), or is kept by connections that are many (Spin).
    pub const fn or_alone(self, statement: &'static str) -> Self {
        Self { alone: statement, ..self }
    }

    /// Whether the two can go down in one statement.
    pub fn goes_with(self, other: Self) -> bool {
        self.together == other.together
    }

    /// The statement that makes this many of them.
    pub fn statement(self, members: usize) -> &'static str {
        if members == 1 { self.alone } else { self.together }
    }
}

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

/// Makes the changes, and gives the outcome of each in their order: its row, if it has one. If others are writing, that is the
/// outcome of each.
pub async fn run(
    connection: &Connection,
    batched: Batched,
    members: &[Member],
) -> Vec<std::result::Result<Option<Row>, String>> {
    let rows = connection.query(batched.statement(members.len()), parameters(members)).await;
    match rows.map(|rows| sort(&rows, members)) {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        // While there is no time for any of them, trying each would make the others wait as long again.
        Err(error) if members.len() == 1 || is_busy(&error) => members.iter().map(|_| Err(error.clone())).collect(),
        Err(_) => one_by_one(connection, batched, members).await,
    }
}

/// The row of each member, if it has one.
fn sort(rows: &[Row], members: &[Member]) -> Vec<Option<Row>> {
    let of = |member: &Member| rows.iter().find(|row| row.get(2) == Some(member.change.as_str())).cloned();
    members.iter().map(of).collect()
}

async fn one_by_one(
    connection: &Connection,
    batched: Batched,
    members: &[Member],
) -> Vec<std::result::Result<Option<Row>, String>> {
    let mut outcomes = Vec::with_capacity(members.len());
    for member in members {
        // By the statement of all: that of one that goes alone is the first member's.
        let alone = std::slice::from_ref(member);
        let rows = connection.change(batched.together, parameters(alone)).await;
        outcomes.push(rows.map(|rows| sort(&rows, alone).remove(0)));
    }
    outcomes
}

/// What hosts say of a statement that has changed nothing and may be made again: somebody else is writing, or (libSQL's server, in
/// two spellings) has been let in after a transaction has taken too long, or the server has broken the statement off. The last one
/// happens without anybody's fault: when the client closes what it has read, the server stops the statement before on that
/// stream, and where it has little time it stops the one that has begun meanwhile.
const BUSY: [&str; 4] = ["locked", "busy", "Transaction timed", "SQLITE_INTERRUPT"];

/// Whether the database had no time, so that it is worth another try.
pub(crate) fn is_busy(error: &str) -> bool {
    BUSY.iter().any(|words| error.contains(words))
}

/// Whether libSQL's server has not looked at a statement, as the stream that it came on is no longer there: it ends streams after
/// ten quiet seconds, and all of them with itself.
#[cfg(any(target_arch = "wasm32", test))]
pub(super) fn has_expired(error: &str) -> bool {
    error.contains("STREAM_EXPIRED") || error.contains("invalid baton")
}

/// The parameters of the statement that makes these changes.
pub fn parameters(members: &[Member]) -> Vec<Value> {
    let members: Vec<_> = members.iter().map(|member| member.arguments.as_str()).collect();
    params![format!("[{}]", members.join(","))]
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::db::{Database, use_scratch};
    use crate::request::RequestContext;

    /// Registers workstations, and says whose each is; SQLite refuses a fingerprint that another one has.
    const REGISTER: Batched = Batched::new(
        "INSERT INTO workstations (id, user, name, fingerprint, last_seen, created_at, cause)
         SELECT value ->> 0, 'alice', 'name', value ->> 1, '', '', value ->> 2 FROM json_each(?)
         RETURNING json_object('id', id), NULL, cause ->> '$.change'",
    );

    fn member(id: &str, fingerprint: &str) -> Member {
        let context = RequestContext { id: "test".to_owned(), ip: None };
        Member::new(&context.cause("alice"), vec![json!(id), json!(fingerprint)])
    }

    /// What became of each: the id that the statement returned, or that it was refused.
    fn register(database: &Database, members: &[Member]) -> Vec<std::result::Result<String, ()>> {
        let outcomes = block_on(run(database.connection(), REGISTER, members));
        let id =
            |row: Option<Row>| row.expect("a row").json::<Json>(0).expect("JSON").expect("a document")["id"].clone();
        outcomes.into_iter().map(|o| o.map(|row| id(row).as_str().expect("text").to_owned()).map_err(|_| ())).collect()
    }

    #[test]
    fn a_statement_that_nobody_looked_at_is_told_from_one_that_failed() {
        let expired =
            r#"Hrana: `api error: `{"message":"The stream has expired due to inactivity","code":"STREAM_EXPIRED"}``"#;
        assert!(has_expired(expired) && has_expired("Received an invalid baton: Stream handle for 7 was not found"));
        assert!(!has_expired("database is locked") && !has_expired("connection closed before message completed"));
    }

    #[test]
    fn who_was_not_let_in_tries_again() {
        for told in [
            "database is locked",
            "Transaction timed-out",
            "(error code: TRANSACTION_TIMEOUT) `Transaction timed out`",
            "(error code: SQLITE_INTERRUPT) `SQLite error: interrupted`",
        ] {
            assert!(is_busy(told), "{told}");
        }
        assert!(!is_busy("near HAVING: syntax error") && !is_busy("the operation timed out"));
    }

    #[test]
    fn each_member_has_its_own_outcome_and_none_fails_for_another() {
        let _directory = use_scratch();
        let database = block_on(Database::open()).expect("the schema stands");
        let all_well = [member("a", "1"), member("b", "2")];
        assert_eq!(register(&database, &all_well), [Ok("a".to_owned()), Ok("b".to_owned())]);
        let one_refused = [member("c", "3"), member("d", "1"), member("e", "4")];
        assert_eq!(register(&database, &one_refused), [Ok("c".to_owned()), Err(()), Ok("e".to_owned())]);
        let count = "SELECT count(*) FROM workstations";
        let row = block_on(database.row(count, params![])).expect("a result").expect("a row");
        assert_eq!(row.get::<i64>(0), Some(4));
        let audited = "SELECT count(*) FROM audit WHERE action = 'workstation.registered'";
        let row = block_on(database.row(audited, params![])).expect("a result").expect("a row");
        assert_eq!(row.get::<i64>(0), Some(4), "what is refused leaves nothing behind");
    }
}
