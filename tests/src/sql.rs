//! The application's database, past the application.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, params_from_iter};
use serde_json::{Value, json};
use ureq::Agent;

/// The application's database as somebody has it who has its file, or may speak to its server.
pub struct Sql(Way);

enum Way {
    File(Connection),
    /// `http://127.0.0.1:PORT`, of libSQL's server.
    Server(String),
}

impl Sql {
    /// Opens Spin's file in this state directory.
    pub(crate) fn file(state: &Path) -> Self {
        let file = Connection::open(state.join("sqlite_db.db")).expect("the state file of Spin");
        file.busy_timeout(Duration::from_secs(30)).expect("a setting of this connection");
        Self(Way::File(file))
    }

    /// Speaks to libSQL's server at this address.
    pub(crate) fn server(address: &str) -> Self {
        Self(Way::Server(format!("http://{address}")))
    }

    /// Executes a statement, and says how many rows it changed, or what is wrong with it. Arguments are text, which
    /// columns take for what they hold.
    pub fn execute(&self, statement: &str, arguments: &[&str]) -> Result<u64, String> {
        match &self.0 {
            Way::File(file) => {
                let changed =
                    file.execute(statement, params_from_iter(arguments)).map_err(|error| error.to_string())?;
                Ok(changed as u64)
            }
            Way::Server(url) => {
                let result = pipeline(url, statement, arguments)?;
                Ok(result["affected_row_count"].as_u64().expect("a result counts them"))
            }
        }
    }

    /// The number that a query gives.
    pub fn number(&self, query: &str, arguments: &[&str]) -> i64 {
        match &self.0 {
            Way::File(file) => file.query_row(query, params_from_iter(arguments), |row| row.get(0)).expect("a number"),
            Way::Server(url) => {
                let result = pipeline(url, query, arguments).unwrap_or_else(|error| panic!("{query}: {error}"));
                let value = result["rows"][0][0]["value"].as_str().and_then(|text| text.parse().ok());
                value.unwrap_or_else(|| panic!("{query}: no number in {result}"))
            }
        }
    }
}

/// One statement over Hrana (version 2, over HTTP), on a stream of its own: its result, or the error of SQLite.
fn pipeline(url: &str, statement: &str, arguments: &[&str]) -> Result<Value, String> {
    let arguments: Vec<Value> = arguments.iter().map(|text| json!({ "type": "text", "value": text })).collect();
    let execute = json!({ "type": "execute", "stmt": { "sql": statement, "args": arguments } });
    let body = json!({ "requests": [execute, { "type": "close" }] }).to_string();
    let agent: Agent = Agent::config_builder().proxy(None).build().into();
    let answer = agent.post(format!("{url}/v2/pipeline")).send(body).map_err(|error| error.to_string())?;
    let text = answer.into_body().read_to_string().map_err(|error| error.to_string())?;
    let answer: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
    let first = &answer["results"][0];
    if first["type"] == "ok" { Ok(first["response"]["result"].clone()) } else { Err(first["error"].to_string()) }
}
