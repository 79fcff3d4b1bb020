//! The manifest, `spin.toml`: what of it can be served here, and clear words about what can't.

mod check;
mod refused;
mod schema;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

pub use schema::{Component, Files, Manifest};

/// A manifest that can be served, and where it was found.
#[derive(Debug)]
pub struct LoadedManifest {
    /// What the file says.
    pub(crate) manifest: Manifest,
    /// The absolute directory that the manifest's paths start from.
    pub(crate) directory: PathBuf,
}

impl LoadedManifest {
    /// Reads the manifest at `path`, which may be the directory with a `spin.toml`.
    ///
    /// Errors: no such file, no valid manifest, or one that asks for what this runner doesn't have.
    pub fn read(path: &Path) -> Result<Self> {
        let file = match path.is_dir() {
            true => path.join("spin.toml"),
            false => path.to_owned(),
        };
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("can't read the manifest {}", file.display()))?;
        let manifest = parse(&text).with_context(|| format!("the manifest {} is refused", file.display()))?;
        let directory =
            std::path::absolute(&file)?.parent().map(Path::to_owned).context("the manifest is in no directory")?;
        Ok(Self { manifest, directory })
    }

    /// Whether the application has a variable of this name.
    pub fn has_variable(&self, name: &str) -> bool {
        self.manifest.variables.contains_key(name)
    }

    /// Whether the application has a component of this name.
    pub fn has_component(&self, name: &str) -> bool {
        self.manifest.components.contains_key(name)
    }

    /// The directory that the manifest's paths start from.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

/// Reads a manifest from the text of its file.
fn parse(text: &str) -> Result<Manifest> {
    let manifest: Manifest = toml::from_str(text).map_err(|error| anyhow!("{}", error.to_string().trim_end()))?;
    check::check(&manifest)?;
    Ok(manifest)
}
