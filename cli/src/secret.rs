//! The secret that tokens are signed with, where the operator gives none.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use baton_runner::StateDir;

/// The variable that holds the secret.
pub const VARIABLE: &str = "auth_secret";

/// The least length of a secret, in bytes.
pub const MIN_BYTES: usize = 32;

/// Checks a secret that the operator gave.
///
/// Errors: it is shorter than [`MIN_BYTES`].
pub fn check(secret: &str) -> Result<()> {
    ensure!(secret.len() >= MIN_BYTES, "the {VARIABLE} has {} bytes; it needs {MIN_BYTES} at least", secret.len());
    Ok(())
}

/// The value of a required variable that nobody gives: for [`VARIABLE`] the secret in the state directory, none for
/// others.
///
/// Errors: those of [`read_or_make`].
pub fn of_variable(name: &str, state: &StateDir) -> Result<Option<String>> {
    match name {
        VARIABLE => read_or_make(state).map(Some),
        _ => Ok(None),
    }
}

/// The secret in the state directory, made from the system's random source if it isn't there yet.
///
/// Errors: the file can't be read or made, others may read it, or what it holds is too short.
pub fn read_or_make(state: &StateDir) -> Result<String> {
    let secret = match kept(state)? {
        Some(secret) => secret,
        None => make(state)?,
    };
    check(&secret).with_context(|| format!("in {}", file(state).display()))?;
    Ok(secret)
}

/// The secret in the state directory; none if none was made.
///
/// Errors: the file can't be read, or others may read it.
pub fn kept(state: &StateDir) -> Result<Option<String>> {
    let path = file(state);
    match std::fs::read_to_string(&path) {
        Ok(secret) => {
            check_private(&path)?;
            Ok(Some(secret.trim().to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
    }
}

/// That nobody but its owner may read a file with a secret.
///
/// Errors: somebody may, or it can't be looked at.
pub fn check_private(path: &Path) -> Result<()> {
    let mode = std::fs::metadata(path).with_context(|| format!("can't look at {}", path.display()))?.mode();
    ensure!(
        mode & 0o077 == 0,
        "{} holds a secret that others than its owner may have read (its mode is {:03o}): replace the secret if they may, \
         then chmod 600 the file",
        path.display(),
        mode & 0o777
    );
    Ok(())
}

/// Where the secret is kept.
fn file(state: &StateDir) -> PathBuf {
    state.path().join("auth_secret")
}

fn make(state: &StateDir) -> Result<String> {
    let path = file(state);
    let mut bytes = [0; MIN_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random bytes: {error}"))?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("can't make {}", path.display()))?;
    writeln!(file, "{secret}").with_context(|| format!("can't write {}", path.display()))?;
    eprintln!("Made a secret for tokens: {}", path.display());
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_kept_private() {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDir::open(Some(directory.path()), Path::new("/")).unwrap();
        let secret = read_or_make(&state).unwrap();
        assert_eq!(secret.len(), 64);
        assert_eq!(read_or_make(&state).unwrap(), secret);
        let mode = std::fs::metadata(file(&state)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDir::open(Some(directory.path()), Path::new("/")).unwrap();
        let secret = read_or_make(&state).unwrap();
        std::fs::set_permissions(file(&state), Permissions::from_mode(0o640)).unwrap();
        let said = read_or_make(&state).unwrap_err().to_string();
        assert!(said.contains("640") && said.contains("chmod 600") && !said.contains(&secret), "{said}");
    }

    #[test]
    fn a_short_secret_is_refused_without_being_shown() {
        let said = check("too short").unwrap_err().to_string();
        assert!(said.contains("32") && !said.contains("too short"), "{said}");
    }
}
