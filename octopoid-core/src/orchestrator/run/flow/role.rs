//! The role's part of the flow: everything around it is noted as it becomes known.

use super::journal::RunJournal;
use crate::model::{Outcome, RunStage, StopReason};
use crate::orchestrator::disk::journal::Report;
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::guard::{self, Guarded};
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::run::role::Host;
use crate::orchestrator::run::stages::{
    RoleRun, announce, ask_for_leftovers, own_report, report, require_role,
};
use crate::role::WorkspaceKind;
use std::sync::Arc;

/// Runs the role and keeps its report, before anything is made of it (I09).
pub(super) async fn work(
    context: &Arc<RunContext>,
    journal: &mut RunJournal,
    left_usd: f64,
) -> Result<(), RunAbort> {
    if !context.resumed {
        context.check()?;
    }
    require_role(context)?;
    journal.enter(RunStage::AgentRunning)?;
    announce(context, journal.run()).await;
    context.shared.reached(Point::RoleStarting, &context.id);
    let before = guard::begin(context, Guarded::Agent).await?;
    let worked = run_role(context, journal, left_usd).await;
    let mut notes = Notes::default();
    let held = guard::end(context, before, &mut notes).await;
    journal.noticed(notes);
    journal.held(held?);
    let report = worked?;
    journal.ended_with(&report);
    if let Report::Stopped(StopReason::Cancelled) = report {
        context.check()?;
    }
    journal.reported(report)
}

async fn run_role(
    context: &Arc<RunContext>,
    journal: &mut RunJournal,
    left_usd: f64,
) -> Result<Report, RunAbort> {
    let run = RoleRun::begin(context, journal.entry(), left_usd).await?;
    let ended = followed(journal, &run.host, run.run()).await;
    if matches!(ended, Ok(Outcome::Submitted { .. })) && context.workspace_kind() == WorkspaceKind::Own {
        let base = journal.entry().base.clone();
        followed(journal, &run.host, ask_for_leftovers(context, &run.host, base)).await?;
    }
    journal.noticed(own_report(context, &run.host.tally()).into_iter().collect());
    Ok(report(ended))
}

/// Waits for a role or its agent, and notes what it uses and its conversation: meanwhile, and first thing at its end, because the
/// process may be killed at any line that follows (I34).
async fn followed<T>(journal: &mut RunJournal, host: &Host, doing: impl Future<Output = T>) -> T {
    let done = tokio::select! {
        done = doing => done,
        never = journal.follow(host) => match never {},
    };
    journal.used(&host.tally());
    done
}
