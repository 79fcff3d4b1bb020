//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use baton_runner::Reuse;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::client::{ClientCommand, Globals};
use crate::given::Given;

/// Decides who edits which CAD part: says who holds what, holds parts, asks for them and hands them over; and runs Baton
/// itself on a laptop, a test machine or one small server.
#[derive(Parser)]
#[command(name = "baton", version, about)]
pub struct Cli {
    /// What holds for every command of the client.
    #[command(flatten)]
    pub globals: Globals,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Subcommand)]
pub enum Command {
    /// What clients do.
    #[command(flatten)]
    Client(ClientCommand),
    /// Run the application, as `spin up` does
    Up(Box<UpArgs>),
    /// Print a token for the application's API
    Token(TokenArgs),
    /// Copy the database to a file, also while it is used
    Backup(BackupArgs),
    /// Put a copy in the database's place, while the server is stopped
    Restore(RestoreArgs),
    /// Look after the audit log
    #[command(subcommand)]
    Audit(AuditCommand),
}

/// The subcommands of `baton audit`.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Check that the audit log is as it was written.
    ///
    /// Ends with 0 if it is, 1 if it isn't, and 2 if that can't be found out.
    Verify(Box<AuditVerifyArgs>),
}

/// Where the application and its state are, and the values of its variables.
#[derive(Args)]
pub struct AppArgs {
    /// The manifest, or the directory with a spin.toml
    #[arg(short, long, value_name = "PATH", default_value = "spin.toml")]
    pub from: PathBuf,

    /// Where databases, logs and the secret are kept [default: .spin beside the manifest]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,

    /// The value of a variable of the application, as NAME=VALUE, NAME=@FILE or @FILE.toml, @FILE.json; may be repeated.
    ///
    /// Everybody on this machine can read arguments: give secrets by a file of your own, or by the environment. Without it, the
    /// environment variable SPIN_VARIABLE_<NAME> counts, then the manifest's default.
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = parse_variable)]
    pub variables: Vec<Given>,
}

/// The arguments of `baton up`.
#[derive(Args)]
pub struct UpArgs {
    /// The application.
    #[command(flatten)]
    pub app: AppArgs,

    /// Run each component's build command first
    #[arg(long)]
    pub build: bool,

    /// The address to serve HTTP on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,

    /// The Redis that wakes waiting clients, shorthand for `--variable redis_url=URL`.
    ///
    /// Without one, Redis triggers are not served.
    #[arg(long, value_name = "URL")]
    pub redis_url: Option<String>,

    /// Keep the components' output off the console; the log files have it
    #[arg(short, long)]
    pub quiet: bool,

    /// Connections that are served at once [default: as many as there may be open files, but for a reserve]
    #[arg(long, value_name = "COUNT")]
    pub max_connections: Option<usize>,

    /// Connections of one address that are served at once [default: a quarter of all, and all for this machine's own]
    #[arg(long, value_name = "COUNT")]
    pub max_connections_per_address: Option<usize>,

    /// Certificates (PEM) that components trust beside the usual roots, such as those of the shop's own authority
    #[arg(long, value_name = "FILE")]
    pub ca_roots: Option<PathBuf>,

    /// How instances are used.
    #[command(flatten)]
    pub reuse: ReuseArgs,
}

/// How long and for how much an instance of a component is used: Spin's flags, with defaults for long polls.
#[derive(Args, Clone, Copy)]
pub struct ReuseArgs {
    /// Requests that one instance serves in its life (Spin's default: 128)
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    pub max_instance_reuse_count: usize,

    /// Requests that one instance serves at once (Spin's default: 16)
    #[arg(long, value_name = "COUNT", default_value_t = 4_096)]
    pub max_instance_concurrent_reuse_count: usize,

    /// The memory that one instance may take, in bytes (Spin's default: no limit)
    #[arg(long, value_name = "BYTES", default_value_t = 512 << 20)]
    pub max_instance_memory: usize,

    /// How long a request may take to its response, such as 90, 90s or 500ms [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub request_timeout: Option<Duration>,

    /// How long an instance without a request is kept (Spin's default: 1s)
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "10s")]
    pub idle_instance_timeout: Duration,
}

impl From<ReuseArgs> for Reuse {
    fn from(args: ReuseArgs) -> Self {
        Self {
            max_instance_reuse_count: args.max_instance_reuse_count,
            max_instance_concurrent_reuse_count: args.max_instance_concurrent_reuse_count,
            max_instance_memory: args.max_instance_memory,
            request_timeout: args.request_timeout,
            idle_instance_timeout: args.idle_instance_timeout,
        }
    }
}

/// The arguments of `baton token`.
#[derive(Args)]
pub struct TokenArgs {
    /// The application.
    #[command(flatten)]
    pub app: AppArgs,

    /// The user's name
    #[arg(long, value_name = "NAME")]
    pub user: String,

    /// What the user may do; each role includes the ones before it
    #[arg(long)]
    pub role: Role,

    /// A further role, which only the gates of workflows look at; may be repeated
    #[arg(long = "also-role", value_name = "NAME")]
    pub also_roles: Vec<String>,

    /// How long the token holds, such as 30m, 8h or 7d
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "8h")]
    pub ttl: Duration,
}

/// Where an application's state is.
#[derive(Args)]
pub struct StateArgs {
    /// The manifest, or the directory with a spin.toml
    #[arg(short, long, value_name = "PATH", default_value = "spin.toml")]
    pub from: PathBuf,

    /// Where databases are kept [default: .spin beside the manifest]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
}

/// The arguments of `baton backup`.
#[derive(Args)]
pub struct BackupArgs {
    /// The application's state.
    #[command(flatten)]
    pub state: StateArgs,

    /// The file to make
    pub file: PathBuf,
}

/// The arguments of `baton restore`.
#[derive(Args)]
pub struct RestoreArgs {
    /// The application's state.
    #[command(flatten)]
    pub state: StateArgs,

    /// The file that `baton backup` made
    pub file: PathBuf,
}

/// The arguments of `baton audit verify`.
#[derive(Args)]
pub struct AuditVerifyArgs {
    /// The application, whose secret signs the token.
    #[command(flatten)]
    pub app: AppArgs,

    /// Where the application is served
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    pub url: String,

    /// An admin's token [default: one made with the secret in the state directory]
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
}

/// A user's role.
#[derive(Clone, Copy, ValueEnum)]
pub enum Role {
    /// May read
    Viewer,
    /// May hold edit sessions
    Editor,
    /// May do anything
    Admin,
}

impl Role {
    /// The role as it stands in a token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

fn parse_variable(argument: &str) -> anyhow::Result<Given> {
    Given::parse(argument)
}

/// A time with its unit.
///
/// Errors: it is none.
pub fn parse_duration(text: &str) -> anyhow::Result<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().context("expected a number with a unit, such as 500ms, 90s, 30m or 8h")?;
    let seconds = |per_unit: u64| number.checked_mul(per_unit).map(Duration::from_secs);
    let duration = match unit {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(60 * 60),
        "d" => seconds(24 * 60 * 60),
        _ => bail!("unknown unit {unit:?}: use ms, s, m, h or d"),
    };
    duration.context("too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_have_units() {
        for (text, expected) in [
            ("90", Duration::from_secs(90)),
            ("500ms", Duration::from_millis(500)),
            ("8h", Duration::from_secs(28_800)),
            ("7d", Duration::from_secs(604_800)),
        ] {
            assert_eq!(parse_duration(text).unwrap(), expected, "{text}");
        }
        for text in ["", "h", "8w", "-1s", "99999999999999999d"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
