//! Small state files for scripts: which orchestrator runs here, and what each agent does.
//!
//! The files follow the state of the scheduler; only the times of an agent's last run are read back from them. Each file is
//! replaced atomically, and only when it changes.

use super::journal::HALF_WRITTEN;
use super::layout::Layout;
use crate::model::{AgentName, OrchestratorId, RoleName, RunId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Content of an agent's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct AgentFile {
    agent: AgentName,
    role: RoleName,
    running: bool,
    /// Process that drives the agent while it runs.
    pid: Option<u32>,
    current_task: Option<TaskId>,
    current_run: Option<RunId>,
    last_started: Option<Timestamp>,
    last_finished: Option<Timestamp>,
}

impl AgentFile {
    /// Updates the content to the current run. Returns whether it has changed.
    fn follow(&mut self, work: Option<(&RunId, &TaskId, Timestamp)>, now: Timestamp) -> bool {
        let run = work.map(|(run, _, _)| run.clone());
        if run == self.current_run && self.running == run.is_some() {
            return false;
        }
        if self.running {
            self.last_finished = Some(now);
        }
        self.running = run.is_some();
        self.pid = run.is_some().then(std::process::id);
        self.current_run = run;
        self.current_task = work.map(|(_, task, _)| task.clone());
        if let Some((_, _, since)) = work {
            self.last_started = Some(since);
        }
        true
    }
}

/// State files of one orchestrator, which holds the folder's lock.
#[derive(Debug, Default)]
pub(crate) struct RuntimeFiles {
    agents: BTreeMap<AgentName, AgentFile>,
    /// Agents whose files could not be written; the writes are retried.
    unwritten: BTreeSet<AgentName>,
}

impl RuntimeFiles {
    /// Writes the state files, once the folder's lock is held.
    pub(crate) fn open<'a>(
        layout: &Layout,
        orchestrator: &OrchestratorId,
        agents: impl Iterator<Item = (&'a AgentName, &'a RoleName)>,
    ) -> Self {
        if let Err(error) = identify(layout, orchestrator) {
            tracing::warn!(%error, "the files for scripts in `runtime` cannot be written");
        }
        let mut files = Self::read(layout, agents);
        files.write(layout, Vec::new());
        if !files.unwritten.is_empty() {
            tracing::warn!("the files of the agents in `runtime` cannot be written; they are tried again");
        }
        files
    }

    /// Writes the files of agents that started or ended a run.
    ///
    /// `work` gives the run, the task and the start time of each working agent.
    pub(crate) fn update(
        &mut self,
        layout: &Layout,
        work: &BTreeMap<&AgentName, (&RunId, &TaskId, Timestamp)>,
        now: Timestamp,
    ) {
        let followed = self
            .agents
            .iter_mut()
            .filter_map(|(name, file)| file.follow(work.get(name).copied(), now).then(|| name.clone()));
        let changed = followed.collect();
        if let Some(error) = self.write(layout, changed) {
            tracing::warn!(%error, "the files of the agents in `runtime` cannot be written; they are tried again");
        }
    }

    /// Removes the files that show a running orchestrator, before the folder's lock is released.
    pub(crate) fn remove_running(layout: &Layout) {
        let _ = fs::remove_file(layout.status());
        let _ = fs::remove_file(layout.orchestrator_pid());
    }

    /// Reads the existing files, and corrects the state that a killed orchestrator left.
    fn read<'a>(layout: &Layout, agents: impl Iterator<Item = (&'a AgentName, &'a RoleName)>) -> Self {
        let (mut known, mut files) = (known(layout), Self::default());
        for (name, role) in agents {
            let new = AgentFile {
                agent: name.clone(),
                role: role.clone(),
                running: false,
                pid: None,
                current_task: None,
                current_run: None,
                last_started: None,
                last_finished: None,
            };
            let old = known.remove(name);
            let file = match &old {
                Some(old) => {
                    // It is not known when a run that was cut off has ended.
                    let AgentFile { last_started, last_finished, .. } = *old;
                    AgentFile { last_started, last_finished, ..new }
                }
                None => new,
            };
            if old.as_ref() != Some(&file) {
                files.unwritten.insert(name.clone());
            }
            files.agents.insert(name.clone(), file);
        }
        // Agents that are no longer configured are not running either.
        for (_, mut file) in known.into_iter().filter(|(_, file)| file.running) {
            (file.running, file.pid, file.current_task, file.current_run) = (false, None, None, None);
            let _ = save(layout, &file);
        }
        files
    }

    /// Writes the changed files. Returns the first error, unless earlier writes were failing already.
    fn write(&mut self, layout: &Layout, changed: Vec<AgentName>) -> Option<io::Error> {
        let was_failing = !self.unwritten.is_empty();
        let mut failed = None;
        for name in changed.into_iter().chain(std::mem::take(&mut self.unwritten)) {
            let Some(file) = self.agents.get(&name) else { continue };
            if let Err(error) = save(layout, file) {
                failed = failed.or(Some(error));
                self.unwritten.insert(name);
            }
        }
        failed.filter(|_| !was_failing)
    }
}

/// Reads the existing files. Unreadable files are skipped, and written again.
fn known(layout: &Layout) -> BTreeMap<AgentName, AgentFile> {
    let read = |folder: fs::DirEntry| {
        let name = AgentName::new(folder.file_name().to_str()?).ok()?;
        let file: AgentFile = serde_json::from_slice(&fs::read(layout.agent_state(&name)).ok()?).ok()?;
        (file.agent == name).then_some((name, file))
    };
    fs::read_dir(layout.agent_states()).into_iter().flatten().flatten().filter_map(read).collect()
}

/// Writes the files with the machine's id and the process id.
fn identify(layout: &Layout, id: &OrchestratorId) -> io::Result<()> {
    let line = format!("{id}\n");
    if fs::read(layout.orchestrator_id()).ok().as_deref() != Some(line.as_bytes()) {
        replace(layout, &layout.orchestrator_id(), line.as_bytes())?;
    }
    replace(layout, &layout.orchestrator_pid(), format!("{}\n", std::process::id()).as_bytes())
}

fn save(layout: &Layout, file: &AgentFile) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(file)?;
    bytes.push(b'\n');
    replace(layout, &layout.agent_state(&file.agent), &bytes)
}

/// Replaces a file atomically. The temporary file is in a folder that the journal sweeps.
fn replace(layout: &Layout, path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = tempfile::Builder::new().prefix(HALF_WRITTEN).tempfile_in(layout.runtime())?;
    file.write_all(content)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_is_written_as_soon_as_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        fs::create_dir_all(layout.runtime()).unwrap();
        let (name, role) = (AgentName::new("a").unwrap(), RoleName::implement());
        let mut files = RuntimeFiles::read(&layout, [(&name, &role)].into_iter());
        // A file in place of the folder simulates a disk that cannot be written.
        fs::write(layout.agent_states(), "").unwrap();
        files.write(&layout, Vec::new());
        assert!(files.unwritten.contains(&name));
        fs::remove_file(layout.agent_states()).unwrap();
        assert!(files.write(&layout, Vec::new()).is_none());
        assert_eq!(known(&layout), files.agents);
        // The next orchestrator has nothing to write.
        assert!(RuntimeFiles::read(&layout, [(&name, &role)].into_iter()).unwritten.is_empty());
    }
}
