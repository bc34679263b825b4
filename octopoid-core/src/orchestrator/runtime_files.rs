//! The small files that scripts read: who runs here, and what each agent does.
//!
//! They follow what the loop knows and nothing is read back from them but the times of an agent's last run. Each is replaced as a
//! whole, and only when it changes.

use super::Orchestrator;
use super::journal::HALF_WRITTEN;
use super::layout::Layout;
use crate::model::{AgentName, OrchestratorId, RoleName, RunId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::{fs, mem};

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
    /// Whether the last try to write failed, which is said once.
    failing: bool,
}

impl RuntimeFiles {
    /// Writes who runs here, and puts right what an orchestrator that was killed left.
    fn begin<'a>(
        layout: &Layout,
        id: &OrchestratorId,
        agents: impl Iterator<Item = (&'a AgentName, &'a RoleName)>,
    ) -> io::Result<Self> {
        let line = format!("{id}\n");
        if fs::read(layout.orchestrator_id()).ok().as_deref() != Some(line.as_bytes()) {
            replace(layout, &layout.orchestrator_id(), line.as_bytes())?;
        }
        replace(layout, &layout.orchestrator_pid(), format!("{}\n", std::process::id()).as_bytes())?;
        let mut files = Self { agents: known(layout)?, failing: false };
        for file in files.agents.values_mut().filter(|file| file.running) {
            // When its run was cut off nobody knows.
            (file.running, file.pid, file.current_task, file.current_run) = (false, None, None, None);
            save(layout, file)?;
        }
        let mut known = mem::take(&mut files.agents);
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
            let file = match known.remove(name) {
                Some(old) if old.role == *role => old,
                other => {
                    let (last_started, last_finished) =
                        other.map_or((None, None), |old| (old.last_started, old.last_finished));
                    let file = AgentFile { last_started, last_finished, ..new };
                    save(layout, &file)?;
                    file
                }
            };
            files.agents.insert(name.clone(), file);
        }
        Ok(files)
    }
}

/// Reads the files that are there. One that cannot be read is written anew.
fn known(layout: &Layout) -> io::Result<BTreeMap<AgentName, AgentFile>> {
    let folders = match fs::read_dir(layout.agent_states()) {
        Ok(folders) => folders,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let read = |folder: fs::DirEntry| {
        let name = AgentName::new(folder.file_name().to_str()?).ok()?;
        let file: AgentFile = serde_json::from_slice(&fs::read(layout.agent_state(&name)).ok()?).ok()?;
        (file.agent == name).then_some((name, file))
    };
    Ok(folders.flatten().filter_map(read).collect())
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

impl Orchestrator {
    /// Writes the files for scripts, once the folder is held.
    pub(super) fn begin_runtime_files(&mut self) {
        let shared = &self.shared;
        let agents = shared.agents.iter().map(|agent| (&agent.name, &agent.role));
        match RuntimeFiles::begin(&shared.layout, &shared.settings.orchestrator, agents) {
            Ok(files) => self.state.runtime_files = files,
            Err(error) => tracing::warn!(%error, "the files in `runtime` cannot be written"),
        }
    }

    /// Writes the files of the agents that began or ended something.
    pub(super) fn follow_runtime_files(&mut self) {
        let (now, mut failed) = (self.shared.now(), None);
        let mut work: BTreeMap<&AgentName, (&RunId, &TaskId, Timestamp)> = BTreeMap::new();
        for (id, run) in self.state.active.iter().filter(|(_, run)| run.role.is_some()) {
            work.insert(&run.agent, (id, &run.task, run.since));
        }
        let files = &mut self.state.runtime_files;
        for (name, file) in &mut files.agents {
            if file.follow(work.get(name).copied(), now) {
                failed = save(&self.shared.layout, file).err().or(failed);
            }
        }
        if let Some(error) = &failed
            && !files.failing
        {
            tracing::warn!(%error, "the files of the agents in `runtime` cannot be written");
        }
        files.failing = failed.is_some();
    }

    /// Removes what says that an orchestrator runs here, before the folder is let go.
    pub(super) fn end_runtime_files(&mut self) {
        let layout = &self.shared.layout;
        let _ = fs::remove_file(layout.status());
        let _ = fs::remove_file(layout.orchestrator_pid());
    }
}
