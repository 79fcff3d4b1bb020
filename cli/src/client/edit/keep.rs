//! Renewing a session in time.

use std::time::Duration;

use baton_client::{Api, Error, Session};
use tokio::time::{Instant, sleep, timeout_at};

use super::super::{say, show, time};
use super::lost::Lost;

/// A session is renewed when a third of its time is over, or after this long.
const PART: u32 = 3;
const REST_MAX: Duration = Duration::from_secs(5 * 60);

/// When what failed is tried again: after a tenth of the session's time, or this long.
const RETRY_PART: u32 = 10;
const RETRY_MAX: Duration = Duration::from_secs(5);

/// Renews a session until it is lost: by what the server says or, where that can't be reached, by the time at which it has expired.
/// The time counts from before a renewal is sent, so that it is over here no later than there.
pub async fn keep(mut api: Api, session: &Session, lasts: Duration) -> Lost {
    let mut ends = Instant::now() + lasts;
    let mut trouble: Option<String> = None;
    loop {
        let rest = if trouble.is_none() { (lasts / PART).min(REST_MAX) } else { (lasts / RETRY_PART).min(RETRY_MAX) };
        sleep(rest).await;
        let sent = Instant::now();
        let renewed = timeout_at(ends, api.renew(session, Some(lasts.as_secs().max(1)))).await;
        let error = match renewed {
            Ok(Ok(_)) => {
                ends = sent + lasts;
                if trouble.take().is_some() {
                    say::note("The session is renewed again");
                }
                continue;
            }
            Ok(Err(Error::Refused(refused))) if matches!(refused.status, 404 | 410) => return Lost::as_of(&refused),
            Ok(Err(error)) => show::plain(&error.to_string()),
            Err(_) => return Lost::new("the server couldn't be reached until it had expired"),
        };
        let left = ends.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Lost::new(format!("it couldn't be renewed until it had expired ({error})"));
        }
        if trouble.as_ref() != Some(&error) {
            let left = time::duration(i64::try_from(left.as_secs()).unwrap_or(i64::MAX));
            say::failure(&format!("The session can't be renewed ({error}). It is yours for {left}; trying on"));
            trouble = Some(error);
        }
    }
}
