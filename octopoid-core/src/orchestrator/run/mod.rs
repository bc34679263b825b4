//! One run, from its claim to its end. [`RunContext::drive`] reads as the flow.
//!
//! Every stage is in the journal before the next begins, and whatever a stage does is either checked against what is
//! there or can be done twice, so a run that was cut off anywhere goes on by simply being driven again.

mod base;
mod branch_hold;
mod disk_space;
mod elsewhere;
mod guard;
mod handle;
mod host;
mod interrupt;
mod lease;
mod meter;
pub(crate) mod pause;
mod pointers;
mod preview;
mod previous;
mod progress;
mod project_branch;
mod protected;
mod publish;
mod recorder;
pub(crate) mod report;
mod resolution;
mod retry;
mod script;
mod sign;
mod stages;
mod steps;
mod tally;
mod timing;
pub(crate) mod verdict;
mod worktree_setup;

pub(super) use base::base;
pub(crate) use handle::RunHandle;
pub(crate) use interrupt::{Interrupt, Interruption};
pub(crate) use lease::{ClaimTurn, HeldClaim};
pub use preview::{Preview, PreviewError};
pub(crate) use progress::Progress;
pub(crate) use timing::Timing;

use crate::flow::Flow;
use crate::model::{
    AgentName, CommitId, Run, RunId, RunStage, StepRecord, StepStatus, StopReason, Task, TaskId,
};
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::disk::log::RunLog;
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::notice::Notice;
use crate::orchestrator::run::pause::Pause;
use crate::orchestrator::run::verdict::Verdict;
use crate::orchestrator::settings::AgentSettings;
use crate::orchestrator::shared::Shared;
use crate::transition::{Actor, Cause, Command, Purpose};
use std::sync::{Arc, Mutex};
use tracing::Instrument;

/// A run under way.
#[derive(Debug)]
pub(crate) struct RunContext {
    pub(crate) shared: Arc<Shared>,
    pub(crate) entry: Entry,
    pub(crate) task: Task,
    /// None for a landing.
    pub(crate) agent: Option<AgentSettings>,
    pub(crate) log: Arc<RunLog>,
    pub(crate) interrupt: Arc<Interrupt>,
    pub(crate) turn: ClaimTurn,
    /// What it is doing at the moment.
    pub(crate) progress: Arc<Mutex<Progress>>,
    /// What earlier runs of the task have cost, in US dollars.
    pub(crate) spent_usd: f64,
    /// The newest commit of work whose every change the base branch has already.
    pub(crate) contained: Option<CommitId>,
    /// The commit that people are shown at the moment.
    pub(crate) shown: Option<CommitId>,
    /// Whether its agent may still be at work from before a restart.
    pub(crate) resumed: bool,
    pub(crate) timing: Timing,
}

/// What a run's end means to the scheduler.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) run: RunId,
    pub(crate) task: TaskId,
    pub(crate) agent: AgentName,
    /// What it used, in US dollars.
    pub(crate) cost_usd: f64,
    /// The agent, its account, or the landing of this task pauses.
    pub(crate) pause: Option<Pause>,
    /// Whether its agent crashed, which is charged to the task.
    pub(crate) crashed: bool,
    /// Whether a defect cut it off, so that the journal still has it.
    pub(crate) defect: bool,
}

impl Finished {
    /// The end of a run that a defect cut off.
    pub(crate) fn of_defect(run: &Run, reason: String) -> Self {
        Self {
            run: run.id.clone(),
            task: run.task.clone(),
            agent: run.agent.clone(),
            cost_usd: 0.0,
            pause: Some(Pause::after_fault(reason)),
            crashed: false,
            defect: true,
        }
    }
}

/// What is to be done with the claim once the run has nothing else to do.
#[derive(Debug)]
struct Settlement {
    command: Command,
    pause: Option<Pause>,
}

/// Why a run does not come to its own end.
#[derive(Debug)]
enum RunAbort {
    /// The claim is gone: nothing may be written any more, and the work is kept where it is.
    Lost(String),
    /// The orchestrator stops.
    Stopping,
    /// The machine, git or the network is at fault.
    Fault(String),
    /// The branch that the task names is not there.
    NoBranch(String),
    /// The submitted work is nowhere any more.
    WorkGone(String),
    /// A person has to look first.
    Held(String),
}

impl From<crate::git::GitError> for RunAbort {
    fn from(error: crate::git::GitError) -> Self {
        if error.is_branch_missing() {
            RunAbort::NoBranch(error.to_string())
        } else {
            RunAbort::Fault(error.to_string())
        }
    }
}

