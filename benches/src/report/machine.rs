//! Where, when and how it was measured.

use std::fs;
use std::process::Command;

use baton_tests::repo;
use chrono::{SecondsFormat, Utc};

use crate::figures::Findings;
use crate::options::Options;

/// The report's heading.
pub fn section(findings: &Findings, options: &Options) -> String {
    let time = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let minutes = findings.took.as_secs() / 60;
    let seconds = findings.took.as_secs() % 60;
    let machine = format!("{} × {}, load at the end {}", processors(), processor(), load());
    let revision = revision();
    let sides = findings.sides.join(", ");
    let Options { rounds, span, warm_up, .. } = options;
    format!(
        "# Performance\n\n\
        Written by `./bench` ({time}, {minutes} min {seconds} s, revision {revision}).\n\n\
        - {machine}; the clients run on it too, on one thread.\n\
        - Sides: {sides}; {rounds} rounds, in which the sides take turns, the first one being another each time; medians. \
        {span} ms after {warm_up} ms of warm-up for each figure of throughput.\n\
        - All sides are driven by the same client code: HTTP over kept connections for Baton and for etcd, RESP for Redis. \
        Each side's server is started by the bench, with its files on the same disk.\n\
        - Figures count within one run only: look at the ratios and at the spread.\n"
    )
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    name.unwrap_or("unknown processor").to_owned()
}

/// Shows whether somebody else was busy on the machine.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

fn revision() -> String {
    let mut git = Command::new("git");
    let output = git.args(["describe", "--always", "--dirty"]).current_dir(repo()).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if text.is_empty() { "unknown".to_owned() } else { text }
}
