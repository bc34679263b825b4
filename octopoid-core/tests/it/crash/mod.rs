//! An orchestrator that is killed at every point of a run, and started again.
//!
//! The orchestrator is a child process: this test binary, told by its environment to play one. Its agents are children
//! of their own, its store a SQLite file, its repository real.

mod child;
mod elsewhere;
mod github;

use octopoid_core::clock::SystemClock;
use octopoid_core::model::{NewTask, Policy, Queue, RoleName, Scope, Task, TaskId, TaskPatch};
use octopoid_core::orchestrator::Point;
use octopoid_core::store::{StoreExt, TaskQuery, TaskStore};
use octopoid_core::testing::TempRepository;
use octopoid_core::transition::{Actor, Command as Change};
use octopoid_store::SqliteStore;
use std::fs::OpenOptions;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;

/// A repository with a task in a store, and a program that plays both agents.
struct Case {
    repository: TempRepository,
    task: TaskId,
    /// The flow that its tasks follow, where that is not the built-in one.
    flow: Option<&'static str>,
    /// Where its work lands, where that is not the repository itself.
    github: Option<String>,
}

impl Case {
    async fn new() -> Self {
        let repository = TempRepository::new();
        std::fs::create_dir_all(repository.path().join(".octopoid")).unwrap();
        let case = Self { repository, task: TaskId::numbered(1), flow: None, github: None };
        case.store().create_task(NewTask::new("Add a line", "Add a line to list.txt")).await.unwrap();
        std::fs::write(case.agent(), AGENT).unwrap();
        case
    }

    /// With a task that is done in two parts.
    async fn in_parts() -> Self {
        let case = Self::new().await;
        let mut patch = TaskPatch::default();
        patch.role = Some(RoleName::breakdown());
        let update = Change::Update { actor: Actor::Person("ada".into()), patch };
        case.store().apply(&Scope::single(), &case.task, update).await.unwrap();
        case
    }

    fn agent(&self) -> PathBuf {
        self.repository.beside("agent.sh")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.repository.beside(name)
    }

    fn store(&self) -> SqliteStore {
        let path = self.repository.path().join(".octopoid/octopoid.db");
        SqliteStore::open(path, Arc::new(SystemClock), Policy::default()).unwrap()
    }

    /// Runs an orchestrator until idle, or until it is killed at `kill`: the nth time that it reaches a point.
    fn orchestrate(&self, kill: Option<(Point, usize)>) -> ExitStatus {
        let mut command = self.command();
        if let Some((point, nth)) = kill {
            command.env("CRASH_AT", format!("{point:?}:{nth}"));
        }
        let end = command.status().unwrap();
        if end.code().is_some_and(|code| code != 0) {
            // Shown when the test fails.
            println!("{}", std::fs::read_to_string(self.file("output")).unwrap());
        }
        end
    }

    fn command(&self) -> Command {
        let output = OpenOptions::new().create(true).append(true).open(self.file("output")).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "crash::child::plays_the_orchestrator", "--ignored", "--quiet"])
            .env("CRASH_REPOSITORY", self.repository.path())
            .env("CRASH_AGENT", self.agent())
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        if let Some(flow) = self.flow {
            command.env("CRASH_FLOW", flow);
        }
        if let Some(url) = &self.github {
            command.env("CRASH_GITHUB", url);
        }
        command
    }

    /// How often the agent of a role was started.
    fn started(&self, role: &str) -> usize {
        let text = std::fs::read_to_string(self.file("started")).unwrap_or_default();
        text.lines().filter(|line| *line == role).count()
    }

    /// Checks that no script of [`SCRIPTED`] was left out, and that none was run again but the one that was cut off.
    fn check_scripts(&self, what: &str) {
        let ran = std::fs::read_to_string(self.repository.path().join("ran")).unwrap();
        let times = |script: &str| ran.lines().filter(|line| *line == script).count();
        let all = ["hand-in", "check", "between", "before", "after"].map(times);
        assert!(all.iter().all(|times| (1..=2).contains(times)), "{what}: {ran}");
        assert!(all.iter().filter(|times| **times == 2).count() <= 1, "{what}: {ran}");
    }

    /// Checks that everything ended as if nothing had happened.
    async fn check(&self, what: &str) {
        let store = self.store();
        let task = store.task(&Scope::single(), &self.task).await.unwrap();
        assert_eq!(task.queue(), Queue::Done, "{what}: {:?}", task.state);
        let log = self.repository.git(&["log", "--format=%s", "main"]);
        assert_eq!(log.lines().collect::<Vec<_>>(), ["Add a line", "Initial commit"], "{what}: landed once");
        assert_eq!(self.repository.git(&["show", "main:list.txt"]), "line\n", "{what}");
        assert_eq!(
            (self.started("implement"), self.started("review")),
            (1, 1),
            "{what}: no agent runs twice"
        );
        assert_eq!(
            left(&self.repository.path().join(".octopoid/runtime/runs")),
            0,
            "{what}: the journal is empty"
        );
        assert_eq!(
            left(&self.repository.path().join(".octopoid/worktrees")),
            0,
            "{what}: no worktree is left"
        );
        let runs = store.list_runs(&octopoid_core::store::RunQuery::new(Scope::single())).await.unwrap();
        assert!(runs.iter().all(|run| run.finished_at.is_some()), "{what}: {runs:?}");
        assert_eq!(task.counters.attempts, 0, "{what}: nothing is charged");
        let history = store.history(&Scope::single(), &self.task).await.unwrap();
        let accepted = history.iter().filter(|event| event.kind.as_str() == "accepted").count();
        assert_eq!(accepted, 1, "{what}");
    }
}

use octopoid_core::store::RunStore;

