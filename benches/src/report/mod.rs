//! The findings as Markdown.

mod growth;
mod machine;
mod starts;
mod table;
mod throughput;
mod waiting;

use std::path::PathBuf;

use crate::measure::Findings;
use crate::options::{Options, Part};

/// The whole report.
pub fn write(findings: &Findings, components: &[PathBuf], options: &Options) -> String {
    let mut sections = vec![machine::section(findings, options)];
    if options.measure.contains(&Part::Throughput) {
        sections.push(throughput::section(&findings.throughput));
    }
    if options.measure.contains(&Part::Waiting) {
        sections.push(waiting::handoff(&findings.waiting));
        sections.push(waiting::cost(&findings.waiting));
    }
    if options.measure.contains(&Part::Growth) {
        sections.push(growth::section(&findings.growth, options));
    }
    if options.measure.contains(&Part::Starts) {
        sections.push(starts::starts(&findings.starts));
        sections.push(starts::first_requests(&findings.starts));
    }
    sections.push(starts::sizes(components));
    sections.extend(failures(&findings.failures));
    sections.join("\n")
}

fn failures(failures: &[String]) -> Option<String> {
    let lines: String = failures.iter().map(|failure| format!("- {}\n", failure.replace('\n', "\n  "))).collect();
    (!failures.is_empty()).then(|| format!("## Failures\n\nThe figures above leave these out.\n\n{lines}"))
}
