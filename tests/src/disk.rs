//! A disk that can be full.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::janitor;

/// A file system of its own in memory, which needs the right to mount one.
pub struct SmallDisk {
    path: PathBuf,
}

/// As large as it is while there is room.
const ROOM: &str = "8g";

impl SmallDisk {
    /// Mounts one on this directory, which must be there; why it can't be had, where it can't.
    pub fn mount(path: &Path) -> Result<Self, String> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={ROOM},mode=0700"), "baton-tests"]).arg(path);
        run(&mut command)?;
        janitor::unmount(path);
        Ok(Self { path: path.to_owned() })
    }

    /// From now on there is no room for anything more.
    pub fn fill(&self) {
        // What is written in between is in the way of a size that was right before.
        while self.resize(&format!("{}k", self.used())).is_err() {}
    }

    /// There is room again.
    pub fn free(&self) {
        self.resize(ROOM).expect("it can grow");
    }

    fn resize(&self, size: &str) -> Result<(), String> {
        run(Command::new("mount").args(["-o", &format!("remount,size={size}")]).arg(&self.path))
    }

    /// In KiB.
    fn used(&self) -> u64 {
        let output = Command::new("df").args(["--output=used", "-k"]).arg(&self.path).output().expect("`df` is there");
        let text = String::from_utf8_lossy(&output.stdout);
        text.lines().last().and_then(|line| line.trim().parse().ok()).expect("a number")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also while a file in it is still open somewhere.
        let _ = run(Command::new("umount").arg("--lazy").arg(&self.path));
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
