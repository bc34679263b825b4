//! The caller of a command: a person, or a process that belongs to a run.
//!
//! Agents, scripts and what they leave running can start this program too, and never count as a person (I39). They are
//! recognised by the variables that a run gives to everything it starts, in this process, in those
//! it descends from and in the leaders of its session and process group; and by the orchestrator among its ancestors.
//! [`rights`] says which commands need a person.

mod process;
mod rights;

pub(crate) use rights::needs_person;

use crate::environment::Environment;
use crate::installation::{DatabaseName, FOLDER, Installation, folder_above};
use octopoid_core::orchestrator::{Layout, running_pid};
use process::{Markers, Process};
use std::path::{Path, PathBuf};

/// The caller of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A person, as far as can be told.
    Person,
    /// A process that belongs to a run of this installation, or to one on the same queue.
    Run {
        /// The run, where it is known.
        run: Option<String>,
        /// The evidence, in words.
        evidence: String,
    },
}

impl Caller {
    /// Finds the caller from this process and its ancestors. `database` is the one that the command names, if any.
    pub(crate) fn find(environment: &Environment, directory: &Path, database: Option<&Path>) -> Self {
        let processes = process::own_and_above(environment);
        let folder = directory.canonicalize().ok().and_then(|from| folder_above(&from));
        let orchestrator = folder.as_ref().and_then(|root| running_pid(&Layout::new(root.join(FOLDER))));
        if orchestrator.is_none() && processes.iter().all(|process| process.markers.is_empty()) {
            return Caller::Person;
        }
        let named = database.and_then(|name| {
            DatabaseName::read(name, &environment.directory, environment).ok().map(|name| Queue::of(&name))
        });
        let own = folder.as_ref().and_then(|root| queue_of(&root.join(FOLDER)));
        let folder = folder.map(|root| resolved(&root.join(FOLDER)));
        let target = Target { folder, queues: own.into_iter().chain(named).collect(), orchestrator };
        decide(&processes, &target, queue_of)
    }

    pub(crate) fn is_person(&self) -> bool {
        *self == Caller::Person
    }

    /// Returns the author's name for what a run's process writes; none for a person.
    pub(crate) fn run_name(&self) -> Option<String> {
        match self {
            Caller::Person => None,
            Caller::Run { run: Some(run), .. } => Some(format!("agent of {run}")),
            Caller::Run { run: None, .. } => Some("agent of an unknown run".to_owned()),
        }
    }
}

/// The queue that a command or an installation works on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Queue {
    Database(PathBuf),
    /// A PostgreSQL database, as it is shown.
    Postgres(String),
    Server {
        url: String,
        scope: String,
    },
}

impl Queue {
    fn of(name: &DatabaseName) -> Self {
        match name {
            DatabaseName::File(path) => Queue::Database(resolved(path)),
            DatabaseName::Postgres(url) => Queue::Postgres(url.to_string()),
        }
    }
}

/// The target of a command.
#[derive(Debug, Default)]
struct Target {
    /// The folder of the installation.
    folder: Option<PathBuf>,
    /// The queue of the installation, and the one that the command names.
    queues: Vec<Queue>,
    /// The process of the orchestrator that runs on the folder.
    orchestrator: Option<u32>,
}

impl Target {
    /// Returns whether markers are those of a run on this installation or on its queue. Runs of other installations may use
    /// this one: tests of Octopoid itself do so in temporary folders.
    fn is_of(&self, markers: &Markers, queue_of: impl Fn(&Path) -> Option<Queue>) -> bool {
        if markers.is_empty() {
            return false;
        }
        let mut folders = markers.paths.iter().filter_map(|path| folder_of(path)).peekable();
        if folders.peek().is_none() {
            // Only the run's id: nothing says that it is another installation's.
            return self.folder.is_some() || !self.queues.is_empty();
        }
        folders.any(|folder| {
            let shares_queue = match queue_of(&folder) {
                Some(queue) => self.queues.contains(&queue),
                // It may be on the same server.
                None => self.queues.iter().any(|queue| matches!(queue, Queue::Server { .. })),
            };
            self.folder.as_ref() == Some(&folder) || shares_queue
        })
    }
}

