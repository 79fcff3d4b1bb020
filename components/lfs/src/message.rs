//! What people read in git-lfs: who has a file, since when, what for, and how to ask for it.

use crate::store::Held;

/// Why a file can't be locked or unlocked: somebody holds it.
pub fn held(path: &str, held: &Held) -> String {
    let note = held.note.as_deref().map(|note| format!(", for: {}", on_one_line(note))).unwrap_or_default();
    let user = on_one_line(&held.user);
    format!("{path} is locked by {user} since {}{note}. To ask for it: {}", minute(&held.since), ask(path))
}

/// Why a file can't be locked: it is somebody else's time.
pub fn reserved(path: &str, user: &str) -> String {
    format!("{path} is reserved by {} now", on_one_line(user))
}

/// Why a file can't be locked: somebody waits for it.
pub fn in_line(path: &str, first: &str) -> String {
    format!("{path} goes to {} first, who waits in line. To stand in line: {}", on_one_line(first), ask(path))
}

/// Why it isn't unlocked yet.
pub fn awaiting(path: &str, approval: &str) -> String {
    format!("{path} stays locked until the approval {approval} is signed: baton approvals")
}

/// What the person who wants it types.
fn ask(path: &str) -> String {
    format!("baton ask {} --line", quoted(path))
}

/// A path as a shell takes it for one word.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ',' | '@' | '%' | '=');
    if path.chars().all(is_plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

/// Text of others, so that it can't act on a terminal.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A time to the minute, as people read it.
fn minute(time: &str) -> String {
    time.get(..16).map_or_else(|| time.to_owned(), |minute| format!("{} UTC", minute.replace('T', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(path: &str, user: &str, note: Option<&str>) -> String {
        let since = "2026-11-21T17:31:05.123Z".to_owned();
        held(path, &Held { user: user.to_owned(), since, note: note.map(str::to_owned) })
    }

    #[test]
    fn it_says_who_since_when_what_for_and_how_to_ask() {
        assert_eq!(
            message("parts/flange.step", "alice", Some("new\nflange")),
            "parts/flange.step is locked by alice since 2026-11-21 17:31 UTC, for: new flange. \
             To ask for it: baton ask parts/flange.step --line"
        );
        assert!(message("a b", "bob", None).ends_with("2026-11-21 17:31 UTC. To ask for it: baton ask 'a b' --line"));
    }

    #[test]
    fn nothing_of_others_acts_on_a_shell_or_a_terminal() {
        assert!(message("a'; rm", "x", None).ends_with(r"baton ask 'a'\''; rm' --line"));
        assert!(message("-f", "x", None).contains("baton ask '-f' --line"));
        assert!(!message("a", "\u{1b}[2Jeve", Some("\u{9b}")).contains(char::is_control));
        assert!(in_line("a", "\u{7}").contains("a goes to   first"));
    }
}
