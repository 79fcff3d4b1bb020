//! Documents, as people read them.

use serde_json::Value;

use super::say::{self, MINE, THEIRS, styled};
use super::time;

/// The least columns of a terminal that what is held is shown in columns on.
const WIDE: usize = 60;

/// A text of somebody else's as it may stand on a terminal: control characters, which could do anything there, don't.
pub fn plain(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' | '\t' => ' ',
        // Also those that turn the direction of writing (Unicode, UAX 9).
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        character if character.is_control() => '\u{fffd}',
        character => character,
    };
    text.chars().map(shown).collect()
}

/// A member that is a text; empty where there is none.
pub fn text(document: &Value, member: &str) -> String {
    plain(document[member].as_str().unwrap_or_default())
}

/// What somebody would call the item: its path where it is one of a repository, else its part number.
pub fn item(document: &Value) -> String {
    match (document["repository"].as_str(), document["path"].as_str()) {
        (Some(repository), Some(path)) => plain(&format!("{repository}/{path}")),
        _ => text(document, "part_number"),
    }
}

/// Who holds it, for how long and what for, such as `bob for 12 min (new flange)`.
pub fn holder(session: &Value) -> String {
    let mut said =
        format!("{} for {}", text(session, "user"), time::since(session["acquired_at"].as_str().unwrap_or_default()));
    if let Some(object) = session["object_id"].as_str() {
        said.push_str(&format!(", only {}", plain(object)));
    }
    if session["scope"] == "tree" {
        said.push_str(", with all its parts");
    }
    match session["note"].as_str() {
        Some(note) if !note.is_empty() => format!("{said} ({})", plain(note)),
        _ => said,
    }
}

/// What is held, a line for each; on a narrow terminal the part has a line of its own.
pub fn sessions(sessions: &[Value], me: Option<&str>) -> Vec<String> {
    let rows: Vec<_> = sessions.iter().map(|session| (item(session), session)).collect();
    let width = say::width().unwrap_or(usize::MAX);
    let longest = rows.iter().map(|(item, _)| console::measure_text_width(item)).max().unwrap_or(0);
    rows.iter()
        .flat_map(|(item, session)| {
            let style = if me == session["user"].as_str() { MINE } else { THEIRS };
            let who = styled(style, &holder(session));
            if width < WIDE {
                vec![item.clone(), format!("  {who}")]
            } else {
                let pad = longest - console::measure_text_width(item);
                vec![format!("{item}{:pad$}  {who}", "")]
            }
        })
        .collect()
}

/// What stands for this in a shell, as one argument.
pub fn argument(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "/._-~".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What has happened, in a line.
pub fn event(event: &Value) -> String {
    let (item, data) = (item(event), &event["data"]);
    let said = |member: &str| text(data, member);
    match event["type"].as_str().unwrap_or_default() {
        "edit.session_acquired" => format!("{} holds {item}", said("user")),
        "edit.session_released" => format!("{item} is free: {} has released it", said("user")),
        "edit.session_expired" => format!("{item} is free: {}'s session has expired", said("user")),
        "edit.session_transferred" => format!("{item} is {}'s now, from {}", said("to"), said("from")),
        "edit.session_granted" if data["reservation_id"].is_string() => {
            format!("{item} is yours: you have reserved it")
        }
        "edit.session_granted" => format!("{item} is yours: you were first in line"),
        "edit.reservation_due" => format!("{item} is reserved by {} from now until {}", said("user"), said("ends_at")),
        "edit.session_stale" => format!("{} holds {item} and has done nothing for long", said("user")),
        "edit.handoff_requested" => format!("{} asks for {item}: {}", said("requester"), said("message")),
        "edit.handoff_accepted" => answered(format!("{} hands {item} over", said("holder")), &said("message")),
        "edit.handoff_declined" => answered(format!("{} keeps {item}", said("holder")), &said("message")),
        "edit.handoff_cancelled" => format!("{} asks for {item} no longer", said("requester")),
        "edit.force_released" => {
            format!("{} has ended {}'s session on {item}: {}", said("admin"), said("original_holder"), said("reason"))
        }
        "edit.checkpoint_created" => format!("{} has kept {item} ({})", said("user"), said("kind")),
        "workstation.command" => command(data),
        "workstation.command_done" => {
            answered(format!("What you asked a workstation for is {}", said("state")), &said("message"))
        }
        other if other.starts_with("approval.") => {
            format!("The override of {item} is {}, by {}", said("state"), said("by"))
        }
        other => format!("{} {item}", plain(other)).trim_end().to_owned(),
    }
}

/// What a workstation is asked to do.
fn command(data: &Value) -> String {
    let said = |member: &str| text(&data["data"], member);
    let kind = text(data, "type");
    match (kind.as_str(), said("admin").as_str(), said("part_number").as_str()) {
        ("message", ..) => answered("A message to this workstation".to_owned(), &said("message")),
        ("save", admin, part) if !admin.is_empty() => {
            answered(format!("{admin} is about to end the session on {part}, and asks to save first"), &said("reason"))
        }
        (kind, ..) => answered(format!("Somebody asks this workstation to {kind}"), &said("message")),
    }
}

fn answered(line: String, message: &str) -> String {
    if message.is_empty() { line } else { format!("{line}: {message}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_others_write_does_nothing_to_a_terminal() {
        assert_eq!(plain("new\nflange\x1b[2J\u{202e}"), "new flange\u{fffd}[2J\u{fffd}");
    }

    #[test]
    fn what_is_to_be_typed_is_one_argument() {
        assert_eq!(argument("parts/F01-1.step"), "parts/F01-1.step");
        assert_eq!(argument("it's left.step"), r"'it'\''s left.step'");
        assert_eq!(argument(""), "''");
    }

    #[test]
    fn an_item_of_a_repository_is_called_by_its_path() {
        assert_eq!(item(&json!({ "part_number": "F01" })), "F01");
        assert_eq!(item(&json!({ "part_number": "F01", "repository": "cad", "path": "a/b.step" })), "cad/a/b.step");
    }
}
