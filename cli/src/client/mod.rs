//! The client, for people and scripts ("The command line" of the contract).

mod access;
mod acquire;
mod answer;
mod args;
mod ask;
mod checkpoints;
mod claude;
mod completions;
mod credential;
mod desk;
mod edit;
mod failure;
mod give;
mod herald;
mod hook;
mod in_the_way;
mod inbox;
mod keys;
mod local;
mod login;
mod overrides;
mod parts;
mod pick;
mod release;
mod repository;
mod reserve;
mod rights;
mod say;
mod show;
mod time;
mod wait;
mod watch;
mod webhooks;
mod who;

use std::process::ExitCode;

use tokio::runtime;

pub use args::{ClientCommand, Globals};
pub use local::Local;

use args::HookCommand;
use desk::Desk;
use failure::Failure;

/// Carries a command out, and says how that ended: 0 done, 1 refused or failed, 2 used wrongly, 3 held by somebody else,
/// 4 the session was lost, 5 not reachable.
pub fn run(command: ClientCommand, globals: &Globals) -> ExitCode {
    let outcome = runtime::Builder::new_current_thread().enable_all().build();
    let outcome = outcome.map_err(Failure::from).and_then(|runtime| {
        let outcome = runtime.block_on(carry_out(command, globals));
        // What still reads a terminal keeps nobody waiting.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(globals.json),
    }
}

async fn carry_out(command: ClientCommand, globals: &Globals) -> Result<(), Failure> {
    match command {
        ClientCommand::Login(args) => login::login(args, globals).await,
        ClientCommand::Who(args) => who::who(Desk::new(globals)?, args).await,
        ClientCommand::Acquire(args) => acquire::acquire(Desk::new(globals)?, args).await,
        ClientCommand::Release(args) => release::release(Desk::new(globals)?, args).await,
        ClientCommand::Ask(args) => ask::ask(Desk::new(globals)?, args).await,
        ClientCommand::Requests(args) => answer::requests(Desk::new(globals)?, args).await,
        ClientCommand::Accept(args) => answer::accept(Desk::new(globals)?, args).await,
        ClientCommand::Decline(args) => answer::decline(Desk::new(globals)?, args).await,
        ClientCommand::Give(args) => give::give(Desk::new(globals)?, args).await,
        ClientCommand::Reserve(args) => reserve::reserve(Desk::new(globals)?, args).await,
        ClientCommand::Reservations(args) => reserve::reservations(Desk::new(globals)?, args).await,
        ClientCommand::Unreserve(args) => reserve::unreserve(Desk::new(globals)?, args).await,
        ClientCommand::Watch(args) => watch::watch(Desk::new(globals)?, args).await,
        ClientCommand::ForceRelease(args) => overrides::force_release(Desk::new(globals)?, args).await,
        ClientCommand::Approvals(args) => overrides::approvals(Desk::new(globals)?, args).await,
        ClientCommand::Sign(args) => overrides::sign(Desk::new(globals)?, args).await,
        ClientCommand::Checkpoints(args) => checkpoints::checkpoints(Desk::new(globals)?, args).await,
        ClientCommand::Keys(args) => keys::keys(Desk::new(globals)?, args).await,
        ClientCommand::Team(args) => rights::team(Desk::new(globals)?, args).await,
        ClientCommand::Access(args) => rights::access(Desk::new(globals)?, args).await,
        ClientCommand::Webhooks(args) => webhooks::webhooks(Desk::new(globals)?, args).await,
        ClientCommand::Edit(args) => edit::edit(Desk::new(globals)?, args).await,
        ClientCommand::Credential(args) => credential::credential(&args.action),
        ClientCommand::Hook(HookCommand::GitPreReceive(args)) => hook::git_pre_receive(Desk::new(globals)?, args).await,
        ClientCommand::Hook(HookCommand::ClaudePreToolUse(args)) => claude::pre_tool_use(globals, args).await,
        ClientCommand::Inbox(args) => inbox::inbox(Desk::new(globals)?, args).await,
        ClientCommand::Completions(args) => completions::completions(&args),
    }
}
