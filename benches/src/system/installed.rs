//! Whether a program is there.

use std::process::{Command, Stdio};

/// Nothing, or that this program is missing and which package has it.
pub fn missing(program: &str, package: &str) -> Vec<String> {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if version.is_ok_and(|status| status.success()) {
        return Vec::new();
    }
    vec![format!("{program}: apt-get install {package}, or leave it out with --sides")]
}
