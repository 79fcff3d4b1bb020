//! As large as they may be: all bytes come back, and the server's memory stays small.

use std::fs;

use baton_tests::{App, Mode, Setup, on_own_app, on_shared_app, on_spin, paths};

use crate::editing::{Editing, chunks, pattern};

on_own_app!(sixty_four_mebibytes_come_back);
on_shared_app!(what_is_deleted_meanwhile_breaks_off);

const SIZE: usize = 64 << 20;

/// What `sha256sum` says of `pattern(SIZE)`.
const SHA256: &str = "98dc891b284e4d84ac25b0c0a24fdbe39a7f0dbd643ad5e8aa06e02fc6258254";

/// How much memory a component may have, in bytes. Spin sees to it; `baton up` has no such setting.
const MEMORY: &str = "16777216";

/// How much more memory the whole of `baton up` may take than before, in KiB: half of what the file has.
const GROWTH_MAX: i64 = 32 * 1024;

fn sixty_four_mebibytes_come_back(mode: Mode) {
    let app = Setup::new(mode).environment("SPIN_MAX_INSTANCE_MEMORY", MEMORY).start();
    let editing = Editing::begin(&app);
    let bytes = pattern(SIZE);
    // Whatever is loaded at the first time is loaded now.
    editing.bytes(&editing.keep(&bytes[..1 << 20]));
    let before = (!on_spin()).then(|| Memory::of(&app));
    let checkpoint = editing.keep(&bytes);
    assert_eq!(checkpoint["sha256"], SHA256);
    assert!(editing.bytes(&checkpoint) == bytes, "other bytes come back");
    editing.save(&bytes);
    if let Some(memory) = before {
        let growth = memory.growth();
        assert!(growth < GROWTH_MAX, "the server took {growth} KiB for {SIZE} bytes");
    }
    let draft = editing.force_release(&app).expect("the draft is kept");
    assert_eq!(draft["sha256"], SHA256);
    assert_eq!(chunks(&app), 4 + 2 * 256, "chunks of 256 KiB");
}

/// A client that dawdles doesn't get the rest, and sees by the length that it hasn't.
fn what_is_deleted_meanwhile_breaks_off(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(&vec![b'x'; SIZE / 2]);
    let path = format!("{}/content", paths::checkpoint(&checkpoint));
    let dawdling = editing.send_head(app, "GET", &path, &[]);
    // The head is on its way, and as much as the system takes.
    std::thread::sleep(std::time::Duration::from_millis(500));
    editing.delete(&paths::checkpoint(&checkpoint)).ok(204);
    let (status, text) = dawdling.read();
    assert_eq!(status, 200, "{}", text.chars().take(500).collect::<String>());
    assert!(text.contains(&format!("content-length: {}\r\n", SIZE / 2)));
    assert!(text.len() < SIZE / 2, "all of it came: {}", text.len());
}

/// The memory of a server's process.
struct Memory {
    status: String,
    before: i64,
}

impl Memory {
    /// Begins to watch.
    fn of(app: &App) -> Self {
        let process = process(app);
        // The peak counts from here.
        fs::write(format!("{process}/clear_refs"), "5").expect("the process is our own");
        let status = format!("{process}/status");
        Self { before: kibibytes(&status, "VmRSS:"), status }
    }

    /// How much it has grown at most.
    fn growth(&self) -> i64 {
        kibibytes(&self.status, "VmHWM:") - self.before
    }
}

/// The directory in `/proc` of the server, which is the process that was told of this state directory.
fn process(app: &App) -> String {
    let state = app.state().display().to_string();
    let processes = fs::read_dir("/proc").expect("Linux").flatten().map(|entry| entry.path().display().to_string());
    let told = |process: &String| {
        let command = fs::read(format!("{process}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).split('\0').any(|argument| argument == state)
    };
    processes.into_iter().find(told).expect("the server runs")
}

fn kibibytes(status: &str, name: &str) -> i64 {
    let text = fs::read_to_string(status).expect("the server runs");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("Linux says so");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
