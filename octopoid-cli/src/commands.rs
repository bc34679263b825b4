//! The commands, one file for each: parse, call an operation, print.

mod comment;
mod comments;
mod completions;
mod cost;
mod dashboard;
mod dashboard_web;
mod db;
mod diff;
mod doctor;
pub(crate) mod draft;
pub(crate) mod edit;
mod enqueue;
mod flow;
mod import;
mod init;
mod job;
mod key;
mod list;
mod logs;
mod machines;
mod man;
mod open;
mod operator;
mod original;
mod pause;
mod plugin;
pub(crate) mod project;
mod revert;
mod review;
mod role;
mod serve;
mod service;
mod show;
pub(crate) mod sim_agent;
mod start;
mod status;
mod stop;
mod sync;
mod tell;
mod validate;
mod worktrees;

use crate::args::{Command, Worktrees, WorktreesAction};
use crate::caller::needs_person;
use crate::context::Context;
use crate::error::Result;

/// Runs a command.
pub(crate) async fn run(command: Command, context: Context) -> Result<()> {
    if let Some(decision) = needs_person(&command) {
        context.require_person(decision)?;
    }
    match command {
        Command::Init(args) => init::run(args, &context).await,
        Command::Enqueue(args) => enqueue::run(args, &context).await,
        Command::List(args) => list::run(args, &context).await,
        Command::Show(args) => show::run(&args, &context).await,
        Command::Start(args) => start::run(&args, &context).await,
        Command::Stop(args) => stop::run(&args, &context).await,
        Command::Pause => pause::pause(&context).await,
        Command::Resume => pause::resume(&context),
        Command::Dashboard(args) => dashboard::run(&args, &context).await,
        Command::Status(args) => status::run(&args, &context).await,
        Command::Edit(args) => edit::run(args, &context).await,
        Command::Diff(args) => diff::run(&args, &context).await,
        Command::Review(args) => review::run(args, &context).await,
        Command::Comments(args) => comments::run(args, &context).await,
        Command::Tell(args) => tell::run(args, &context).await,
        Command::Revert(args) => revert::run(args, &context).await,
        Command::Open(args) => open::run(&args, &context).await,
        Command::Cost(args) => cost::run(&args, &context).await,
        Command::Logs(args) => logs::run(&args, &context).await,
        Command::Approve(args) => operator::approve(args, &context).await,
        Command::Reject(args) => operator::reject(args, &context).await,
        Command::Requeue(args) => operator::requeue(args, &context).await,
        Command::Cancel(args) => operator::cancel(args, &context).await,
        Command::Retry(args) => operator::retry(args, &context).await,
        Command::Force(args) => operator::force(args, &context).await,
        Command::Unblock(args) => operator::unblock(args, &context).await,
        Command::Comment(args) => comment::run(args, &context).await,
        Command::Draft(args) => draft::run(args, &context).await,
        Command::Project(args) => project::run(args, &context).await,
        Command::Import(args) => import::run(args, &context).await,
        Command::Serve(args) => serve::run(&args, &context).await,
        Command::Key(args) => key::run(&args, &context).await,
        Command::Machines(args) => machines::run(&args, &context).await,
        Command::Plugin(args) => plugin::run(args, &context).await,
        Command::Role(args) => role::run(&args, &context).await,
        Command::Flow(args) => flow::run(args, &context).await,
        Command::Job(args) => job::run(args, &context).await,
        Command::Sync => sync::run(&context).await,
        Command::Worktrees(args) => worktrees::run(&args, &context).await,
        Command::Validate => validate::run(&context).await,
        Command::Doctor => doctor::run(&context).await,
        Command::Completions(args) => completions::run(&args, &context),
        Command::Man(args) => man::run(&args, &context),
        Command::Service(args) => service::run(&args, &context),
        Command::Demo(args) => crate::demo::run(&args, &context).await,
        Command::WorktreesClean { dry_run } => {
            let action = Some(WorktreesAction::Clean { dry_run });
            worktrees::run(&Worktrees { action }, &context).await
        }
        Command::InstallCommands { .. } => original::install_commands(),
        Command::Db(args) => db::run(&args, &context).await,
        // Handled before anything of the installation is looked at.
        Command::SimAgent { .. } | Command::PluginHost | Command::AgentHost { .. } => Ok(()),
    }
}
