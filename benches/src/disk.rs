//! The disk that the state of all sides lies on.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use nix::sys::stat::{major, minor};
use nix::sys::statfs::{TMPFS_MAGIC, statfs};

/// Where `/sys/dev/block/…/stat` counts the flushes, from 0.
const FLUSHES: usize = 15;

/// A block device.
pub struct Disk {
    statistics: PathBuf,
}

impl Disk {
    /// The one that this directory lies on.
    ///
    /// Errors: it lies in memory, where nothing survives a power cut and syncing costs nothing.
    pub fn of(directory: &Path) -> Result<Self> {
        let name = directory.display();
        let system = statfs(directory).with_context(|| name.to_string())?.filesystem_type();
        ensure!(system != TMPFS_MAGIC, "{name} lies in memory: let TMPDIR name a directory on a disk");
        let device = fs::metadata(directory)?.dev();
        let statistics = PathBuf::from(format!("/sys/dev/block/{}:{}/stat", major(device), minor(device)));
        Ok(Self { statistics })
    }

    /// How often anybody has had its cache written to the medium; none where the system doesn't count that.
    pub fn flushes(&self) -> Option<u64> {
        flushes_in(&fs::read_to_string(&self.statistics).ok()?)
    }
}

fn flushes_in(statistics: &str) -> Option<u64> {
    statistics.split_ascii_whitespace().nth(FLUSHES)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::flushes_in;

    #[test]
    fn flushes_are_counted_where_the_kernel_does() {
        assert_eq!(flushes_in("  1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n"), Some(16));
        assert_eq!(flushes_in("1 2 3 4 5 6 7 8 9 10 11\n"), None);
    }
}
