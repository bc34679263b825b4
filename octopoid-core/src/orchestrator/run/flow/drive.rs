//! A run, from its claim to its end.

use super::ending::{close, settle};
use super::journal::RunJournal;
use super::landing::land;
use super::role::work;
use super::submission::{submit, submit_unfinished};
use crate::flow::Flow;
use crate::model::{Run, RunStage, Task};
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::notice::Notice;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::disk_space::{disk_backoff, says_full, wait_for_room};
use crate::orchestrator::run::finished::Finished;
use crate::orchestrator::run::handle::RunHandle;
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::stages::{
    Budget, Verdict, budget, collect, comment, cut_off_too_often, judge, prepare, take_back,
};
use crate::orchestrator::run::steps::{break_down, propose, too_deep};
use crate::orchestrator::run::{lease, spans};
use crate::orchestrator::shared::Shared;
use crate::orchestrator::upload::will_send;
use crate::transition::{Cause, Command, Purpose};
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;

/// A run, ready to be driven to its end: new, or taken up again from the journal.
#[derive(Debug)]
pub(crate) struct RunDriver {
    context: Arc<RunContext>,
    journal: RunJournal,
}

impl RunDriver {
    pub(crate) fn new(shared: Arc<Shared>, entry: Entry, task: Task) -> Self {
        let context = Arc::new(RunContext::new(shared, &entry, task));
        Self { journal: RunJournal::new(context.clone(), entry), context }
    }

    /// Returns the run's record, as the store holds it.
    pub(crate) fn run(&self) -> &Run {
        self.journal.run()
    }

    /// Returns the run as the scheduler sees it.
    pub(crate) fn handle(&self) -> RunHandle {
        RunHandle::of(&self.context)
    }

    /// Drives the run to its end.
    pub(crate) async fn execute(mut self) -> Finished {
        let Self { context, journal } = &mut self;
        will_send(&context.shared, &context.id);
        context.shared.tell(Notice::RunStarted {
            run: context.id.clone(),
            task: context.task.id.clone(),
            title: context.task.title.clone(),
            agent: context.claim.holder.agent.clone(),
            role: context.role.clone(),
            resumed: journal.run().stage > RunStage::Claimed,
        });
        let (claim, turn) = (context.claim.clone(), context.turn.clone());
        let lease = lease::keep(context.shared.clone(), claim, turn, context.interrupt.clone());
        let driven = drive_with_room(context, journal).await;
        let settlement = driven.or_else(|abort| Settlement::after_abort(context, journal.entry(), abort));
        let pause = settle(context, journal, settlement).instrument(spans::stage(RunStage::Settled)).await;
        drop(lease);
        Finished::of_run(journal.run(), pause)
    }

    /// Records a run whose transition is in the store already, cleans up after it and forgets it.
    pub(crate) async fn close(mut self, task: &Task) {
        close(&self.context, &mut self.journal, Some(task)).await;
    }
}

/// Drives the run. What comes after a finished agent is done again once there is room for it on the disk.
async fn drive_with_room(
    context: &Arc<RunContext>,
    journal: &mut RunJournal,
) -> Result<Settlement, RunAbort> {
    let mut backoff = disk_backoff();
    let mut driven = drive(context, journal).await;
    loop {
        let why = match driven {
            Err(RunAbort::Fault(why)) if journal.entry().report.is_some() && says_full(&why) => why,
            driven => return driven,
        };
        let words = format!("{} waits for room on the disk: {why}", context.id);
        context.show_doing(words.clone());
        if !wait_for_room(&mut backoff, &context.shared, &context.interrupt, words).await {
            return Err(RunAbort::Stopping);
        }
        // The report comes first: nothing is made of one that is not on disk.
        driven = match journal.enter(journal.run().stage) {
            Ok(()) => drive(context, journal).await,
            Err(abort) => Err(abort),
        };
    }
}

/// The flow: prepare, work, judge, then submit or what else the verdict asks for; a landing goes its own way.
async fn drive(context: &Arc<RunContext>, journal: &mut RunJournal) -> Result<Settlement, RunAbort> {
    if journal.run().stage == RunStage::Claimed {
        journal.enter(RunStage::Claimed)?;
        context.shared.reached(Point::Journaled, &context.id);
    }
    if let Some(reason) = cut_off_too_often(context, journal.entry()) {
        return Ok(Settlement::suspend(context, reason));
    }
    let flow = match context.shared.settings.flow_of(&context.task) {
        Ok(flow) => flow,
        // Before anybody is paid for it.
        Err(reason) => return Ok(Settlement::suspend(context, reason)),
    };
    if context.claim.purpose == Purpose::Land {
        return land(context, journal, &flow).instrument(spans::stage(RunStage::Steps)).await;
    }
    if journal.entry().report.is_none() {
        let left_usd = match budget(context).await? {
            Budget::Left(usd) => usd,
            Budget::Spent(reason) => return Ok(Settlement::suspend(context, reason)),
        };
        if let Some(reason) = too_deep(context).await? {
            return Ok(Settlement::suspend(context, reason));
        }
        let preparing = prepare(context, journal.run().stage);
        if let Some(prepared) = preparing.instrument(spans::stage(RunStage::Claimed)).await? {
            journal.prepared(prepared);
            context.shared.reached(Point::Prepared, &context.id);
        }
        match take_back(context, journal.entry()).await? {
            Some(report) => {
                journal.ended_with(&report);
                journal.reported(report)?;
            }
            None => work(context, journal, left_usd).instrument(spans::stage(RunStage::AgentRunning)).await?,
        }
    }
    conclude(context, journal, &flow).instrument(spans::stage(RunStage::Steps)).await
}

/// Makes of the role's report what is to become of the task.
async fn conclude(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
) -> Result<Settlement, RunAbort> {
    if let Some(reason) = &journal.entry().held {
        return Ok(Settlement::suspend(context, reason.clone()));
    }
    let mut notes = Notes::default();
    let collected = collect(context, journal.entry(), &mut notes).await;
    journal.noticed(notes);
    if let Some(collected) = collected? {
        journal.collected(collected);
    }
    let command = match judge(context, journal.entry()).await? {
        Verdict::Submit => return submit(context, journal, flow).await,
        Verdict::BurntOut { turn_limit_reached } => {
            submit_unfinished(context, journal, turn_limit_reached).await?
        }
        Verdict::Propose { drafts } => {
            let (note, command) = propose(context, &drafts).await?;
            journal.record(note, Duration::ZERO)?;
            command
        }
        Verdict::BreakDown { subtasks } => {
            let (note, command) = break_down(context, subtasks).await?;
            journal.record(note, Duration::ZERO)?;
            command
        }
        Verdict::Approve { comments, findings } => {
            comment(context, journal.entry(), &findings).await?;
            Command::Approve { actor: context.holder(), comments }
        }
        Verdict::Reject { feedback, findings } => {
            comment(context, journal.entry(), &findings).await?;
            Command::Reject { actor: context.holder(), reason: feedback, cause: Cause::Review }
        }
        Verdict::Requeue { reason } => Command::Requeue { actor: context.holder(), reason },
        Verdict::Suspend { reason, question } => {
            Command::Suspend { actor: context.holder(), reason, question }
        }
        Verdict::Fail { reason } => Command::Fail { actor: context.holder(), reason },
        Verdict::Release { reason, backoff } => {
            return Ok(Settlement::release(context, &reason, backoff));
        }
    };
    Ok(command.into())
}
