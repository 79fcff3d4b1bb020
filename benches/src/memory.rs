//! The memory of a system's processes.
//!
//! Spin runs each kind of trigger in a process of its own, so the figure is the sum over all processes that carry the
//! system's mark in their environment.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Result, ensure};

/// The environment variable that marks a system's processes.
pub const MARK: &str = "BATON_BENCH_MARK";

/// A mark that no other system of this machine carries.
pub fn new_mark() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The resident memory of the processes with this mark, in bytes.
///
/// Errors: there is none.
pub fn resident(mark: &str) -> Result<u64> {
    let wanted = format!("{MARK}={mark}");
    let processes = fs::read_dir("/proc")?.flatten().map(|entry| entry.path());
    let marked = processes.filter(|process| carries(process, &wanted));
    let sizes: Vec<u64> = marked.filter_map(|process| resident_of(&process)).collect();
    ensure!(!sizes.is_empty(), "the server's processes are gone");
    Ok(sizes.iter().sum())
}

/// Whether a process was started with this in its environment. Those of others can't be read, and are none of ours.
fn carries(process: &Path, wanted: &str) -> bool {
    let environment = fs::read(process.join("environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
}

fn resident_of(process: &Path) -> Option<u64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