impl From<std::io::Error> for RunAbort {
    fn from(error: std::io::Error) -> Self {
        RunAbort::Fault(error.to_string())
    }
}

/// How often a run is taken up again. One that brings the orchestrator down each time would do so for ever (I15).
const MOST_RECOVERIES: u32 = 8;
/// The same for a run whose role may end the process: fewer than for those that it takes down with it.
const MOST_RECOVERIES_OF_SUSPECTS: u32 = 2;

/// Takes a run to its end.
pub(crate) async fn execute(mut run: RunContext) -> Finished {
    run.shared.tell(Notice::RunStarted {
        run: run.entry.run.id.clone(),
        task: run.task.id.clone(),
        title: run.task.title.clone(),
        agent: run.entry.run.agent.clone(),
        role: run.entry.run.role.clone(),
        resumed: run.entry.run.stage > RunStage::Claimed,
    });
    let lease = lease::keep(&run);
    let result = run.drive_with_room().await;
    let resolution = match result {
        Ok(resolution) => Ok(resolution),
        Err(RunAbort::Stopping) => {
            Ok(Settlement { command: run.release("the orchestrator stopped"), pause: None })
        }
        Err(RunAbort::Fault(message)) => Ok(run.after_fault(message)),
        Err(RunAbort::NoBranch(message)) => Ok(run.without_branch(message)),
        Err(RunAbort::WorkGone(reason) | RunAbort::Held(reason)) => {
            let command = Command::Suspend { actor: run.holder(), reason, question: false };
            Ok(Settlement { command, pause: None })
        }
        Err(RunAbort::Lost(why)) => Err(why),
    };
    let pause = run.settle(resolution).instrument(timing::stage(RunStage::Settled)).await;
    drop(lease);
    Finished {
        run: run.entry.run.id.clone(),
        task: run.task.id.clone(),
        agent: run.entry.run.agent.clone(),
        cost_usd: run.entry.run.usage.cost_usd,
        pause,
        crashed: matches!(run.entry.run.stopped, Some(StopReason::Crashed { .. })),
        defect: false,
    }
}

impl RunContext {
    async fn drive(&mut self) -> Result<Settlement, RunAbort> {
        if self.entry.run.stage == RunStage::Claimed {
            self.enter(RunStage::Claimed)?;
            self.shared.reached(Point::Journaled, &self.entry.run.id);
        }
        if let Some(reason) = self.suspected() {
            let command = Command::Suspend { actor: self.holder(), reason, question: false };
            return Ok(Settlement { command, pause: None });
        }
        if self.entry.recoveries > MOST_RECOVERIES {
            let reason = format!(
                "this run was cut off {} times, by a defect or by the end of the orchestrator; see its log, and let the task go on",
                self.entry.recoveries
            );
            let command = Command::Suspend { actor: self.holder(), reason, question: false };
            return Ok(Settlement { command, pause: None });
        }
        let flow = match self.shared.settings.flow_of(&self.task) {
            Ok(flow) => flow,
            // Before anybody is paid for it.
            Err(reason) => {
                let command = Command::Suspend { actor: self.holder(), reason, question: false };
                return Ok(Settlement { command, pause: None });
            }
        };
        if self.entry.purpose == Purpose::Land {
            return self.land(&flow).instrument(timing::stage(RunStage::Steps)).await;
        }
        if self.entry.report.is_none() {
            if let Some(resolution) = self.over_budget().await? {
                return Ok(resolution);
            }
            if let Some(resolution) = self.too_deep().await? {
                return Ok(resolution);
            }
            self.prepare().instrument(timing::stage(RunStage::Claimed)).await?;
            self.work().instrument(timing::stage(RunStage::AgentRunning)).await?;
        }
        self.conclude(&flow).instrument(timing::stage(RunStage::Steps)).await
    }

