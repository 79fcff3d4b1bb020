//! `baton force-release`, `baton approvals` and `baton sign`

use baton_client::Session;
use serde_json::{Value, json};

use super::args::{ApprovalsArgs, Decision, ForceReleaseArgs, SignArgs};
use super::desk::Desk;
use super::failure::Failure;
use super::parts::{self, Part};
use super::{pick, say, show, time};

/// Ends whoever's sessions on a part, or asks for the signatures that this needs.
///
/// Errors: nobody holds it, or the user may not.
pub async fn force_release(mut desk: Desk, args: ForceReleaseArgs) -> Result<(), Failure> {
    let Part { name: part, number, .. } = parts::resolve_one(desk.api.url(), &args.part)?;
    let sessions = desk.api.sessions_on(&number).await?;
    let (mut answers, mut lines) = (Vec::new(), Vec::new());
    for session in &sessions {
        let id = Session::of(session)?.id;
        let answer = desk.api.force_release(&number, &id, &args.reason, args.save).await?;
        lines.push(released(&part, &show::text(session, "user"), args.save, &answer));
        answers.push(answer);
    }
    match answers.as_slice() {
        [] => Err(Failure::failed(format!("Nobody holds {part}"))),
        [one] => desk.answer(one, lines),
        several => desk.answer(&json!({ "released": several }), lines),
    }
}

fn released(part: &str, holder: &str, save: Option<u64>, answer: &Value) -> String {
    if answer["approval"].is_object() {
        let approval = &answer["approval"];
        return format!("{part} isn't free yet. To be signed: baton sign {part} approve\n{}", line(approval));
    }
    if answer["command_id"].is_string() {
        let seconds = time::duration(save.and_then(|seconds| i64::try_from(seconds).ok()).unwrap_or_default());
        return format!("{holder} is asked to save first: {part} is free when that is done, in {seconds} at most");
    }
    match answer["checkpoint_id"].as_str() {
        Some(_) => format!("{part} is free. {holder}'s draft is kept: baton checkpoints {part}"),
        None => format!("{part} is free; {holder} is told so"),
    }
}

/// Shows what is to be signed.
///
/// Errors: those of the API.
pub async fn approvals(mut desk: Desk, args: ApprovalsArgs) -> Result<(), Failure> {
    let state = (!args.all).then_some("pending");
    let approvals = say::patiently("Looking", desk.api.approvals(state)).await?;
    let mut lines: Vec<_> = approvals.iter().map(line).collect();
    if lines.is_empty() {
        lines.push("There is nothing to sign".to_owned());
    }
    desk.answer(&json!({ "approvals": approvals }), lines)
}

/// Signs an approval.
///
/// Errors: it isn't clear which, or the user may not.
pub async fn sign(mut desk: Desk, args: SignArgs) -> Result<(), Failure> {
    let pending = desk.api.approvals(Some("pending")).await?;
    let names = |approval: &Value| [show::text(approval, "part_number")];
    let named = parts::number(desk.api.url(), &args.approval);
    let id = pick::one("approval", &pending, Some(&named), names, line)?;
    let decision = match args.decision {
        Decision::Approve => "approve",
        Decision::Reject => "reject",
    };
    let mut signature = json!({ "decision": decision });
    for (member, value) in [("comment", args.comment), ("gate", args.gate)] {
        if let Some(value) = value {
            signature[member] = json!(value);
        }
    }
    let signed = desk.api.sign(&id, &signature).await?;
    let part = show::text(&signed, "part_number");
    let told = format!("Signed: the override of {part} is {}", show::text(&signed, "state"));
    desk.answer(&signed, [told])
}

fn line(approval: &Value) -> String {
    let [part, by, reason, state] =
        ["part_number", "requested_by", "reason", "state"].map(|member| show::text(approval, member));
    let since = time::since(approval["created_at"].as_str().unwrap_or_default());
    let gates = approval["gates"].as_array().into_iter().flatten();
    let gates: Vec<_> =
        gates.map(|gate| format!("{} {}", show::text(gate, "role"), show::text(gate, "status"))).collect();
    format!("{}  {part}: {by}, {since} ago: {reason} [{state}; {}]", pick::short(approval), gates.join(", "))
}
