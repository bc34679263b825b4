//! The part of a task that each viewer sees.

use super::TaskBody;
use super::task::DEFAULT_FLOW;
use octopoid_core::model::{Attributes, OrchestratorId, State, Task, TaskId, Usage};

/// Viewer of a task. A claim's token is shown to the machine that holds the claim alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Viewer {
    /// The machines on whose behalf is asked.
    pub(crate) orchestrators: Vec<OrchestratorId>,
}

impl Viewer {
    /// Returns the viewer that holds this task's claim.
    pub(crate) fn holder_of(task: &Task) -> Self {
        let holder = task.state.claim().map(|claim| claim.holder.orchestrator.clone());
        Self { orchestrators: holder.into_iter().collect() }
    }

    /// A task as this viewer may see it; with what its runs used, where that was asked for.
    pub(crate) fn task(&self, task: Task, usage: Option<&Usage>) -> TaskBody {
        let claim = task.state.claim().cloned();
        let claim = claim.as_ref();
        let shown = claim.is_some_and(|claim| self.orchestrators.contains(&claim.holder.orchestrator));
        let needs_intervention = task.needs_person().is_some();
        let queue = task.place().to_string();
        let unresolved: Vec<_> = task.unresolved_blockers().map(TaskId::as_str).collect();
        let blocked_by = (!unresolved.is_empty()).then(|| unresolved.join(","));
        let (completed_at, merged_commit) = match &task.state {
            State::Done { landed, at } => (Some(*at), landed.as_ref().map(ToString::to_string)),
            _ => (None, None),
        };
        let failure = match &task.state {
            State::Failed { reason } => Some(reason.clone()),
            _ => None,
        };
        let submission = task.submission.map(|submission| *submission);
        let Attributes {
            kind,
            file_path,
            flow,
            flow_overrides,
            hooks,
            project,
            parent,
            auto_accept,
            model,
            max_turns,
            budget_usd,
            reverts,
            pr_number,
            pr_url,
            checks,
            check_results,
            execution_notes,
            staging_url,
            has_plan,
            plan_id,
            lands_project,
            needs_breakdown,
            needs_rebase,
            last_rebase_attempt_at,
            needs_intervention: flagged,
            original,
            ..
        } = task.attributes;
        TaskBody {
            id: task.id.to_string(),
            title: task.title,
            file_path,
            content: Some(task.description),
            queue,
            priority: task.priority.to_string(),
            complexity: task.complexity.map(|complexity| complexity.to_string()),
            role: Some(task.role.to_string()),
            kind,
            branch: task.branch,
            scope: task.scope.to_string(),
            flow: Some(flow.unwrap_or_else(|| DEFAULT_FLOW.to_owned())),
            flow_overrides,
            hooks,
            blocked_by,
            project_id: project.map(Into::into),
            auto_accept,
            created_by: task.created_by,
            model,
            max_turns,
            budget_usd,
            reverts,
            claimed_by: claim.map(|claim| claim.holder.agent.to_string()),
            claimed_at: claim.map(|claim| claim.claimed_at),
            orchestrator_id: claim.map(|claim| claim.holder.orchestrator.to_string()),
            lease_expires_at: claim.map(|claim| claim.lease_expires_at),
            claim_token: claim.filter(|_| shown).map(|claim| claim.token.to_string()),
            attempt_count: task.counters.attempts,
            rejection_count: task.counters.rejections,
            review_round: task.counters.review_rounds,
            commits_count: submission.as_ref().map_or(0, |submission| submission.commits),
            turns_used: submission.as_ref().map(|submission| submission.turns),
            tokens_used: usage.map(|usage| usage.input_tokens.saturating_add(usage.output_tokens)),
            cost_usd: usage.map(|usage| usage.cost_usd),
            pr_number,
            pr_url,
            checks,
            check_results,
            execution_notes,
            staging_url,
            has_plan,
            plan_id,
            lands_project,
            needs_breakdown,
            needs_intervention,
            needs_rebase,
            last_rebase_attempt_at,
            flagged,
            original,
            submitted_at: submission.as_ref().and_then(|submission| submission.at),
            completed_at,
            merged_commit,
            failure,
            parent_id: parent.map(Into::into),
            created_at: task.created_at,
            updated_at: task.updated_at,
            version: task.version,
            blockers: task.blockers,
            seq: task.seq,
            key: task.key,
            state: if shown { task.state } else { task.state.without_token() },
            counters: task.counters,
            submission,
            breakdown: task.breakdown,
            note: task.note,
            // Spent tokens are for machines that take their runs up again, and nobody else's business.
            settled: task.settled.filter(|_| !self.orchestrators.is_empty()),
        }
    }
}
