//! The client's commands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::rights::{AccessArgs, TeamArgs};
use crate::cli::{Role, parse_duration};

/// What holds for every command of the client.
#[derive(Args, Clone, Debug)]
pub struct Globals {
    /// Print the API's own documents: one for a command, a line for an event
    #[arg(long, global = true, help_heading = "Client")]
    pub json: bool,

    /// Act as this user, with a `baton up` on this machine: to try things out
    #[arg(long = "as", value_name = "USER", global = true, help_heading = "Client")]
    pub as_user: Option<String>,
}

impl Globals {
    /// Whether any of them is given.
    pub fn any(&self) -> bool {
        self.json || self.as_user.is_some()
    }
}

/// The commands.
#[derive(Subcommand)]
pub enum ClientCommand {
    /// Sign in to a Baton
    Login(LoginArgs),
    /// Show who holds what
    Who(WhoArgs),
    /// Hold parts
    Acquire(AcquireArgs),
    /// Hold parts no longer
    Release(ReleaseArgs),
    /// Ask whoever holds a part for it
    Ask(AskArgs),
    /// Show who asks whom for what
    Requests(RequestsArgs),
    /// Hand over what you are asked for
    Accept(AnswerArgs),
    /// Keep what you are asked for
    Decline(DeclineArgs),
    /// Give a part to somebody
    Give(GiveArgs),
    /// Have parts for yourself for a time to come
    Reserve(ReserveArgs),
    /// Show who has reserved what
    Reservations(ReservationsArgs),
    /// Withdraw a reservation
    Unreserve(UnreserveArgs),
    /// Tell what happens to parts
    Watch(WatchArgs),
    /// Show what concerns you, wherever you sit
    Inbox(InboxArgs),
    /// End somebody else's session
    ForceRelease(ForceReleaseArgs),
    /// Show which overrides are to be signed
    Approvals(ApprovalsArgs),
    /// Sign an override
    Sign(SignArgs),
    /// Show or fetch what is kept of a part
    Checkpoints(CheckpointsArgs),
    /// Look after your API keys
    Keys(KeysArgs),
    /// Show or set teams
    Team(TeamArgs),
    /// Show or set who may what
    Access(AccessArgs),
    /// Look after webhooks, for admins
    Webhooks(WebhooksArgs),
    /// Hold a part while a command runs
    Edit(EditArgs),
    /// Give git your token, as one of its helpers for credentials.
    ///
    /// git config --global credential.https://baton.example.com.helper "!baton credential"
    Credential(CredentialArgs),
    /// Look at what others are about to do, where they do it
    #[command(subcommand)]
    Hook(HookCommand),
    /// Print what a shell needs to complete this command
    Completions(CompletionsArgs),
}

/// The arguments of `baton credential`.
#[derive(Args)]
pub struct CredentialArgs {
    /// What git wants: get, store or erase; anything else is ignored
    pub action: String,
}

/// The subcommands of `baton hook`.
#[derive(Subcommand)]
pub enum HookCommand {
    /// Refuse a push that changes what somebody else has locked: for a git server's hook pre-receive
    GitPreReceive(PreReceiveArgs),
    /// Refuse an edit of a file that somebody else holds: for Claude Code's hook PreToolUse
    ClaudePreToolUse(ClaudeArgs),
}

/// The arguments of `baton hook claude-pre-tool-use`.
#[derive(Args)]
pub struct ClaudeArgs {
    /// The agent's name, as it is given to Baton's tools: what your other agents hold is somebody else's, too
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,

    /// Refuse edits also where Baton can't be reached
    #[arg(long)]
    pub strict: bool,
}

/// The arguments of `baton inbox`.
#[derive(Args)]
pub struct InboxArgs {
    /// What you have read, too
    #[arg(long)]
    pub all: bool,

    /// Mark all that is shown as read
    #[arg(long)]
    pub read: bool,

    /// A type of event that is not to come from now on, such as edit.handoff_cancelled or approval.*; may be repeated
    #[arg(long, value_name = "TYPE", conflicts_with_all = ["all", "read"])]
    pub mute: Vec<String>,

    /// One that is to come again; may be repeated
    #[arg(long, value_name = "TYPE", conflicts_with_all = ["all", "read"])]
    pub unmute: Vec<String>,
}

/// The arguments of `baton hook git-pre-receive`.
#[derive(Args)]
pub struct PreReceiveArgs {
    /// The repository, as in lfs.url [default: the name of the git repository's folder]
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,

    /// Who pushes, as Baton knows them [default: what the git server says by BATON_PUSHER, GL_USERNAME, GITEA_PUSHER_NAME,
    /// GITHUB_USER_LOGIN, REMOTE_USER or GL_USER]
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
}

/// The arguments of `baton ask`.
#[derive(Args)]
pub struct AskArgs {
    /// The part
    pub part: String,

    /// What its holder reads, up to 2,000 characters
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,

