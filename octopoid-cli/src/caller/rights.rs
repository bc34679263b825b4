//! Which commands need a person. The match is exhaustive, so that a new command has to decide.

use crate::args::{
    Command, DbAction, DraftAction, FlowAction, JobAction, KeyAction, MachinesAction, PluginAction,
    ProjectAction, RoleAction, ServiceAction, WorktreesAction,
};
use octopoid_core::model::DraftStatus;

/// Returns the name of the decision that a command makes; none if a run may give it too, because it only reads or is
/// recorded as the run's own.
pub(crate) fn needs_person(command: &Command) -> Option<&'static str> {
    match command {
        Command::Approve(_) => Some("approve"),
        Command::Reject(_) => Some("reject"),
        Command::Requeue(_) => Some("requeue"),
        Command::Cancel(_) => Some("cancel"),
        Command::Retry(_) => Some("retry"),
        Command::Force(_) => Some("force"),
        Command::Unblock(_) => Some("unblock"),
        Command::Edit(_) => Some("edit"),
        // Its comments are a person's, whatever the verdict.
        Command::Review(_) => Some("review"),
        Command::Comments(args) if args.changes() => Some("comments"),
        Command::Revert(args) if !args.dry_run => Some("revert"),
        // It hands the terminal to a program, and a worktree to whoever sits there.
        Command::Open(_) => Some("open"),
        // What they decide holds for every run, and what they begin spends money or opens the queue.
        Command::Init(_) => Some("init"),
        Command::Start(_) => Some("start"),
        Command::Stop(_) => Some("stop"),
        Command::Pause => Some("pause"),
        Command::Resume => Some("resume"),
        Command::Serve(_) => Some("serve"),
        // Its link lets whoever has it decide.
        Command::Dashboard(args) if args.web => Some("dashboard --web"),
        // Task files are a person's, also where a run has written one.
        Command::Sync => Some("sync"),
        Command::Import(args) if !args.dry_run => Some("import"),
        Command::Enqueue(args) if args.auto_accept => Some("enqueue --auto-accept"),
        Command::Draft(args) => draft(&args.action),
        Command::Project(args) => match &args.action {
            ProjectAction::Create { .. } => Some("project create"),
            ProjectAction::Update { .. } => Some("project update"),
            ProjectAction::Approve { .. } => Some("project approve"),
            ProjectAction::Delete { .. } => Some("project delete"),
            ProjectAction::List { .. } | ProjectAction::Show { .. } => None,
        },
        Command::Key(args) => match &args.action {
            KeyAction::Create { .. } => Some("key create"),
            KeyAction::Rotate { .. } => Some("key rotate"),
            KeyAction::Revoke { .. } => Some("key revoke"),
            KeyAction::List { .. } => None,
        },
        Command::Db(args) => match &args.action {
            // What it has can be used to act for others.
            DbAction::Export { .. } => Some("db export"),
            DbAction::Import { .. } => Some("db import"),
            DbAction::Backup { .. } => Some("db backup"),
            DbAction::Check | DbAction::Init { .. } => None,
        },
        Command::Machines(args) => match &args.action {
            Some(MachinesAction::Drain { .. }) => Some("machines drain"),
            Some(MachinesAction::Resume { .. }) => Some("machines resume"),
            None => None,
        },
        Command::Role(args) => match &args.action {
            RoleAction::Eject { .. } => Some("role eject"),
            RoleAction::New(_) => Some("role new"),
            RoleAction::List | RoleAction::Show { .. } | RoleAction::Render(_) => None,
        },
        Command::Flow(args) => match &args.action {
            FlowAction::Eject { .. } => Some("flow eject"),
            FlowAction::List | FlowAction::Show { .. } => None,
        },
        Command::Job(args) => match &args.action {
            JobAction::Run { .. } => Some("job run"),
            JobAction::List => None,
        },
        Command::Worktrees(args) => match &args.action {
            Some(WorktreesAction::Clean { dry_run: false }) => Some("worktrees clean"),
            Some(WorktreesAction::Clean { dry_run: true }) | None => None,
        },
        Command::Service(args) => match &args.action {
            ServiceAction::Install { target, .. } if !target.dry_run => Some("service install"),
            ServiceAction::Uninstall { target } if !target.dry_run => Some("service uninstall"),
            ServiceAction::Install { .. } | ServiceAction::Uninstall { .. } => None,
        },
        Command::WorktreesClean { dry_run: false } => Some("worktrees-clean"),
        Command::Plugin(args) => match &args.action {
            // A project for a plugin is source code like any other.
            PluginAction::New { .. } | PluginAction::Check { .. } | PluginAction::List => None,
        },
        Command::Enqueue(_)
        | Command::Comment(_)
        | Command::Tell(_)
        | Command::Revert(_)
        | Command::Diff(_)
        | Command::Comments(_)
        | Command::Cost(_)
        | Command::Import(_)
        | Command::List(_)
        | Command::Show(_)
        // What is decided there is checked there.
        | Command::Dashboard(_)
        | Command::Status(_)
        | Command::Logs(_)
        | Command::Validate
        | Command::Doctor
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Demo(_)
        | Command::WorktreesClean { dry_run: true }
        | Command::InstallCommands { .. }
        | Command::SimAgent { .. }
        | Command::PluginHost
        | Command::AgentHost { .. } => None,
    }
}

