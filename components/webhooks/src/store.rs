//! The SQL of what admins ask for. Each change is one statement; its audit row comes from the schema's triggers.

use baton_core::auth::Caller;
use baton_core::db::{Database, params};
use baton_core::event_type::TypePattern;
use baton_core::events::announce;
use baton_core::page::{Page, Paged};
use baton_core::{Problem, Result};
use serde_json::{Map, Value, json};

use crate::model::{Change, Create, Delivery, State, Webhook};
use crate::target::Target;

/// How many webhooks there are at most; `webhooks_bounded` holds it.
const WEBHOOKS_MAX: u64 = 100;

/// For how long the secret before the last rotation signs as well.
const OLD_SIGNS: &str = "+1 day";

/// Makes a webhook.
pub async fn create(
    database: &Database,
    caller: &Caller,
    id: &str,
    wanted: &Create,
    target: &Target,
    secret: &str,
) -> Result<Option<Webhook>> {
    let events = wanted.events.clone().unwrap_or_else(|| vec![TypePattern::any()]);
    let created = database
        .document(
            "INSERT INTO webhooks (id, url, events, part_number, format, description, secret, after_seq, created_at, cause)
             SELECT ?, ?, ?, ?, ?, ?, ?, (SELECT seq FROM log_head), now, json_set(?, '$.host', ?) FROM clock WHERE true
             RETURNING (SELECT document FROM webhook_documents d WHERE d.id = webhooks.id)",
            params![
                id,
                target.url.as_str(),
                json!(events).to_string(),
                wanted.part_number.as_ref().map(|pattern| pattern.as_str().to_owned()),
                json!(wanted.format.unwrap_or_default()).as_str().map(str::to_owned),
                wanted.description.as_ref().map(|text| text.as_str().to_owned()),
                secret,
                caller.cause().json,
                target.host.as_str(),
            ],
        )
        .await;
    match created {
        Err(problem) if problem.code() == "quota_exceeded" => Err(exceeded()),
        created => created,
    }
}

/// 409 `quota_exceeded`. It is one for all admins together.
fn exceeded() -> Problem {
    Problem::conflict("quota_exceeded", format!("there are {WEBHOOKS_MAX} webhooks, and may be no more"))
        .with("quota", "webhooks".into())
        .with("limit", WEBHOOKS_MAX.into())
        .with("used", WEBHOOKS_MAX.into())
}

/// One webhook.
pub async fn one(database: &Database, id: &str) -> Result<Option<Webhook>> {
    database.document("SELECT document FROM webhook_documents WHERE id = ?", params![id]).await
}

/// All webhooks.
pub async fn all(database: &Database, page: Page) -> Result<Paged<Webhook>> {
    let statement = "SELECT document, seq FROM webhook_documents WHERE seq > ? ORDER BY seq LIMIT ?";
    page.read(database, statement, params![]).await
}

/// Changes a webhook; none if there is no such one.
pub async fn change(
    database: &Database,
    caller: &Caller,
    id: &str,
    wanted: &Change,
    target: Option<&Target>,
) -> Result<Option<Webhook>> {
    let outcome = database
        .change(
            "INSERT INTO do_change_webhook (id, members, cause) VALUES (?, ?, json_set(?, '$.host', ?))
             RETURNING (SELECT document FROM webhook_documents d WHERE d.id = do_change_webhook.id)",
            params![
                id,
                Value::Object(members(wanted, target)).to_string(),
                caller.cause().json,
                target.map(|target| target.host.clone()),
            ],
        )
        .await?;
    Ok(outcome.state)
}

/// What is to be changed, as the command takes it.
fn members(wanted: &Change, target: Option<&Target>) -> Map<String, Value> {
    let all = [
        ("url", target.map(|target| json!(target.url))),
        ("events", wanted.events.as_ref().map(|events| json!(events))),
        ("part_number", wanted.part_number.as_ref().map(|pattern| json!(pattern))),
        ("format", wanted.format.map(|format| json!(format))),
        ("description", wanted.description.as_ref().map(|text| json!(text))),
        ("enabled", wanted.enabled.map(Value::from)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// Replaces the secret of a webhook; none if there is no such one.
pub async fn rotate(database: &Database, caller: &Caller, id: &str, secret: &str) -> Result<Option<Webhook>> {
    database
        .document(
            "UPDATE webhooks
             SET previous_secret = secret, previous_until = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?), secret = ?,
                 rotated_at = (SELECT now FROM clock), cause = ?
             WHERE id = ?
             RETURNING (SELECT document FROM webhook_documents d WHERE d.id = webhooks.id)",
            params![OLD_SIGNS, secret, caller.cause().json, id],
        )
        .await
}

/// Deletes a webhook; false if there is no such one.
pub async fn delete(database: &Database, caller: &Caller, id: &str) -> Result<bool> {
    if one(database, id).await?.is_none() {
        return Ok(false);
    }
    let statement = "INSERT INTO do_delete_webhook (id, cause) VALUES (?, ?)";
    database.rows(statement, params![id, caller.cause().json]).await.map(|_| true)
}

/// Has an event sent to one webhook alone; none if there is no such one.
pub async fn test(database: &Database, caller: &Caller, id: &str, delivery_id: &str) -> Result<Option<Delivery>> {
    let outcome = database
        .change(
            "INSERT INTO do_test_webhook (id, delivery_id, cause) VALUES (?, ?, ?)
             RETURNING (SELECT document FROM webhook_delivery_documents d WHERE d.id = do_test_webhook.delivery_id),
                       (SELECT announcement FROM announcements WHERE change_id = do_test_webhook.cause ->> '$.change')",
            params![id, delivery_id, caller.cause().json],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// What there was to be sent to a webhook, newest first. Of a webhook that is not there, nothing.
pub async fn deliveries(
    database: &Database,
    webhook_id: &str,
    state: Option<State>,
    page: Page,
) -> Result<Paged<Delivery>> {
    page.read_with(database, |after, limit| {
        let statement = "SELECT document, seq FROM webhook_delivery_documents
             WHERE webhook = (SELECT seq FROM webhooks WHERE id = ?) AND state GLOB ? AND seq < ?
             ORDER BY seq DESC LIMIT ?";
        let before = if after == 0 { i64::MAX } else { after };
        (statement.to_owned(), params![webhook_id, state.map_or("*", State::as_str), before, limit])
    })
    .await
}

/// What a retry came to.
pub enum Retried {
    /// There is no such delivery.
    Unknown,
    /// It can't be: `already_delivered` or `webhook_disabled`.
    Refused(String),
    /// It is sent again.
    Pending(Box<Delivery>),
}

/// Has a delivery sent again at once.
pub async fn retry(database: &Database, caller: &Caller, id: &str) -> Result<Retried> {
    let refused = database.row("SELECT refused FROM webhook_retries WHERE id = ?", params![id]).await?;
    match refused.map(|row| row.get::<&str>(0).map(str::to_owned)) {
        None => return Ok(Retried::Unknown),
        Some(Some(code)) => return Ok(Retried::Refused(code)),
        Some(None) => {}
    }
    let statement = "INSERT INTO do_retry_delivery (id, cause) VALUES (?, ?)
         RETURNING (SELECT document FROM webhook_delivery_documents d WHERE d.id = do_retry_delivery.id)";
    let delivery: Option<Delivery> = database.document(statement, params![id, caller.cause().json]).await?;
    Ok(delivery.map_or(Retried::Unknown, |delivery| Retried::Pending(Box::new(delivery))))
}
