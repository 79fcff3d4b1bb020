//! Server-sent events (WHATWG HTML, section 9.2): each with its cursor as `id`, its type as `event`.

use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use baton_core::Result;
use baton_core::auth::Caller;
use baton_core::page::Page;
use futures::stream;

use crate::handlers::News;
use crate::model::Event;
use crate::store::Look;

/// How long the stream is silent at most; the contract allows 15 s.
const SILENCE_MAX: Duration = Duration::from_secs(14);

/// What a stream begins with, so that the client learns at once that it stands, and comes back soon when it breaks.
const OPENING: &str = ": baton\nretry: 1000\n\n";

/// Answers with a stream that ends with the caller's token, or when storage can't be reached: the client comes back
/// with its last cursor.
pub fn respond(caller: Caller, workstation_id: String, page: Page, first: Look) -> Response {
    let news = News::new(&workstation_id, page, first);
    let opening = stream::once(async { Ok::<_, baton_core::Problem>(Bytes::from_static(OPENING.as_bytes())) });
    let events = stream::unfold(Some((news, caller)), |state| async move {
        let (mut news, caller) = state?;
        if is_over(&caller) {
            return None;
        }
        match next(&mut news).await {
            Ok(text) => Some((Ok(Bytes::from(text)), Some((news, caller)))),
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

fn is_over(caller: &Caller) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    now > caller.expires_at
}

/// The next events, or a comment if none come for a while.
async fn next(news: &mut News) -> Result<String> {
    if news.is_empty() && !news.wait(SILENCE_MAX).await? {
        return Ok(":\n\n".to_owned());
    }
    Ok(news.take().events.iter().map(format).collect())
}

fn format(event: &Event) -> String {
    let data = serde_json::to_string(event).unwrap_or_default();
    let mut text = String::new();
    let _ = write!(text, "id: {}\nevent: {}\ndata: {data}\n\n", event.id, event.r#type);
    text
}
