//! Reading what a pane shows.

mod log;

use super::desk::Desk;
use super::event::{Data, Event, Wanted};
use super::pane::Pane;
use crate::error::{CliError, Result, with_causes};
use octopoid_core::git::{Git, Repository};
use octopoid_core::model::TaskId;
use octopoid_core::ops::{CostBy, CostQuery, costs};
use octopoid_core::store::{RunQuery, StoreExt};
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
        (Pane::Diff, Some(task)) => diff(&desk, task).await,
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
    let history = desk.store.history(&desk.scope, task).await?;
    runs.reverse();
    Ok(Data::Details { thread, runs, history })
}

async fn sums(desk: &Desk) -> Result<Data> {
    let mut sums = Vec::new();
    for (name, by) in [
        ("By day", CostBy::Day),
        ("By role", CostBy::Role),
        ("By agent", CostBy::Agent),
        ("By project", CostBy::Project),
    ] {
        sums.push((name, costs(&*desk.store, &CostQuery::new(desk.scope.clone(), by)).await?));
    }
    Ok(Data::Costs(sums))
}

async fn diff(desk: &Desk, task: &TaskId) -> Result<Data> {
    let task = desk.store.task(&desk.scope, task).await?;
    let Some(installation) = &desk.installation else {
        return Ok(Data::Nothing(
            "there is no repository here to read the commits from\nrun `octopoid dashboard` in a clone that has them".to_owned(),
        ));
    };
    let submission = task.submission.as_deref();
    let Some((base, head)) = submission.and_then(|work| Some((work.base.clone()?, work.head.clone()?)))
    else {
        return Ok(Data::Nothing(format!(
            "nothing of {} has been submitted: it is in `{}`",
            task.id,
            task.place()
        )));
    };
    let (folder, git) = (installation.repository(), Git::new(desk.context.environment.variables.clone()));
    let read = move || {
        let repository = Repository::open(folder, git)?;
        match [&base, &head].into_iter().find(|commit| !repository.has_commit(commit)) {
            Some(missing) => Ok(Data::Nothing(format!(
                "the commit {} is not in this repository\nfetch the work, or look at it on the machine that made it",
                missing.short()
            ))),
            None => repository.diff(&base, &head).map(Data::Diff),
        }
    };
    let read = tokio::task::spawn_blocking(read).await;
    let read =
        read.map_err(|error| CliError::failure(format!("reading the diff ended by a defect: {error}")))?;
    read.map_err(|error| {
        CliError::failure(with_causes(&error)).hint("`octopoid doctor` checks the repository")
    })
}
