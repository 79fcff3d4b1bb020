//! The git repository that a command is given in, where its locks are kept by the Baton that is spoken to.

use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use baton_client::canonical;
use url::Url;

/// Such a repository.
pub struct Repository {
    /// Its name to Baton.
    pub name: String,
    top: PathBuf,
    /// Where the command is given.
    here: PathBuf,
}

impl Repository {
    /// The one around the current directory; none if there is none, or its `lfs.url` isn't of this Baton.
    pub fn here(baton: &Url) -> Option<Self> {
        let top = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
        let committed = top.join(".lfsconfig");
        // As git-lfs looks: what is the user's own goes before what is committed.
        let url = git(&["config", "--get", "lfs.url"])
            .or_else(|| git(&["config", "--file", committed.to_str()?, "--get", "lfs.url"]))?;
        let name = name(baton, &url)?;
        let here = std::env::current_dir().ok()?.canonicalize().ok()?;
        Some(Self { name, top: top.canonicalize().ok()?, here })
    }

    /// The path of a file in it, as git has it; none if it is outside.
    pub fn path(&self, named: &str) -> Option<String> {
        let mut path = PathBuf::new();
        for component in self.here.join(named).components() {
            match component {
                Component::ParentDir => {
                    path.pop();
                }
                Component::CurDir => {}
                component => path.push(component),
            }
        }
        let path = path.strip_prefix(&self.top).ok()?;
        path.to_str().filter(|path| !path.is_empty()).map(str::to_owned)
    }

    /// Whether there is a file of this name.
    pub fn has(&self, named: &str) -> bool {
        Path::new(named).is_file() && self.path(named).is_some()
    }
}

/// The repository's name in its `lfs.url`.
fn name(baton: &Url, url: &str) -> Option<String> {
    let mut url = Url::parse(url.trim()).ok()?;
    // Who pushes isn't where.
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let name = canonical(&url).strip_prefix(&format!("{}/lfs/", canonical(baton)))?.to_owned();
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let said = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    Some(said.trim_end_matches('\n').to_owned()).filter(|said| !said.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_of_this_baton_or_of_none() {
        let baton = Url::parse("https://baton.example/shop/").unwrap();
        let name = |url: &str| name(&baton, url);
        assert_eq!(name("https://baton.example/shop/lfs/cad").as_deref(), Some("cad"));
        assert_eq!(name("https://ann@baton.example/shop/lfs/cad/").as_deref(), Some("cad"));
        assert_eq!(name("https://baton.example/lfs/cad"), None);
        assert_eq!(name("https://baton.example/shop/lfs/cad/info"), None);
        assert_eq!(name("cad"), None);
    }

    #[test]
    fn a_path_counts_from_where_it_is_named() {
        let repository =
            Repository { name: "cad".into(), top: "/home/ann/cad".into(), here: "/home/ann/cad/parts".into() };
        let path = |named: &str| repository.path(named);
        assert_eq!(path("flange.step").as_deref(), Some("parts/flange.step"));
        assert_eq!(path("../base.step").as_deref(), Some("base.step"));
        assert_eq!(path("/home/ann/cad/./a/b").as_deref(), Some("a/b"));
        assert_eq!(path("../../other/a"), None);
        assert_eq!(path(".."), None);
    }
}
