//! `baton hook claude-pre-tool-use`: Claude Code asks before it edits a file, and isn't let where somebody else holds it (its
//! documentation, "Hooks", `PreToolUse`).

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use baton_client::part_number;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::args::{ClaudeArgs, Globals};
use super::desk::Desk;
use super::failure::{Code, Failure};
use super::repository::Repository;
use super::{say, show};

/// How much is read of what Claude Code says: what is written stands in it.
const INPUT_MAX: u64 = 64 << 20;

/// How long an edit waits for the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The tools that change files.
const TOOLS: [&str; 4] = ["Edit", "Write", "MultiEdit", "NotebookEdit"];

/// What Claude Code is about to do.
#[derive(Debug, Deserialize)]
struct ToolUse {
    tool_name: String,
    #[serde(default)]
    tool_input: Input,
    cwd: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
struct Input {
    file_path: Option<PathBuf>,
    notebook_path: Option<PathBuf>,
}

impl ToolUse {
    /// The file that is to be changed, if it is one.
    fn file(&self) -> Option<PathBuf> {
        let file = self.tool_input.file_path.as_ref().or(self.tool_input.notebook_path.as_ref())?;
        let here = self.cwd.clone().unwrap_or_default();
        TOOLS.contains(&self.tool_name.as_str()).then(|| here.join(file))
    }
}

/// Refuses to let a file be edited that somebody else holds. What no Baton keeps the locks of is nobody's.
///
/// Errors: somebody else holds it (2, as Claude Code wants it); or what was read isn't of Claude Code (1).
pub async fn pre_tool_use(globals: &Globals, args: ClaudeArgs) -> Result<(), Failure> {
    let mut input = Vec::new();
    io::stdin().take(INPUT_MAX).read_to_end(&mut input)?;
    let used: ToolUse = serde_json::from_slice(&input)
        .map_err(|error| Failure::failed(format!("this is for Claude Code to call, as a hook PreToolUse: {error}")))?;
    let Some(file) = used.file() else { return Ok(()) };
    match timeout(PATIENCE, held(globals, &args, &file)).await {
        Ok(Ok(None)) => Ok(()),
        Ok(Ok(Some(why))) => refuse(&why),
        Ok(Err(failure)) => unknown(&args, &file, &failure.told),
        Err(_) => unknown(&args, &file, "it takes too long to answer"),
    }
}

/// Who holds the file, if somebody else does.
async fn held(globals: &Globals, args: &ClaudeArgs, file: &Path) -> Result<Option<String>, Failure> {
    let file = resolved(file);
    // Whoever isn't signed in anywhere works in no repository of a Baton's.
    let Ok(mut desk) = Desk::new(globals) else { return Ok(None) };
    let Some(folder) = file.ancestors().skip(1).find(|folder| folder.is_dir()) else { return Ok(None) };
    std::env::set_current_dir(folder)?;
    let Some(repository) = Repository::here(desk.api.url()) else { return Ok(None) };
    let Some(path) = file.to_str().and_then(|file| repository.path(file)) else { return Ok(None) };
    let part = part_number(&repository.name, &path);
    let on_it = desk.api.sessions_on(&part).await?;
    // Or with a tree that it belongs to.
    let above = desk.api.sessions_above(&part).await?;
    if on_it.is_empty() && above.is_empty() {
        return Ok(None);
    }
    let me = desk.workstation().await?.user;
    let agents = agents(&mut desk, args).await?;
    let anothers = |sessions: &[Value]| sessions.iter().find(|session| is_anothers(session, &me, &agents)).cloned();
    let on_it = anothers(&on_it).map(|session| reason(&session, &show::item(&session), &path));
    Ok(on_it.or_else(|| {
        let tree = anothers(&above)?;
        let name = show::item(&tree);
        Some(reason(&tree, &format!("{path} belongs to {name}, which"), &name))
    }))
}

/// The workstations of the user's other agents, where the hook is one agent's.
async fn agents(desk: &mut Desk, args: &ClaudeArgs) -> Result<Vec<String>, Failure> {
    let Some(agent) = &args.agent else { return Ok(Vec::new()) };
    let own = desk.api.list("/api/workstations", "workstations").await?;
    let others = own.iter().filter(|one| {
        one["name"].as_str().and_then(|name| name.strip_prefix("agent:")).is_some_and(|name| name != agent)
    });
    Ok(others.map(|one| show::text(one, "id")).collect())
}

/// Whether a session is somebody else's, or another agent's.
fn is_anothers(session: &Value, me: &str, agents: &[String]) -> bool {
    session["user"] != me || agents.iter().any(|agent| session["workstation_id"] == agent.as_str())
}

/// Why not: what is held, and what to ask for.
fn reason(session: &Value, what: &str, asked: &str) -> String {
    format!(
        "{what} is held by {}. Don't edit it, also not by other means. Ask for it: baton ask {} --line (or the tool acquire of Baton \
         with line, then wait_for_turn), and go on with something else meanwhile",
        show::holder(session),
        show::argument(asked)
    )
}

/// The file that is changed in fact: what a link leads to, also where the file itself isn't there yet.
fn resolved(file: &Path) -> PathBuf {
    for ancestor in file.ancestors() {
        if let (Ok(real), Ok(rest)) = (ancestor.canonicalize(), file.strip_prefix(ancestor)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    file.to_owned()
}

/// Says no in both of the ways that Claude Code knows: it shows the model what is said on stderr.
fn refuse(why: &str) -> Result<(), Failure> {
    let decision = json!({ "hookSpecificOutput": {
        "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": why } });
    say::print(&decision.to_string())?;
    Err(Failure::new(Code::Misused, why))
}

/// What happens where nobody can be asked: people can go on without a server. It is said, and refused where that is wanted.
fn unknown(args: &ClaudeArgs, file: &Path, why: &str) -> Result<(), Failure> {
    let told = format!("Baton can't tell whether somebody else holds {} ({why})", file.display());
    if args.strict {
        return refuse(&told);
    }
    Ok(say::print(&json!({ "systemMessage": told }).to_string())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(used: Value) -> Option<PathBuf> {
        serde_json::from_value::<ToolUse>(used).unwrap().file()
    }

    #[test]
    fn what_changes_a_file_is_known() {
        for tool in ["Edit", "Write", "MultiEdit"] {
            let used = json!({ "tool_name": tool, "tool_input": { "file_path": "a.rs", "content": "" }, "cwd": "/w" });
            assert_eq!(file(used), Some(PathBuf::from("/w/a.rs")));
        }
        let used = json!({ "tool_name": "NotebookEdit", "tool_input": { "notebook_path": "/w/a.ipynb" } });
        assert_eq!(file(used), Some(PathBuf::from("/w/a.ipynb")));
        for other in [
            json!({ "tool_name": "Read", "tool_input": { "file_path": "/w/a.rs" } }),
            json!({ "tool_name": "Bash", "tool_input": { "command": "ls" } }),
            json!({ "tool_name": "Edit" }),
        ] {
            assert_eq!(file(other.clone()), None, "{other}");
        }
    }

    #[test]
    fn what_another_agent_holds_is_not_ones_own() {
        let session = |user: &str, workstation: &str| json!({ "user": user, "workstation_id": workstation });
        let others = ["two".to_owned()];
        assert!(is_anothers(&session("bob", "w"), "ann", &[]));
        assert!(!is_anothers(&session("ann", "two"), "ann", &[]), "one's own, as no agent is named");
        assert!(is_anothers(&session("ann", "two"), "ann", &others));
        assert!(!is_anothers(&session("ann", "desk"), "ann", &others));
    }

    #[test]
    fn a_link_is_what_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        std::fs::write(real.join("file"), "").unwrap();
        std::os::unix::fs::symlink(real.join("file"), real.join("link")).unwrap();
        assert_eq!(resolved(&real.join("link")), real.join("file"));
        assert_eq!(resolved(&real.join("new/one")), real.join("new/one"));
    }
}
