//! `baton requests`, `baton accept` and `baton decline`

use serde_json::{Value, json};

use super::args::{AnswerArgs, DeclineArgs, RequestsArgs};
use super::desk::Desk;
use super::failure::Failure;
use super::{parts, pick, say, show, time};

/// Shows who asks whom for what.
///
/// Errors: those of the API.
pub async fn requests(mut desk: Desk, args: RequestsArgs) -> Result<(), Failure> {
    let me = desk.workstation().await?.user;
    let mut requests = say::patiently("Looking", desk.api.requests()).await?;
    requests.retain(|request| args.all || request["status"] == "pending");
    let mut lines: Vec<_> = requests.iter().map(|request| line(request, &me)).collect();
    if lines.is_empty() {
        lines.push("Nobody asks for anything".to_owned());
    }
    desk.answer(&json!({ "handoff_requests": requests }), lines)
}

/// Hands over what is asked for.
///
/// Errors: it isn't clear which request is meant, or it isn't pending.
pub async fn accept(mut desk: Desk, args: AnswerArgs) -> Result<(), Failure> {
    let id = asked(&mut desk, args.request.as_deref()).await?;
    let answered = desk.api.accept(&id).await?;
    let (item, requester) = (show::item(&answered), show::text(&answered, "requester"));
    let told = match answered["workstation_id"].as_str() {
        Some(_) => format!("{item} is {requester}'s now"),
        None => format!("{item} is free for {requester} now"),
    };
    desk.answer(&answered, [told])
}

/// Keeps what is asked for.
///
/// Errors: it isn't clear which request is meant, or it isn't pending.
pub async fn decline(mut desk: Desk, args: DeclineArgs) -> Result<(), Failure> {
    let id = asked(&mut desk, args.request.as_deref()).await?;
    let answered = desk.api.decline(&id, args.message.as_deref()).await?;
    let told = format!("You keep {}; {} is told so", show::item(&answered), show::text(&answered, "requester"));
    desk.answer(&answered, [told])
}

/// The request to the user that is meant: by its id or how that begins, by the part, by who asks; or the only one.
async fn asked(desk: &mut Desk, named: Option<&str>) -> Result<String, Failure> {
    let me = desk.workstation().await?.user;
    let mut requests = desk.api.requests().await?;
    requests.retain(|request| request["status"] == "pending" && request["holder"] == me.as_str());
    let named = named.map(|named| parts::number(desk.api.url(), named));
    let names =
        |request: &Value| [show::text(request, "part_number"), show::item(request), show::text(request, "requester")];
    pick::one("request", &requests, named.as_deref(), names, |request| line(request, &me))
}

fn line(request: &Value, me: &str) -> String {
    let [requester, holder, message, status] =
        ["requester", "holder", "message", "status"].map(|member| show::text(request, member));
    let who = if holder == me { format!("{requester} asks you") } else { format!("You ask {holder}") };
    let line = if request["auto_acquire"] == true { ", in line" } else { "" };
    let status = if status == "pending" { String::new() } else { format!(" [{status}]") };
    let since = time::since(request["created_at"].as_str().unwrap_or_default());
    format!("{}  {who} for {}{line}, {since} ago{status}: {message}", pick::short(request), show::item(request))
}
