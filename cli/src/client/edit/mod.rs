//! `baton edit`: a part is held while a command runs.

mod alone;
mod child;
mod draft;
mod hear;
mod keep;
mod lost;
mod obey;

use std::pin::pin;
use std::time::Duration;

use baton_client::{Api, Error, Session};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::args::EditArgs;
use super::desk::Desk;
use super::failure::{Code, Failure};
use super::herald::Herald;
use super::{parts, say, show, time, wait};
use alone::Alone;
use child::Child;
use draft::Draft;
use lost::Lost;
use obey::Servant;

/// How long a release is tried at the end, and how long one rests in between.
const RELEASE_MAX: Duration = Duration::from_secs(15);
const REST: Duration = Duration::from_millis(500);

/// Holds a part while a command runs, and releases it at the end.
///
/// Errors: somebody else holds it, it was lost, or the command failed.
pub async fn edit(mut desk: Desk, args: EditArgs) -> Result<(), Failure> {
    let part = parts::resolve_one(desk.api.url(), &args.part)?;
    let how = args.how.acquire();
    let workstation = desk.workstation().await?.id;
    let _alone = Alone::with(&workstation, &part, args.how.wait).await?;
    let (draft, drafts) = match &args.file {
        Some(file) => Some(Draft::of(file).await).unzip(),
        None => (None, None),
    };
    // From before it is held, so that no request is missed.
    let cursor = desk.api.events(&workstation, None, 0).await?.cursor;
    let document = wait::hold(&mut desk, &[part], &how, args.how.wait).await?;
    let session = Session::of(&document)?;
    let lasts = lasts(&session)?;
    begin(&desk, &document)?;
    let mut herald = Herald::new(&args.tell, desk.json);
    let hearing = (desk.api.beside()?, workstation, cursor);
    let mut servant = Servant::new(desk.api.beside()?, drafts);
    let outcome = {
        let kept = keep::keep(desk.api.beside()?, &session, lasts);
        let heard = hear::hear(hearing, &session, &mut herald, &mut servant);
        let drafts = draft::keep(desk.api.beside()?, &session, draft);
        let held = async {
            tokio::select! {
                lost = kept => lost,
                lost = heard => lost,
                // It goes on for as long as there is something to draft.
                lost = drafts => lost,
            }
        };
        run(held, &args, &document).await
    };
    let lost = match &outcome {
        Ok((_, Some(lost))) => Some(lost.failure(&document)),
        _ => release(&mut desk.api, &session, lasts).await.err(),
    };
    herald.end().await;
    match (lost, outcome?.0) {
        (Some(failure), _) => Err(failure),
        (None, Ok(())) => Ok(()),
        (None, Err(why)) => Err(Failure::failed(why)),
    }
}

/// How long a session lasts without being renewed, by the server's clock alone.
fn lasts(session: &Session) -> Result<Duration, Failure> {
    let seconds = time::lasts(&session.renewed_at, &session.expires_at);
    seconds.ok_or_else(|| Failure::failed("The server doesn't say how long the session lasts"))
}

fn begin(desk: &Desk, document: &Value) -> Result<(), Failure> {
    if desk.json {
        return Ok(say::print(&document.to_string())?);
    }
    say::note(&format!("You hold {} until the command ends", show::item(document)));
    Ok(())
}

/// What a command came to, and the session's loss if it was lost meanwhile.
type Run = (Result<(), String>, Option<Lost>);

/// Runs the command to its end, whatever becomes of the session, unless it is to be ended with it.
async fn run(held: impl Future<Output = Lost>, args: &EditArgs, document: &Value) -> Result<Run, Failure> {
    let mut child = Child::start(&args.command)?;
    let mut held = pin!(held);
    let mut lost = None;
    loop {
        tokio::select! {
            ended = child.ended() => return Ok((ended?, lost)),
            why = &mut held, if lost.is_none() => {
                say::failure(&why.told(document));
                if args.kill {
                    child.kill();
                }
                lost = Some(why);
            }
        }
    }
}

/// Releases the session. One that ends by itself meanwhile has been lost.
async fn release(api: &mut Api, session: &Session, lasts: Duration) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        let attempt = say::patiently("Releasing", api.release(&session.part_number, &session.id)).await;
        match attempt {
            Err(Error::Unreachable(_)) if begun.elapsed() < RELEASE_MAX.min(lasts) => sleep(REST).await,
            Err(Error::Unreachable(why)) => {
                let left = time::duration(i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX));
                let told = format!(
                    "{} couldn't be released ({why}): it is free by itself in {left} at most",
                    session.part_number
                );
                return Err(Failure::new(Code::Unreachable, told));
            }
            attempt => return attempt.map_err(Failure::from),
        }
    }
}