/// Decides who the caller is from the processes, this one first. Pure.
fn decide(processes: &[Process], target: &Target, queue_of: impl Fn(&Path) -> Option<Queue>) -> Caller {
    for process in processes {
        if target.is_of(&process.markers, &queue_of) {
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

/// Returns the installation's folder that a marker's path lies in, such as
/// `/repo/.octopoid/runtime/runs/task-1.1/call-1`.
fn folder_of(path: &Path) -> Option<PathBuf> {
    let inside = |folder: &&Path| {
        let below = path.strip_prefix(folder).unwrap_or(path);
        below.starts_with("runtime/runs") || below.starts_with("worktrees")
    };
    path.ancestors().skip(1).find(inside).map(resolved)
}

/// Returns the queue of an installation; none if its configuration cannot be read.
fn queue_of(folder: &Path) -> Option<Queue> {
    let installation = Installation::read(folder.parent()?).ok()?;
    let url = installation.config.value.server.as_ref().and_then(|server| server.url.clone());
    Some(match url.filter(|_| installation.is_remote()) {
        Some(url) => Queue::Server {
            url: url.trim_end_matches('/').to_owned(),
            scope: installation.scope().to_string(),
        },
        None => Queue::of(&installation.database(&Environment::empty()).ok()?),
    })
}

/// Resolves the links of a path whose last parts may not exist.
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

    fn unknown(_: &Path) -> Option<Queue> {
        None
    }

    fn database(path: &str) -> Queue {
        Queue::Database(path.into())
    }

    fn server(url: &str) -> Queue {
        Queue::Server { url: url.to_owned(), scope: "prod".to_owned() }
    }

    fn target() -> Target {
        let queues = vec![database("/repo/.octopoid/octopoid.db")];
        Target { folder: Some("/repo/.octopoid".into()), queues, ..Target::default() }
    }

    fn run_of(markers: &[(&str, &str)], target: &Target) -> Option<String> {
        decide(&[process(Relation::This, markers)], target, unknown).run_name()
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
        let elsewhere = |queue: &Queue| Target {
            folder: Some("/tmp/x/.octopoid".into()),
            queues: vec![queue.clone()],
            orchestrator: None,
        };
        let is_person = |here: &Queue, there: Option<&Queue>| {
            let call = [process(Relation::This, &[CALL, ("OCTOPOID_RUN_ID", "task-1.1")])];
            let queue_of = |folder: &Path| {
                assert_eq!(folder, Path::new("/repo/.octopoid"));
                there.cloned()
            };
            decide(&call, &elsewhere(here), queue_of) == Caller::Person
        };
        let (file, one, other) = (database("/tmp/q.db"), server("http://one"), server("http://other"));
        assert!(is_person(&file, Some(&database("/repo/.octopoid/octopoid.db"))));
        assert!(is_person(&file, None));
        assert!(!is_person(&file, Some(&file)));
        assert!(is_person(&one, Some(&other)));
        assert!(is_person(&one, Some(&file)));
        assert!(!is_person(&one, Some(&one)));
        assert!(!is_person(&one, None), "it may be on that server");
        // A worktree's own installation is another one than that which the worktree belongs to.
        let nested = Target {
            folder: Some("/repo/.octopoid/worktrees/task-1/sub/.octopoid".into()),
            queues: vec![database("/repo/.octopoid/worktrees/task-1/sub/.octopoid/octopoid.db")],
            orchestrator: None,
        };
        assert_eq!(run_of(&[CALL, WORKTREE], &nested), None);
    }

    #[test]
    fn i39_ancestors_leaders_and_the_orchestrator_count_too() {
        for relation in [Relation::Ancestor, Relation::Leader] {
            let found =
                decide(&[process(Relation::This, &[]), process(relation, &[CALL])], &target(), unknown);
            assert_eq!(found.run_name().as_deref(), Some("agent of task-1.1"));
        }
        let target = Target { orchestrator: Some(7), ..target() };
        assert_ne!(decide(&[process(Relation::Ancestor, &[])], &target, unknown), Caller::Person);
        // The leader of the session may be the terminal's shell that the orchestrator was started from.
        assert_eq!(decide(&[process(Relation::Leader, &[])], &target, unknown), Caller::Person);
    }
}
