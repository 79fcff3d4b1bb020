//! `baton team` and `baton access`

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::desk::Desk;
use super::failure::Failure;
use super::{say, show};

/// The arguments of `baton team`.
#[derive(Args)]
pub struct TeamArgs {
    /// What to do [default: list]
    #[command(subcommand)]
    pub command: Option<TeamCommand>,
}

/// The subcommands of `baton team`.
#[derive(Subcommand)]
pub enum TeamCommand {
    /// Show the teams
    List,
    /// Set a team up, or anew
    Set {
        /// The team
        name: String,

        /// Its members
        #[arg(value_name = "USER")]
        users: Vec<String>,

        /// A member who is a lead; may be given several times
        #[arg(long = "lead", value_name = "USER")]
        leads: Vec<String>,
    },
    /// Remove a team that no rule names
    Remove {
        /// The team
        name: String,
    },
}

/// The arguments of `baton access`.
#[derive(Args)]
pub struct AccessArgs {
    /// What to do [default: show]
    #[command(subcommand)]
    pub command: Option<AccessCommand>,
}

/// The subcommands of `baton access`.
#[derive(Subcommand)]
pub enum AccessCommand {
    /// Show who may what
    Show,
    /// Say anew who may what
    Set {
        /// JSON as `baton access --json` prints it; - reads standard input
        file: PathBuf,
    },
}

/// Shows teams, sets one up or removes one.
///
/// Errors: those of the API.
pub async fn team(mut desk: Desk, args: TeamArgs) -> Result<(), Failure> {
    match args.command.unwrap_or(TeamCommand::List) {
        TeamCommand::List => {
            let teams = say::patiently("Looking", desk.api.teams()).await?;
            let mut lines: Vec<_> = teams.iter().map(team_line).collect();
            if lines.is_empty() {
                lines.push("There is no team".to_owned());
            }
            desk.answer(&json!({ "teams": teams }), lines)
        }
        TeamCommand::Set { name, users, leads } => {
            let leads = leads.iter().map(|user| json!({ "user": user, "lead": true }));
            let others = users.iter().map(|user| json!({ "user": user, "lead": false }));
            let members: Vec<_> = leads.chain(others).collect();
            let team = desk.api.put_team(&name, &json!({ "members": members })).await?;
            desk.answer(&team, [team_line(&team)])
        }
        TeamCommand::Remove { name } => {
            desk.api.delete_team(&name).await?;
            desk.answer(&json!({ "name": name }), [format!("There is no team {} any more", show::plain(&name))])
        }
    }
}

/// Shows who may what, or says it anew.
///
/// Errors: those of the API, and a file that can't be read or is no JSON.
pub async fn access(mut desk: Desk, args: AccessArgs) -> Result<(), Failure> {
    let access = match args.command.unwrap_or(AccessCommand::Show) {
        AccessCommand::Show => desk.api.access().await?,
        AccessCommand::Set { file } => {
            let wanted = read(&file)?;
            desk.api.set_access(&wanted).await?
        }
    };
    let rules = access["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    let everywhere = format!("*  everybody: {}", show::text(&access, "default"));
    let lines: Vec<_> = rules.iter().map(rule_line).chain([everywhere]).collect();
    desk.answer(&access, lines)
}

fn read(file: &Path) -> Result<Value, Failure> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.map_err(|error| Failure::failed(format!("{} can't be read: {error}", file.display())))?;
    serde_json::from_str(&text).map_err(|error| Failure::failed(format!("{} is no JSON: {error}", file.display())))
}

fn team_line(team: &Value) -> String {
    let members = team["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<_> = members
        .iter()
        .map(|member| {
            let user = show::text(member, "user");
            if member["lead"] == true { format!("{user} (lead)") } else { user }
        })
        .collect();
    format!("{}: {}", show::text(team, "name"), if names.is_empty() { "nobody".to_owned() } else { names.join(", ") })
}

fn rule_line(rule: &Value) -> String {
    let [prefix, team, may] = ["prefix", "team", "may"].map(|member| show::text(rule, member));
    format!("{prefix}*  {team}: {may}")
}
