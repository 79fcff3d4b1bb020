//! Server-sent events (WHATWG HTML, section 9.2): each with its cursor as `id`, its type as `event`.

use std::fmt::Write;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use baton_core::Result;
use baton_core::access::subject;
use baton_core::auth::Caller;
use baton_core::page::Page;
use futures::stream;

use crate::model::{Event, Events};
use crate::news::News;
use crate::sent;
use crate::share::Share;
use crate::store::Look;

/// How long the stream is silent at most; the contract allows 15 s.
const SILENCE_MAX: Duration = Duration::from_secs(14);

/// How soon a client comes back when the stream breaks, in milliseconds.
const RETRY: u32 = 1_000;

/// Answers with a stream that ends when the caller's token or key does, or when storage can't be reached: the client comes back
/// with its last cursor.
pub fn respond(listener: (Caller, Share), workstation_id: String, page: Page, first: Look) -> Response {
    let begins_at = page.after.unwrap_or(first.head);
    let news = News::new(subject(&listener.0), &workstation_id, page, first);
    let opening = stream::once(async move { Ok::<_, baton_core::Problem>(Bytes::from(opening(begins_at))) });
    let events = stream::unfold(Some((news, listener)), |state| async move {
        let (mut news, listener) = state?;
        let next = next(&mut news).await;
        // Now, and not before: what has come meanwhile is for those alone who may still hear it.
        match listener.0.still_holds().await.and_then(|holds| if holds { next.map(Some) } else { Ok(None) }) {
            Ok(Some(next)) => {
                sent::note(&listener.0, news.workstation_id(), &next.events).await;
                Some((Ok(Bytes::from(text(&next))), Some((news, listener))))
            }
            Ok(None) => None,
            Err(problem) => Some((Err(problem), None)),
        }
    });
    let body = Body::from_stream(stream::StreamExt::chain(opening, events));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // A page from another origin may listen: it needs a token, and no cookie speaks for it.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, body).into_response()
}

/// What a stream begins with, so that the client learns at once that it stands, and where it goes on if it breaks before
/// anything has happened.
fn opening(cursor: i64) -> String {
    format!(": baton\nretry: {RETRY}\nid: {cursor}\n\n")
}

/// The next events; none if none come for a while.
async fn next(news: &mut News) -> Result<Events> {
    if news.is_empty() {
        news.wait(SILENCE_MAX).await?;
    }
    Ok(news.take())
}

/// Events, or the cursor alone: a client keeps an `id` without data, and dispatches nothing.
fn text(next: &Events) -> String {
    if next.events.is_empty() {
        return format!(":\nid: {}\n\n", next.cursor);
    }
    next.events.iter().map(format).collect()
}

fn format(event: &Event) -> String {
    let data = serde_json::to_string(event).unwrap_or_default();
    let mut text = String::new();
    let _ = write!(text, "id: {}\nevent: {}\ndata: {data}\n\n", event.id, event.r#type);
    text
}
