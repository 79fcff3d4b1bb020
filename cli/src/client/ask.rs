//! `baton ask`

use baton_client::{Session, Workstation};
use serde_json::{Value, json};

use super::args::AskArgs;
use super::desk::Desk;
use super::failure::Failure;
use super::parts::{self, Part};
use super::show;

/// How often one who asks looks again for a holder, as sessions change hands meanwhile.
const LOOKS: usize = 3;

/// Asks whoever holds a part for it, for this workstation.
///
/// Errors: nobody else holds it.
pub async fn ask(mut desk: Desk, args: AskArgs) -> Result<(), Failure> {
    let part = parts::resolve_one(desk.api.url(), &args.part)?;
    let mut looks = 0;
    let workstation = desk.workstation().await?;
    let requests = loop {
        looks += 1;
        match ask_all(&mut desk, &workstation, &part, &args).await {
            Err(baton_client::Error::Refused(over)) if matches!(over.status, 404 | 410) && looks < LOOKS => {}
            asked => break asked?,
        }
    };
    let lines = requests.iter().map(|request| told(&part.name, request)).collect::<Vec<_>>();
    match requests.as_slice() {
        [] => Err(Failure::failed(format!(
            "Nobody holds {}. To hold it: baton acquire {}",
            part.name,
            show::argument(&part.name)
        ))),
        [one] => desk.answer(one, lines),
        several => desk.answer(&json!({ "handoff_requests": several }), lines),
    }
}

async fn ask_all(
    desk: &mut Desk,
    workstation: &Workstation,
    part: &Part,
    args: &AskArgs,
) -> baton_client::Result<Vec<Value>> {
    let sessions = desk.api.sessions_on(&part.number).await?;
    // Where there are only one's own, the API says so.
    let theirs = sessions.iter().filter(|session| session["user"] != workstation.user.as_str());
    let asked: Vec<_> = if theirs.clone().count() > 0 { theirs.collect() } else { sessions.iter().take(1).collect() };
    let message = args.message.clone().unwrap_or_else(|| format!("May I have {}?", part.name));
    let mut requests = Vec::new();
    for session in asked {
        let session = Session::of(session)?;
        let (_, request) = desk.api.ask(&workstation.id, &part.number, &session.id, &message, args.line).await?;
        requests.push(request);
    }
    Ok(requests)
}

fn told(part: &str, request: &Value) -> String {
    let holder = show::text(request, "holder");
    if request["auto_acquire"] == true {
        format!("Asked {holder}. You stand in line: {part} is yours when it is free")
    } else {
        format!("Asked {holder} for {part}. To hear the answer: baton watch {}", show::argument(part))
    }
}
