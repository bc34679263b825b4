//! Who gives a command: a person, or a process that belongs to a run.
//!
//! Agents, scripts and what they leave running can start this program too, and what they say never counts as a person's
//! word (I39). They are recognised by the variables that a run gives to everything it starts, in this process, in those
//! it descends from and in the leaders of its session and process group; and by the orchestrator among its ancestors.
//! [`rights`] says which commands need a person.

mod process;
mod rights;

pub(crate) use rights::needs_person;

use crate::environment::Environment;
use crate::project::{FOLDER, Project, folder_above};
use octopoid_core::orchestrator::{Layout, running_pid};
use process::{Markers, Process};
use std::path::{Path, PathBuf};

/// Who gives a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A person, as far as can be told.
    Person,
    /// A process that belongs to a run of this installation, or to one on the same queue.
    Run {
        /// The run, where it is known.
        run: Option<String>,
        /// What gave it away.
        evidence: String,
    },
}

impl Caller {
    /// Looks at this process and at those it comes from. `database` is the one that the command names, if it does.
    pub(crate) fn find(environment: &Environment, directory: &Path, database: Option<&Path>) -> Self {
        let processes = process::own_and_above(environment);
        let folder = directory.canonicalize().ok().and_then(|from| folder_above(&from));
        let orchestrator = folder.as_ref().and_then(|root| running_pid(&Layout::new(root.join(FOLDER))));
        if orchestrator.is_none() && processes.iter().all(|process| process.markers.is_empty()) {
            return Caller::Person;
        }
        let project = folder.as_ref().and_then(|root| Project::read(root).ok());
        let named = database.map(|path| resolved(&environment.directory.join(path)));
        let target = Target {
            folder: folder.map(|root| resolved(&root.join(FOLDER))),
            remote: project.as_ref().is_some_and(Project::is_remote),
            databases: project.iter().map(|project| resolved(&project.database())).chain(named).collect(),
            orchestrator,
        };
        decide(&processes, &target, database_of)
    }

    pub(crate) fn is_person(&self) -> bool {
        *self == Caller::Person
    }

    /// The name of a run's process, as the author of what it says.
    pub(crate) fn run_name(&self) -> Option<String> {
        match self {
            Caller::Person => None,
            Caller::Run { run: Some(run), .. } => Some(format!("agent of {run}")),
            Caller::Run { run: None, .. } => Some("agent of an unknown run".to_owned()),
        }
    }
}

/// What a command works on.
#[derive(Debug, Default)]
struct Target {
    /// The folder of the installation.
    folder: Option<PathBuf>,
    /// Whether its queue is on a server, which other installations may share.
    remote: bool,
    /// The databases that the command may write to.
    databases: Vec<PathBuf>,
    /// The process of the orchestrator that runs on the folder.
    orchestrator: Option<u32>,
}

impl Target {
    /// Whether markers are those of a run on this installation or on its queue. Another installation's runs are free to
    /// use this one: tests of Octopoid itself do so in temporary folders.
    fn is_of(&self, markers: &Markers, database_of: impl Fn(&Path) -> PathBuf) -> bool {
        if markers.is_empty() {
            return false;
        }
        if self.remote {
            return true;
        }
        let folders: Vec<_> = markers.paths.iter().filter_map(|path| folder_of(path)).collect();
        if folders.is_empty() {
            // Only the run's id: nothing says that it is another installation's.
            return self.folder.is_some() || !self.databases.is_empty();
        }
        folders.iter().any(|folder| {
            let database = database_of(folder);
            self.folder.as_ref() == Some(folder) || self.databases.contains(&database)
        })
    }
}

/// Decides who calls from what is known of the processes, this one first.
fn decide(processes: &[Process], target: &Target, database_of: impl Fn(&Path) -> PathBuf) -> Caller {
    for process in processes {
        if target.is_of(&process.markers, &database_of) {
            let evidence = format!("{} has a run's variables in its environment", process.described());
            return Caller::Run { run: process.markers.run.clone(), evidence };
        }
        if process.is_ancestor() && target.orchestrator == Some(process.pid) {
            let evidence = format!("it was started by the orchestrator, process {}", process.pid);
            return Caller::Run { run: None, evidence };
        }
    }
    Caller::Person
}

