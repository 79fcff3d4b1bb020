//! The report.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::plots::Picture;
use super::{durability, goals, growth, machine, plots, starts, steady, structure, throughput, waiting, webhooks};
use crate::figures::Findings;
use crate::options::{Options, Part};

/// The report.
pub struct Report {
    head: Vec<String>,
    pictures: Vec<Picture>,
    details: Vec<String>,
}

impl Report {
    /// The whole report.
    pub fn of(findings: &Findings, components: &[PathBuf], options: &Options) -> Result<Self> {
        let head = vec![machine::section(findings, options), goals::section(findings)];
        Ok(Self { head, pictures: plots::all(findings)?, details: details(findings, components, options) })
    }

    /// It as Markdown, without its pictures.
    pub fn text(&self) -> String {
        [self.head.join("\n"), self.details.join("\n")].join("\n")
    }

    /// Writes it to this file, and the pictures to a directory beside it that is named after it.
    pub fn save(&self, file: &Path) -> Result<()> {
        let directory = file.with_extension("");
        fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
        for picture in &self.pictures {
            let path = directory.join(picture.name);
            fs::write(&path, &picture.svg).with_context(|| path.display().to_string())?;
        }
        let beside = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = [self.head.join("\n"), plot_section(&self.pictures, &beside), self.details.join("\n")].join("\n");
        fs::write(file, text).with_context(|| file.display().to_string())
    }
}

fn plot_section(pictures: &[Picture], directory: &str) -> String {
    let images: String =
        pictures.iter().map(|picture| format!("\n![{}]({directory}/{})\n", picture.title, picture.name)).collect();
    format!("## Plots\n{images}")
}

fn details(findings: &Findings, components: &[PathBuf], options: &Options) -> Vec<String> {
    let mut sections = Vec::new();
    if options.measure.contains(&Part::Throughput) {
        sections.push(throughput::section(findings));
        sections.push(durability::section(findings));
    }
    if options.measure.contains(&Part::Waiting) {
        sections.push(waiting::handoff(&findings.waiting));
        sections.push(waiting::cost(&findings.waiting));
    }
    if options.measure.contains(&Part::Webhooks) {
        sections.push(webhooks::section(&findings.webhooks, options));
    }
    if options.measure.contains(&Part::Steady) {
        sections.push(steady::section(&findings.steady, options));
    }
    if options.measure.contains(&Part::Structure) {
        sections.push(structure::section(&findings.structure));
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
    sections
}

fn failures(failures: &[String]) -> Option<String> {
    let lines: String = failures.iter().map(|failure| format!("- {}\n", failure.replace('\n', "\n  "))).collect();
    (!failures.is_empty()).then(|| format!("## Failures\n\nThe figures above leave these out.\n\n{lines}"))
}
