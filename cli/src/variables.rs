//! The values of the application's variables.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};

use crate::manifest::Manifest;
use crate::secret;
use crate::state_dir::StateDir;
use crate::template::Template;

/// The value of each variable of the application.
pub struct Variables {
    values: HashMap<String, String>,
}

impl Variables {
    /// Finds the value of each variable: from `given`, the command line; else from the environment; else the default.
    /// A secret for tokens that nobody gives is kept in the state directory.
    ///
    /// Errors: a name that the manifest doesn't have or that is given twice, a required variable without a value, or a
    /// secret that is too short.
    pub fn resolve(manifest: &Manifest, given: &[(String, String)], state: &StateDir) -> Result<Self> {
        Self::resolve_with(manifest, given, state, from_environment)
    }

    fn resolve_with(
        manifest: &Manifest,
        given: &[(String, String)],
        state: &StateDir,
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
                None if variable.required && name == secret::VARIABLE => Some(secret::read_or_make(state)?),
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
        if let Some(secret) = values.get(secret::VARIABLE) {
            secret::check(secret)?;
        }
        Ok(Self { values })
    }

    /// The value of a variable; none if the application has no such variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
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

/// Spin's places: `SPIN_VARIABLE_NAME` in the environment, then in a `.env` file of the working directory.
pub fn from_environment(name: &str) -> Result<Option<String>> {
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
    use std::path::Path;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn resolve(given: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<Variables> {
        let manifest: Manifest = toml::from_str(
            "spin_manifest_version = 2\napplication.name = \"a\"\n[variables]\n\
             auth_secret = { required = true }\nuser = { required = true }\nmode = { default = \"slow\" }",
        )?;
        let directory = tempfile::tempdir()?;
        let state = StateDir::open(Some(directory.path()), Path::new("/"))?;
        let given: Vec<_> = given.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Variables::resolve_with(&manifest, &given, &state, |name| {
            Ok(environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string()))
        })
    }

    #[test]
    fn the_command_line_counts_before_the_environment_and_that_before_the_default() {
        let variables =
            resolve(&[("user", "ada"), ("auth_secret", SECRET)], &[("user", "bob"), ("mode", "fast")]).unwrap();
        assert_eq!(variables.get("user"), Some("ada"));
        assert_eq!(variables.render("{{ mode }}!").unwrap(), "fast!");
        assert_eq!(resolve(&[("user", "ada")], &[]).unwrap().get("mode"), Some("slow"));
    }

    #[test]
    fn a_secret_is_made_where_none_is_given() {
        let made = resolve(&[("user", "ada")], &[]).unwrap();
        assert_eq!(made.get("auth_secret").unwrap().len(), 64);
    }

    #[test]
    fn what_is_missing_unknown_twice_or_short_is_refused() {
        let said = |given: &[(&str, &str)]| resolve(given, &[]).err().unwrap().to_string();
        assert!(said(&[]).contains("user"));
        assert!(said(&[("user", "a"), ("nobody", "")]).contains("nobody"));
        assert!(said(&[("user", "a"), ("user", "b")]).contains("twice"));
        assert!(said(&[("user", "a"), ("auth_secret", "short")]).contains("32"));
    }
}
