//! `baton keys`

use serde_json::{Value, json};

use super::args::{KeyCommand, KeysArgs};
use super::desk::Desk;
use super::failure::Failure;
use super::{pick, say, show, time};

/// Looks after the user's API keys.
///
/// Errors: those of the API.
pub async fn keys(mut desk: Desk, args: KeysArgs) -> Result<(), Failure> {
    match args.command {
        None => list(desk, args.all).await,
        Some(KeyCommand::Create { name, role, days, scopes }) => {
            let mut key = json!({ "name": name });
            if let Some(role) = role {
                key["role"] = json!(role.as_str());
            }
            if let Some(days) = days {
                key["expires_in_days"] = json!(days);
            }
            if !scopes.is_empty() {
                key["scopes"] = json!(scopes);
            }
            let made = desk.api.create_key(&key).await?;
            secret(&desk, &made)
        }
        Some(KeyCommand::Rotate { key, grace_minutes }) => {
            let id = meant(&mut desk, &key).await?;
            let made = desk.api.rotate_key(&id, grace_minutes).await?;
            secret(&desk, &made)
        }
        Some(KeyCommand::Delete { key }) => {
            let id = meant(&mut desk, &key).await?;
            desk.api.delete_key(&id).await?;
            desk.answer(&json!({ "id": id }), [format!("The key {} counts no longer", show::plain(&key))])
        }
    }
}

async fn list(mut desk: Desk, all: bool) -> Result<(), Failure> {
    let keys = say::patiently("Looking", desk.api.keys(all)).await?;
    let mut lines: Vec<_> = keys.iter().map(line).collect();
    if lines.is_empty() {
        lines.push("There is no key".to_owned());
    }
    desk.answer(&json!({ "keys": keys }), lines)
}

/// The secret alone on stdout, for a file or another command.
fn secret(desk: &Desk, key: &Value) -> Result<(), Failure> {
    if !desk.json {
        say::note("The secret of the key, this once:");
    }
    desk.answer(key, [show::text(key, "secret")])
}

async fn meant(desk: &mut Desk, named: &str) -> Result<String, Failure> {
    let keys = desk.api.keys(false).await?;
    let names = |key: &Value| [show::text(key, "name"), show::text(key, "prefix")];
    pick::one("key", &keys, Some(named), names, line)
}

fn line(key: &Value) -> String {
    let [name, user, role] = ["name", "user", "role"].map(|member| show::text(key, member));
    let used =
        key["last_used_at"].as_str().map_or("never used".to_owned(), |at| format!("used {} ago", time::since(at)));
    let expires = key["expires_at"].as_str().map_or(String::new(), |at| format!(", {} left", time::until(at)));
    format!("{}  {name}: {user}, {role}, {used}{expires}", pick::short(key))
}