fn left(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Adds a line and commits it, or approves. Says that it was started. Waits where a file tells it to.
const AGENT: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$OCTOPOID_ROLE" >> "$here/started"
while [ -e "$here/wait-$OCTOPOID_ROLE" ]; do sleep 0.05; done
case "$OCTOPOID_ROLE" in
implement)
    echo line >> list.txt
    git add list.txt
    git commit -q -m 'Add a line'
    echo '{"outcome": "submitted", "summary": "added it"}' > "$OCTOPOID_RESULT" ;;
review)
    echo '{"outcome": "approved"}' > "$OCTOPOID_RESULT" ;;
breakdown)
    echo '{"outcome": "broken_down", "subtasks": [{"key": "a", "title": "A", "description": "Add a line"},
        {"key": "b", "title": "B", "description": "Add a line", "blocked_by": ["a"]}]}' > "$OCTOPOID_RESULT" ;;
esac
"#;

/// A flow with every kind of script: before the work is handed in, as a check, between two states, before and after the merge.
/// Each says that it was run.
const SCRIPTED: &str = r#"{"transitions": [
    {"from": "claimed", "to": "provisional", "steps": ["rebase", "run_tests", {"run": "echo hand-in >> ../../../ran"}]},
    {"from": "provisional", "to": "shown", "conditions": [{"role": "review"}],
     "steps": [{"run": "echo between >> ../../../ran"}]},
    {"from": "shown", "to": "done", "conditions": [{"script": "echo check >> ../../../ran"}],
     "steps": ["rebase", "run_tests", {"run": "echo before >> ../../../ran"}, "merge",
               {"run": "echo after >> ../../../ran"}]}
]}"#;

/// Kills at every occurrence of a point, each in a case of its own.
async fn kill_at(points: &[Point]) {
    kill_in(points, None).await;
}

async fn kill_in(points: &[Point], flow: Option<&'static str>) {
    for point in points {
        let mut nth = 1;
        loop {
            let mut case = Case::new().await;
            case.flow = flow;
            let end = case.orchestrate(Some((*point, nth)));
            if end.success() {
                assert!(nth > 1, "{point:?} is never reached");
                break;
            }
            let what = format!("{point:?} number {nth}");
            assert_eq!(end.signal(), Some(9), "{what}");
            assert!(case.orchestrate(None).success(), "{what}: the second orchestrator");
            case.check(&what).await;
            if flow.is_some() {
                case.check_scripts(&what);
            }
            nth += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i09_killed_before_the_agent_is_done() {
    kill_at(&Point::ALL[..5]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_killed_between_the_steps() {
    kill_at(&Point::ALL[5..9]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_killed_around_the_settlement() {
    kill_at(&Point::ALL[9..]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_killed_between_the_scripts_of_a_flow_with_a_state_of_its_own() {
    let points =
        [Point::ReportSaved, Point::StepRecorded, Point::LandingChosen, Point::Landed, Point::Settling];
    kill_in(&points, Some(SCRIPTED)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i02_killed_while_a_task_is_broken_down() {
    // The first run is the one that breaks it down, so it is what reaches each point first, except for those of a landing.
    for point in Point::ALL {
        let case = Case::in_parts().await;
        let killed = case.orchestrate(Some((point, 1)));
        assert_eq!(killed.signal(), Some(9), "{point:?} is never reached");
        assert!(case.orchestrate(None).success(), "{point:?}: the second orchestrator");
        let tasks = case.store().all_tasks(&TaskQuery::new(Scope::single())).await.unwrap();
        let queues: Vec<_> = tasks.iter().map(Task::queue).collect();
        assert_eq!(queues, [Queue::Done; 3], "{point:?}: the parts are made once, and done");
        assert!(tasks.iter().all(|task| task.counters.attempts == 0), "{point:?}: nothing is charged");
        assert_eq!(case.repository.git(&["show", "main:list.txt"]), "line\nline\n", "{point:?}");
        assert_eq!((case.started("breakdown"), case.started("implement")), (1, 2), "{point:?}");
        assert_eq!(left(&case.repository.path().join(".octopoid/runtime/runs")), 0, "{point:?}");
        assert_eq!(left(&case.repository.path().join(".octopoid/worktrees")), 0, "{point:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_an_agent_that_outlives_its_orchestrator_is_taken_up_again() {
    for role in ["implement", "review"] {
        for finishes_alone in [false, true] {
            let what = format!("{role}, finishing {}", if finishes_alone { "unwatched" } else { "later" });
            let case = Case::new().await;
            let wait = case.file(&format!("wait-{role}"));
            std::fs::write(&wait, "").unwrap();
            let mut first = case.command().spawn().unwrap();
            while case.started(role) == 0 {
                assert!(first.try_wait().unwrap().is_none(), "{what}: it waits for its agent");
                tokio::task::yield_now().await;
            }
            first.kill().unwrap();
            first.wait().unwrap();
            if finishes_alone {
                std::fs::remove_file(&wait).unwrap();
                assert!(case.orchestrate(None).success(), "{what}");
            } else {
                let mut second = case.command().spawn().unwrap();
                // It has taken the agent up once it says in its status file what it does.
                let status = case.repository.path().join(".octopoid/runtime/status.json");
                let pid = format!("\"pid\":{}", second.id());
                while !std::fs::read_to_string(&status).unwrap_or_default().contains(&pid) {
                    assert!(second.try_wait().unwrap().is_none(), "{what}: it waits for the agent");
                    tokio::task::yield_now().await;
                }
                std::fs::remove_file(&wait).unwrap();
                assert!(second.wait().unwrap().success(), "{what}");
            }
            case.check(&what).await;
        }
    }
}
