//! What is left of a task's budget.

use crate::model::Usd;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::reads::spent;
use crate::orchestrator::run::retry::find;

/// Budget of a task, before its next run.
#[derive(Debug)]
pub(in crate::orchestrator::run) enum Budget {
    /// This much is left, in US dollars.
    Left(f64),
    /// Nothing is left; a person decides, for this reason.
    Spent(String),
}

/// Returns what is left of the task's budget.
pub(in crate::orchestrator::run) async fn budget(context: &RunContext) -> Result<Budget, RunAbort> {
    let limit = context.shared.settings.limits.cost_usd_per_task;
    let own = context.task.attributes.budget_usd.map(Usd::dollars);
    let most = own.map_or(limit, |own| own.min(limit));
    let spent = spent(context).await?.cost_usd - recorded_usd(context).await?;
    if spent < most {
        return Ok(Budget::Left(most - spent));
    }
    let bound = if most < limit { "its own budget" } else { "`limits.cost_usd_per_task`" };
    Ok(Budget::Spent(format!(
        "the task has cost ${spent:.2}, and {bound} is ${most:.2}; raise it and retry the task"
    )))
}

/// Returns what of this run's own costs is in the store, from before a restart.
async fn recorded_usd(context: &RunContext) -> Result<f64, RunAbort> {
    if !context.resumed {
        return Ok(0.0);
    }
    let run = find(context, || context.shared.store.run(&context.task.scope, &context.id)).await?;
    Ok(run.map_or(0.0, |run| run.usage.cost_usd))
}
