//! `cost`

use super::when::when;
use super::words::one_of;
use clap::Args;
use octopoid_core::model::Timestamp;
use octopoid_core::ops::CostBy;

const BY: [CostBy; 6] =
    [CostBy::Day, CostBy::Task, CostBy::Role, CostBy::Agent, CostBy::Project, CostBy::Model];

/// `cost`
#[derive(Debug, Args)]
#[command(after_help = "\
Sums of what the runs on record have used, in turns, tokens and US dollars as the agent programs report them; a program that reports \
no dollars counts as 0. Days are those of UTC. Runs that `retention` has removed are missing. Works with a queue on a server too.

Examples:
  octopoid cost
  octopoid cost --by task --since 7d
  octopoid cost --by model --since 2026-03-01 --json")]
pub(crate) struct Cost {
    /// What to add up by: day, task, role, agent, project or model.
    #[arg(long, value_name = "WHAT", default_value = "day", value_parser = by)]
    pub(crate) by: CostBy,
    /// Only runs that began since then: a span such as 24h, 7d or 2w, or a day such as 2026-03-01.
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub(crate) since: Option<Timestamp>,
    /// Only runs that began before then.
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub(crate) until: Option<Timestamp>,
}

fn by(word: &str) -> Result<CostBy, String> {
    one_of(word, &BY, name)
}

const fn name(by: CostBy) -> &'static str {
    match by {
        CostBy::Day => "day",
        CostBy::Task => "task",
        CostBy::Role => "role",
        CostBy::Agent => "agent",
        CostBy::Project => "project",
        CostBy::Model => "model",
        _ => "",
    }
}
