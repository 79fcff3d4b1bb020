//! What the shape alone doesn't say: names that must fit each other, and what this runner doesn't have.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};

use super::schema::{Component, HttpTrigger, Manifest};
use crate::template::Template;

/// Checks a manifest as a whole.
///
/// Errors: the first thing that can't be served, with the component or trigger that asks for it.
pub fn check(manifest: &Manifest) -> Result<()> {
    ensure!(
        manifest.spin_manifest_version == 2,
        "spin_manifest_version is {}; only 2 is served",
        manifest.spin_manifest_version
    );
    ensure!(
        !manifest.trigger.http.is_empty() || !manifest.trigger.redis.is_empty(),
        "no trigger: there is nothing to serve"
    );
    for (name, variable) in &manifest.variables {
        check_name(name, '_').with_context(|| format!("variable {name:?}"))?;
        ensure!(
            variable.required != variable.default.is_some(),
            "variable {name:?} must have either `required = true` or a `default`"
        );
    }
    for (name, component) in &manifest.components {
        check_name(name, '-')
            .and_then(|()| check_component(component, manifest))
            .with_context(|| format!("component {name:?}"))?;
    }
    check_http_triggers(manifest)?;
    check_redis_triggers(manifest)
}

fn check_component(component: &Component, manifest: &Manifest) -> Result<()> {
    only_default("key_value_stores", &component.key_value_stores)?;
    only_default("sqlite_databases", &component.sqlite_databases)?;
    for (name, template) in &component.variables {
        check_name(name, '_')
            .and_then(|()| check_template(template, manifest))
            .with_context(|| format!("its variable {name:?}"))?;
    }
    for host in &component.allowed_outbound_hosts {
        check_template(host, manifest).context("allowed_outbound_hosts")?;
    }
    Ok(())
}

fn check_http_triggers(manifest: &Manifest) -> Result<()> {
    let mut routes: HashMap<&str, &str> = HashMap::new();
    for trigger in &manifest.trigger.http {
        let (route, component) = (&*trigger.route.text, &*trigger.component.text);
        check_http_trigger(trigger, manifest).with_context(|| format!("the HTTP trigger for route {route:?}"))?;
        if let Some(other) = routes.insert(route.trim_end_matches('/'), component) {
            bail!("route {route:?} is there twice: for {other:?} and for {component:?}");
        }
    }
    Ok(())
}

fn check_http_trigger(trigger: &HttpTrigger, manifest: &Manifest) -> Result<()> {
    check_component_exists(&trigger.component.text, manifest)?;
    match &trigger.executor {
        Some(executor) if !matches!(&*executor.r#type, "http" | "spin") => {
            bail!("executor {:?}: `baton up` serves only \"http\"", executor.r#type)
        }
        _ => Ok(()),
    }
}

fn check_redis_triggers(manifest: &Manifest) -> Result<()> {
    let shared_address = &manifest.application.trigger.redis.address;
    for trigger in &manifest.trigger.redis {
        let check = || {
            check_component_exists(&trigger.component.text, manifest)?;
            let address = trigger
                .address
                .as_ref()
                .or(shared_address.as_ref())
                .context("no address: neither its own nor one in [application.trigger.redis]")?;
            check_template(address, manifest)?;
            check_template(&trigger.channel, manifest)
        };
        check().with_context(|| format!("the Redis trigger for channel {:?}", trigger.channel))?;
    }
    Ok(())
}

fn check_component_exists(name: &str, manifest: &Manifest) -> Result<()> {
    ensure!(manifest.components.contains_key(name), "there is no component {name:?}");
    Ok(())
}

fn check_template(text: &str, manifest: &Manifest) -> Result<()> {
    Template::parse(text)?.render(|name| manifest.variables.contains_key(name).then_some(""))?;
    Ok(())
}

fn only_default(setting: &str, labels: &[String]) -> Result<()> {
    match labels.iter().find(|label| *label != "default") {
        Some(other) => bail!("{setting} has {other:?}: `baton up` serves only \"default\"; `spin up` can serve others"),
        None => Ok(()),
    }
}

/// Words of letters and digits, each beginning with a letter, joined by `separator`.
fn check_name(name: &str, separator: char) -> Result<()> {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_alphabetic())
            && word.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    ensure!(name.split(separator).all(is_word), "a name here is words of letters and digits, joined by {separator:?}");
    Ok(())
}
