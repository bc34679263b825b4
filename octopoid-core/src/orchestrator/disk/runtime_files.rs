//! The small files that scripts read: who runs here, and what each agent does.
//!
//! They follow what the loop knows and nothing is read back from them but the times of an agent's last run. Each is replaced as a
//! whole, and only when it changes.

use super::journal::HALF_WRITTEN;
use super::layout::Layout;
use crate::model::{AgentName, OrchestratorId, RoleName, RunId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// What the file of an agent says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct AgentFile {
    agent: AgentName,
    role: RoleName,
    running: bool,
    /// The process that drives it while it runs.
    pid: Option<u32>,
    current_task: Option<TaskId>,
    current_run: Option<RunId>,
    last_started: Option<Timestamp>,
    last_finished: Option<Timestamp>,
}

impl AgentFile {
    /// Changes it to what is the case now. Returns whether that is another thing than before.
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

/// The files of one orchestrator that holds the folder's lock.
#[derive(Debug, Default)]
pub(crate) struct RuntimeFiles {
    agents: BTreeMap<AgentName, AgentFile>,
    /// The agents whose files could not be written, and are tried again.
    unwritten: BTreeSet<AgentName>,
}

impl RuntimeFiles {
    /// Writes the files for scripts, once the folder's lock is held.
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

    /// Writes the files of the agents that began or ended something. `work` has the run, the task and the start of each agent that works.
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

    /// Removes what says that an orchestrator runs here, before the folder's lock is released.
    pub(crate) fn remove_running(layout: &Layout) {
        let _ = fs::remove_file(layout.status());
        let _ = fs::remove_file(layout.orchestrator_pid());
    }

    /// Reads the files that exist, and corrects what an orchestrator that was killed left.
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
                    // When a run that was cut off has ended is not known.
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
        // Those that are not configured any more do nothing either.
        for (_, mut file) in known.into_iter().filter(|(_, file)| file.running) {
            (file.running, file.pid, file.current_task, file.current_run) = (false, None, None, None);
            let _ = save(layout, &file);
        }
        files
    }

    /// Writes what has changed. Returns the first failure, where none was before.
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

/// Reads the files that exist. Unreadable ones are left out, and written again.
fn known(layout: &Layout) -> BTreeMap<AgentName, AgentFile> {
    let read = |folder: fs::DirEntry| {
        let name = AgentName::new(folder.file_name().to_str()?).ok()?;
        let file: AgentFile = serde_json::from_slice(&fs::read(layout.agent_state(&name)).ok()?).ok()?;
        (file.agent == name).then_some((name, file))
    };
    fs::read_dir(layout.agent_states()).into_iter().flatten().flatten().filter_map(read).collect()
}

/// Writes who runs here.
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

/// Replaces a file at once. What is half written lies where the journal sweeps.
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
        // A file in the folder's place stands for a disk that takes nothing.
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
