//! The values of the application's variables.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};

use crate::manifest::{LoadedManifest, Manifest};
use crate::template::Template;

/// The value of each variable of the application.
pub struct Variables {
    values: HashMap<String, String>,
}

impl Variables {
    /// Finds the value of each variable: from `given`, the command line; else from the environment; else the default.
    /// `make` is asked for a required one that nobody gives.
    ///
    /// Errors: a name that the manifest doesn't have or that is given twice, a required variable without a value, or
    /// those of `make`.
    pub fn resolve(
        loaded: &LoadedManifest,
        given: &[(String, String)],
        make: impl Fn(&str) -> Result<Option<String>>,
    ) -> Result<Self> {
        Self::resolve_with(&loaded.manifest, given, make, variable_from_environment)
    }

    fn resolve_with(
        manifest: &Manifest,
        given: &[(String, String)],
        make: impl Fn(&str) -> Result<Option<String>>,
        environment: impl Fn(&str) -> Result<Option<String>>,
    ) -> Result<Self> {
        let mut values = take_given(manifest, given)?;
        let mut missing = Vec::new();
        for (name, variable) in &manifest.variables {
            if values.contains_key(name) {
                continue;
            }
            let value = match environment(name)? {
                Some(value) => Some(value),
                None if variable.required => make(name)?,
                None => variable.default.clone(),
            };
            match value {
                Some(value) => _ = values.insert(name.clone(), value),
                None => missing.push(name.as_str()),
            }
        }
        ensure!(
            missing.is_empty(),
            "no value for the required variable(s) {}: give --variable NAME=VALUE or SPIN_VARIABLE_NAME",
            missing.join(", ")
        );
        Ok(Self { values })
    }

    /// The value of a variable; none if the application has no such variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The same with another value for some of them. The application need not have them.
    pub fn with(&self, values: &[(&str, &str)]) -> Self {
        let mut all = self.values.clone();
        for (name, value) in values {
            if let Some(own) = all.get_mut(*name) {
                *own = (*value).to_owned();
            }
        }
        Self { values: all }
    }

    /// A template of the manifest with the values in their places.
    ///
    /// Errors: braces that are not closed, or an unknown variable.
    pub fn render(&self, template: &str) -> Result<String> {
        Template::parse(template)?.render(|name| self.get(name))
    }
}

fn take_given(manifest: &Manifest, given: &[(String, String)]) -> Result<HashMap<String, String>> {
    let mut values = HashMap::new();
    for (name, value) in given {
        ensure!(manifest.variables.contains_key(name), "the application has no variable {name:?}");
        if values.insert(name.clone(), value.clone()).is_some() {
            bail!("the variable {name:?} is given twice");
        }
    }
    Ok(values)
}

/// The value of a variable in Spin's places: `SPIN_VARIABLE_NAME` in the environment, then in a `.env` file of the
/// working directory.
///
/// Errors: a value that isn't UTF-8, or a `.env` file that can't be read.
pub fn variable_from_environment(name: &str) -> Result<Option<String>> {
    let key = format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase());
    match std::env::var(&key) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => from_dotenv(&key),
        Err(error) => Err(error).with_context(|| format!("the environment variable {key}")),
    }
}

fn from_dotenv(key: &str) -> Result<Option<String>> {
    let entries = match dotenvy::from_filename_iter(".env") {
        Ok(entries) => entries,
        Err(error) if error.not_found() => return Ok(None),
        Err(error) => return Err(error).context("can't read .env"),
    };
    let mut value = None;
    for entry in entries {
        let (name, text) = entry.context("can't read .env")?;
        if name == key {
            value = Some(text);
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(given: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<Variables> {
        let manifest: Manifest = toml::from_str(
            "spin_manifest_version = 2\napplication.name = \"a\"\n[variables]\n\
             secret = { required = true }\nuser = { required = true }\nmode = { default = \"slow\" }",
        )?;
        let given: Vec<_> = given.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let make = |name: &str| Ok((name == "secret").then(|| "made".to_owned()));
        Variables::resolve_with(&manifest, &given, make, |name| {
            Ok(environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string()))
        })
    }

    #[test]
    fn the_command_line_counts_before_the_environment_and_that_before_the_default() {
        let variables = resolve(&[("user", "ada")], &[("user", "bob"), ("mode", "fast")]).unwrap();
        assert_eq!(variables.get("user"), Some("ada"));
        assert_eq!(variables.render("{{ mode }}!").unwrap(), "fast!");
        assert_eq!(resolve(&[("user", "ada")], &[]).unwrap().get("mode"), Some("slow"));
    }

    #[test]
    fn what_can_be_made_is_made_where_it_is_not_given() {
        let given = [("user", "ada"), ("secret", "given")];
        assert_eq!(resolve(&given, &[]).unwrap().get("secret"), Some("given"));
        assert_eq!(resolve(&given[..1], &[]).unwrap().get("secret"), Some("made"));
    }

    #[test]
    fn what_is_missing_unknown_or_twice_is_refused() {
        let said = |given: &[(&str, &str)]| resolve(given, &[]).err().unwrap().to_string();
        assert!(said(&[]).contains("user"));
        assert!(said(&[("user", "a"), ("nobody", "")]).contains("nobody"));
        assert!(said(&[("user", "a"), ("user", "b")]).contains("twice"));
    }
}
