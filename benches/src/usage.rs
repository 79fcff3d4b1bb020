//! The memory and the processor time of a system's processes.
//!
//! Spin runs each kind of trigger in a process of its own, and Redis is one too, so the figures are sums over all
//! processes of the system's process groups, and over those that these have started in groups of their own, as PostgreSQL
//! does.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};

/// A clock tick of `/proc/PID/stat`: USER_HZ, which is 100 on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// Where `/proc/PID/stat` has them, counted from the field after the program's name.
const PARENT: usize = 1;
const GROUP: usize = 2;
const USER_TIME: usize = 11;
const SYSTEM_TIME: usize = 12;

/// The resident memory of the processes of these groups, in bytes.
///
/// Errors: there is none.
pub fn resident(groups: &[i32]) -> Result<u64> {
    Ok(of_each(groups, resident_of)?.iter().sum())
}

/// The processor time, in user mode and in the kernel, that the processes of these groups have taken.
///
/// Errors: there is none.
pub fn processor_time(groups: &[i32]) -> Result<Duration> {
    Ok(of_each(groups, processor_time_of)?.iter().sum())
}

fn of_each<T>(groups: &[i32], figure: fn(&Path) -> Option<T>) -> Result<Vec<T>> {
    let processes = fs::read_dir("/proc")?.flatten().map(|entry| entry.path());
    let ours: Vec<PathBuf> = processes.filter(|process| belongs(process, groups)).collect();
    let figures: Vec<T> = ours.iter().filter_map(|process| figure(process)).collect();
    ensure!(!figures.is_empty(), "the server's processes are gone");
    Ok(figures)
}

fn belongs(process: &Path, groups: &[i32]) -> bool {
    let Some(stat) = stat(process) else { return false };
    // A group is named after the process that began it.
    [PARENT, GROUP].iter().any(|number| {
        field(&stat, *number).and_then(|field| field.parse().ok()).is_some_and(|group| groups.contains(&group))
    })
}

fn resident_of(process: &Path) -> Option<u64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn processor_time_of(process: &Path) -> Option<Duration> {
    let stat = stat(process)?;
    let [user, system] = [USER_TIME, SYSTEM_TIME].map(|number| field(&stat, number)?.parse::<u32>().ok());
    Some(TICK * (user? + system?))
}

fn stat(process: &Path) -> Option<String> {
    fs::read_to_string(process.join("stat")).ok()
}

/// The field of this number after the program's name, which stands in parentheses and may hold anything.
fn field(stat: &str, number: usize) -> Option<&str> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    after_name.split_ascii_whitespace().nth(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "7 (a ) b) S 1 9 7 0 -1 4194560 1 2 3 4 150 25 9 9 20 0 1 0 100 1 1\n";
        assert_eq!(
            [GROUP, USER_TIME, SYSTEM_TIME].map(|number| field(stat, number)),
            [Some("9"), Some("150"), Some("25")]
        );
    }
}