fn draft(action: &DraftAction) -> Option<&'static str> {
    match action {
        DraftAction::Create { status, .. } => match status {
            DraftStatus::Idea | DraftStatus::Draft | DraftStatus::Review => None,
            _ => Some("draft create --status"),
        },
        DraftAction::Update { .. } => Some("draft update"),
        DraftAction::Edit { .. } => Some("draft edit"),
        DraftAction::Approve { .. } => Some("draft approve"),
        DraftAction::Archive { .. } => Some("draft archive"),
        DraftAction::Delete { .. } => Some("draft delete"),
        DraftAction::List { .. } | DraftAction::Show { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::Parser;

    fn needed(line: &str) -> Option<&'static str> {
        let words = line.split_whitespace();
        needs_person(&Cli::try_parse_from(std::iter::once("octopoid").chain(words)).unwrap().command)
    }

    #[test]
    fn i39_what_is_decided_needs_a_person() {
        for line in [
            "approve task-1",
            "reject task-1 --reason x",
            "requeue task-1",
            "cancel task-1",
            "retry task-1",
            "force task-1 done --reason x",
            "unblock task-1 --blocker task-2",
            "edit task-1 --priority P0",
            "review task-1 --comment a:1 x",
            "comments task-1 --resolve 1",
            "revert task-1",
            "open task-1",
            "enqueue x --auto-accept",
            "project create x --auto-accept",
            "project approve x",
            "draft approve 1",
            "draft archive 1",
            "draft delete 1 --force",
            "draft update 1 --status approved",
            "draft edit 1",
            "draft create x --status approved",
            "key create",
            "db export x",
            "db import x",
            "db backup x",
            "pause",
            "resume",
            "stop",
            "start",
            "serve",
            "sync",
            "import --folder x",
            "init",
            "machines drain",
            "worktrees clean",
            "worktrees-clean",
            "project delete x --force",
            "job run x",
            "service install",
            "service uninstall",
            "dashboard --web",
        ] {
            let command = line.split(' ').next().unwrap();
            assert!(needed(line).is_some_and(|name| name.starts_with(command)), "{line}: {:?}", needed(line));
        }
    }

    #[test]
    fn what_reads_and_what_is_only_said_needs_none() {
        for line in [
            "list",
            "import --folder x --dry-run",
            "show task-1",
            "status",
            "dashboard",
            "logs task-1",
            "enqueue x",
            "comment task-1 x",
            "tell task-1 x",
            "revert task-1 --dry-run",
            "diff task-1",
            "comments task-1",
            "cost",
            "draft create x",
            "draft list",
            "key list",
            "db check",
            "machines",
            "worktrees",
            "worktrees clean --dry-run",
            "validate",
            "doctor",
            "plugin new x",
            "service install --dry-run",
            "man",
        ] {
            assert_eq!(needed(line), None, "{line}");
        }
    }
}
