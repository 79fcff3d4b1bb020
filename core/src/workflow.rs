//! Workflows: how an approval is decided. Operators write them as YAML files, so each is checked when it is first used,
//! and a bad one is refused with its file, its line and what is wrong, without harm to the others.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Problem, Result};

/// Where `spin.toml` mounts the files.
const DIRECTORY: &str = "/workflows";

/// The largest file, in bytes; the YAML reader itself bounds what aliases may repeat.
const FILE_MAX_BYTES: u64 = 64 * 1024;

/// The state in which an approval waits for signatures.
pub const PENDING: &str = "pending";

/// What has to be signed, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The role whose signature it takes: `viewer`, `editor`, `admin`, or a name from a token's `roles`.
    pub role: String,
    /// What people read.
    pub label: String,
    /// Whether the approval waits for it.
    pub required: bool,
}

/// What decides an approval: the state that it takes then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// As soon as anybody rejects.
    pub any_reject: String,
    /// When each required gate has an approving signature.
    pub all_required_approve: String,
}

/// A workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// Its version; an approval goes on under the one that it began with.
    pub version: u32,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The states that its approvals may take.
    pub states: Vec<String>,
    /// What has to be signed.
    pub gates: Vec<Gate>,
    /// What decides.
    pub rules: Rules,
}

/// A file that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    /// The file's name.
    pub file: String,
    /// The line, counted from 1; absent if it is about the file as a whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub detail: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    workflow: Workflow,
}

/// All workflow files.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// Those that can be used, by file name.
    pub workflows: Vec<Workflow>,
    /// Those that can't.
    pub refused: Vec<Refusal>,
}

/// How long an instance takes the files to be as it has read them: an edited one counts for approvals that begin after that.
const READ_EVERY: Duration = Duration::from_secs(1);

/// The workflows of the application.
pub fn library() -> Arc<Library> {
    static READ: Mutex<Option<(Instant, Arc<Library>)>> = Mutex::new(None);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    match &*read {
        Some((at, library)) if at.elapsed() < READ_EVERY => Arc::clone(library),
        _ => {
            let library = Arc::new(Library::read(Path::new(DIRECTORY)));
            *read = Some((Instant::now(), Arc::clone(&library)));
            library
        }
    }
}

impl Library {
    /// Reads a directory.
    pub fn read(directory: &Path) -> Self {
        let mut library = Self::default();
        for file in yaml_files(directory) {
            let text = read_bounded(&directory.join(&file));
            match text.and_then(|text| parse(&text)).and_then(|workflow| library.without_namesake(workflow)) {
                Ok(workflow) => library.workflows.push(workflow),
                Err(Fault { line, detail }) => library.refused.push(Refusal { file, line, detail }),
            }
        }
        library
    }

    fn without_namesake(&self, workflow: Workflow) -> Result<Workflow, Fault> {
        if self.workflows.iter().any(|other| other.name == workflow.name) {
            return Err(Fault::whole(format!("another file defines the workflow {:?} already", workflow.name)));
        }
        Ok(workflow)
    }

    /// A workflow by its name: 404 if there is none, 503 `workflow_invalid` if the file of that name can't be used.
    pub fn find(&self, name: &str) -> Result<&Workflow> {
        if let Some(workflow) = self.workflows.iter().find(|workflow| workflow.name == name) {
            return Ok(workflow);
        }
        let is_named = |refusal: &&Refusal| Path::new(&refusal.file).file_stem().is_some_and(|stem| stem == name);
        Err(match self.refused.iter().find(is_named) {
            Some(refusal) => refusal.to_problem(),
            None => Problem::not_found("there is no such workflow"),
        })
    }
}

impl Refusal {
    fn to_problem(&self) -> Problem {
        let place = self.line.map_or_else(|| self.file.clone(), |line| format!("{}, line {line}", self.file));
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "workflow_invalid", format!("{place}: {}", self.detail))
            .with("file", self.file.clone().into())
            .with("line", self.line.into())
    }
}

struct Fault {
    line: Option<usize>,
    detail: String,
}

impl Fault {
    fn whole(detail: impl Into<String>) -> Self {
        Self { line: None, detail: detail.into() }
    }

    /// About the last line of `text` that holds both a key and a value: states are named before the rules that use
    /// them.
    fn at(text: &str, key: &str, value: &str, detail: impl Into<String>) -> Self {
        let line = text.lines().enumerate().filter(|(_, line)| line.contains(key) && line.contains(value)).last();
        Self { line: line.map(|(index, _)| index + 1), detail: detail.into() }
    }
}

fn yaml_files(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut files: Vec<_> = names.filter(|name| name.ends_with(".yaml") || name.ends_with(".yml")).collect();
    files.sort();
    files
}

fn read_bounded(path: &Path) -> Result<String, Fault> {
    let size = std::fs::metadata(path).map_err(|_| Fault::whole("the file can't be read"))?.len();
    if size > FILE_MAX_BYTES {
        return Err(Fault::whole(format!("the file is larger than {FILE_MAX_BYTES} bytes")));
    }
    std::fs::read_to_string(path).map_err(|_| Fault::whole("the file is not text in UTF-8"))
}

