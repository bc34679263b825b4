//! The commands about jobs.

use clap::{Args, Subcommand};
use octopoid_core::model::RoleName;

/// `job`
#[derive(Debug, Args)]
#[command(after_help = "\
A job creates tasks on a schedule. Jobs are in .octopoid/jobs.yaml:

  jobs:
    - name: nightly-audit
      role: dependency-audit     # any role that takes tasks
      schedule: \"0 3 * * *\"      # minute, hour, day, month, weekday, in UTC; or every: 30m, 6h, 1d
      title: Look for outdated dependencies
      priority: P3
      paused: false
    - name: issues
      builtin: github-issues     # each open issue with the label, once
      every: 5m
      label: octopoid            # whoever may give it decides what is taken up
      as: task                   # or draft, for a person to approve
      role: implement

`octopoid start` makes a task each time one is due, unless the last one is not finished. It takes up changes of the
file while it runs. GitHub is asked with GITHUB_TOKEN or the login of `gh`, for the repository that `github.repository`
or `repo.remote` in config.yaml names.

Examples:
  octopoid job list
  octopoid job run nightly-audit")]
pub(crate) struct JobCommand {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: JobAction,
}

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum JobAction {
    /// List the jobs, with when each is due and what became of its last task.
    #[command(after_help = "Examples:\n  octopoid job list\n  octopoid job list --json")]
    List,
    /// Do now what a job is there for.
    #[command(after_help = "Examples:\n  octopoid job run nightly-audit\n  octopoid job run issues --json")]
    Run {
        /// The job.
        name: RoleName,
    },
}
