//! Which plots the report has.

use anyhow::Result;

use super::plot::{Plot, Series, Shape};
use super::table::count;
use crate::figures::{Findings, Round, Throughput, Waiting};
use crate::work::Task;

const KB: f64 = 1_000.0;

/// A picture beside the report.
pub struct Picture {
    /// Its file's name.
    pub name: &'static str,
    /// What it shows.
    pub title: String,
    /// The picture itself.
    pub svg: String,
}

impl Picture {
    fn of(name: &'static str, plot: &Plot) -> Result<Self> {
        Ok(Self { name, title: plot.title.clone(), svg: plot.svg()? })
    }
}

/// All of them for which there are figures.
pub fn all(findings: &Findings) -> Result<Vec<Picture>> {
    let mut pictures = Vec::new();
    let edits: Vec<_> = findings.throughput.iter().filter(|cell| cell.task == Task::Edit).collect();
    if !edits.is_empty() {
        pictures.push(Picture::of("requests.svg", &requests(findings, &edits))?);
        pictures.push(Picture::of("latency.svg", &latency(findings, &edits))?);
    }
    if !findings.waiting.is_empty() {
        pictures.push(Picture::of("handoff.svg", &handoff(findings))?);
        pictures.push(Picture::of("memory.svg", &memory(findings))?);
    }
    Ok(pictures)
}

fn requests(findings: &Findings, edits: &[&Throughput]) -> Plot {
    let series = edit_series(findings, edits, "", false, |round| round.requests);
    edit_plot("Acquire + release: requests per second", "requests/s (more is better)", edits, series)
}

fn latency(findings: &Findings, edits: &[&Throughput]) -> Plot {
    let mut series = edit_series(findings, edits, " p50", false, |round| round.p50);
    series.extend(edit_series(findings, edits, " p99", true, |round| round.p99));
    edit_plot("Acquire + release: how long one request takes", "ms (less is better)", edits, series)
}

fn edit_plot(title: &str, unit: &'static str, edits: &[&Throughput], series: Vec<Series>) -> Plot {
    let categories = clients(edits).iter().map(u32::to_string).collect();
    Plot { title: title.to_owned(), unit, category: "clients at once", categories, shape: Shape::Lines, series }
}

fn edit_series(
    findings: &Findings,
    edits: &[&Throughput],
    suffix: &str,
    is_dashed: bool,
    figure: fn(&Round) -> f64,
) -> Vec<Series> {
    let of_side = |(colour, side): (usize, &String)| {
        let value = |clients: &u32| findings.throughput_of(side, Task::Edit, *clients)?.figure(figure);
        let values = clients(edits).iter().map(value).collect();
        Series { name: format!("{side}{suffix}"), colour, is_dashed, values }
    };
    named(findings, edits.iter().map(|cell| &cell.side)).into_iter().map(of_side).collect()
}

fn clients(edits: &[&Throughput]) -> Vec<u32> {
    sorted(edits.iter().map(|cell| cell.clients))
}

fn handoff(findings: &Findings) -> Plot {
    let mut series = waiting_series(findings, &others(findings), " p50", false, |cell| cell.latencies().quantile(0.5));
    series.extend(waiting_series(findings, &others(findings), " p99", true, |cell| cell.latencies().quantile(0.99)));
    waiting_plot("From a handoff request to the holder's answer (redis: a bare BLPOP)", "ms", series, others(findings))
}

fn memory(findings: &Findings) -> Plot {
    let figure = |cell: &Waiting| cell.figure(|round| round.per_waiting).map(|bytes| bytes / KB);
    let weighed: Vec<_> = findings.waiting.iter().filter(|cell| figure(cell).is_some()).collect();
    let others = sorted(weighed.iter().map(|cell| cell.others));
    let series = waiting_series(findings, &others, "", false, figure);
    let plot = waiting_plot("Memory of each waiting client beyond the first 100", "KB", series, others);
    Plot { shape: Shape::Bars, ..plot }
}

fn waiting_plot(title: &str, unit: &'static str, series: Vec<Series>, others: Vec<u32>) -> Plot {
    let categories = others.into_iter().map(|others| count(Some(f64::from(others)))).collect();
    Plot { title: title.to_owned(), unit, category: "others waiting", categories, shape: Shape::Lines, series }
}

fn waiting_series(
    findings: &Findings,
    others: &[u32],
    suffix: &str,
    is_dashed: bool,
    figure: impl Fn(&Waiting) -> Option<f64>,
) -> Vec<Series> {
    let of_side = |(colour, side): (usize, &String)| {
        let values = others.iter().map(|others| figure(findings.waiting_of(side, *others)?)).collect();
        Series { name: format!("{side}{suffix}"), colour, is_dashed, values }
    };
    named(findings, findings.waiting.iter().map(|cell| &cell.side)).into_iter().map(of_side).collect()
}

fn others(findings: &Findings) -> Vec<u32> {
    sorted(findings.waiting.iter().map(|cell| cell.others))
}

/// The sides among these, each with its colour, which is the same in every plot.
fn named<'a>(findings: &'a Findings, sides: impl Iterator<Item = &'a String> + Clone) -> Vec<(usize, &'a String)> {
    findings.sides.iter().enumerate().filter(|(_, side)| sides.clone().any(|other| other == *side)).collect()
}

fn sorted(numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
