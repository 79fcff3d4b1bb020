//! What the manifest says of the components.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use baton_tests::manifest;

/// What the manifest of the notifier is called.
const NOTIFIER: &str = "spin-notifier.toml";

/// The manifest of the application.
pub struct Manifest {
    path: PathBuf,
    text: String,
}

impl Manifest {
    /// Reads this one; the repository's, if none is given.
    pub fn read(path: Option<&Path>) -> Result<Self> {
        let path = path.map_or_else(manifest, Path::to_owned);
        let path = path.canonicalize().with_context(|| path.display().to_string())?;
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(Self { path, text })
    }

    /// Where it lies, absolutely.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The components' files, in its order.
    pub fn components(&self) -> Vec<PathBuf> {
        let directory = self.path.parent().expect("a file lies in a directory");
        files(&self.text).into_iter().map(|file| directory.join(file)).collect()
    }

    /// The components that aren't built yet, and how to.
    pub fn missing(&self) -> Vec<String> {
        self.components().iter().filter(|file| !file.exists()).map(|file| missing_component(file)).collect()
    }

    /// The manifest of what runs with Redis only, if it has one of its own.
    pub fn notifier(&self) -> Option<PathBuf> {
        let beside = self.path.with_file_name(NOTIFIER);
        beside.exists().then_some(beside)
    }

    /// The arguments with which Spin runs it without a Redis: it won't start a Redis trigger that can't connect, so where
    /// there is one the components that answer HTTP are named one by one.
    pub fn without_redis(&self) -> Vec<String> {
        if !self.text.contains("[[trigger.redis]]") {
            return Vec::new();
        }
        answering(&self.text).into_iter().flat_map(|component| ["-c".to_owned(), component]).collect()
    }
}

fn missing_component(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
    format!("{}: cargo build --release --target wasm32-wasip2 -p {stem}", file.display())
}

fn files(manifest: &str) -> Vec<String> {
    manifest.lines().filter_map(|line| value(line, "source")).collect()
}

fn answering(manifest: &str) -> Vec<String> {
    // What follows the heading of a trigger, up to the next heading.
    let triggers = manifest.split("\n[").filter(|section| section.starts_with("[trigger.http]]"));
    let mut names: Vec<_> =
        triggers.filter_map(|section| section.lines().find_map(|l| value(l, "component"))).collect();
    names.sort();
    names.dedup();
    names
}

fn value(line: &str, key: &str) -> Option<String> {
    let text = line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
    text.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
[[trigger.http]]
route = "/a"
component = "one"

[component.one]
source = "target/one.wasm" # where it lies

[[trigger.http]]
route = "/b"
component = "one"

[[trigger.redis]]
channel = "c"
component = "two"

[component.two]
source = "target/two.wasm"
"#;

    #[test]
    fn a_component_that_answers_is_named_once() {
        assert_eq!(answering(MANIFEST), ["one"]);
    }

    #[test]
    fn every_component_has_a_file() {
        assert_eq!(files(MANIFEST), ["target/one.wasm", "target/two.wasm"]);
    }
}
