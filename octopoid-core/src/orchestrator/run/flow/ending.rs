//! The end of a run: the transition in the store, the record, the clean-up.

use super::journal::RunJournal;
use crate::model::{Outcome, Task};
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::notice::Notice;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::pause::{Pause, Paused};
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::stages::{clean_up, save_record, settle_claim};
use std::convert::Infallible;
use std::sync::PoisonError;

/// Ends the run: with a command for the store, or because the claim was lost, for the given reason.
pub(super) async fn settle(
    context: &RunContext,
    journal: &mut RunJournal,
    settlement: Result<Settlement, String>,
) -> Option<Pause> {
    context.interrupt.begin_settling();
    context.shared.reached(Point::Settling, &context.id);
    let (task, note, pause) = match settlement {
        Ok(Settlement { command, pause }) => {
            if let Some(pause) = &pause
                && pause.whose == Paused::Account
            {
                // Other agents of the account hear of the task as soon as it is free, and must not begin with it before the pause.
                let mut progress = context.progress.lock().unwrap_or_else(PoisonError::into_inner);
                progress.limit = Some(pause.reason.clone());
            }
            match settle_claim(context, &command).await {
                // The journal keeps it: the next start goes on here.
                None => return pause,
                Some(Ok(task)) => {
                    let note = task.note.clone();
                    (Some(task), note, pause)
                }
                Some(Err(error)) => (None, Some(format!("the result was not taken: {error}")), pause),
            }
        }
        Err(why) => {
            // It is lost: nothing is to take it again.
            let _ = context.turn.end(async { Ok::<_, Infallible>(()) }).await;
            (None, Some(why), None)
        }
    };
    context.shared.reached(Point::Transitioned, &context.id);
    journal.explained(note);
    close(context, journal, task.as_ref()).await;
    pause
}

/// Records a run whose transition is in the store, or whose claim is lost, cleans up after it and forgets it.
pub(super) async fn close(context: &RunContext, journal: &mut RunJournal, task: Option<&Task>) {
    journal.settled();
    if !save_record(context, journal.run()).await {
        return;
    }
    context.shared.reached(Point::Recorded, &context.id);
    if let Some(task) = task {
        clean_up(context, task).await;
    }
    journal.forget();
    let run = journal.run();
    let queue = task.map(Task::queue);
    let words = match (&queue, &run.note) {
        (Some(queue), Some(note)) => format!("the task is in `{queue}`: {note}"),
        (Some(queue), None) => format!("the task is in `{queue}`"),
        (None, note) => {
            format!("ended without effect: {}", note.as_deref().unwrap_or("the claim is gone"))
        }
    };
    context.note(&words);
    context.shared.tell(Notice::RunSettled {
        run: run.id.clone(),
        task: run.task.clone(),
        agent: run.agent.clone(),
        outcome: run.outcome.as_ref().map(Outcome::kind),
        queue,
        note: run.note.clone(),
        usage: run.usage,
        duration: context.shared.clock.monotonic().saturating_sub(context.begun),
    });
}
