//! What is remembered of jobs between starts: when each was first seen, and when it last looked for issues.

use super::Job;
use crate::replace::replace;
use octopoid_core::model::Timestamp;
use octopoid_core::orchestrator::Layout;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The file's content, with the changes since it was read.
#[derive(Debug)]
pub(crate) struct Memory {
    path: PathBuf,
    jobs: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    first_seen: Timestamp,
    last_look: Option<Timestamp>,
}

/// The key of a job: with its schedule, so that a changed schedule is not due for times before the change.
fn name(job: &Job) -> String {
    format!("{} {}", job.name, job.schedule)
}

impl Memory {
    /// Reads the file; an unreadable one counts as empty.
    pub(crate) fn load(layout: &Layout) -> Self {
        let path = layout.runtime().join("jobs.json");
        let jobs = match octopoid_roles::regular_file::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "{} cannot be read and is replaced", path.display());
                BTreeMap::new()
            }),
            Err(_) => BTreeMap::new(),
        };
        Self { path, jobs }
    }

    /// Adds new jobs, as first seen now, and removes those that no longer exist.
    pub(crate) fn see<'a>(&mut self, jobs: impl IntoIterator<Item = &'a Job>, now: Timestamp) {
        let before = self.jobs.clone();
        let names: BTreeSet<_> = jobs.into_iter().filter(|job| !job.paused).map(name).collect();
        self.jobs.retain(|known, _| names.contains(known));
        for name in names {
            self.jobs.entry(name).or_insert(Entry { first_seen: now, last_look: None });
        }
        if self.jobs != before {
            self.save();
        }
    }

    /// Returns when a job was first seen.
    pub(crate) fn first_seen(&self, job: &Job) -> Option<Timestamp> {
        self.jobs.get(&name(job)).map(|entry| entry.first_seen)
    }

    /// Returns when a job last looked for issues.
    pub(crate) fn last_look(&self, job: &Job) -> Option<Timestamp> {
        self.jobs.get(&name(job))?.last_look
    }

    /// Records that a job looked for issues.
    pub(crate) fn looked(&mut self, job: &Job, now: Timestamp) {
        if let Some(entry) = self.jobs.get_mut(&name(job)) {
            entry.last_look = Some(now);
            self.save();
        }
    }

    /// Without it the jobs go on, and the next start counts from itself.
    fn save(&self) {
        let written = || -> std::io::Result<()> {
            let folder = self.path.parent().unwrap_or(std::path::Path::new("."));
            std::fs::create_dir_all(folder)?;
            replace(&self.path, &serde_json::to_vec_pretty(&self.jobs)?, None)
        };
        if let Err(error) = written() {
            tracing::warn!(%error, "{} cannot be written", self.path.display());
        }
    }
}
