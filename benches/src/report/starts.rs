//! Starts, and the components' sizes.

use std::fs;
use std::path::{Path, PathBuf};

use super::table::{Table, count, number};
use crate::figures::{Starts, stats};

/// How long it takes until the application is ready.
pub fn starts(cells: &[Starts]) -> String {
    let mut table = Table::new(&["side", "first start, s", "later start, s"]);
    for cell in cells {
        let [first, later] = [&cell.first, &cell.later].map(|times| number(stats::median(times), 3));
        table.row(&[cell.side.clone(), first, later]);
    }
    table.section(
        "Start",
        "From starting the process until `GET /readyz` is answered with 200. The first start compiles the components; \
        a later one finds them compiled. Medians.",
    )
}

/// What each component's first request takes.
pub fn first_requests(cells: &[Starts]) -> String {
    let headings: Vec<&str> =
        ["component, ms"].into_iter().chain(cells.iter().map(|cell| cell.side.as_str())).collect();
    let mut table = Table::new(&headings);
    for component in cells.first().map(Starts::components).unwrap_or_default() {
        let times = cells.iter().map(|cell| number(cell.request_to(component), 2));
        table.row(&[component.to_owned()].into_iter().chain(times).collect::<Vec<_>>());
    }
    table.section(
        "First requests",
        "After each later start one request to each HTTP component, which does what the component is for. Medians.",
    )
}

/// How large the components are.
pub fn sizes(components: &[PathBuf]) -> String {
    let mut table = Table::new(&["component", "bytes"]);
    for file in components {
        table.row(&[name(file), count(size(file))]);
    }
    table.section("Size of the components", "As built, before they are compiled.")
}

fn name(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files are far below 2^52")]
fn size(file: &Path) -> Option<f64> {
    // It may be being built anew.
    fs::metadata(file).ok().map(|metadata| metadata.len() as f64)
}
