//! Each component's own build command.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::manifest::LoadedManifest;

/// Runs the build commands of all components, in the order of the manifest, with their output visible.
///
/// Errors: a command that can't be started or fails, with its component.
pub fn build(loaded: &LoadedManifest) -> Result<()> {
    for (name, component) in &loaded.manifest.components {
        let Some(build) = &component.build else {
            continue;
        };
        let directory = match &build.workdir {
            Some(workdir) => loaded.directory.join(workdir),
            None => loaded.directory.clone(),
        };
        for command in build.command.as_slice() {
            eprintln!("Building component {name} with `{command}`");
            run_command(command, &directory).with_context(|| format!("the build of component {name:?} failed"))?;
        }
    }
    Ok(())
}

fn run_command(command: &str, directory: &Path) -> Result<()> {
    let status = Command::new("sh")
        .args(["-c", command])
        .current_dir(directory)
        .status()
        .with_context(|| format!("can't run `{command}` in {}", directory.display()))?;
    ensure!(status.success(), "`{command}`: {status}");
    Ok(())
}
