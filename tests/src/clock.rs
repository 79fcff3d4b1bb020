//! A clock that can be set, by `libfaketime`.

use std::fs;
use std::path::PathBuf;

use crate::Scratch;

/// The clock of the processes that have its [`FalseClock::environment`].
pub struct FalseClock {
    library: PathBuf,
    directory: Scratch,
}

impl FalseClock {
    /// One that is right; none where there is no `libfaketime` (apt-get install faketime).
    pub fn new() -> Option<Self> {
        let directories = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
        let mut libraries = directories.map(|directory| directory.join("faketime/libfaketime.so.1"));
        let clock = Self { library: libraries.find(|library| library.exists())?, directory: Scratch::new() };
        clock.set(0);
        Some(clock)
    }

    /// From the next second on the clock is so many seconds ahead (or behind, where they are negative).
    pub fn set(&self, seconds: i64) {
        // Whoever reads meanwhile finds the old file or the new one.
        let next = self.directory.path().join("next");
        fs::write(&next, format!("{seconds:+}\n")).expect("a file can be written");
        fs::rename(next, self.file()).expect("it is in the same directory");
    }

    /// What a process is started with that goes by this clock. What it waits for takes as long as ever.
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file().display().to_string()),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("offset")
    }
}
