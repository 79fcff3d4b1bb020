//! `baton hook git-pre-receive`: the server's own look at what is pushed (githooks(5), "pre-receive"). git-lfs looks on the machine
//! of whoever pushes, who can leave that out.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{self, Read};
use std::process::Command;

use baton_client::{Api, encode};
use serde_json::Value;
use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use super::args::PreReceiveArgs;
use super::desk::Desk;
use super::failure::{Code, Failure};

/// How much is read of what git says: some 100,000 refs.
const INPUT_MAX: u64 = 16 << 20;

/// How many files are named to who is refused.
const NAMED_MAX: usize = 20;

/// Where git's servers say who pushes: GitLab, Gitea and Forgejo, GitHub Enterprise, git-http-backend, and gitolite.
const PUSHERS: [&str; 6] =
    ["BATON_PUSHER", "GL_USERNAME", "GITEA_PUSHER_NAME", "GITHUB_USER_LOGIN", "REMOTE_USER", "GL_USER"];

/// A ref that is pushed.
#[derive(Debug, PartialEq)]
struct Update {
    old: String,
    new: String,
}

/// Refuses a push that changes what somebody else has locked.
///
/// Errors: it does (3); or that can't be found out, which refuses the push as well.
pub async fn git_pre_receive(mut desk: Desk, args: PreReceiveArgs) -> Result<(), Failure> {
    let mut input = Vec::new();
    io::stdin().take(INPUT_MAX).read_to_end(&mut input)?;
    let updates = read(&String::from_utf8_lossy(&input))?;
    let repository = args.repository.map_or_else(folder, Ok)?;
    let pusher = args.user.or_else(pusher);
    let theirs = locks(&mut desk.api, &repository, pusher.as_deref()).await?;
    if theirs.is_empty() {
        return Ok(());
    }
    let mut changed = BTreeSet::new();
    for update in &updates {
        changed.append(&mut update.changed()?);
    }
    let held: Vec<_> = theirs.iter().filter(|(path, _)| changed.contains(*path)).collect();
    if held.is_empty() { Ok(()) } else { Err(refusal(&held, pusher.as_deref())) }
}

fn refusal(held: &[(&String, &String)], pusher: Option<&str>) -> Failure {
    let mut told = vec!["The push changes files that somebody else has locked:".to_owned()];
    told.extend(held.iter().take(NAMED_MAX).map(|(path, owner)| format!("  {path} is locked by {owner}")));
    if held.len() > NAMED_MAX {
        told.push(format!("  and {} more", held.len() - NAMED_MAX));
    }
    if pusher.is_none() {
        told.push("(The server doesn't say who pushes, so that every lock counts as somebody else's.)".to_owned());
    }
    told.push("Ask for them: baton ask PATH --line".to_owned());
    Failure::new(Code::Held, told.join("\n"))
}

fn read(input: &str) -> Result<Vec<Update>, Failure> {
    let update = |line: &str| {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let update = Update { old: words.next()?, new: words.next()? };
        let is_id = |id: &str| matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_id(&update.old) && is_id(&update.new) && words.next().is_some()).then_some(update)
    };
    let updates: Option<Vec<_>> = input.lines().map(update).collect();
    updates.ok_or_else(|| Failure::misused("this is for git to call, as the hook pre-receive"))
}

/// The folder in which git runs the hook, without `.git`.
fn folder() -> Result<String, Failure> {
    let here = env::current_dir()?;
    let folder = if here.ends_with(".git") { here.parent() } else { Some(here.as_path()) };
    let name = folder.and_then(|folder| folder.file_name()).map(|name| name.to_string_lossy().into_owned());
    let name = name.ok_or_else(|| Failure::misused("which repository is this? --repository NAME"))?;
    Ok(name.strip_suffix(".git").unwrap_or(&name).to_owned())
}

fn pusher() -> Option<String> {
    PUSHERS.iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
}

