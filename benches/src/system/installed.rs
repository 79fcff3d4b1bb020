//! Whether a program is there.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use baton_tests::repo;

/// Nothing, or that this program is missing and which package has it.
pub fn missing(program: &str, package: &str) -> Vec<String> {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if version.is_ok_and(|status| status.success()) {
        return Vec::new();
    }
    vec![format!("{program}: apt-get install {package}, or leave it out with --sides")]
}

/// Where a program of this repository is built.
pub fn built(package: &str) -> PathBuf {
    repo().join("target/release").join(package)
}

/// Nothing, or that this program of this repository isn't built, and how to.
pub fn unbuilt(package: &str) -> Vec<String> {
    let program = built(package);
    let missing = (!program.exists())
        .then(|| format!("{}: cargo build --release --workspace --bin {package}", program.display()));
    missing.into_iter().collect()
}
