//! One function for each route.

use axum::Json as Document;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_core::auth::Admin;
use baton_core::db::Database;
use baton_core::extract::{Json, Path, Query};
use baton_core::id::new_id;
use baton_core::page::PageQuery;
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result};

use crate::model::{Change, Create, Deliveries, Delivery, OfState, Webhook, WebhookWithSecret, Webhooks};
use crate::seal::{Keys, Secret};
use crate::store::Retried;
use crate::target::Target;
use crate::{sender, store};

/// Makes a webhook: from then on it is sent every event that fits. Its secret is in this answer alone.
#[utoipa::path(post, path = "/api/webhooks", operation_id = "create_webhook", tag = "webhooks", request_body = Create,
    responses((status = 201, body = WebhookWithSecret), (status = 403, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "`quota_exceeded`: there are 100 in all")))]
pub async fn create(Admin(caller): Admin, Json(wanted): Json<Create>) -> Result<Response> {
    let target = Target::of_member(&wanted.url).await?;
    let (id, secret) = (new_id().to_string(), Secret::make());
    let sealed = Keys::of_settings().await?.seal(&id, &secret)?;
    let database = Database::open().await?;
    let webhook = store::create(&database, &caller, &id, &wanted, &target, &sealed).await?;
    let webhook = webhook.ok_or_else(|| Problem::unavailable("the webhook was not made"))?;
    let location = format!("/api/webhooks/{id}");
    let document = Document(WebhookWithSecret { webhook, secret: secret.text() });
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], document).into_response())
}

/// All webhooks.
#[utoipa::path(get, path = "/api/webhooks", operation_id = "list_webhooks", tag = "webhooks", params(PageQuery),
    responses((status = 200, body = Webhooks), (status = 403, body = ProblemDocument)))]
pub async fn list(_: Admin, Query(page): Query<PageQuery>) -> Result<Document<Webhooks>> {
    let page = page.check()?;
    let (webhooks, cursor) = store::all(&Database::open().await?, page).await?;
    Ok(Document(Webhooks { webhooks, cursor }))
}

/// One webhook.
#[utoipa::path(get, path = "/api/webhooks/{id}", operation_id = "get_webhook", tag = "webhooks", params(("id" = Uuid, Path)),
    responses((status = 200, body = Webhook), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn one(_: Admin, path: Path) -> Result<Document<Webhook>> {
    let id = path.id("id")?;
    store::one(&Database::open().await?, &id).await?.map(Document).ok_or_else(unknown)
}

/// Changes a webhook. What has happened until then is sent to it as it was.
#[utoipa::path(patch, path = "/api/webhooks/{id}", operation_id = "change_webhook", tag = "webhooks",
    params(("id" = Uuid, Path)), request_body = Change,
    responses((status = 200, body = Webhook), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn change(Admin(caller): Admin, path: Path, Json(wanted): Json<Change>) -> Result<Document<Webhook>> {
    let id = path.id("id")?;
    let target = match &wanted.url {
        Some(url) => Some(Target::of_member(url).await?),
        None => None,
    };
    let database = Database::open().await?;
    let webhook = store::change(&database, &caller, &id, &wanted, target.as_ref()).await?;
    sender::wake();
    webhook.map(Document).ok_or_else(unknown)
}

/// Deletes a webhook. What hasn't been sent to it isn't.
#[utoipa::path(delete, path = "/api/webhooks/{id}", operation_id = "delete_webhook", tag = "webhooks",
    params(("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn delete(Admin(caller): Admin, path: Path) -> Result<StatusCode> {
    let id = path.id("id")?;
    if store::delete(&Database::open().await?, &caller, &id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown())
    }
}

/// Replaces the secret of a webhook. For a day the old one signs as well: a request carries both signatures.
#[utoipa::path(post, path = "/api/webhooks/{id}/rotate", operation_id = "rotate_webhook", tag = "webhooks",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = WebhookWithSecret), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
pub async fn rotate(Admin(caller): Admin, path: Path) -> Result<Document<WebhookWithSecret>> {
    let (id, secret) = (path.id("id")?, Secret::make());
    let sealed = Keys::of_settings().await?.seal(&id, &secret)?;
    let webhook = store::rotate(&Database::open().await?, &caller, &id, &sealed).await?;
    let webhook = webhook.ok_or_else(unknown)?;
    Ok(Document(WebhookWithSecret { webhook, secret: secret.text() }))
}

/// Sends an event of the type `webhook.test` to one webhook, once, also where it is off. Its deliveries tell what came of it.
#[utoipa::path(post, path = "/api/webhooks/{id}/test", operation_id = "test_webhook", tag = "webhooks",
    params(("id" = Uuid, Path)),
    responses((status = 202, body = Delivery), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn test(Admin(caller): Admin, path: Path) -> Result<(StatusCode, Document<Delivery>)> {
    let (id, delivery_id) = (path.id("id")?, new_id().to_string());
    let delivery = store::test(&Database::open().await?, &caller, &id, &delivery_id).await?;
    sender::wake();
    delivery.map(|delivery| (StatusCode::ACCEPTED, Document(delivery))).ok_or_else(unknown)
}

/// What there was to be sent to a webhook, and each attempt; newest first.
#[utoipa::path(get, path = "/api/webhooks/{id}/deliveries", operation_id = "list_webhook_deliveries", tag = "webhooks",
    params(("id" = Uuid, Path), OfState, PageQuery),
    responses((status = 200, body = Deliveries), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
pub async fn deliveries(
    _: Admin,
    path: Path,
    Query(of): Query<OfState>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Deliveries>> {
    let (id, page) = (path.id("id")?, page.check()?);
    let database = Database::open().await?;
    store::one(&database, &id).await?.ok_or_else(unknown)?;
    // Whoever looks may wait for what nobody has begun to send since a restart.
    sender::wake();
    let (deliveries, cursor) = store::deliveries(&database, &id, of.state, page).await?;
    Ok(Document(Deliveries { deliveries, cursor }))
}

/// Sends a delivery again at once, under the same id. Whatever comes of it, it goes on then where it was.
#[utoipa::path(post, path = "/api/webhook-deliveries/{id}/retry", operation_id = "retry_webhook_delivery", tag = "webhooks",
    params(("id" = Uuid, Path)),
    responses((status = 202, body = Delivery), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "`already_delivered`, `webhook_disabled`")))]
pub async fn retry(Admin(caller): Admin, path: Path) -> Result<(StatusCode, Document<Delivery>)> {
    let id = path.id("id")?;
    match store::retry(&Database::open().await?, &caller, &id).await? {
        Retried::Pending(delivery) => {
            sender::wake();
            Ok((StatusCode::ACCEPTED, Document(*delivery)))
        }
        Retried::Refused(code) if code == "webhook_disabled" => {
            Err(Problem::conflict("webhook_disabled", "its webhook is off: turn that on first"))
        }
        Retried::Refused(_) => Err(Problem::conflict("already_delivered", "its receiver has it")),
        Retried::Unknown => Err(Problem::not_found("there is no such delivery")),
    }
}

/// Has this instance look for what is to be sent (`baton_core::webhooks`).
pub async fn send() -> StatusCode {
    sender::wake();
    StatusCode::NO_CONTENT
}

fn unknown() -> Problem {
    Problem::not_found("there is no such webhook")
}
