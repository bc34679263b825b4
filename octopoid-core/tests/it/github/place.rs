//! A repository whose remote is on a GitHub of our own, and an orchestrator that lands there.

use super::server::Server;
use crate::orchestrator::setting::{Setting, content, wait_for};
use octopoid_core::model::{MessageKind, Queue, StepStatus, TaskId};
use octopoid_core::orchestrator::{
    GithubForge, GithubSettings, Handle, MergeSettings, MergeStrategy, Notice, RunError, Summary,
};
use octopoid_core::runner::AgentReport;
use octopoid_core::testing::{Scene, TempRemote};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

pub(super) struct Place {
    pub(super) setting: Setting,
    pub(super) remote: TempRemote,
    pub(super) server: Server,
    pub(super) github: GithubSettings,
}

pub(super) struct Running {
    pub(super) handle: Handle,
    pub(super) events: octopoid_core::orchestrator::Events,
    pub(super) ended: JoinHandle<Result<Summary, RunError>>,
}

impl Place {
    pub(super) async fn new(
        strategy: MergeStrategy,
        script: impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static,
    ) -> Self {
        let mut setting = Setting::new(script);
        let remote = setting.repository.add_remote("origin");
        setting.settings =
            setting.settings.clone().with_remote("origin").with_merge(MergeSettings::new(strategy));
        let server = Server::begin(remote.path()).await;
        let mut github = GithubSettings::new("secret-token");
        github.api_url.clone_from(&server.url);
        github.repository = Some("acme/tool".to_owned());
        github.checks_grace = Duration::ZERO;
        github.poll = Duration::from_millis(200);
        Self { setting, remote, server, github }
    }

    pub(super) async fn begin(&self) -> Running {
        let forge = GithubForge::new(self.github.clone(), None).unwrap();
        let orchestrator = self.setting.builder().forge(Arc::new(forge)).build().await.unwrap();
        let (handle, events) = (orchestrator.handle(), orchestrator.events());
        Running { handle, events, ended: tokio::spawn(orchestrator.run()) }
    }

    /// Runs until the task stands in a queue.
    pub(super) async fn run_until(&self, mut running: Running, queue: Queue) {
        wait_for(&mut running.events, |notice| match notice {
            Notice::RunSettled { queue: Some(now), .. } if *now == queue => Some(()),
            _ => None,
        })
        .await;
        running.handle.drain();
        running.ended.await.unwrap().unwrap();
    }

    /// A task whose pull request waits for a check that does not end.
    pub(super) async fn waiting(&self, title: &str) -> (TaskId, Running) {
        self.server.world.lock().unwrap().checks = Some(pending);
        let id = self.setting.enqueue(title).await;
        let mut running = self.begin().await;
        waits(&mut running).await;
        (id, running)
    }

    /// What the agent was told of failing checks, which was once.
    pub(super) async fn told_once(&self, id: &TaskId) -> String {
        let thread = self.setting.thread(id).await;
        let told = thread.into_iter().filter(|message| message.kind == MessageKind::TestFailure);
        let told: Vec<_> = told.map(|message| message.body).collect();
        assert_eq!(told.len(), 1);
        told.concat()
    }

    pub(super) async fn assert_landed(&self, id: &TaskId) {
        self.assert_landed_by(id, 1).await;
    }

    /// By the pull request of this number, the last there is.
    pub(super) async fn assert_landed_by(&self, id: &TaskId, number: u64) {
        let task = self.setting.task(id).await;
        assert_eq!(task.queue(), Queue::Done, "{task:?}");
        assert_eq!(self.remote.git(&["show", "main:task-1.txt"]), "done\n");
        assert_eq!(self.setting.repository.git(&["show", "main:task-1.txt"]), "done\n", "it follows");
        let branches = self.remote.git(&["for-each-ref", "--format=%(refname)", "refs/heads"]);
        assert_eq!(branches.trim(), "refs/heads/main", "the work's branch is gone");
        assert_eq!(task.attributes.pr_number, Some(number));
        assert_eq!(self.server.world.lock().unwrap().pulls.len() as u64, number);
    }
}

pub(super) async fn waits(running: &mut Running) -> String {
    wait_for(&mut running.events, |notice| match notice {
        Notice::Step { step, .. } if step.status == StepStatus::Waiting => Some(step.detail.clone()),
        _ => None,
    })
    .await
}

pub(super) fn pending(_: &str) -> Value {
    json!([{ "name": "build", "status": "in_progress", "conclusion": null }])
}

/// An agent that adds a file when its first work has been sent back, and a reviewer who is content.
pub(super) fn adds_later(
    file: &'static str,
    subject: &'static str,
) -> impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static {
    move |scene| {
        if scene.role() != "review" && scene.request().attempt > 1 {
            scene.write(file, "yes\n");
            scene.commit(subject);
        }
        content(scene)
    }
}