    /// Stand in line: it is yours when it is free
    #[arg(long)]
    pub line: bool,
}

/// The arguments of `baton requests`.
#[derive(Args)]
pub struct RequestsArgs {
    /// Those that have been answered, too
    #[arg(long)]
    pub all: bool,
}

/// The arguments of `baton accept`.
#[derive(Args)]
pub struct AnswerArgs {
    /// The request: by its part, by who asks, or by its id [default: the only one]
    pub request: Option<String>,
}

/// The arguments of `baton decline`.
#[derive(Args)]
pub struct DeclineArgs {
    /// The request: by its part, by who asks, or by its id [default: the only one]
    pub request: Option<String>,

    /// What who asked reads
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
}

/// The arguments of `baton give`.
#[derive(Args)]
pub struct GiveArgs {
    /// The part
    pub part: String,

    /// Whose it is to be
    pub user: String,
}

/// The arguments of `baton reserve`.
#[derive(Args)]
pub struct ReserveArgs {
    /// The parts: all of them, or none where somebody else has reserved one
    #[arg(value_name = "PART", required = true)]
    pub parts: Vec<String>,

    /// From when: 2027-03-01T09:00:00Z, 2027-03-01T09:00 with --zone, or so long from now, such as 2h
    #[arg(long, value_name = "TIME")]
    pub from: String,

    /// Until when: likewise, or so long after that
    #[arg(long, value_name = "TIME")]
    pub until: String,

    /// The rule by which it repeats (RFC 5545), such as "FREQ=WEEKLY;COUNT=10"
    #[arg(long, value_name = "RULE")]
    pub repeat: Option<String>,

    /// The time zone whose clocks the times and the rule go by, such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,

    /// What for, up to 500 characters
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// The arguments of `baton reservations`.
#[derive(Args)]
pub struct ReservationsArgs {
    /// The part [default: all]
    pub part: Option<String>,

    /// Yours alone
    #[arg(long)]
    pub mine: bool,
}

/// The arguments of `baton unreserve`.
#[derive(Args)]
pub struct UnreserveArgs {
    /// The reservation: by its id, or by its parts [default: the only one]
    pub reservation: Option<String>,
}

/// How events are told.
#[derive(Args)]
pub struct TellArgs {
    /// Tell nothing on the desktop
    #[arg(long)]
    pub no_notify: bool,

    /// A command for the shell that is run for each event, which it reads as JSON ($BATON_EVENT is its type, $BATON_PART the part)
    #[arg(long, value_name = "CMD")]
    pub on_event: Option<String>,
}

/// The arguments of `baton watch`.
#[derive(Args)]
pub struct WatchArgs {
    /// The parts; F01-* is all that begin so [default: whatever this workstation hears]
    #[arg(value_name = "PART")]
    pub parts: Vec<String>,

    /// How it is told.
    #[command(flatten)]
    pub tell: TellArgs,
}

/// The arguments of `baton force-release`.
#[derive(Args)]
pub struct ForceReleaseArgs {
    /// The part
    pub part: String,

    /// Why: the holder reads it, and it is kept
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Have the holder's client save first: it is free when that is done, or after so many seconds (300 at most)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=300))]
    pub save: Option<u64>,
}

/// The arguments of `baton approvals`.
#[derive(Args)]
pub struct ApprovalsArgs {
    /// Those that are closed, too
    #[arg(long)]
    pub all: bool,
}

/// The arguments of `baton sign`.
#[derive(Args)]
pub struct SignArgs {
    /// The approval: by its part or by its id
    pub approval: String,

    /// What to sign
    pub decision: Decision,

    /// What else is to be said
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,

    /// For which gate, by its role [default: the open one that the fewest can sign]
    #[arg(long, value_name = "ROLE")]
    pub gate: Option<String>,
}

/// What a signature says.
#[derive(Clone, Copy, ValueEnum)]
pub enum Decision {
    /// It may be
    Approve,
    /// It may not
    Reject,
}

/// The arguments of `baton checkpoints`.
#[derive(Args)]
pub struct CheckpointsArgs {
    /// The part
    pub part: String,

    /// Fetch one: by its label or its id; without either, the newest
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "newest")]
    pub download: Option<String>,

    /// The file to make of it [default: PART-ID]
    #[arg(short, long, value_name = "FILE", requires = "download")]
    pub output: Option<PathBuf>,
}

/// The arguments of `baton keys`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct KeysArgs {
    /// Everybody's, for admins
    #[arg(long)]
    pub all: bool,

    /// What to do with them [default: show them]
    #[command(subcommand)]
    pub command: Option<KeyCommand>,
}

