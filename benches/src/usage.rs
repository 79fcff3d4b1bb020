//! The memory and the processor time of a system's processes.
//!
//! Spin runs each kind of trigger in a process of its own, and Redis is one too, so the figures are sums over all
//! processes that carry the system's mark in their environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};

/// The environment variable that marks a system's processes.
pub const MARK: &str = "BATON_BENCH_MARK";

/// A clock tick of `/proc/PID/stat`: USER_HZ, which is 100 on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// A mark that no other system of this machine carries.
pub fn new_mark() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The resident memory of the processes with this mark, in bytes.
///
/// Errors: there is none.
pub fn resident(mark: &str) -> Result<u64> {
    Ok(of_each(mark, resident_of)?.iter().sum())
}

/// The processor time, in user mode and in the kernel, that the processes with this mark have taken.
///
/// Errors: there is none.
pub fn processor_time(mark: &str) -> Result<Duration> {
    Ok(of_each(mark, processor_time_of)?.iter().sum())
}

fn of_each<T>(mark: &str, figure: fn(&Path) -> Option<T>) -> Result<Vec<T>> {
    let figures: Vec<T> = marked(mark)?.iter().filter_map(|process| figure(process)).collect();
    ensure!(!figures.is_empty(), "the server's processes are gone");
    Ok(figures)
}

fn marked(mark: &str) -> Result<Vec<PathBuf>> {
    let wanted = format!("{MARK}={mark}");
    let processes = fs::read_dir("/proc")?.flatten().map(|entry| entry.path());
    Ok(processes.filter(|process| carries(process, &wanted)).collect())
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

fn processor_time_of(process: &Path) -> Option<Duration> {
    ticks(&fs::read_to_string(process.join("stat")).ok()?).map(|ticks| TICK * ticks)
}

/// `utime` and `stime`, the 14th and the 15th field. The second one is the program's name in parentheses, in which
/// anything may stand.
fn ticks(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 2 3 4 150 25 9 9 20 0 1 0 100 1 1";
        assert_eq!(ticks(stat), Some(175));
    }
}
