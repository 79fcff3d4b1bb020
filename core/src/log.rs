//! What a component says in its log: a line at a time, on the standard error that the host keeps.

use std::fmt::Display;
use std::io::Write;
use std::str::FromStr;

/// How the request log is written: the variable `log_format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `name=value`, for people.
    #[default]
    Text,
    /// A JSON object a line, for programs.
    Json,
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("it is `text` or `json`"),
        }
    }
}

/// Writes one line. Who can't be told can't be told of that either: a host whose disk is full fails the write, and a panic
/// (as of `eprintln!`) would end the instance with all of its requests.
pub fn line(text: impl Display) {
    // Whole, because the host is asked for each part of a line; and one line, whatever the text holds.
    let mut line = text.to_string().replace(|c: char| c.is_control(), " ");
    line.push('\n');
    _ = std::io::stderr().write_all(line.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::process::Command;

    use crate::Problem;

    const ALONE: &str = "BATON_TEST_LOG";

    /// Runs itself once more with a log on a disk that is full.
    #[test]
    fn a_log_that_cannot_be_written_ends_nothing() {
        if std::env::var_os(ALONE).is_some() {
            assert_eq!(Problem::unavailable("the disk is full").status().as_u16(), 503);
            return;
        }
        let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else { return };
        let name = "log::tests::a_log_that_cannot_be_written_ends_nothing";
        let outcome = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", name, "--nocapture"])
            .env(ALONE, "1")
            .stderr(full)
            .output()
            .expect("it can be run");
        assert!(outcome.status.success(), "{}", String::from_utf8_lossy(&outcome.stdout));
        assert!(String::from_utf8_lossy(&outcome.stdout).contains("1 passed"), "it ran");
    }
}