fn parse(text: &str) -> Result<Workflow, Fault> {
    let File { workflow } = serde_yaml::from_str(text).map_err(|error| Fault {
        line: error.location().map(|location| location.line()),
        detail: without_place(&error.to_string()),
    })?;
    check_names(text, &workflow)?;
    check_gates(text, &workflow)?;
    check_states(text, &workflow)?;
    Ok(workflow)
}

/// serde_yaml ends its messages with the place, which has a member of its own.
fn without_place(message: &str) -> String {
    message.rfind(" at line ").map_or(message, |end| &message[..end]).to_owned()
}

fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    (1..=64).contains(&text.len()) && text.chars().all(is_part)
}

fn check_names(text: &str, workflow: &Workflow) -> Result<(), Fault> {
    if !is_name(&workflow.name) {
        return Err(Fault::at(text, "name:", "", "name: must have 1 to 64 lower-case letters, digits, '-' or '_'"));
    }
    if workflow.version == 0 {
        return Err(Fault::at(text, "version:", "", "version: must be at least 1"));
    }
    Ok(())
}

fn check_gates(text: &str, workflow: &Workflow) -> Result<(), Fault> {
    for gate in &workflow.gates {
        if !is_name(&gate.role) {
            return Err(Fault::at(text, "role", &gate.role, format!("{:?} is not a role", gate.role)));
        }
        if gate.label.trim().is_empty() || gate.label.chars().count() > 200 {
            return Err(Fault::at(text, "label:", "", "label: must have 1 to 200 characters"));
        }
    }
    let mut roles = HashSet::new();
    if let Some(twice) = workflow.gates.iter().find(|gate| !roles.insert((&gate.role, &gate.label))) {
        return Err(Fault::at(text, "role", &twice.role, format!("two gates are alike: {}", twice.label)));
    }
    if !workflow.gates.iter().any(|gate| gate.required) {
        return Err(Fault::at(text, "gates:", "", "gates: at least one must be required"));
    }
    Ok(())
}

fn check_states(text: &str, workflow: &Workflow) -> Result<(), Fault> {
    let mut states = HashSet::new();
    if let Some(twice) = workflow.states.iter().find(|state| !states.insert(state.as_str())) {
        return Err(Fault::at(text, "states:", twice, format!("the state {twice:?} is named twice")));
    }
    if !states.contains(PENDING) {
        return Err(Fault::at(text, "states:", "", "states: an approval begins as \"pending\""));
    }
    let rules =
        [("any_reject", &workflow.rules.any_reject), ("all_required_approve", &workflow.rules.all_required_approve)];
    for (rule, state) in rules {
        if !states.contains(state.as_str()) {
            return Err(Fault::at(text, rule, "", format!("{rule}: {state:?} is not among the states")));
        }
        if state == PENDING {
            return Err(Fault::at(text, rule, "", format!("{rule}: an approval that is decided can't be pending")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../workflows/session-override.yaml");

    fn fault(from: &str, to: &str) -> (Option<usize>, String) {
        assert!(GOOD.contains(from), "{from}");
        let Err(Fault { line, detail }) = parse(&GOOD.replacen(from, to, 1)) else { panic!("accepted {to:?}") };
        (line, detail)
    }

    #[test]
    fn the_seeds_workflow_is_good() {
        let Ok(workflow) = parse(GOOD) else { panic!("refused") };
        assert_eq!((workflow.name.as_str(), workflow.gates.len()), ("session-override", 1));
    }

    #[test]
    fn a_bad_one_is_refused_with_its_line() {
        for (from, to, line) in [
            ("rejected\n    all", "declined\n    all", 11),
            ("all_required_approve: approved", "all_required_approve: pending", 12),
            ("all_required_approve: approved", "all_required_approve: approved\n    majority: approved", 13),
            ("role: admin", "role: \"Chief Officer\"", 7),
            ("required: true", "required: maybe", 9),
            ("version: 1", "version: 0", 3),
            ("version: 1", "version: one", 3),
            ("states: [draft, pending, approved, rejected]", "states: [draft, approved, rejected]", 5),
            ("states: [draft,", "states: [draft, draft,", 5),
            ("required: true", "required: false", 6),
        ] {
            let (found, detail) = fault(from, to);
            assert!(found.is_some_and(|found| found.abs_diff(line) <= 1), "{to:?}: {found:?} {detail}");
        }
        assert!(fault("  name", "  owner: x\n  name").1.contains("unknown field"));
        assert!(fault("version: 1", "version: 1\n  version: 2").1.contains("duplicate"));
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(parse(&bomb).is_err());
    }

    #[test]
    fn a_broken_file_harms_no_other() {
        let directory = std::env::temp_dir().join(format!("baton-workflows-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&directory).unwrap();
        let other = GOOD.replace("session-override", "another");
        let files = [("a.yaml", "workflow: ["), ("b.yaml", GOOD), ("c.yml", GOOD), ("d.yaml", &other), ("e.txt", "x")];
        for (name, text) in files {
            std::fs::write(directory.join(name), text).unwrap();
        }
        let library = Library::read(&directory);
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(library.find("session-override").is_ok() && library.find("another").is_ok());
        assert_eq!(library.find("a").unwrap_err().code(), "workflow_invalid");
        assert_eq!(library.find("missing").unwrap_err().code(), "not_found");
        let refused: Vec<_> = library.refused.iter().map(|refusal| refusal.file.as_str()).collect();
        assert_eq!(refused, ["a.yaml", "c.yml"]);
    }
}
