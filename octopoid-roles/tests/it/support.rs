//! Real parts for the tests: a repository, the sim agent, an ear.

use octopoid_core::model::{
    AgentName, CommitId, Counters, Message, MessageKind, Priority, RoleName, RunId, Scope, State, Task,
    TaskId, Timestamp,
};
use octopoid_core::runner::{AgentEvent, AgentRequest, AgentSink};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// The sim agent's program.
pub(crate) const SIM: &str = env!("CARGO_BIN_EXE_octopoid-sim-agent");

/// The program that hosts agents of two-way protocols.
pub(crate) fn agent_host() -> octopoid_core::process::Command {
    octopoid_core::process::Command::new(env!("CARGO_BIN_EXE_octopoid-agent-host"))
}

/// Keeps what an agent does, and lets a test wait for it.
#[derive(Default)]
pub(crate) struct Ear {
    events: Mutex<Vec<AgentEvent>>,
    heard: Notify,
}

impl AgentSink for Ear {
    fn event(&self, event: AgentEvent) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        self.heard.notify_waiters();
    }
}

impl Ear {
    pub(crate) fn events(&self) -> Vec<AgentEvent> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn logs(&self) -> Vec<String> {
        let log = |event| if let AgentEvent::Log(text) = event { Some(text) } else { None };
        self.events().into_iter().filter_map(log).collect()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let said = |event| if let AgentEvent::Text(text) = event { Some(text) } else { None };
        self.events().into_iter().filter_map(said).collect()
    }

    /// Waits until an event fits.
    pub(crate) async fn until(&self, fits: impl Fn(&AgentEvent) -> bool) {
        loop {
            let heard = self.heard.notified();
            tokio::pin!(heard);
            heard.as_mut().enable();
            if self.events().iter().any(&fits) {
                return;
            }
            heard.await;
        }
    }

    pub(crate) async fn until_said(&self, text: &str) {
        self.until(
            |event| matches!(event, AgentEvent::Text(said) | AgentEvent::Log(said) if said.contains(text)),
        )
        .await;
    }
}

/// A folder with a git repository and a place for an agent's files.
pub(crate) struct Place {
    folder: PathBuf,
    /// Removes the folder in the end, where this process made it.
    _kept: Option<tempfile::TempDir>,
}

/// A place that another process made.
pub(crate) fn place_at(folder: &Path) -> Place {
    Place { folder: folder.to_owned(), _kept: None }
}

/// Whether any process carries the marker of a call's folder in its environment.
pub(crate) fn left_running(place: &Place) -> bool {
    let marker = place.files().display().to_string();
    std::fs::read_dir("/proc").is_ok_and(|list| {
        list.flatten().any(|process| {
            std::fs::read(process.path().join("environ"))
                .is_ok_and(|environment| String::from_utf8_lossy(&environment).contains(&marker))
        })
    })
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder: folder.path().to_owned(), _kept: Some(folder) };
        std::fs::create_dir(place.repository()).unwrap();
        place.git(&["init", "--quiet", "--initial-branch", "main"]);
        place.git(&["config", "user.name", "Test"]);
        place.git(&["config", "user.email", "test@example.invalid"]);
        place.write("README.md", "# A project\n");
        place.commit("first");
        place
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.path().join("repository")
    }

    pub(crate) fn files(&self) -> PathBuf {
        self.path().join("files")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        std::fs::write(self.repository().join(path), text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.repository().join(path)).unwrap()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").args(arguments).current_dir(self.repository()).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn commit(&self, message: &str) -> CommitId {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
        self.head()
    }

    pub(crate) fn head(&self) -> CommitId {
        CommitId::new(self.git(&["rev-parse", "HEAD"])).unwrap()
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        self.git(&["log", "--reverse", "--format=%s"]).lines().map(str::to_owned).collect()
    }

    /// A call of the sim agent that does what the task's description says.
    pub(crate) fn request(&self, description: &str) -> AgentRequest {
        self.request_as("implement", &task(description), &[])
    }

    pub(crate) fn request_as(&self, role: &str, task: &Task, thread: &[Message]) -> AgentRequest {
        let mut request = AgentRequest::new(
            RunId::of(&task.id, 1),
            task.id.clone(),
            1,
            RoleName::new(role).unwrap(),
            AgentName::new("agent-1").unwrap(),
            "Do what the task says.",
            self.repository(),
            self.files(),
        );
        request.command = vec![SIM.to_owned()];
        request.environment = environment(self.path());
        request.base = Some(self.head());
        request.base_tip = Some(self.head());
        request.task_json = json!({ "task": task, "thread": thread }).to_string();
        request
    }

    /// Writes a shell script and gives its path.
    pub(crate) fn script(&self, text: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path().join("agent.sh");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

pub(crate) fn environment(home: &Path) -> BTreeMap<String, String> {
    let path =
        std::env::split_paths(&path_variable()).map(|path| path.display().to_string()).collect::<Vec<_>>();
    BTreeMap::from([
        ("PATH".to_owned(), path.join(":")),
        ("HOME".to_owned(), home.display().to_string()),
        ("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned()),
    ])
}

#[expect(clippy::disallowed_methods, reason = "the tests find git where the developer has it")]
fn path_variable() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

pub(crate) fn task(description: &str) -> Task {
    serde_json::from_value(task_json(description)).unwrap()
}

fn task_json(description: &str) -> Value {
    json!({
        "id": TaskId::numbered(7), "scope": Scope::single(), "seq": 7, "key": null, "title": "Add a greeting",
        "description": description, "role": RoleName::implement(), "priority": Priority::P2, "complexity": null,
        "branch": null, "state": State::Incoming, "blockers": [], "counters": Counters::default(), "submission": null,
        "note": null, "settled": null, "created_at": Timestamp::from_millis(0), "updated_at": Timestamp::from_millis(0),
        "version": 1
    })
}

pub(crate) fn message(kind: MessageKind, body: &str) -> Message {
    serde_json::from_value(json!({
        "id": 1, "scope": Scope::single(), "task": TaskId::numbered(7), "kind": kind, "author": "reviewer-1",
        "body": body, "at": Timestamp::from_millis(0)
    }))
    .unwrap()
}
