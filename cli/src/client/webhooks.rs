//! `baton webhooks`

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::args::{WebhookCommand, WebhooksArgs};
use super::desk::Desk;
use super::failure::Failure;
use super::{pick, say, show, time};

/// How long it is waited for what comes of a test: an attempt ends within 15 s.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often that is asked for.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// How many deliveries are looked through for that of a test.
const LATEST: u32 = 100;

/// Looks after webhooks.
///
/// Errors: those of the API.
pub async fn webhooks(mut desk: Desk, args: WebhooksArgs) -> Result<(), Failure> {
    match args.command.unwrap_or(WebhookCommand::List) {
        WebhookCommand::List => list(desk).await,
        WebhookCommand::Add { url, events, part, format, description } => {
            let mut webhook = json!({ "url": url, "format": format, "part_number": part, "description": description });
            if !events.is_empty() {
                webhook["events"] = json!(events);
            }
            let made = desk.api.create_webhook(&webhook).await?;
            secret(&desk, &made)
        }
        WebhookCommand::On { webhook } => turn(desk, webhook.as_deref(), true).await,
        WebhookCommand::Off { webhook } => turn(desk, webhook.as_deref(), false).await,
        WebhookCommand::Test { webhook } => test(desk, webhook.as_deref()).await,
        WebhookCommand::Deliveries { webhook, state, limit } => {
            let id = meant(&mut desk, webhook.as_deref()).await?;
            let deliveries = desk.api.webhook_deliveries(&id, state.as_deref(), limit).await?;
            let lines: Vec<_> = deliveries.iter().flat_map(told).collect();
            desk.answer(&json!({ "deliveries": deliveries }), or(lines, "Nothing was to be sent"))
        }
        WebhookCommand::Retry { delivery } => {
            let delivery = desk.api.retry_webhook_delivery(&delivery).await?;
            let line = format!("{} is sent again", show::text(&delivery, "id"));
            desk.answer(&delivery, [line])
        }
        WebhookCommand::Rotate { webhook } => {
            let id = meant(&mut desk, webhook.as_deref()).await?;
            let made = desk.api.rotate_webhook(&id).await?;
            secret(&desk, &made)
        }
        WebhookCommand::Remove { webhook } => {
            let id = meant(&mut desk, Some(&webhook)).await?;
            desk.api.delete_webhook(&id).await?;
            desk.answer(&json!({ "id": id }), [format!("The webhook {} is no more", show::plain(&webhook))])
        }
    }
}

async fn list(mut desk: Desk) -> Result<(), Failure> {
    let webhooks = say::patiently("Looking", desk.api.webhooks()).await?;
    let lines: Vec<_> = webhooks.iter().map(line).collect();
    desk.answer(&json!({ "webhooks": webhooks }), or(lines, "There is no webhook"))
}

async fn turn(mut desk: Desk, named: Option<&str>, enabled: bool) -> Result<(), Failure> {
    let id = meant(&mut desk, named).await?;
    let webhook = desk.api.change_webhook(&id, &json!({ "enabled": enabled })).await?;
    let told = line(&webhook);
    desk.answer(&webhook, [told])
}

/// Sends an event, and waits for what comes of it.
async fn test(mut desk: Desk, named: Option<&str>) -> Result<(), Failure> {
    let id = meant(&mut desk, named).await?;
    let mut delivery = desk.api.test_webhook(&id).await?;
    let begun = Instant::now();
    while delivery["state"] == "pending" && begun.elapsed() < PATIENCE {
        tokio::time::sleep(ASK_EVERY).await;
        let latest = desk.api.webhook_deliveries(&id, None, LATEST).await?;
        if let Some(found) = latest.into_iter().find(|one| one["id"] == delivery["id"]) {
            delivery = found;
        }
    }
    let lines = told(&delivery);
    if delivery["state"] == "delivered" {
        return desk.answer(&delivery, lines);
    }
    if desk.json {
        desk.answer(&delivery, [])?;
    }
    Err(Failure::failed(format!("It didn't arrive\n{}", lines.join("\n"))))
}

/// The secret alone on stdout, for a file or another command.
fn secret(desk: &Desk, webhook: &Value) -> Result<(), Failure> {
    if !desk.json {
        say::note("The secret of the webhook, this once:");
    }
    desk.answer(webhook, [show::text(webhook, "secret")])
}

async fn meant(desk: &mut Desk, named: Option<&str>) -> Result<String, Failure> {
    let webhooks = desk.api.webhooks().await?;
    let names = |webhook: &Value| [show::text(webhook, "url"), show::text(webhook, "description")];
    pick::one("webhook", &webhooks, named, names, line)
}

fn line(webhook: &Value) -> String {
    let [url, format, description] = ["url", "format", "description"].map(|member| show::text(webhook, member));
    let events: Vec<_> = webhook["events"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let parts = webhook["part_number"].as_str().map_or(String::new(), |part| format!(" on {}", show::plain(part)));
    let off = webhook["disabled_at"].as_str().map_or(String::new(), |at| {
        format!(", off for {} ({})", time::since(at), show::text(webhook, "disabled_reason"))
    });
    let what = if description.is_empty() { String::new() } else { format!(" ({description})") };
    format!("{}  {url}{what}: {format}, {}{parts}{off}", pick::short(webhook), show::plain(&events.join(" ")))
}

/// A delivery, and its attempts below it.
fn told(delivery: &Value) -> Vec<String> {
    let event = &delivery["event"];
    let next =
        delivery["next_attempt_at"].as_str().map_or(String::new(), |at| format!(", next in {}", time::until(at)));
    let [id, state] = ["id", "state"].map(|member| show::text(delivery, member));
    let mut lines = vec![format!("{id}  {} {}: {state}{next}", show::text(event, "type"), show::item(event))];
    lines.extend(delivery["attempts"].as_array().into_iter().flatten().map(|attempt| {
        let status = attempt["status"].as_u64().map_or("-".to_owned(), |status| status.to_string());
        format!(
            "  {} ago  {status}  {} ms  {}",
            time::since(attempt["at"].as_str().unwrap_or_default()),
            attempt["duration_ms"],
            show::text(attempt, "answer")
        )
    }));
    lines
}

fn or(lines: Vec<String>, nothing: &str) -> Vec<String> {
    if lines.is_empty() { vec![nothing.to_owned()] } else { lines }
}
