//! A notice in the scheduler's log.

use octopoid_core::orchestrator::Notice;

pub(super) fn write(notice: &Notice) {
    match notice {
        Notice::RunStarted { run, task, agent, role, resumed, .. } => {
            let role = role.as_ref().map_or("landing", |role| role.as_str());
            tracing::info!(run.id = %run, task.id = %task, agent.name = %agent, role, resumed, "a run begins");
        }
        Notice::Step { run, task, step, .. } => {
            let detail = step.detail.lines().next().unwrap_or_default();
            tracing::info!(run.id = %run, task.id = %task, step.name, status = ?step.status, detail, "a step ended");
        }
        Notice::RunSettled { run, task, agent, outcome, queue, note, usage, .. } => {
            tracing::info!(
                run.id = %run,
                task.id = %task,
                agent.name = %agent,
                outcome = outcome.map(|outcome| outcome.as_str()),
                queue = queue.map(|queue| queue.as_str()),
                note = note.as_deref().and_then(|note| note.lines().next()),
                usage.turns = usage.turns,
                usage.cost_usd = usage.cost_usd,
                "a run is over"
            );
        }
        Notice::Backoff { agent, until, reason } => {
            tracing::warn!(agent.name = %agent, %until, reason, "an agent is backing off");
        }
        Notice::Missed { count } => tracing::debug!(count, "the display missed notices"),
        // Warnings were traced where they arose; what agents say is in the tasks' logs.
        _ => {}
    }
}
