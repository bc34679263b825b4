//! Reading what a pane shows.

mod items;
mod log;
mod patch;

use super::defect::defect;
use super::desk::Desk;
use super::event::{Changes, Data, Event, Wanted};
use super::pane::Pane;
use super::screen::panic_message;
use crate::error::{CliError, Kind, Result};
use crate::rounds::{Rounds, placed_in};
use futures_util::FutureExt;
use octopoid_core::model::TaskId;
use octopoid_core::ops::review::threads;
use octopoid_core::ops::{CostBy, CostQuery, costs};
use octopoid_core::store::RunQuery;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// The time for which a selection has to stay: who runs through the list reads nothing on the way.
const STAYS: Duration = Duration::from_millis(40);

/// What is being read, until it is dropped.
#[derive(Debug)]
pub(super) struct Reading {
    wanted: Wanted,
    again: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Reading {
    /// Reads what a pane shows and sends it; what is added to a log too.
    pub(super) fn start(desk: Arc<Desk>, wanted: Wanted, events: mpsc::Sender<Event>) -> Self {
        let again = Arc::new(Notify::new());
        let task = tokio::spawn(read(desk, wanted.clone(), events, again.clone()));
        Self { wanted, again, task }
    }

    /// Has it read once more, if it is this that is wanted. What is under way is finished first, so that many changes in a row do
    /// not keep it from being shown. Returns whether it is.
    pub(super) fn again(&self, wanted: &Wanted) -> bool {
        let is_it = self.wanted == *wanted && wanted.pane != Pane::Log && !self.task.is_finished();
        if is_it {
            self.again.notify_one();
        }
        is_it
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(desk: Arc<Desk>, wanted: Wanted, events: mpsc::Sender<Event>, again: Arc<Notify>) {
    loop {
        tokio::time::sleep(STAYS).await;
        // A defect in one pane is said there, and leaves the rest as it is.
        let read = AssertUnwindSafe(once(&desk, &wanted, &events)).catch_unwind();
        let data = read.await.unwrap_or_else(|panic| {
            let words = format!("reading this ended by a defect: {}", panic_message(&*panic));
            Some(Data::Nothing(words))
        });
        let Some(data) = data else { return };
        // Who does not listen any more has left.
        if events.send(Event::Loaded(wanted.clone(), data)).await.is_err() {
            return;
        }
        again.notified().await;
    }
}

/// Reads what a pane shows once; none where nothing is read, or where it was sent already.
async fn once(desk: &Desk, wanted: &Wanted, events: &mpsc::Sender<Event>) -> Option<Data> {
    if wanted.pane == Pane::Costs {
        defect("read", &desk.context);
    }
    let data = match (wanted.pane, &wanted.task) {
        (Pane::Machines, _) => return None,
        (Pane::Costs, _) => sums(desk).await,
        (Pane::Projects, _) => items::projects(desk).await,
        (Pane::Drafts, _) => items::drafts(desk).await,
        (_, None) => return None,
        (Pane::Task | Pane::Thread | Pane::Runs | Pane::Graph, Some(task)) => details(desk, task).await,
        (Pane::Diff, Some(task)) => diff(desk, wanted, task).await,
        (Pane::Log, Some(task)) => {
            log::follow(desk, wanted.clone(), task, events.clone()).await;
            return None;
        }
    };
    Some(data.unwrap_or_else(|error| Data::Nothing(words(&error))))
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
        if wanted.since_review {
            let words = "there is no repository here, so what has changed since the last review cannot be told:\nD shows the whole diff again";
            return Ok(Data::Nothing(words.to_owned()));
        }
        return patch::handed_in(desk, task, wanted.attempt).await;
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
            let comments = desk.store.review_comments(&desk.scope, task).await?;
            let comments = placed_in(rounds.round(None)?, comments);
            let (diff, note) = (found.diff, found.note);
            Ok(Data::Diff(Changes { diff, note, comments, ..of_round(&rounds, number)? }))
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
    let (round, newest) = (rounds.round(number)?, rounds.round(None)?.number);
    Ok(Changes { round: round.number, newest, head: Some(round.head.clone()), ..Changes::default() })
}
