//! A repository, a store and an orchestrator for one test.

use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{
    AgentName, Event, EventKind, Message, NewTask, OrchestratorId, Policy, Queue, RoleName, Run, Scope, Task,
    TaskId,
};
use octopoid_core::orchestrator::{AgentSettings, Builder, Events, Notice, Orchestrator, Settings};
use octopoid_core::runner::AgentReport;
use octopoid_core::store::{RunQuery, Store, StoreExt};
use octopoid_core::testing::{PlainRole, Scene, ScriptedRunner, TempRepository};
use octopoid_store::MemoryStore;
use std::sync::Arc;

pub(crate) struct Setting {
    pub(crate) repository: TempRepository,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runner: ScriptedRunner,
    pub(crate) workers: usize,
}

impl Setting {
    pub(crate) fn new(script: impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static) -> Self {
        Self::with_clock(Arc::new(SystemClock), script)
    }

    pub(crate) fn with_clock(
        clock: Arc<dyn Clock>,
        script: impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static,
    ) -> Self {
        Self::with_repository(TempRepository::new(), clock, script)
    }

    /// In a repository that the test has made.
    pub(crate) fn of(
        repository: TempRepository,
        script: impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static,
    ) -> Self {
        Self::with_repository(repository, Arc::new(SystemClock), script)
    }

    fn with_repository(
        repository: TempRepository,
        clock: Arc<dyn Clock>,
        script: impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static,
    ) -> Self {
        let settings = Settings::new(OrchestratorId::new("local-test").unwrap(), "main")
            .with_environment(std::env::vars().collect());
        Self {
            repository,
            store: Arc::new(MemoryStore::new(clock.clone(), Policy::default())),
            settings,
            clock,
            runner: ScriptedRunner::new(script),
            workers: 1,
        }
    }

    pub(crate) fn builder(&self) -> Builder {
        let agent = |name: String, role| {
            AgentSettings::new(AgentName::new(name).unwrap(), role).with_runner("scripted")
        };
        Orchestrator::builder()
            .store(self.store.clone())
            .repository(self.repository.path())
            .settings(self.settings.clone())
            .clock(self.clock.clone())
            .seed(7)
            .role(Arc::new(PlainRole::implement()))
            .role(Arc::new(PlainRole::review()))
            .runner(Arc::new(self.runner.clone()))
            .agents((1..=self.workers).map(|n| agent(format!("worker-{n}"), RoleName::implement())))
            .agent(agent("reviewer".to_owned(), RoleName::review()))
    }

    pub(crate) async fn enqueue(&self, title: &str) -> TaskId {
        self.create(NewTask::new(title, format!("Please: {title}"))).await
    }

    pub(crate) async fn create(&self, new: NewTask) -> TaskId {
        self.store.create_task(new).await.unwrap().id
    }

    pub(crate) async fn run_until_idle(&self) {
        self.builder().build().await.unwrap().run_until_idle().await.unwrap();
    }

    pub(crate) async fn task(&self, id: &TaskId) -> Task {
        self.store.task(&Scope::single(), id).await.unwrap()
    }

    pub(crate) async fn history(&self, id: &TaskId) -> Vec<EventKind> {
        let events: Vec<Event> = self.store.history(&Scope::single(), id).await.unwrap();
        events.into_iter().map(|event| event.kind).filter(|kind| *kind != EventKind::RunRecorded).collect()
    }

    pub(crate) async fn thread(&self, id: &TaskId) -> Vec<Message> {
        self.store.messages(&Scope::single(), id).await.unwrap()
    }

    /// The task's runs, oldest first.
    pub(crate) async fn runs(&self, id: &TaskId) -> Vec<Run> {
        let mut runs =
            self.store.list_runs(&RunQuery::new(Scope::single()).of_task(id.clone())).await.unwrap();
        runs.reverse();
        runs
    }

    /// The subjects on a branch, newest first.
    pub(crate) fn log(&self, branch: &str) -> Vec<String> {
        self.repository.git(&["log", "--format=%s", branch]).lines().map(str::to_owned).collect()
    }

    /// What is left under `.octopoid/worktrees`.
    pub(crate) fn worktrees(&self) -> Vec<String> {
        let folder = self.repository.path().join(".octopoid/worktrees");
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}

/// An agent that writes one file named after its task and commits it, and a reviewer who is content.
pub(crate) fn content(scene: &Scene<'_>) -> AgentReport {
    match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            scene.write(format!("{}.txt", scene.task()), "done\n");
            if !scene.git(&["status", "--porcelain"]).is_empty() {
                scene.commit(&format!("Do {}", scene.task()));
            }
            scene.submit("did it")
        }
    }
}

/// Waits for a notice.
pub(crate) async fn wait_for<T>(events: &mut Events, mut wanted: impl FnMut(&Notice) -> Option<T>) -> T {
    while let Some(notice) = events.next().await {
        if let Some(found) = wanted(&notice) {
            return found;
        }
    }
    panic!("the orchestrator ended")
}

/// Whether a notice says that a task has landed.
pub(crate) fn landed(notice: &Notice) -> Option<()> {
    matches!(notice, Notice::RunSettled { queue: Some(Queue::Done), .. }).then_some(())
}
