//! The files that a component sees: copies, so that what it sees doesn't change while it runs, as in Spin.

use std::path::{Component as PathPart, Path, PathBuf};

use anyhow::{Context, Result, ensure};
use glob::Pattern;
use tempfile::TempDir;

use crate::manifest::Files;

/// Copies a component's files into a new directory, which goes when it is dropped; none if it has no files.
///
/// Errors: a path that isn't there or leads out of the manifest's directory, a bad pattern, or a failed copy.
pub fn copy(files: &[Files], exclude: &[String], manifest_directory: &Path) -> Result<Option<TempDir>> {
    if files.is_empty() {
        return Ok(None);
    }
    let directory = tempfile::Builder::new().prefix("baton-files-").tempdir()?;
    let copier = Copier {
        from: manifest_directory,
        to: directory.path(),
        exclude: exclude
            .iter()
            .map(|pattern| Pattern::new(pattern).with_context(|| format!("exclude_files: {pattern:?}")))
            .collect::<Result<_>>()?,
    };
    for entry in files {
        copier.copy(entry)?;
    }
    Ok(Some(directory))
}

struct Copier<'a> {
    from: &'a Path,
    to: &'a Path,
    exclude: Vec<Pattern>,
}

impl Copier<'_> {
    fn copy(&self, entry: &Files) -> Result<()> {
        match entry {
            Files::Pattern(pattern) => self.copy_in_place(pattern).with_context(|| format!("files: {pattern:?}")),
            Files::Placement { source, destination } => {
                self.copy_to(source, destination).with_context(|| format!("files: {source:?}"))
            }
        }
    }

    fn copy_in_place(&self, pattern: &str) -> Result<()> {
        let path = self.from.join(pattern);
        if path.is_file() {
            return self.copy_file(&path, Path::new(pattern));
        }
        let pattern = if path.is_dir() {
            Pattern::escape(&path.to_string_lossy()) + "/**/*"
        } else {
            ensure!(Pattern::escape(pattern) != pattern, "no such file or directory, and no pattern");
            format!("{}/{pattern}", Pattern::escape(&self.from.to_string_lossy()))
        };
        self.copy_matches(&pattern, self.from, Path::new(""))
    }

    fn copy_to(&self, source: &str, destination: &str) -> Result<()> {
        let path = self.from.join(source);
        let destination = Path::new(destination.trim_start_matches('/'));
        if path.is_file() {
            return self.copy_file(&path, destination);
        }
        ensure!(path.is_dir(), "no such file or directory");
        let pattern = Pattern::escape(&path.to_string_lossy()) + "/**/*";
        self.copy_matches(&pattern, &path, destination)
    }

    /// Copies what fits an absolute pattern; the path after `base` goes on below `destination`.
    fn copy_matches(&self, pattern: &str, base: &Path, destination: &Path) -> Result<()> {
        for path in glob::glob(pattern)? {
            let path = path?;
            if !path.is_file() {
                continue;
            }
            let inside = path.strip_prefix(self.from).context("leads out of the manifest's directory")?;
            if !self.exclude.iter().any(|pattern| pattern.matches_path(inside)) {
                self.copy_file(&path, &destination.join(path.strip_prefix(base)?))?;
            }
        }
        Ok(())
    }

    fn copy_file(&self, source: &Path, destination: &Path) -> Result<()> {
        let stays_in = source.strip_prefix(self.from).is_ok_and(|inside| !leads_out(inside));
        ensure!(stays_in && !leads_out(destination), "leads out of the manifest's directory");
        // Where links lead to in the end counts too.
        let stays_in = source.canonicalize()?.starts_with(self.from.canonicalize()?);
        ensure!(stays_in, "{} is a link that leads out of the manifest's directory", source.display());
        let target: PathBuf = self.to.join(destination);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::copy(source, &target).with_context(|| format!("can't copy {}", source.display()))?;
        Ok(())
    }
}

fn leads_out(path: &Path) -> bool {
    path.components().any(|part| part == PathPart::ParentDir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(files: &[Files], exclude: &[&str]) -> Result<Vec<String>> {
        let from = tempfile::tempdir()?;
        for name in ["one.txt", "assets/two.txt", "assets/deep/three.txt", "assets/four.tmp"] {
            let path = from.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap())?;
            std::fs::write(path, name)?;
        }
        let exclude: Vec<_> = exclude.iter().map(|text| text.to_string()).collect();
        let Some(to) = copy(files, &exclude, from.path())? else {
            return Ok(Vec::new());
        };
        let mut names: Vec<_> = glob::glob(&format!("{}/**/*", to.path().display()))?
            .map(Result::unwrap)
            .filter(|path| path.is_file())
            .map(|path| path.strip_prefix(to.path()).unwrap().display().to_string())
            .collect();
        names.sort();
        Ok(names)
    }

    fn pattern(text: &str) -> Files {
        Files::Pattern(text.to_owned())
    }

    fn placement(source: &str, destination: &str) -> Files {
        Files::Placement { source: source.to_owned(), destination: destination.to_owned() }
    }

    #[test]
    fn patterns_and_directories_keep_their_place() {
        assert_eq!(copied(&[pattern("*.txt")], &[]).unwrap(), ["one.txt"]);
        assert_eq!(
            copied(&[pattern("assets")], &["assets/*.tmp"]).unwrap(),
            ["assets/deep/three.txt", "assets/two.txt"]
        );
        assert_eq!(copied(&[], &[]).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn placements_go_where_they_say() {
        assert_eq!(
            copied(&[placement("assets/deep", "/"), placement("one.txt", "/a/b.txt")], &[]).unwrap(),
            ["a/b.txt", "three.txt"]
        );
    }

    #[test]
    fn a_link_leads_nowhere_outside() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(outside.path().join("secret"), "secret").unwrap();
        std::fs::write(inside.path().join("own"), "own").unwrap();
        std::fs::create_dir(inside.path().join("www")).unwrap();
        let link = |to: &Path, name| std::os::unix::fs::symlink(to, inside.path().join("www").join(name)).unwrap();
        link(&inside.path().join("own"), "to-own");
        let files = [placement("www", "/")];
        let directory = copy(&files, &[], inside.path()).unwrap().unwrap();
        assert_eq!(std::fs::read_to_string(directory.path().join("to-own")).unwrap(), "own");
        link(&outside.path().join("secret"), "to-secret");
        let said = format!("{:#}", copy(&files, &[], inside.path()).unwrap_err());
        assert!(said.contains("to-secret") && said.contains("leads out"), "{said}");
        std::fs::remove_file(inside.path().join("www/to-secret")).unwrap();
        link(outside.path(), "to-directory");
        let directory = copy(&files, &[], inside.path());
        assert!(directory.is_err() || !directory.unwrap().unwrap().path().join("to-directory").exists());
    }

    #[test]
    fn what_is_not_there_or_outside_is_refused() {
        for files in [pattern("nothing.txt"), pattern("../*"), placement("nothing", "/"), placement("one.txt", "../x")]
        {
            assert!(copied(&[files], &[]).is_err());
        }
    }
}
