//! The SQL. Each change is one statement: an INSERT into a command view of the schema, whose trigger does the rest, and whose
//! RETURNING tells the outcome.

use baton_core::auth::Caller;
use baton_core::db::{Database, params};
use baton_core::page::{Page, Paged};
use baton_core::written::Written;
use baton_core::{Problem, Result};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::model::{Access, CheckedMember, Team, TeamName};

/// What setting a team up came to.
#[derive(Debug, Deserialize)]
pub struct Put {
    /// What it came into being with.
    pub id: Uuid,
    /// The team as it is now.
    pub team: Written<Team>,
}

/// What setting the access came to.
#[derive(Debug, Deserialize)]
pub struct Set {
    /// The rules whose team there isn't, by their places.
    pub without_team: Vec<usize>,
    /// The access as it is now; none if it wasn't set.
    pub access: Option<Written<Access>>,
}

/// A page of the teams.
pub async fn teams(database: &Database, page: Page) -> Result<Paged<Written<Team>>> {
    let statement = "SELECT document, seq FROM team_documents WHERE seq > ? ORDER BY seq LIMIT ?";
    page.read(database, statement, params![]).await
}

/// One team.
pub async fn team(database: &Database, name: &TeamName) -> Result<Option<Written<Team>>> {
    database.document("SELECT document FROM team_documents WHERE name = ?", params![name.as_str()]).await
}

/// Sets a team up, or anew. `id` is the team's if it is a new one.
pub async fn put_team(
    database: &Database,
    caller: &Caller,
    id: Uuid,
    name: &TeamName,
    members: &[CheckedMember],
) -> Result<Put> {
    let members: Vec<_> =
        members.iter().map(|member| json!([member.key, member.user, i32::from(member.lead)])).collect();
    let statement = "INSERT INTO do_put_team (id, name, members, cause) VALUES (?, ?, ?, ?)
                     RETURNING (SELECT json_object('id', t.id, 'team', json(t.document))
                                FROM team_documents t WHERE t.name = do_put_team.name)";
    let parameters = params![id.to_string(), name.as_str(), json!(members).to_string(), caller.cause().json];
    database.document(statement, parameters).await?.ok_or_else(|| Problem::unavailable("the team was not kept"))
}

/// Forgets a team; false if a rule names it.
pub async fn delete_team(database: &Database, caller: &Caller, name: &TeamName) -> Result<bool> {
    let statement = "INSERT INTO do_delete_team (name, cause) VALUES (?, ?)
                     RETURNING NOT EXISTS (SELECT 1 FROM teams WHERE name = do_delete_team.name)";
    let row = database.row(statement, params![name.as_str(), caller.cause().json]).await?;
    Ok(row.and_then(|row| row.get(0)).unwrap_or(false))
}

/// Who may what.
pub async fn access(database: &Database) -> Result<Written<Access>> {
    let access = database.document("SELECT document FROM access_document", params![]).await?;
    access.ok_or_else(|| Problem::unavailable("nothing is said of the access"))
}

/// Says anew who may what, if all of the teams are there.
pub async fn set_access(database: &Database, caller: &Caller, wanted: &Access) -> Result<Set> {
    let rules = wanted.rules.iter().map(|rule| json!([rule.prefix, rule.team, rule.may.as_str()]));
    let rules = serde_json::Value::from_iter(rules).to_string();
    let statement = "INSERT INTO do_set_access (default_may, rules, cause) VALUES (?, ?, ?)
         RETURNING json_object(
             'without_team', json((SELECT json_group_array(rule.key) FROM json_each(do_set_access.rules) rule
                                   WHERE rule.value ->> 1 NOT IN (SELECT name FROM teams))),
             'access', json((SELECT document FROM access_document
                             WHERE EXISTS (SELECT 1 FROM access_settings s WHERE s.cause = do_set_access.cause))))";
    let parameters = params![wanted.default.as_str(), rules, caller.cause().json];
    database.document(statement, parameters).await?.ok_or_else(|| Problem::unavailable("the access was not set"))
}
