//! Reading what a pane shows.

mod log;
mod patch;

use super::desk::Desk;
use super::event::{Changes, Data, Event, Wanted};
use super::pane::Pane;
use crate::error::{CliError, Kind, Result};
use crate::rounds::Rounds;
use octopoid_core::model::TaskId;
use octopoid_core::ops::review::threads;
use octopoid_core::ops::{CostBy, CostQuery, costs};
use octopoid_core::store::RunQuery;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The time for which a selection has to stay: who runs through the list reads nothing on the way.
const STAYS: Duration = Duration::from_millis(40);

/// Reads what a pane shows and sends it; what is added to a log, until this is dropped.
pub(super) async fn read(desk: Arc<Desk>, wanted: Wanted, events: mpsc::Sender<Event>) {
    tokio::time::sleep(STAYS).await;
    let data = match (wanted.pane, &wanted.task) {
        (Pane::Machines, _) => return,
        (Pane::Costs, _) => sums(&desk).await,
        (_, None) => return,
        (Pane::Task | Pane::Thread | Pane::Runs | Pane::Graph, Some(task)) => details(&desk, task).await,
        (Pane::Diff, Some(task)) => diff(&desk, &wanted, task).await,
        (Pane::Log, Some(task)) => {
            let task = task.clone();
            return log::follow(&desk, wanted, &task, events).await;
        }
    };
    let data = data.unwrap_or_else(|error| Data::Nothing(words(&error)));
    // Who does not listen any more has left.
    let _ = events.send(Event::Loaded(wanted, data)).await;
}

/// Returns an error with what to do next, as the text of a pane.
fn words(error: &CliError) -> String {
    match &error.hint {
        Some(hint) => format!("{}\n{hint}", error.message),
        None => error.message.clone(),
    }
}

async fn details(desk: &Desk, task: &TaskId) -> Result<Data> {
    let runs = RunQuery::new(desk.scope.clone()).of_task(task.clone());
    let (thread, mut runs) =
        tokio::try_join!(desk.store.messages(&desk.scope, task), desk.store.list_runs(&runs))?;
    let comments = desk.store.review_comments(&desk.scope, task).await?;
    runs.reverse();
    Ok(Data::Details { thread, runs, comments: threads(comments, |_| None) })
}

async fn sums(desk: &Desk) -> Result<Data> {
    let mut sums = Vec::new();
    for (name, by) in [
        ("By day", CostBy::Day),
        ("By role", CostBy::Role),
        ("By agent", CostBy::Agent),
        ("By project", CostBy::Project),
        ("By model", CostBy::Model),
    ] {
        sums.push((name, costs(&*desk.store, &CostQuery::new(desk.scope.clone(), by)).await?));
    }
    Ok(Data::Costs(sums))
}

async fn diff(desk: &Desk, wanted: &Wanted, task: &TaskId) -> Result<Data> {
    let Some(installation) = &desk.installation else {
        let what = "there is no repository here to read the commits from";
        return patch::handed_in(desk, task, what).await;
    };
    let rounds = Rounds::read(installation, &*desk.store, task, &desk.context).await?;
    let comments = desk.store.review_comments(&desk.scope, task).await?;
    let (number, since_review) = (wanted.attempt, wanted.since_review);
    let read = move || {
        let mut changes = changes(&rounds, number, since_review);
        if let Ok(changes) = &mut changes {
            // Without the commits of the newest round nothing is known of their places.
            let placed = rounds.place(comments.clone());
            changes.comments = placed.unwrap_or_else(|_| threads(comments, |_| None));
        }
        (rounds, changes)
    };
    let read = tokio::task::spawn_blocking(read).await;
    let (rounds, changes) =
        read.map_err(|error| CliError::failure(format!("reading the diff ended by a defect: {error}")))?;
    match changes {
        // What was kept of it, or what has landed, may be read where the submitted commits are gone.
        Err(error) if error.kind == Kind::NotFound && !since_review => {
            let found = rounds.elsewhere(number, installation, &*desk.store).await?.ok_or(error)?;
            Ok(Data::Diff(Changes { diff: found.diff, note: found.note, ..of_round(&rounds, number)? }))
        }
        changes => changes.map(Data::Diff),
    }
}

fn changes(rounds: &Rounds, number: Option<u32>, since_review: bool) -> Result<Changes> {
    if since_review {
        let (reviewed, compared) = rounds.since_review()?;
        let (since, note) = (Some(reviewed.number), compared.note);
        return Ok(Changes { diff: compared.diff, since, note, ..of_round(rounds, None)? });
    }
    let compared = rounds.diff(rounds.round(number)?)?;
    Ok(Changes { diff: compared.diff, note: compared.note, ..of_round(rounds, number)? })
}

fn of_round(rounds: &Rounds, number: Option<u32>) -> Result<Changes> {
    let (round, newest) = (rounds.round(number)?.number, rounds.round(None)?.number);
    Ok(Changes { round, newest, ..Changes::default() })
}
