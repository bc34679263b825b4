//! Synchronising task files while the orchestrator runs.

use super::{Taken, What, folder, paths, sync};
use crate::assembly::Workers;
use crate::config::Problem;
use crate::environment::Environment;
use crate::installation::Installation;
use crate::output::Output;
use crate::watch::FolderWatch;
use octopoid_core::store::Store;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::task::JoinHandle;

/// Synchronises task files until it is dropped.
#[derive(Debug)]
pub(crate) struct TaskFileWatcher(JoinHandle<()>);

impl Drop for TaskFileWatcher {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl TaskFileWatcher {
    /// Synchronises at once, and then whenever a file changes.
    pub(crate) async fn begin(
        installation: Arc<Installation>,
        store: Arc<dyn Store>,
        workers: Workers,
        environment: Environment,
        person: String,
        output: Output,
    ) -> Self {
        let mut said = Said::default();
        let mut seen = look(&installation);
        said.look(&installation, &*store, &workers, &environment, &person, output).await;
        Self(tokio::spawn(async move {
            // A folder that is not there yet is looked for as often as one that nobody tells of.
            let _ = std::fs::create_dir_all(folder(&installation));
            let mut changes = FolderWatch::new(&folder(&installation)).for_days();
            loop {
                changes.changed().await;
                let now = look(&installation);
                // Also what could not be taken because the store was away.
                if now != seen || said.unfinished {
                    seen = now;
                    said.look(&installation, &*store, &workers, &environment, &person, output).await;
                }
            }
        }))
    }
}

/// Returns what tells whether a file has changed.
fn look(installation: &Installation) -> Vec<(std::path::PathBuf, Option<(SystemTime, u64)>)> {
    let facts = |path: &Path| {
        let facts = std::fs::metadata(path).ok()?;
        Some((facts.modified().ok()?, facts.len()))
    };
    paths(&folder(installation)).into_iter().map(|path| (path.clone(), facts(&path))).collect()
}

/// The warnings that were shown, each once.
#[derive(Debug, Default)]
struct Said {
    problems: BTreeSet<String>,
    warned: BTreeSet<String>,
    unfinished: bool,
}

impl Said {
    async fn look(
        &mut self,
        installation: &Installation,
        store: &dyn Store,
        workers: &Workers,
        environment: &Environment,
        person: &str,
        output: Output,
    ) {
        let report = match sync(installation, store, workers, environment, person).await {
            Ok(report) => report,
            Err(error) => {
                self.unfinished = true;
                tracing::warn!(%error, "task files wait until the store is there again");
                return;
            }
        };
        self.unfinished = false;
        for taken in &report.taken {
            let words = words(taken);
            if !is_warning(taken) {
                tracing::info!("{words}");
                output.note(words);
            } else if self.warned.insert(words.clone()) {
                tracing::warn!("{words}");
                output.warn(words);
            }
        }
        let problems: BTreeSet<_> = report.problems.iter().map(Problem::to_string).collect();
        for problem in problems.difference(&self.problems) {
            tracing::warn!("{problem}");
            output.warn(format_args!("{problem} (`octopoid sync` says how to fix it)"));
        }
        self.problems = problems;
    }
}

/// Returns whether a change is a warning.
pub(super) fn is_warning(taken: &Taken) -> bool {
    matches!(taken.what, What::TooLate { .. } | What::Gone)
}

/// Describes a change in one line.
pub(crate) fn words(taken: &Taken) -> String {
    let Taken { file, task, what } = taken;
    match what {
        What::Created => format!("{file} is {task}"),
        What::Updated { fields } => format!("{task} is as {file} says now: {}", fields.join(", ")),
        What::TooLate { fields } => {
            let fields = fields.join(", ");
            format!(
                "{file} differs from {task} in {fields}, but its work has begun; say it with `octopoid comment {task}`"
            )
        }
        What::Gone => format!("{file} is gone, and {task} goes on; `octopoid cancel {task}` calls it off"),
    }
}
