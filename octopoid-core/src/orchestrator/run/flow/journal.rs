//! The durable record of a run, and its only writer.
//!
//! Only this folder can write to it: stages and steps return values, and the flow notes them here before it goes on.

use crate::model::{CommitId, Run, RunStage, StepRecord, StepStatus};
use crate::orchestrator::disk::journal::{Entry, Report};
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::notice::Notice;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::{Note, Notes};
use crate::orchestrator::run::role::{Host, Tally};
use crate::orchestrator::run::stages::{Collected, Prepared};
use crate::orchestrator::run::steps::{Next, StepOutcome};
use crate::orchestrator::run::work::{Proof, Work};
use crate::orchestrator::upload::{Upload, send_live};
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// The least time between two writes while an agent is at work.
const JOURNAL_PAUSE: Duration = Duration::from_secs(10);
/// The least time between two writes to the store, where others read what is being used.
const STORE_PAUSE: Duration = Duration::from_secs(60);

/// Journal of one run: its entry on disk, as far as the run is.
#[derive(Debug)]
pub(super) struct RunJournal {
    context: Arc<RunContext>,
    entry: Entry,
    /// When the current stage began, by the monotonic clock.
    stage_begun: Duration,
}

impl RunJournal {
    pub(super) fn new(context: Arc<RunContext>, entry: Entry) -> Self {
        let stage_begun = context.begun;
        Self { context, entry, stage_begun }
    }

    /// Returns what is known of the run.
    pub(super) fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Returns the run's record, as the store holds it.
    pub(super) fn run(&self) -> &Run {
        &self.entry.run
    }

    /// Notes that a stage begins. On disk with the next write.
    pub(super) fn reach(&mut self, stage: RunStage) {
        let left = std::mem::replace(&mut self.entry.run.stage, stage);
        if left == stage {
            return;
        }
        let now = self.context.shared.clock.monotonic();
        let duration = now.saturating_sub(self.stage_begun);
        self.stage_begun = now;
        self.context.shared.tell(Notice::Stage {
            run: self.entry.run.id.clone(),
            task: self.entry.run.task.clone(),
            agent: self.entry.run.agent.clone(),
            role: self.entry.run.role.clone(),
            stage: left,
            duration,
        });
    }

    /// Notes that a stage begins. When this returns, the entry survives a crash of the machine.
    pub(super) fn enter(&mut self, stage: RunStage) -> Result<(), RunAbort> {
        self.reach(stage);
        Ok(self.save()?)
    }

    fn save(&self) -> io::Result<()> {
        self.context.shared.journal.save(&self.entry)
    }

    /// Notes the workspace as the role will find it. On disk with the next write: to make a workspace ready twice is the same as once.
    pub(super) fn prepared(&mut self, prepared: Prepared) {
        if let Prepared::Worktree { base, tip, start } = prepared {
            self.entry.run.base = Some(base.clone());
            (self.entry.base, self.entry.tip, self.entry.start) = (Some(base), Some(tip), Some(start));
        }
        self.reach(RunStage::Prepared);
    }

    /// Notes what the run's agents have used, and their conversation. That this can fail is left to the report, which comes next.
    pub(super) fn used(&mut self, tally: &Tally) {
        tally.put_into(&mut self.entry.run);
        if let Err(error) = self.save() {
            tracing::debug!(run.id = %self.entry.run.id, %error, "a run's usage is not in the journal yet");
        }
    }

    /// Notes what the run's agents use and their conversation as they become known, so that both are known however the run ends
    /// (I34), and uploads what they say. Never completes; dropped when the role ends.
    pub(super) async fn follow(&mut self, host: &Host) -> Infallible {
        let (context, run) = (self.context.clone(), &self.entry.run);
        let upload = tokio::sync::Mutex::new(Upload::of(run.scope.clone(), run.task.clone(), run.id.clone()));
        tokio::select! {
            never = self.follow_usage(host, &upload) => never,
            never = context.followers.serve(&context.shared, &upload) => never,
        }
    }

    async fn follow_usage(&mut self, host: &Host, upload: &tokio::sync::Mutex<Upload>) -> Infallible {
        let shared = self.context.shared.clone();
        let mut stored_at = shared.clock.monotonic();
        let mut noted = Tally::default();
        let mut is_sent = shared.artifacts.is_none();
        loop {
            let until_due = STORE_PAUSE.saturating_sub(shared.clock.monotonic().saturating_sub(stored_at));
            tokio::select! {
                () = host.changed() => is_sent = shared.artifacts.is_none(),
                // What was said last is not left unsent while the agent is silent.
                () = shared.clock.sleep(until_due), if !is_sent => {}
            }
            let tally = host.tally();
            if tally != noted {
                self.used(&tally);
                noted = tally;
            }
            let now = shared.clock.monotonic();
            if now.saturating_sub(stored_at) >= STORE_PAUSE {
                stored_at = now;
                // First, so that whoever hears of the record finds it.
                is_sent = send_live(&shared, &mut *upload.lock().await).await;
                let run = &self.entry.run;
                match shared.store.save_run(run).await {
                    Ok(()) => {
                        let mut progress =
                            self.context.progress.lock().unwrap_or_else(PoisonError::into_inner);
                        progress.recorded_usd = run.usage.cost_usd;
                    }
                    Err(error) => {
                        tracing::debug!(run.id = %run.id, %error, "a run's usage is not in the store yet");
                    }
                }
            }
            shared.clock.sleep(JOURNAL_PAUSE).await;
        }
    }

    /// Notes why a person has to look before anything is made of the run. On disk with the next write.
    pub(super) fn held(&mut self, why: Option<String>) {
        self.entry.held = why.or(self.entry.held.take());
    }

