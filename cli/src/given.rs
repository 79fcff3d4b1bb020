//! Values of variables as they are given on the command line: in Spin's ways.

use std::collections::HashMap;
use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// What is given with a `--variable`.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// `NAME=VALUE`
    Value(String, String),
    /// `NAME=@FILE`: what the file holds, as it is.
    Content(String, PathBuf),
    /// `@FILE.toml`: names with texts.
    Toml(PathBuf),
    /// `@FILE.json`: the same.
    Json(PathBuf),
}

impl Given {
    /// Reads an argument.
    ///
    /// Errors: it is none of these.
    pub fn parse(argument: &str) -> Result<Self> {
        if let Some(path) = argument.strip_prefix('@') {
            let path = PathBuf::from(path);
            return match path.extension().and_then(|extension| extension.to_str()) {
                Some("toml") => Ok(Self::Toml(path)),
                Some("json") => Ok(Self::Json(path)),
                _ => bail!("a file of variables ends in .toml or .json"),
            };
        }
        let (name, value) = argument.split_once('=').context("expected NAME=VALUE, NAME=@FILE or @FILE")?;
        Ok(match value.strip_prefix('@') {
            Some(path) => Self::Content(name.to_owned(), path.into()),
            None => Self::Value(name.to_owned(), value.to_owned()),
        })
    }

    /// The names and values that are given by it.
    fn values(&self) -> Result<Vec<(String, String)>> {
        let named = match self {
            Self::Value(name, value) => return Ok(vec![(name.clone(), value.clone())]),
            Self::Content(name, path) => return Ok(vec![(name.clone(), read(path)?)]),
            Self::Toml(path) => toml::from_str(&read(path)?).map_err(|error| unreadable(path, error.message())),
            Self::Json(path) => serde_json::from_str::<HashMap<_, _>>(&read(path)?)
                .map_err(|error| unreadable(path, &format!("line {}, column {}", error.line(), error.column()))),
        };
        Ok(named?.into_iter().collect())
    }
}

/// All names and values that are given.
///
/// Errors: a file that can't be read, or doesn't hold that.
pub fn values(given: &[Given]) -> Result<Vec<(String, String)>> {
    let values: Vec<_> = given.iter().map(Given::values).collect::<Result<_>>()?;
    Ok(values.into_iter().flatten().collect())
}

fn read(path: &Path) -> Result<String> {
    read_to_string(path).with_context(|| format!("can't read {}", path.display()))
}

/// Without what stands there, which may be a secret.
fn unreadable(path: &Path, why: &str) -> anyhow::Error {
    anyhow::anyhow!("{} doesn't hold names with texts: {why}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_from_arguments_and_files() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.display().to_string()
        };
        let arguments = [
            "a=b=c".to_owned(),
            format!("secret=@{}", file("secret", "s3cret")),
            format!("@{}", file("more.toml", "x = \"1\"")),
            format!("@{}", file("more.json", "{\"y\": \"2\"}")),
        ];
        let given: Vec<_> = arguments.iter().map(|argument| Given::parse(argument).unwrap()).collect();
        let expected = [("a", "b=c"), ("secret", "s3cret"), ("x", "1"), ("y", "2")];
        assert_eq!(values(&given).unwrap(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for bad in ["a", "@file", "@file.txt"] {
            assert!(Given::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_a_file_holds_is_not_told() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["more.toml", "more.json"] {
            let path = directory.path().join(name);
            std::fs::write(&path, "auth_secret hunter2hunter2").unwrap();
            let said = format!("{:#}", Given::parse(&format!("@{}", path.display())).unwrap().values().unwrap_err());
            assert!(said.contains(name) && !said.contains("hunter2"), "{said}");
        }
    }
}
