//! The state directory: databases, logs and compiled components.

use std::fs::{DirBuilder, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The directory of the logs.
const LOGS: &str = "logs";

/// The rights of everybody but the owner.
const OTHERS: u32 = 0o077;

/// A state directory that can be written to.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    user: u32,
}

impl StateDir {
    /// Opens the directory at `given`, or `.spin` in `manifest_directory`; makes it if it isn't there. It is this user's
    /// alone from then on, with the databases and logs in it.
    ///
    /// Errors: it can't be made, can't be written to, or belongs to somebody else who lets others in.
    pub fn open(given: Option<&Path>, manifest_directory: &Path) -> Result<Self> {
        let path = match given {
            Some(path) => std::path::absolute(path)?,
            None => manifest_directory.join(".spin"),
        };
        make_private(&path).with_context(|| format!("can't make the state directory {}", path.display()))?;
        let probe = tempfile::tempfile_in(&path)
            .with_context(|| format!("the state directory {} is not writable", path.display()))?;
        let user = probe.metadata()?.uid();
        close(&path, user).with_context(|| format!("the state directory {}", path.display()))?;
        Ok(Self { path, user })
    }

    /// The SQLite database of the components, in Spin's place.
    pub fn sqlite_database(&self) -> PathBuf {
        self.path.join("sqlite_db.db")
    }

    /// The key-value store of the components, in Spin's place.
    pub fn key_value_store(&self) -> PathBuf {
        self.path.join("sqlite_key_value.db")
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory of the components' logs, which is there after this call.
    ///
    /// Errors: it can't be made.
    pub fn logs(&self) -> Result<PathBuf> {
        let logs = self.path.join(LOGS);
        make_private(&logs).with_context(|| format!("can't make the log directory {}", logs.display()))?;
        Ok(logs)
    }

    /// The directory of compiled components, which is there after this call; none if somebody else could write to it,
    /// as what lies there is run as it is.
    ///
    /// Errors: it can't be made.
    pub fn compiled(&self) -> Result<Option<PathBuf>> {
        let compiled = self.path.join("compiled");
        make_private(&compiled).with_context(|| format!("can't make {}", compiled.display()))?;
        let ours = self.is_ours(&File::open(&self.path)?)? && self.is_ours(&File::open(&compiled)?)?;
        Ok(ours.then_some(compiled))
    }

    /// Whether an open file or directory is this user's, and nobody else may write to it.
    ///
    /// Errors: it can't be looked at.
    pub fn is_ours(&self, file: &File) -> Result<bool> {
        let metadata = file.metadata()?;
        Ok(metadata.uid() == self.user && metadata.mode() & 0o022 == 0)
    }
}

/// Takes all rights from others: at the directory, and at what a runner keeps in it.
fn close(directory: &Path, user: u32) -> Result<()> {
    let metadata = directory.metadata()?;
    let is_ours = metadata.uid() == user;
    ensure!(is_ours || metadata.mode() & OTHERS == 0, "belongs to another user, and not to that one alone");
    close_one(directory, user)?;
    for entry in directory.read_dir()? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b"sqlite_") {
            close_one(&entry.path(), user)?;
        }
    }
    let logs = directory.join(LOGS);
    if logs.is_dir() {
        close_one(&logs, user)?;
        logs.read_dir()?.try_for_each(|entry| close_one(&entry?.path(), user))?;
    }
    Ok(())
}

/// A link is left alone, and what belongs to others.
fn close_one(path: &Path, user: u32) -> Result<()> {
    let metadata = path.symlink_metadata()?;
    if !metadata.is_symlink() && metadata.uid() == user && metadata.mode() & OTHERS != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(metadata.mode() & !OTHERS))?;
    }
    Ok(())
}

fn make_private(path: &Path) -> std::io::Result<()> {
    match DirBuilder::new().mode(0o700).recursive(true).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_directory_is_private() {
        let parent = tempfile::tempdir().unwrap();
        let state = StateDir::open(None, parent.path()).unwrap();
        let mode = std::fs::metadata(parent.path().join(".spin")).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(state.compiled().unwrap().is_some());
    }

    #[test]
    fn a_directory_that_was_there_becomes_private() {
        let directory = tempfile::tempdir().unwrap();
        let logs = directory.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        let (database, log) = (directory.path().join("sqlite_db.db"), logs.join("events_stdout.txt"));
        for (path, mode) in [(&database, 0o644), (&log, 0o666), (&logs, 0o755)] {
            if !path.exists() {
                std::fs::write(path, "x").unwrap();
            }
            std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        std::fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        StateDir::open(Some(directory.path()), Path::new("/")).unwrap();
        for path in [directory.path(), &logs, &database, &log] {
            assert_eq!(std::fs::metadata(path).unwrap().mode() & OTHERS, 0, "{}", path.display());
        }
    }

    #[test]
    fn nothing_compiled_is_taken_from_where_others_write() {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDir::open(Some(directory.path()), Path::new("/")).unwrap();
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(directory.path(), open).unwrap();
        assert!(state.compiled().unwrap().is_none());
    }

    #[test]
    fn a_file_in_its_place_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(StateDir::open(Some(file.path()), Path::new("/")).is_err());
    }
}
