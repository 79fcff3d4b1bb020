//! Where a user's configuration and state are kept: files that are their owner's alone.

use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

/// What Baton's folders are called.
const NAME: &str = "baton";

/// A folder of the user's (XDG Base Directory Specification).
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// What the user has set: `$XDG_CONFIG_HOME/baton`, or `~/.config/baton`.
    ///
    /// Errors: nobody knows where this user is at home.
    pub fn config() -> Result<Self> {
        Ok(Self(strategy()?.config_dir().join(NAME)))
    }

    /// What is known until it isn't any longer: `$XDG_STATE_HOME/baton`, or `~/.local/state/baton`.
    ///
    /// Errors: nobody knows where this user is at home.
    pub fn state() -> Result<Self> {
        let directory = strategy()?.state_dir().context("there is no folder for state")?;
        Ok(Self(directory.join(NAME)))
    }

    /// This folder.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What is in a file of it; none if there is no such file.
    ///
    /// Errors: it can't be read.
    pub fn read(&self, name: &str) -> Result<Option<String>> {
        let path = self.file(name);
        match std::fs::read_to_string(&path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
        }
    }

    /// Replaces a file in one step, so that nobody reads half of it; only its owner can read it.
    ///
    /// Errors: it can't be written.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        let path = self.file(name);
        self.replace(&path, content).with_context(|| format!("can't write {}", path.display()))
    }

    fn replace(&self, path: &Path, content: &[u8]) -> Result<()> {
        self.make()?;
        let mut file = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o600)).tempfile_in(&self.0)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }

    /// Opens a file of it that whoever uses it locks; nothing is ever in it.
    ///
    /// Errors: it can't be made.
    pub fn lock_file(&self, name: &str) -> Result<File> {
        let path = self.file(name);
        self.make().with_context(|| format!("can't make {}", self.0.display()))?;
        let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(&path);
        file.with_context(|| format!("can't make {}", path.display()))
    }

    fn make(&self) -> std::io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)
    }
}

fn strategy() -> Result<Xdg> {
    Xdg::new().context("this user has no home")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_owners_alone_and_replaced_in_one_step() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::at(directory.path().join("a/b"));
        assert_eq!(folder.read("login").unwrap(), None);
        folder.write("login", b"one").unwrap();
        folder.write("login", b"two").unwrap();
        assert_eq!(folder.read("login").unwrap().as_deref(), Some("two"));
        let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.file("login")), 0o600);
        assert_eq!(mode(folder.0.clone()), 0o700);
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1, "nothing is left beside it");
    }
}
