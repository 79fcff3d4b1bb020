//! What is sent, by format. People read the messages of `slack` and `teams`, so that they say in a sentence what happened; nothing
//! that a user wrote may format them, or call others.

use baton_core::{Problem, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::Format;
use crate::outbox::{Claim, People};

/// What of an event a message says.
#[derive(Debug, Deserialize)]
struct Event {
    r#type: String,
    part_number: Option<String>,
    repository: Option<String>,
    path: Option<String>,
    data: Value,
}

/// The body of a request.
pub fn body(claim: &Claim) -> Result<Vec<u8>> {
    let message = match claim.format {
        Format::Standard => return Ok(claim.event.get().as_bytes().to_vec()),
        Format::Slack => json!({ "text": in_slack(&sentence(&read(claim)?, &claim.people)) }),
        Format::Teams => card(&in_markdown(&sentence(&read(claim)?, &claim.people))),
    };
    Ok(message.to_string().into_bytes())
}

fn read(claim: &Claim) -> Result<Event> {
    serde_json::from_str(claim.event.get()).map_err(Problem::unavailable)
}

/// A message with one card, as a workflow takes it that "posts to a channel when a webhook request is received".
fn card(text: &str) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [{ "type": "TextBlock", "text": text, "wrap": true }],
            },
        }],
    })
}

/// What Slack wants escaped: what is between angle brackets is a link or a call for attention there.
fn in_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The same for the Markdown of cards.
fn in_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '`' | '~') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// What happened.
fn sentence(event: &Event, people: &People) -> String {
    let of = |name: &str| event.data.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let part = match (&event.repository, &event.path) {
        (Some(repository), Some(path)) => format!("{repository}/{path}"),
        _ => event.part_number.clone().unwrap_or_else(|| "an item".to_owned()),
    };
    let holder = of("holder").or(people.holder.as_deref()).unwrap_or("somebody");
    let requester = of("requester").or(people.requester.as_deref()).unwrap_or("somebody");
    let (user, by) = (of("user").unwrap_or(holder), of("by").unwrap_or("somebody"));
    let said = |what: String, word: &str| of(word).map_or_else(|| what.clone(), |text| format!("{what}: {text}"));
    match event.r#type.as_str() {
        "edit.session_acquired" => format!("{user} holds {part}"),
        "edit.session_released" => format!("{user} has given back {part}"),
        "edit.session_expired" => format!("the session of {user} on {part} has expired"),
        "edit.session_stale" => format!("{user} holds {part}, and hasn't been at it for long"),
        "edit.session_transferred" => {
            format!("{part} goes from {} to {}", of("from").unwrap_or("somebody"), of("to").unwrap_or("somebody"))
        }
        "edit.session_granted" => format!("it is {holder}'s turn with {part}"),
        "edit.reservation_due" => format!("{user} has reserved {part} from now on"),
        "edit.handoff_requested" => said(format!("{requester} asks {holder} for {part}"), "message"),
        "edit.handoff_accepted" => said(format!("{holder} gives {part} to {requester}"), "message"),
        "edit.handoff_declined" => said(format!("{holder} keeps {part}, which {requester} asked for"), "message"),
        "edit.handoff_cancelled" => format!("{requester} no longer asks for {part}"),
        "edit.force_released" => {
            let (admin, holder) = (of("admin").unwrap_or("an admin"), of("original_holder").unwrap_or(holder));
            said(format!("{admin} has taken {part} from {holder}"), "reason")
        }
        "edit.checkpoint_created" => format!("there is a checkpoint of {part} by {user}"),
        "approval.created" => format!("{by} asks for the approval of an override of {part}"),
        "approval.signed" => format!("{by} has signed the approval of an override of {part}"),
        "approval.completed" => {
            format!("the approval of an override of {part} is over: {}", of("state").unwrap_or("completed"))
        }
        "webhook.test" => format!("{by} tries out this webhook of Baton"),
        "webhook.disabled" => said("a webhook has been turned off".to_owned(), "reason"),
        other if event.part_number.is_some() => format!("{other}: {part}"),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::to_raw_value;

    use super::*;

    fn message(format: Format, event: Value) -> Value {
        let claim = Claim {
            id: "d".to_owned(),
            webhook_id: "w".to_owned(),
            url: String::new(),
            format,
            secret: String::new(),
            previous_secret: None,
            time: 0,
            event: to_raw_value(&event).unwrap(),
            people: People { holder: Some("alice".to_owned()), requester: Some("bob".to_owned()) },
        };
        serde_json::from_slice(&body(&claim).unwrap()).unwrap()
    }

    fn asked(message: &str) -> Value {
        json!({ "id": "7", "type": "edit.handoff_requested", "part_number": "F01-0001",
                "data": { "requester": "bob", "message": message } })
    }

    #[test]
    fn a_request_is_told_in_a_sentence() {
        let slack = message(Format::Slack, asked("May I have it?"));
        assert_eq!(slack, json!({ "text": "bob asks alice for F01-0001: May I have it?" }));
        let teams = message(Format::Teams, asked("May I have it?"));
        assert_eq!(teams["type"], "message");
        assert_eq!(teams["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
        let text = &teams["attachments"][0]["content"]["body"][0]["text"];
        assert_eq!(text, "bob asks alice for F01-0001: May I have it?");
        assert_eq!(message(Format::Standard, asked("x")), asked("x"));
    }

    #[test]
    fn what_users_write_formats_nothing() {
        let slack = message(Format::Slack, asked("<!channel> & <https://evil.example|x>"));
        let expected = "bob asks alice for F01-0001: &lt;!channel&gt; &amp; &lt;https://evil.example|x&gt;";
        assert_eq!(slack["text"], expected);
        let teams = message(Format::Teams, asked("[x](https://evil.example) *b*"));
        let expected = "bob asks alice for F01-0001: \\[x\\](https://evil.example) \\*b\\*";
        assert_eq!(teams["attachments"][0]["content"]["body"][0]["text"], expected);
    }

    #[test]
    fn every_type_has_a_sentence() {
        for name in baton_core::event_type::TYPES {
            let event =
                json!({ "type": name, "part_number": null, "repository": "tools", "path": "a.step", "data": {} });
            assert!(message(Format::Slack, event)["text"].as_str().unwrap().len() > 5, "{name}");
        }
        let event = json!({ "type": "edit.session_acquired", "part_number": "x-1", "repository": "tools", "path": "a.step",
                            "data": { "user": "eve" } });
        assert_eq!(message(Format::Slack, event)["text"], "eve holds tools/a.step");
    }
}