    /// Makes of the role's report what is to become of the task.
    async fn conclude(&mut self, flow: &Flow) -> Result<Settlement, RunAbort> {
        let command = match self.verdict().await? {
            Verdict::Submit => return self.submit(flow).await,
            Verdict::Propose { drafts } => return self.propose(drafts).await,
            Verdict::BreakDown { subtasks } => self.break_down(subtasks).await?,
            Verdict::BurntOut { turn_limit_reached } => self.hand_in_unfinished(turn_limit_reached).await?,
            Verdict::Approve { comments } => Command::Approve { actor: self.holder(), comments },
            Verdict::Reject { feedback } => {
                Command::Reject { actor: self.holder(), reason: feedback, cause: Cause::Review }
            }
            Verdict::Requeue { reason } => Command::Requeue { actor: self.holder(), reason },
            Verdict::Suspend { reason, question } => {
                Command::Suspend { actor: self.holder(), reason, question }
            }
            Verdict::Fail { reason } => Command::Fail { actor: self.holder(), reason },
            Verdict::Release { reason, backoff } => {
                return Ok(Settlement { command: self.release(&reason), pause: backoff });
            }
        };
        Ok(Settlement { command, pause: None })
    }

    fn holder(&self) -> Actor {
        let token = self.entry.token.clone();
        match &self.entry.run.role {
            Some(role) if self.entry.purpose == Purpose::Review => {
                Actor::Reviewer { token, role: role.clone() }
            }
            _ => Actor::Holder(token),
        }
    }

    fn release(&self, reason: &str) -> Command {
        Command::Release { token: self.entry.token.clone(), reason: reason.to_owned() }
    }

    /// What a fault means depends on what would be lost: finished work is never sent to an agent again for it (I11).
    fn after_fault(&self, message: String) -> Settlement {
        let finished = self.entry.purpose == Purpose::Work && self.entry.report.is_some();
        if finished {
            let reason = format!("the agent has finished, but a step after it failed: {message}");
            let command = Command::Suspend { actor: self.holder(), reason, question: false };
            return Settlement { command, pause: None };
        }
        let pause = Some(Pause::after_fault(message.clone()));
        Settlement { command: self.release(&message), pause }
    }

    /// A branch of the task's own that is gone is this task's trouble; the configured one is everybody's.
    fn without_branch(&self, message: String) -> Settlement {
        if self.entry.base_branch == self.shared.settings.base_branch {
            return self.after_fault(message);
        }
        let command = Command::Suspend { actor: self.holder(), reason: message, question: false };
        Settlement { command, pause: None }
    }

    /// Why the run may be what ended the orchestrator, where it was at work each time and its role could do so.
    fn suspected(&self) -> Option<String> {
        let role = self.shared.roles.get(self.entry.run.role.as_ref()?)?;
        let recoveries = self.entry.recoveries;
        let at_work = self.resumed && self.entry.report.is_none();
        (at_work && role.shares_process() && recoveries > MOST_RECOVERIES_OF_SUSPECTS).then(|| {
            format!(
                "the orchestrator ended {recoveries} times while the plugin of the role `{}` was at work in its process, which the \
                 plugin may have caused; run it with `isolation: process`, or replace it, and let the task go on",
                role.spec().name
            )
        })
    }

    /// Stops here when the run was interrupted.
    fn check(&self) -> Result<(), RunAbort> {
        match self.interrupt.why() {
            None => Ok(()),
            Some(Interruption::Lost(why)) => Err(RunAbort::Lost(why)),
            Some(Interruption::Stopping) => Err(RunAbort::Stopping),
        }
    }

    /// Writes the journal entry at a stage.
    fn enter(&mut self, stage: RunStage) -> Result<(), RunAbort> {
        self.reach(stage);
        Ok(self.shared.journal.save(&self.entry)?)
    }

    /// Records how a step went, and writes the journal.
    fn record(&mut self, name: &str, status: StepStatus, detail: impl AsRef<str>) -> Result<(), RunAbort> {
        self.note_step(name, status, detail.as_ref());
        self.enter(RunStage::Steps)?;
        self.shared.reached(Point::StepRecorded, &self.entry.run.id);
        Ok(())
    }

    /// Notes how a step went, for the journal's next entry.
    fn note_step(&mut self, name: &str, status: StepStatus, detail: &str) {
        let (at, duration) = (self.shared.now(), self.end_step());
        let step = StepRecord { name: name.to_owned(), status, detail: self.log.clean(detail), at };
        let first = step.detail.lines().next().unwrap_or_default();
        self.log.note(
            at,
            &format!(
                "{name}: {}{first}",
                match status {
                    StepStatus::Done => "",
                    StepStatus::Skipped => "skipped: ",
                    StepStatus::Refused => "refused: ",
                    StepStatus::Waiting => "waits: ",
                }
            ),
        );
        self.shared.tell(Notice::Step {
            run: self.entry.run.id.clone(),
            task: self.task.id.clone(),
            step: step.clone(),
            duration,
        });
        self.entry.run.steps.push(step);
    }
}