/// The installation's folder that a marker's path lies in, such as
/// `/repo/.octopoid/runtime/runs/task-1.1/call-1`.
fn folder_of(path: &Path) -> Option<PathBuf> {
    let inside = |folder: &&Path| {
        let below = path.strip_prefix(folder).unwrap_or(path);
        below.starts_with("runtime/runs") || below.starts_with("worktrees")
    };
    path.ancestors().skip(1).find(inside).map(resolved)
}

/// The database of an installation.
fn database_of(folder: &Path) -> PathBuf {
    let project = folder.parent().and_then(|root| Project::read(root).ok());
    project.map_or_else(|| folder.join("octopoid.db"), |project| resolved(&project.database()))
}

/// A path without links, also where its end does not exist (any more).
fn resolved(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(real), ..) => real,
        (Err(_), Some(parent), Some(name)) => resolved(parent).join(name),
        (Err(_), ..) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::process::Relation;
    use super::*;

    fn process(relation: Relation, markers: &[(&str, &str)]) -> Process {
        let pid = 7;
        Process { pid, relation, markers: Markers::of(markers.iter().copied()) }
    }

    fn own_database(folder: &Path) -> PathBuf {
        folder.join("octopoid.db")
    }

    fn target() -> Target {
        let databases = vec![PathBuf::from("/repo/.octopoid/octopoid.db")];
        Target { folder: Some("/repo/.octopoid".into()), databases, ..Target::default() }
    }

    fn run_of(markers: &[(&str, &str)], target: &Target) -> Option<String> {
        let found = decide(&[process(Relation::This, markers)], target, own_database);
        found.run_name()
    }

    const CALL: (&str, &str) = ("OCTOPOID_CALL", "/repo/.octopoid/runtime/runs/task-1.1/call-1");
    const STEP: (&str, &str) = ("OCTOPOID_STEP", "/repo/.octopoid/runtime/runs/task-1.2: tests");
    const WORKTREE: (&str, &str) = ("OCTOPOID_WORKTREE", "/repo/.octopoid/worktrees/task-1");

    #[test]
    fn i39_each_marker_of_this_installation_gives_a_run_away() {
        assert_eq!(run_of(&[CALL], &target()).as_deref(), Some("agent of task-1.1"));
        assert_eq!(run_of(&[STEP], &target()).as_deref(), Some("agent of task-1.2"));
        assert_eq!(run_of(&[WORKTREE], &target()).as_deref(), Some("agent of an unknown run"));
        let alone = [("OCTOPOID_RUN_ID", "task-3.1")];
        assert_eq!(run_of(&alone, &target()).as_deref(), Some("agent of task-3.1"));
        assert_eq!(run_of(&[], &target()), None);
    }

    #[test]
    fn i39_a_run_of_another_installation_may_use_this_one_unless_they_share_a_queue() {
        let elsewhere = Target { folder: Some("/tmp/x/.octopoid".into()), ..Target::default() };
        assert_eq!(run_of(&[CALL, ("OCTOPOID_RUN_ID", "task-1.1")], &elsewhere), None);
        // A worktree's own installation is another one than that which the worktree belongs to.
        let nested = Target {
            folder: Some("/repo/.octopoid/worktrees/task-1/sub/.octopoid".into()),
            databases: vec!["/repo/.octopoid/worktrees/task-1/sub/.octopoid/octopoid.db".into()],
            ..Target::default()
        };
        assert_eq!(run_of(&[CALL, WORKTREE], &nested), None);
        let remote = Target { remote: true, ..elsewhere };
        assert!(run_of(&[CALL], &remote).is_some());
        let same_file = Target { databases: target().databases, ..nested };
        assert!(run_of(&[CALL], &same_file).is_some());
        let named = Target { databases: vec!["/var/queue.db".into()], ..Target::default() };
        let shared = decide(&[process(Relation::This, &[CALL])], &named, |_| "/var/queue.db".into());
        assert_ne!(shared, Caller::Person);
    }

    #[test]
    fn i39_ancestors_leaders_and_the_orchestrator_count_too() {
        for relation in [Relation::Ancestor, Relation::Leader] {
            let found =
                decide(&[process(Relation::This, &[]), process(relation, &[CALL])], &target(), own_database);
            assert_eq!(found.run_name().as_deref(), Some("agent of task-1.1"));
        }
        let target = Target { orchestrator: Some(7), ..target() };
        assert_ne!(decide(&[process(Relation::Ancestor, &[])], &target, own_database), Caller::Person);
        // The leader of the session may be the terminal's shell that the orchestrator was started from.
        assert_eq!(decide(&[process(Relation::Leader, &[])], &target, own_database), Caller::Person);
    }
}