/// Who has locked what in a repository, without what the pusher has.
async fn locks(api: &mut Api, repository: &str, pusher: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
    let mut theirs = BTreeMap::new();
    let base = format!("/lfs/{}/locks", encode(repository));
    let mut path = base.clone();
    loop {
        let page = api.get(&path).await?;
        let locks = page["locks"].as_array().ok_or_else(|| Failure::failed("there are no locks in the answer"))?;
        for lock in locks {
            if let (Some(path), Some(owner)) = (lock["path"].as_str(), lock["owner"]["name"].as_str())
                && pusher.is_none_or(|pusher| !is_same(pusher, owner))
            {
                theirs.insert(path.to_owned(), owner.to_owned());
            }
        }
        match page.get("next_cursor").and_then(Value::as_str) {
            Some(cursor) => path = format!("{base}?cursor={}", encode(cursor)),
            None => return Ok(theirs),
        }
    }
}

/// User names are compared after NFC and case folding ("Who calls" of the contract).
fn is_same(one: &str, other: &str) -> bool {
    let key = |name: &str| UniCase::unicode(name.nfd().collect::<String>()).to_folded_case().nfc().collect::<String>();
    key(one) == key(other)
}

impl Update {
    /// The paths that are changed by what is new, and by what is taken back.
    fn changed(&self) -> Result<BTreeSet<String>, Failure> {
        let mut paths = BTreeSet::new();
        let is_nothing = |id: &str| id.bytes().all(|byte| byte == b'0');
        if is_nothing(&self.new) || !is_commit(&self.new)? {
            return Ok(paths);
        }
        // A merge changes what none of its parents has so.
        let log = ["-c", "log.showRoot=true", "log", "--format=", "--name-only", "--no-renames", "-c", "-z"];
        paths.extend(names(&[&log[..], &[&self.new, "--not", "--all"]].concat())?);
        if !is_nothing(&self.old) && !succeeds(&["merge-base", "--is-ancestor", &self.old, &self.new])? {
            paths.extend(names(&["diff", "--name-only", "--no-renames", "-z", &self.old, &self.new])?);
        }
        Ok(paths)
    }
}

/// Whether this is a commit, or a tag of one.
fn is_commit(id: &str) -> Result<bool, Failure> {
    succeeds(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{id}^{{commit}}")])
}

fn succeeds(arguments: &[&str]) -> Result<bool, Failure> {
    Ok(Command::new("git").args(arguments).output()?.status.success())
}

/// The names that git prints, each with a NUL after it.
fn names(arguments: &[&str]) -> Result<Vec<String>, Failure> {
    let output = Command::new("git").args(arguments).output()?;
    if !output.status.success() {
        return Err(Failure::failed(format!(
            "git can't tell what is pushed: {}",
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    let names = output.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| String::from_utf8_lossy(name.strip_prefix(b"\n").unwrap_or(name)).into_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_is_read() {
        let (old, new) = ("0".repeat(40), "a".repeat(40));
        let line = format!("{old} {new} refs/heads/a b\n");
        assert_eq!(read(&line).unwrap(), [Update { old, new }]);
        assert_eq!(read("").unwrap(), []);
        for bad in ["x", "a b c", "--all --all refs/heads/main", &line[41..]] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn spellings_of_a_name_are_one_user() {
        assert!(is_same("Alice", "alice") && is_same("fl\u{e4}mmchen", "FLA\u{308}MMCHEN"));
        assert!(!is_same("alice", "bob"));
    }

    #[test]
    fn a_refusal_names_some_files_and_counts_the_rest() {
        let paths: Vec<String> = (0..25).map(|number| format!("parts/{number}")).collect();
        let owner = "alice".to_owned();
        let held: Vec<_> = paths.iter().map(|path| (path, &owner)).collect();
        let refused = refusal(&held, None);
        assert_eq!(refused.code, Code::Held);
        assert!(refused.told.contains("parts/19 is locked by alice") && refused.told.contains("and 5 more"));
        assert!(!refused.told.contains("parts/20") && refused.told.contains("doesn't say who pushes"));
    }
}
