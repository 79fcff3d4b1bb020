//! `baton give`

use baton_client::Session;

use super::args::GiveArgs;
use super::desk::Desk;
use super::failure::Failure;
use super::{parts, release};

/// Gives a part to somebody who hasn't asked.
///
/// Errors: the user doesn't hold it, or the other has no workstation.
pub async fn give(mut desk: Desk, args: GiveArgs) -> Result<(), Failure> {
    let part = parts::resolve_one(desk.api.url(), &args.part)?;
    let sessions = release::own(&mut desk, &part).await?;
    let [session] = sessions.as_slice() else {
        return Err(Failure::failed(format!("You hold several objects of {}: only one can be given", part.name)));
    };
    let session = Session::of(session)?;
    let given = desk.api.give(&session.part_number, &session.id, &args.user).await?;
    let told = format!("{} is {}'s now", part.name, super::show::plain(&args.user));
    desk.answer(&given, [told])
}