    /// Notes in the run's record how the role ended. On disk with the next write.
    pub(super) fn ended_with(&mut self, report: &Report) {
        (self.entry.run.outcome, self.entry.run.stopped) = match report {
            Report::Outcome(outcome) => (Some(outcome.clone()), None),
            Report::Stopped(stop) => (None, Some(stop.clone())),
            Report::Failed { .. } | Report::Fault { .. } => (None, None),
        };
    }

    /// Notes what the role came to. On disk before anything is made of it (I09).
    pub(super) fn reported(&mut self, report: Report) -> Result<(), RunAbort> {
        self.entry.report = Some(report);
        self.enter(RunStage::AgentFinished)?;
        self.context.shared.reached(Point::ReportSaved, &self.entry.run.id);
        Ok(())
    }

    /// Notes the work that was collected. On disk with the next write.
    pub(super) fn collected(&mut self, collected: Collected) {
        let Collected { head, commits, failure } = collected;
        (self.entry.run.head, self.entry.run.commits) = (Some(head), commits);
        self.entry.report = failure.or(self.entry.report.take());
    }

    /// Notes the work that a landing begins with, and the content of it that passed the tests before. On disk with the next write.
    pub(super) fn opened(&mut self, work: &Work) {
        self.work(work);
        let submission = self.context.task.submission.as_ref();
        self.entry.tested = self.entry.tested.take().or(submission.and_then(|known| known.tested.clone()));
    }

    fn work(&mut self, work: &Work) {
        self.entry.base = Some(work.base.clone());
        self.entry.run.base = Some(work.base.clone());
        (self.entry.run.head, self.entry.run.commits) = (Some(work.head.clone()), work.commits);
    }

    /// Returns when a step begins, by the monotonic clock.
    pub(super) fn now(&self) -> Duration {
        self.context.shared.clock.monotonic()
    }

    /// Notes all that a step came to which began at `begun`, also if it failed, and brings `work` up to date. On disk before the
    /// next step begins (I11).
    pub(super) fn stepped(
        &mut self,
        begun: Duration,
        notes: Notes,
        outcome: Result<StepOutcome, RunAbort>,
        work: Option<&mut Work>,
    ) -> Result<Next, RunAbort> {
        self.noticed(notes);
        let StepOutcome { notes, work: changed, proof, next } = outcome?;
        if let Some(changed) = changed {
            self.work(&changed);
            if let Some(work) = work {
                *work = changed;
            }
        }
        match proof {
            Some(Proof::Tests(tree)) => self.entry.tested = Some(tree),
            Some(Proof::Step { key, tree }) => {
                self.entry.passed.insert(key, tree);
            }
            None => {}
        }
        let mut duration = self.now().saturating_sub(begun);
        for note in notes {
            self.record(note, std::mem::take(&mut duration))?;
        }
        Ok(next)
    }

    /// Notes the commit that the base branch is about to move to, and where it is now. On disk before it moves.
    pub(super) fn chosen(&mut self, commit: &CommitId, onto: &CommitId) -> Result<(), RunAbort> {
        self.entry.landing = Some(commit.clone());
        self.entry.run.base = Some(onto.clone());
        self.enter(RunStage::Steps)?;
        self.context.shared.reached(Point::LandingChosen, &self.entry.run.id);
        Ok(())
    }

    /// Notes where the base branch was before the work landed; `None` where that cannot be told. On disk with the next write.
    pub(super) fn landed_on(&mut self, before: Option<CommitId>) {
        self.entry.run.base = before;
    }

    /// Notes what was noticed in passing. On disk with the next write.
    pub(super) fn noticed(&mut self, notes: Notes) {
        for note in notes {
            self.note(note, Duration::ZERO);
        }
    }

    /// Records how a step went that took this long. On disk before the next step begins (I11).
    pub(super) fn record(&mut self, note: Note, duration: Duration) -> Result<(), RunAbort> {
        self.note(note, duration);
        self.enter(RunStage::Steps)?;
        self.context.shared.reached(Point::StepRecorded, &self.entry.run.id);
        Ok(())
    }

    fn note(&mut self, note: Note, duration: Duration) {
        let Note { step: name, status, detail } = note;
        let (at, log) = (self.context.shared.now(), &self.context.log);
        let step = StepRecord { name, status, detail: log.clean(&detail), at };
        let first = step.detail.lines().next().unwrap_or_default();
        log.note(at, &format!("{}: {}{first}", step.name, prefix(status)));
        self.context.shared.tell(Notice::Step {
            run: self.entry.run.id.clone(),
            task: self.entry.run.task.clone(),
            step: step.clone(),
            duration,
        });
        self.entry.run.steps.push(step);
    }

    /// Notes in words why the run ended as it did. The store keeps it; the journal forgets the run.
    pub(super) fn explained(&mut self, note: Option<String>) {
        self.entry.run.note = note.map(|note| self.context.log.clean(&note));
    }

    /// Notes that the run is over. The store keeps it; the journal forgets the run.
    pub(super) fn settled(&mut self) {
        self.reach(RunStage::Settled);
        self.entry.run.finished_at = Some(self.context.shared.now());
    }

    /// Forgets the run, which is settled.
    pub(super) fn forget(&self) {
        let (shared, run) = (&self.context.shared, &self.entry.run.id);
        if let Err(error) = shared.journal.forget(run) {
            shared.warn(format!("the journal could not forget {run}: {error}"));
        }
        shared.reached(Point::Forgotten, run);
    }
}

/// Returns how a line of the log begins that says how a step went.
const fn prefix(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Done => "",
        StepStatus::Skipped => "skipped: ",
        StepStatus::Refused => "refused: ",
        StepStatus::Waiting => "waits: ",
    }
}
