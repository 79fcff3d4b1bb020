//! A log of 100,000 rows.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use baton_tests::{App, Client, Mode, meanwhile, on_own_app, unique};

use crate::look::write_rows;

on_own_app!(a_long_log_is_exported_without_being_held);

const ROWS: u32 = 100_000;

/// An export is about 90 MB; an instance that held it would show. Spin itself grows by up to 45 MB meanwhile.
const MEMORY_MAX: u64 = 64 << 20;

fn a_long_log_is_exported_without_being_held(mode: Mode) {
    let app = App::start(mode);
    let (seat, admin) = (app.seat(), app.user("admin"));
    write_rows(&app.sql(), 1_000);
    for format in ["csv", "ndjson"] {
        lines(&admin, format);
    }
    write_rows(&app.sql(), ROWS - 1_000);
    // Sealing them is not part of it.
    admin.get("/api/audit?limit=1").ok(200);
    forget_peaks(&app);
    let before = peak_memory(&app);
    // It ends although the log grows all the while.
    meanwhile(vec![|| seat.release(&seat.acquire(&unique::part()))], || {
        assert_eq!(lines(&admin, "csv"), u64::from(ROWS) + 1, "and the header");
        assert_eq!(lines(&admin, "ndjson"), u64::from(ROWS));
    });
    let grown = peak_memory(&app).saturating_sub(before);
    assert!(grown < MEMORY_MAX, "the server has grown by {} MB", grown >> 20);
    let verdict = admin.get("/api/audit/verify").ok(200);
    assert_eq!(verdict["valid"], true, "{verdict}");
}

/// How many lines of the filler an export has; it is read as it comes.
fn lines(admin: &Client, format: &str) -> u64 {
    let path = format!("/api/audit/export?format={format}&part_number=F02");
    let response = admin.call("GET", &path).open().expect("the export begins");
    assert_eq!(response.status(), 200);
    let mut lines = BufReader::new(response.into_body().into_reader());
    let (mut line, mut count) = (Vec::new(), 0);
    while lines.read_until(b'\n', &mut line).expect("the export goes on to its end") > 0 {
        assert!(line.ends_with(b"\n"), "the export breaks off: {}", String::from_utf8_lossy(&line));
        line.clear();
        count += 1;
    }
    count
}

/// The most memory that the server's processes have had since [`forget_peaks`], in bytes.
fn peak_memory(app: &App) -> u64 {
    let peaks = processes(app).filter_map(|process| {
        let status = fs::read_to_string(process.join("status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    let kilobytes: u64 = peaks.sum();
    assert!(kilobytes > 0, "no process of the server is found");
    kilobytes << 10
}

/// Lets the peaks begin anew: compiling the components takes more than anything after it.
fn forget_peaks(app: &App) {
    processes(app).for_each(|process| fs::write(process.join("clear_refs"), "5").expect("a process of our own"));
}

/// The server's processes in `/proc`: those that were given its state directory.
fn processes(app: &App) -> impl Iterator<Item = PathBuf> {
    let state = app.state().to_str().expect("a path in ASCII").to_owned();
    let all = fs::read_dir("/proc").expect("processes").flatten().map(|entry| entry.path());
    all.filter(move |process| {
        let arguments = fs::read(process.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(&state)
    })
}
