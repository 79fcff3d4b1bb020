//! Texts of the manifest that hold variables: `redis://{{ host }}:6379`.

use anyhow::{Context, Result, bail};

/// A text with `{{ name }}` places in it.
#[derive(Debug)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    Variable(String),
}

impl Template {
    /// Reads a template.
    ///
    /// Errors: braces that are opened and not closed.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            if start > 0 {
                parts.push(Part::Text(rest[..start].to_owned()));
            }
            let inner = &rest[start + 2..];
            let end = inner.find("}}").with_context(|| format!("\"{{{{\" without \"}}}}\" in {text:?}"))?;
            parts.push(Part::Variable(inner[..end].trim().to_owned()));
            rest = &inner[end + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The text with each variable's value in its place; `value` looks one up.
    ///
    /// Errors: a variable without a value.
    pub fn render<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Result<String> {
        let mut rendered = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => rendered.push_str(text),
                Part::Variable(name) => match value(name) {
                    Some(value) => rendered.push_str(value),
                    None => bail!("unknown variable {name:?}"),
                },
            }
        }
        Ok(rendered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> Result<String> {
        Template::parse(text)?.render(|name| match name {
            "host" => Some("example.org"),
            "port" => Some("6379"),
            _ => None,
        })
    }

    #[test]
    fn variables_are_replaced() {
        assert_eq!(render("redis://{{ host }}:{{port}}/0").unwrap(), "redis://example.org:6379/0");
        assert_eq!(render("{{host}}{{ port }}").unwrap(), "example.org6379");
        assert_eq!(render("plain } {").unwrap(), "plain } {");
        assert_eq!(render("").unwrap(), "");
    }

    #[test]
    fn what_cannot_be_replaced_is_refused() {
        assert!(render("{{ nobody }}").unwrap_err().to_string().contains("nobody"));
        assert!(Template::parse("{{ host }} {{ port").is_err());
    }
}
