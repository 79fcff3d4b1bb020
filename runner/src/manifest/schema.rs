//! The shape of a manifest, version 2.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;

use super::refused::{ComponentName, Plain, Refused, Route, Source};

/// A whole manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the format; 2 is the one that is served.
    pub spin_manifest_version: u32,
    /// What the application is called, and settings for all its triggers.
    pub application: Application,
    /// The application's variables.
    #[serde(default)]
    pub variables: IndexMap<String, Variable>,
    /// What the application responds to.
    #[serde(default)]
    pub trigger: Triggers,
    /// The components, in the order of the file.
    #[serde(default, rename = "component")]
    pub components: IndexMap<String, Component>,
}

/// `[application]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that Spin allows and that mean nothing here")]
pub struct Application {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    authors: Vec<String>,
    /// What `spin build` compares the components with.
    targets: Option<toml::Value>,
    /// Settings for all triggers of a type.
    #[serde(default)]
    pub trigger: TriggerSettings,
    #[serde(default)]
    tool: BTreeMap<String, toml::Table>,
}

/// `[application.trigger]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerSettings {
    /// Settings for all Redis triggers.
    #[serde(default)]
    pub redis: RedisSettings,
}

/// `[application.trigger.redis]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// The address of triggers that name none; a template.
    pub address: Option<String>,
}

/// A variable of the application.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that Spin allows and that mean nothing here")]
pub struct Variable {
    description: Option<String>,
    /// Whether it has to be given.
    #[serde(default)]
    pub required: bool,
    /// Its value if none is given.
    pub default: Option<String>,
    #[serde(default)]
    secret: bool,
}

/// `[[trigger.…]]`, by type.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that are only there to be refused")]
pub struct Triggers {
    /// Requests.
    #[serde(default)]
    pub http: Vec<HttpTrigger>,
    /// Messages of Redis channels.
    #[serde(default)]
    pub redis: Vec<RedisTrigger>,
    command: Option<Refused>,
    cron: Option<Refused>,
    kinesis: Option<Refused>,
    mqtt: Option<Refused>,
    sqs: Option<Refused>,
}

/// `[[trigger.http]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that are only there to be refused")]
pub struct HttpTrigger {
    id: Option<String>,
    /// The paths that it answers.
    pub route: Plain<Route>,
    /// The component that answers.
    pub component: Plain<ComponentName>,
    /// How the component is called.
    pub executor: Option<Executor>,
    components: Option<Refused>,
    dependencies: Option<Refused>,
    static_response: Option<Refused>,
}

/// `executor`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Executor {
    /// `http`, or `spin`, an older word for it.
    pub r#type: String,
}

/// `[[trigger.redis]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that are only there to be refused")]
pub struct RedisTrigger {
    id: Option<String>,
    /// The Redis to listen to; a template.
    pub address: Option<String>,
    /// The channel to listen to; a template.
    pub channel: String,
    /// The component that hears the messages.
    pub component: Plain<ComponentName>,
    components: Option<Refused>,
    dependencies: Option<Refused>,
}

/// `[component.…]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that mean nothing here, or are only there to be refused")]
pub struct Component {
    /// What it does, for the list of routes.
    #[serde(default)]
    pub description: String,
    /// The path of its WebAssembly file.
    pub source: Plain<Source>,
    /// Its variables; templates.
    #[serde(default)]
    pub variables: IndexMap<String, String>,
    /// Its environment.
    #[serde(default)]
    pub environment: IndexMap<String, String>,
    /// The files that it sees.
    #[serde(default)]
    pub files: Vec<Files>,
    /// Patterns of files that it doesn't see.
    #[serde(default)]
    pub exclude_files: Vec<String>,
    /// Whom it may connect to; templates.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// The key-value stores that it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// The databases that it may open.
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    /// How it is built.
    pub build: Option<Build>,
    ai_models: Option<Refused>,
    allowed_http_hosts: Option<Refused>,
    dependencies: Option<Refused>,
    dependencies_inherit_configuration: Option<Refused>,
    /// Other builds of it, which `spin up --profile` serves; without that, Spin serves this one too.
    profile: Option<toml::Table>,
    targets: Option<toml::Value>,
    #[serde(default)]
    tool: BTreeMap<String, toml::Table>,
}

/// An entry of a component's `files`.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "expected a path, a pattern, or a table of `source` and `destination`"
)]
pub enum Files {
    /// A path or a pattern, kept in its place.
    Pattern(String),
    /// A file or a directory, put in another place.
    Placement {
        /// Where it is, from the manifest's directory.
        source: String,
        /// Where the component sees it.
        destination: String,
    },
}

/// `[component.….build]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that Spin allows and that mean nothing here")]
pub struct Build {
    /// What to run.
    pub command: Commands,
    /// Where to run it, from the manifest's directory.
    pub workdir: Option<String>,
    #[serde(default)]
    watch: Vec<String>,
}

/// One command of the shell, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a command or a list of commands")]
pub enum Commands {
    /// One.
    One(String),
    /// Several, one after another.
    Several(Vec<String>),
}

impl Commands {
    /// The commands in order.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(command) => std::slice::from_ref(command),
            Self::Several(commands) => commands,
        }
    }
}
