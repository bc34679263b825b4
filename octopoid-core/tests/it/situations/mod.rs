//! Repositories, agents and remotes as they are found in the world, one task each through a whole orchestrator: what is
//! `done` is in the base branch as it was tested and reviewed, and what cannot be done is said.

mod accusations;
mod attributes;
mod checkouts;
mod filters;
mod index;
mod leftovers;
mod names;
mod nested;
mod preparation;
mod remotes;
mod settings;
mod signing;
mod submodules;

use crate::orchestrator::setting::Setting;
use octopoid_core::model::{AgentName, Queue, RoleName, TaskId};
use octopoid_core::orchestrator::{AgentSettings, Orchestrator};
use octopoid_core::runner::{AgentReport, AgentRequest};
use octopoid_core::testing::{PlainRole, Scene, TempRepository};
use octopoid_roles::folder::builtin_roles;
use std::path::Path;
use std::sync::Arc;

/// An agent that does this and says that it is done, and a reviewer that is content.
fn agent(
    work: impl Fn(&Scene<'_>) + Send + Sync + 'static,
) -> impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static {
    move |scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            work(scene);
            scene.submit("did it")
        }
    }
}

impl Setting {
    /// Takes a task as far as it goes, with the built-in reviewer, who is told what the work changes.
    async fn take(&self) -> TaskId {
        let id = self.enqueue("Change it").await;
        self.go_on().await;
        id
    }

    /// Runs until there is nothing more to do.
    async fn go_on(&self) {
        let agent =
            |name, role| AgentSettings::new(AgentName::new(name).unwrap(), role).with_runner("scripted");
        let review = builtin_roles().into_iter().find(|role| role.spec().name == RoleName::review()).unwrap();
        let orchestrator = Orchestrator::builder()
            .store(self.store.clone())
            .repository(self.repository.path())
            .settings(self.settings.clone())
            .clock(self.clock.clone())
            .seed(7)
            .role(Arc::new(PlainRole::implement()))
            .role(review)
            .runner(Arc::new(self.runner.clone()))
            .agent(agent("worker", RoleName::implement()))
            .agent(agent("reviewer", RoleName::review()))
            .build();
        orchestrator.await.unwrap().run_until_idle().await.unwrap();
    }

    async fn queue(&self, id: &TaskId) -> Queue {
        self.task(id).await.queue()
    }

    /// What the steps of the task's runs say, and why it waits.
    async fn said(&self, id: &TaskId) -> String {
        let steps = self.runs(id).await.into_iter().flat_map(|run| run.steps);
        let steps: Vec<_> = steps.map(|step| format!("{}: {}", step.name, step.detail)).collect();
        let waits = self.task(id).await.state.needs_person().map(str::to_owned).unwrap_or_default();
        format!("{}\n{waits}", steps.join("\n"))
    }

    #[track_caller]
    fn assert_in_main(&self, path: &str, text: &str) {
        assert_eq!(self.repository.git(&["show", &format!("main:{path}")]), text, "{path}");
    }

    /// The paths in the base branch.
    fn files_in_main(&self) -> Vec<String> {
        let names = self.repository.git(&["ls-tree", "-r", "-z", "--name-only", "main"]);
        names.split_terminator('\0').map(str::to_owned).collect()
    }

    /// What the reviewer was asked.
    fn review_prompts(&self) -> String {
        self.prompts("review").join("\n")
    }

    fn prompts(&self, role: &str) -> Vec<String> {
        self.calls(role).into_iter().map(|request| request.prompt).collect()
    }

    fn calls(&self, role: &str) -> Vec<AgentRequest> {
        self.runner.calls().into_iter().filter(|request| request.role.as_str() == role).collect()
    }
}

/// A repository with these files in its first commit.
fn with_files(files: &[(&str, &str)]) -> TempRepository {
    let repository = TempRepository::empty("repository", &[]);
    for (path, text) in files.iter().chain(&[("README.md", "# A repository\n")]) {
        repository.write(path, text);
    }
    repository.commit("Initial commit");
    repository
}

/// Replaces a repository by a clone in the same folder.
pub(crate) fn become_clone(repository: &TempRepository, from: &str, options: &[&str]) {
    for entry in std::fs::read_dir(repository.path()).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => std::fs::remove_dir_all(entry.path()).unwrap(),
            false => std::fs::remove_file(entry.path()).unwrap(),
        }
    }
    repository.git(&[&["clone", "--quiet", "--template="], options, &[from, "."]].concat());
    repository.git(&["config", "user.name", "Test"]);
    repository.git(&["config", "user.email", "test@example.invalid"]);
    for folder in ["hooks", "info"] {
        std::fs::create_dir_all(repository.path().join(".git").join(folder)).unwrap();
    }
    std::fs::write(repository.path().join(".git/info/exclude"), ".octopoid/\n").unwrap();
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap_or_default()
}

/// Checks that a text has each of the words.
#[track_caller]
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in:\n{text}");
    }
}
