//! `baton inbox`

use std::collections::BTreeSet;

use baton_client::Error;
use serde_json::{Value, json};

use super::args::InboxArgs;
use super::desk::Desk;
use super::failure::Failure;
use super::{say, show, time};

/// Shows what concerns the user: what needs an answer on top, then what hasn't been read; marks it as read; or says what is not
/// to come.
///
/// Errors: those of the API.
pub async fn inbox(mut desk: Desk, args: InboxArgs) -> Result<(), Failure> {
    if !args.mute.is_empty() || !args.unmute.is_empty() {
        return mute(desk, &args).await;
    }
    let mut entries = say::patiently("Looking", desk.api.inbox(!args.all)).await?;
    let open = Open::of(&mut desk).await?;
    entries.sort_by_cached_key(|entry| place(entry, &open));
    if args.read
        && let Some(newest) = newest(&entries)
    {
        desk.api.read_through(&newest).await?;
    }
    let mut lines: Vec<_> = entries.iter().map(|entry| line(entry, &open)).collect();
    if lines.is_empty() {
        lines.push(if args.all { "There is nothing" } else { "There is nothing that you haven't read" }.to_owned());
    }
    desk.answer(&json!({ "entries": entries }), lines)
}

/// What waits for the user.
struct Open {
    /// The requests to them, by their ids.
    requests: BTreeSet<String>,
    /// The approvals that are to be signed, by their ids.
    approvals: BTreeSet<String>,
}

impl Open {
    async fn of(desk: &mut Desk) -> Result<Self, Failure> {
        let me = desk.workstation().await?.user;
        let requests = match desk.api.requests().await {
            Ok(requests) => requests,
            // Who only looks is asked for nothing.
            Err(Error::Refused(refused)) if refused.status == 403 => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let is_asked =
            |request: &&Value| request["status"] == "pending" && request["holder"].as_str() == Some(me.as_str());
        let approvals = desk.api.approvals(Some("pending")).await?;
        let ids = |of: Vec<&Value>| of.iter().map(|one| show::text(one, "id")).collect();
        Ok(Self {
            requests: ids(requests.iter().filter(is_asked).collect()),
            approvals: ids(approvals.iter().collect()),
        })
    }

    /// What the user can do about an entry that waits for them.
    fn hint(&self, entry: &Value) -> Option<String> {
        let part = show::argument(&show::item(entry));
        let names = |member: &str, ids: &BTreeSet<String>| ids.contains(&show::text(&entry["data"], member));
        match entry["type"].as_str()? {
            "edit.handoff_requested" if names("request_id", &self.requests) => {
                Some(format!("to hand it over: baton accept {part}; to keep it: baton decline {part}"))
            }
            "approval.created" if names("approval_id", &self.approvals) => {
                Some(format!("to sign it: baton sign {part} approve"))
            }
            _ => None,
        }
    }
}

/// What comes before what: what waits for the user, then what is unread, then what is pressing, then what is new.
fn place(entry: &Value, open: &Open) -> (bool, bool, bool, i64) {
    (open.hint(entry).is_none(), entry["read_at"].is_string(), entry["priority"] != "high", -number(entry))
}

fn number(entry: &Value) -> i64 {
    entry["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default()
}

fn newest(entries: &[Value]) -> Option<String> {
    entries.iter().max_by_key(|entry| number(entry)).map(|entry| show::text(entry, "id"))
}

fn line(entry: &Value, open: &Open) -> String {
    let since = time::since(entry["time"].as_str().unwrap_or_default());
    let mark = if entry["read_at"].is_string() { ' ' } else { '*' };
    let hint = open.hint(entry).map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{mark} {since:>8} ago  {}{hint}", show::event(entry))
}

/// Sets which types of events don't come.
async fn mute(mut desk: Desk, args: &InboxArgs) -> Result<(), Failure> {
    let mut preferences = desk.api.preferences().await?;
    let muted = preferences["muted"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut muted: BTreeSet<_> = muted.map(str::to_owned).collect();
    muted.extend(args.mute.iter().cloned());
    muted.retain(|kind| !args.unmute.contains(kind));
    preferences["muted"] = json!(muted);
    let set = desk.api.prefer(&preferences).await?;
    let named: Vec<_> = muted.into_iter().collect();
    let told = if named.is_empty() { "Everything comes".to_owned() } else { format!("Muted: {}", named.join(", ")) };
    desk.answer(&set, [told])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_an_answer_is_on_top() {
        let entry = |id: &str, kind: &str, request: &str, priority: &str, read: Option<&str>| {
            json!({ "id": id, "type": kind, "part_number": "F01", "data": { "request_id": request },
                "priority": priority, "read_at": read })
        };
        let open = Open { requests: BTreeSet::from(["open".to_owned()]), approvals: BTreeSet::new() };
        let mut entries = [
            entry("4", "edit.handoff_accepted", "", "normal", None),
            entry("3", "edit.force_released", "", "high", None),
            entry("2", "edit.handoff_requested", "answered", "high", Some("then")),
            entry("1", "edit.handoff_requested", "open", "high", Some("then")),
        ];
        entries.sort_by_cached_key(|entry| place(entry, &open));
        assert_eq!(entries.each_ref().map(|entry| entry["id"].as_str().unwrap()), ["1", "3", "4", "2"]);
        assert!(line(&entries[0], &open).contains("baton accept F01"));
        assert!(!line(&entries[3], &open).contains("baton accept"));
        assert_eq!(newest(&entries).as_deref(), Some("4"));
    }
}
