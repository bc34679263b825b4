//! This process and its ancestors, as `/proc` shows them. Without `/proc`, only this process's own environment is known.

use crate::environment::Environment;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The variable with the id of a run, in the environment of what it starts.
const RUN: &str = "OCTOPOID_RUN_ID";
/// The variables with the folder of an agent's call, the folder and name of a script's step, and the worktree.
const PATHS: [&str; 3] = ["OCTOPOID_CALL", "OCTOPOID_STEP", "OCTOPOID_WORKTREE"];

/// The relation of a process to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    This,
    Ancestor,
    /// The leader of this process's session or process group.
    Leader,
}

/// The markers of a run in the environment of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Markers {
    /// The run.
    pub(super) run: Option<String>,
    /// Paths in the folder of the run's installation.
    pub(super) paths: Vec<PathBuf>,
}

impl Markers {
    pub(super) fn of<'a>(variables: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Self {
        let get = |wanted: &str| {
            let found = variables.clone().find(|(name, value)| *name == wanted && !value.is_empty());
            found.map(|(_, value)| value)
        };
        let paths: Vec<_> = PATHS.iter().filter_map(|name| get(name)).map(PathBuf::from).collect();
        let run = get(RUN).map(str::to_owned).or_else(|| paths.iter().find_map(|path| run_of(path)));
        Self { run, paths }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.run.is_none() && self.paths.is_empty()
    }
}

/// Returns the run in a path such as `…/runtime/runs/task-1.1/call-1` or `…/runtime/runs/task-1.1: tests`.
fn run_of(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    let (_, rest) = text.rsplit_once("/runtime/runs/")?;
    let end = rest.find(['/', ':']).unwrap_or(rest.len());
    Some(rest[..end].to_owned()).filter(|run| !run.is_empty())
}

/// A process.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) relation: Relation,
    pub(super) markers: Markers,
}

impl Process {
    pub(super) fn is_ancestor(&self) -> bool {
        self.relation == Relation::Ancestor
    }

    pub(super) fn described(&self) -> String {
        match self.relation {
            Relation::This => "this process".to_owned(),
            Relation::Ancestor => format!("process {}, which this one descends from,", self.pid),
            Relation::Leader => format!("process {}, which leads this one's session,", self.pid),
        }
    }

    fn read(pid: u32, relation: Relation) -> Self {
        // Another user's process cannot be read, and is none of a run's.
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let text = String::from_utf8_lossy(&environment);
        let variables = text.split('\0').filter_map(|variable| variable.split_once('='));
        Self { pid, relation, markers: Markers::of(variables) }
    }
}

/// The place of a process by `/proc/PID/stat`.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    parent: u32,
    group: u32,
    session: u32,
}

impl Place {
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The name of the program stands in parentheses and may contain anything; the state and the numbers follow.
    fn parse(stat: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(')')?;
        let mut numbers = rest.split_whitespace().skip(1).map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Self { parent: next()?, group: next()?, session: next()? })
    }
}

/// Returns this process, its ancestors from the nearest on, and the leaders of its session and process group.
pub(super) fn own_and_above(environment: &Environment) -> Vec<Process> {
    let pid = std::process::id();
    let variables = environment.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let own = Process { pid, relation: Relation::This, markers: Markers::of(variables) };
    let mut processes = vec![own];
    let mut seen = BTreeSet::from([0, pid]);
    let place = Place::read(pid);
    let mut next = place.as_ref().map(|place| place.parent);
    // Ids are given again: a chain that is read while processes end could lead back to where it has been.
    while let Some(pid) = next.filter(|pid| seen.insert(*pid)) {
        processes.push(Process::read(pid, Relation::Ancestor));
        next = Place::read(pid).map(|place| place.parent);
    }
    let leaders = place.into_iter().flat_map(|place| [place.session, place.group]);
    for pid in leaders.filter(|pid| seen.insert(*pid)) {
        processes.push(Process::read(pid, Relation::Leader));
    }
    processes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_name_may_contain_anything() {
        let place = Place { parent: 12, group: 34, session: 56 };
        assert_eq!(Place::parse("99 (a) b (c)) S 12 34 56 0 -1 4194560"), Some(place));
        assert_eq!(Place::parse("99 (sh) S 12"), None);
    }

    #[test]
    fn a_run_is_named_by_its_id_or_by_its_folder() {
        let run = |variables: &[(&str, &str)]| Markers::of(variables.iter().copied()).run;
        assert_eq!(run(&[("OCTOPOID_RUN_ID", "task-1.1")]).as_deref(), Some("task-1.1"));
        assert_eq!(
            run(&[("OCTOPOID_STEP", "/r/.o/runtime/runs/task-1.2: tests")]).as_deref(),
            Some("task-1.2")
        );
        assert_eq!(
            run(&[("OCTOPOID_CALL", "/r/.o/runtime/runs/task-1.3/call-1")]).as_deref(),
            Some("task-1.3")
        );
        assert_eq!(run(&[("OCTOPOID_TASK_ID", "task-1"), ("OCTOPOID_RUN_ID", "")]), None);
    }
}
