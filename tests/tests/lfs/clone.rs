//! Clones of a repository, at which users work with the real git and git-lfs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use baton_tests::{App, Client, Scratch, baton};

use crate::scene::Repository;
use crate::upstream::{PASSWORD, USER, Upstream};

/// A git repository whose locks are Baton's, and whose objects lie with an upstream.
pub struct Origin {
    pub repository: Repository,
    pub upstream: Upstream,
    pub url: String,
    scratch: Scratch,
    clones: AtomicU32,
}

/// A user's clone, with a home of the user's own.
pub struct Clone<'a> {
    origin: &'a Origin,
    pub user: Client,
    home: PathBuf,
}

/// What a command came to.
pub struct Done {
    pub ok: bool,
    /// All that it said.
    pub said: String,
}

impl Origin {
    /// A bare repository with three lines of `.lfsconfig` and one file that is lockable.
    pub fn new(app: &App) -> Self {
        let (repository, upstream) = (Repository::new(), Upstream::start());
        let settings = serde_json::json!({ "upstream": upstream.url() });
        app.user("admin").call("PUT", &repository.settings()).json(&settings).send().ok(201);
        let origin = Self { repository, upstream, url: app.url(), scratch: Scratch::new(), clones: AtomicU32::new(0) };
        let mut git = Command::new("git");
        git.args(["init", "--quiet", "--bare", "--initial-branch=main"]).arg(origin.bare());
        assert!(git.status().expect("git runs").success());
        let first = origin.clone_for(&app.user("editor"));
        let address = format!("{}/lfs/{}", origin.url, origin.repository.name);
        first.write(".lfsconfig", &format!("[lfs]\n\turl = {address}\n\tlocksverify = true\n"));
        first.write(".gitattributes", "*.step filter=lfs diff=lfs merge=lfs -text lockable\n");
        first.write("parts/flange.step", "first");
        first.commit("the first part");
        first.git(&["push", "--quiet", "origin", "HEAD:main"]).expect_ok();
        origin
    }

    fn bare(&self) -> PathBuf {
        self.scratch.path().join("origin.git")
    }

    /// The folder of the server's hooks.
    pub fn hooks(&self) -> PathBuf {
        self.bare().join("hooks")
    }

    pub fn clone_for(&self, user: &Client) -> Clone<'_> {
        let number = self.clones.fetch_add(1, Ordering::Relaxed);
        let home = self.scratch.path().join(format!("home-{number}"));
        fs::create_dir_all(&home).expect("a home");
        let clone = Clone { origin: self, user: user.clone(), home };
        let helper = format!("!{} credential", baton().display());
        let own = format!("!printf 'username={USER}\\npassword={PASSWORD}\\n' #");
        let baton = format!("credential.{}.helper", self.url);
        let upstream = format!("credential.{}.helper", self.upstream.url().trim_end_matches("/store"));
        for (name, value) in [
            ("user.name", user.user.as_str()),
            ("user.email", "somebody@example.com"),
            ("init.defaultBranch", "main"),
            (&baton, &helper),
            (&upstream, &own),
        ] {
            clone.run_in(&clone.home, "git", &["config", "--global", name, value]).expect_ok();
        }
        clone.run_in(&clone.home, "git", &["lfs", "install", "--skip-repo"]).expect_ok();
        let (bare, work) = (self.bare(), clone.work());
        let paths = [bare.to_str().expect("UTF-8"), work.to_str().expect("UTF-8")];
        clone.run_in(&clone.home, "git", &["clone", "--quiet", paths[0], paths[1]]).expect_ok();
        clone.git(&["lfs", "install", "--local"]).expect_ok();
        clone
    }
}

impl Clone<'_> {
    fn work(&self) -> PathBuf {
        self.home.join("work")
    }

    pub fn git(&self, arguments: &[&str]) -> Done {
        self.run_in(&self.work(), "git", arguments)
    }

    pub fn lfs(&self, arguments: &[&str]) -> Done {
        self.git(&[&["lfs"], arguments].concat())
    }

    /// `baton` with this environment more, as git calls it: what it says to `input`.
    pub fn baton(&self, arguments: &[&str], more: &[(&str, &str)], input: &str) -> Done {
        let mut command = self.command(&self.home, baton().to_str().expect("UTF-8"), arguments);
        command.envs(more.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("`baton` runs");
        // It may have ended before it has read anything.
        _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        Done::of(&child.wait_with_output().expect("it ends"))
    }

    fn run_in(&self, directory: &Path, program: &str, arguments: &[&str]) -> Done {
        let output = self.command(directory, program, arguments).output();
        Done::of(&output.unwrap_or_else(|e| panic!("{program}: {e}")))
    }

    fn command(&self, directory: &Path, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(directory).env_clear();
        for kept in ["PATH", "TMPDIR", "LD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command.env("HOME", &self.home).env("LC_ALL", "C.UTF-8").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("REMOTE_USER", &self.user.user);
        command.env("BATON_URL", &self.origin.url).env("BATON_TOKEN", &self.user.token);
        command
    }

    pub fn write(&self, path: &str, content: &str) {
        let path = self.work().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        // git-lfs takes the right to write from what is lockable and not locked.
        let _ = fs::remove_file(&path);
        fs::write(&path, content).expect("a file");
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.work().join(path)).expect("a file")
    }

    pub fn is_read_only(&self, path: &str) -> bool {
        fs::metadata(self.work().join(path)).expect("a file").permissions().readonly()
    }

    pub fn commit(&self, message: &str) {
        self.git(&["add", "--all"]).expect_ok();
        self.git(&["commit", "--quiet", "--message", message]).expect_ok();
    }

    pub fn push(&self) -> Done {
        self.git(&["push", "origin", "HEAD:main"])
    }
}

impl Done {
    fn of(output: &Output) -> Self {
        let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
        Self { ok: output.status.success(), said }
    }

    /// Checks that it succeeded: what it said.
    pub fn expect_ok(self) -> String {
        assert!(self.ok, "it failed: {}", self.said);
        self.said
    }

    /// Checks that it failed, and said this: all that it said.
    pub fn expect_refused(self, said: &[&str]) -> String {
        assert!(!self.ok, "it went well: {}", self.said);
        for said in said {
            assert!(self.said.contains(said), "{said:?} is not in {}", self.said);
        }
        self.said
    }
}
