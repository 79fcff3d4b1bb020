//! What has to be there before anything can be measured.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use super::application::Kind;
use super::manifest::Manifest;

/// Checks that all is built and installed that these need.
///
/// Errors: what is missing, and how to get it.
pub fn check(manifest: &Manifest, kinds: &[Kind]) -> Result<()> {
    let mut missing: Vec<String> = kinds.iter().filter(|kind| !kind.program().exists()).map(missing_program).collect();
    missing.dedup();
    missing.extend(manifest.components().into_iter().filter(|file| !file.exists()).map(missing_component));
    if kinds.iter().any(|kind| kind.with_redis) && !has_redis() {
        missing.push("redis-server: apt-get install redis-server, or leave it out with --sides".to_owned());
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!("the bench builds nothing itself, and this is missing:\n  {}", missing.join("\n  "))
}

fn missing_program(kind: &Kind) -> String {
    let program = kind.program();
    let how = if kind.on_spin { "BATON_SPIN names it" } else { "cargo build --release -p baton-cli" };
    format!("{}: {how}", program.display())
}

fn missing_component(file: PathBuf) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
    format!("{}: cargo build --release --target wasm32-wasip2 -p {stem}", file.display())
}

fn has_redis() -> bool {
    let version = Command::new("redis-server").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}