/// What is done with keys.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Make a key, and print its secret
    Create {
        /// What it is called
        name: String,

        /// What it may do at most [default: as you may]
        #[arg(long)]
        role: Option<Role>,

        /// How long it holds [default: as the server has it]
        #[arg(long)]
        days: Option<u32>,

        /// What it is for: read, edit, override, lfs, webhooks; may be repeated [default: all that the role allows]
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
    },
    /// Give a key another secret, and print that
    Rotate {
        /// The key: by its name or its id
        key: String,

        /// How long the old secret holds, too
        #[arg(long, value_name = "MINUTES", default_value_t = 0)]
        grace_minutes: u32,
    },
    /// End a key
    Delete {
        /// The key: by its name or its id
        key: String,
    },
}

/// The arguments of `baton webhooks`.
#[derive(Args)]
pub struct WebhooksArgs {
    /// What to do with them [default: show them]
    #[command(subcommand)]
    pub command: Option<WebhookCommand>,
}

/// What is done with webhooks. Each is named by its id, its address or its description.
#[derive(Subcommand)]
pub enum WebhookCommand {
    /// Show them
    List,
    /// Make a webhook, and print its secret
    Add {
        /// Where its requests go
        url: String,

        /// Which events, such as edit.*; may be repeated [default: all]
        #[arg(long = "event", value_name = "TYPE")]
        events: Vec<String>,

        /// On which parts; may end in * [default: all]
        #[arg(long, value_name = "PART")]
        part: Option<String>,

        /// What is sent: standard, slack or teams
        #[arg(long, value_name = "FORMAT", default_value = "standard")]
        format: String,

        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Turn a webhook on that was turned off
    On {
        /// The webhook [default: the only one]
        webhook: Option<String>,
    },
    /// Turn a webhook off
    Off {
        /// The webhook [default: the only one]
        webhook: Option<String>,
    },
    /// Send an event to a webhook, and say what came of it
    Test {
        /// The webhook [default: the only one]
        webhook: Option<String>,
    },
    /// Show what there was to be sent, and each attempt
    Deliveries {
        /// The webhook [default: the only one]
        webhook: Option<String>,

        /// Only those that are pending, delivered or failed
        #[arg(long, value_name = "STATE")]
        state: Option<String>,

        /// How many at most
        #[arg(long, value_name = "COUNT", default_value_t = 20)]
        limit: u32,
    },
    /// Send a delivery again, by its id
    Retry {
        /// The delivery
        delivery: String,
    },
    /// Give a webhook another secret, and print that
    Rotate {
        /// The webhook [default: the only one]
        webhook: Option<String>,
    },
    /// End a webhook
    Remove {
        /// The webhook
        webhook: String,
    },
}

/// The arguments of `baton edit`.
#[derive(Args)]
pub struct EditArgs {
    /// The part
    pub part: String,

    /// How the part is held.
    #[command(flatten)]
    pub how: HowArgs,

    /// A file that is kept as the draft whenever it changes
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// End the command if the session is lost
    #[arg(long)]
    pub kill: bool,

    /// How it is told what happens meanwhile.
    #[command(flatten)]
    pub tell: TellArgs,

    /// The command
    #[arg(value_name = "COMMAND", required = true, last = true)]
    pub command: Vec<String>,
}

/// The arguments of `baton completions`.
#[derive(Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// The arguments of `baton login`.
#[derive(Args)]
pub struct LoginArgs {
    /// Where it is, such as https://baton.example.com
    pub url: String,

    /// A token or an API key; - reads it from standard input [default: asks for it]
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
}

/// The arguments of `baton who`.
#[derive(Args)]
pub struct WhoArgs {
    /// The parts [default: whatever is held]
    #[arg(value_name = "PART")]
    pub parts: Vec<String>,

    /// Whatever is held by anybody
    #[arg(long, conflicts_with_all = ["parts", "mine"])]
    pub all: bool,

    /// Whatever you hold
    #[arg(long, conflicts_with = "parts")]
    pub mine: bool,
}

/// The arguments of `baton acquire`.
#[derive(Args)]
pub struct AcquireArgs {
    /// The parts: all of them, or none where one is held by somebody else
    #[arg(value_name = "PART", required = true)]
    pub parts: Vec<String>,

    /// How the parts are held.
    #[command(flatten)]
    pub how: HowArgs,
}

/// How a part is held.
#[derive(Args)]
pub struct HowArgs {
    /// What for, up to 500 characters
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,

    /// Stand in line where somebody else holds it, until it is yours
    #[arg(long)]
    pub wait: bool,

    /// With all that it is made of
    #[arg(long)]
    pub tree: bool,

    /// How long unless it is renewed, such as 30m, 8h or 14d [default: as the server has it]
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    pub ttl: Option<Duration>,
}

/// The arguments of `baton release`.
#[derive(Args)]
pub struct ReleaseArgs {
    /// The parts: all of them, or none where you don't hold one
    #[arg(value_name = "PART", required_unless_present = "all")]
    pub parts: Vec<String>,

    /// Whatever you hold
    #[arg(long, conflicts_with = "parts")]
    pub all: bool,
}
