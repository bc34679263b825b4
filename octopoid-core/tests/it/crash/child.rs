//! The orchestrator that is killed.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, OrchestratorId, Policy, RoleName, RunId};
use octopoid_core::orchestrator::{
    AgentSettings, GithubForge, GithubSettings, MergeSettings, MergeStrategy, Observer, Orchestrator, Point,
    Settings, TestSettings,
};
use octopoid_core::role::{RoleSpec, WorkspaceKind};
use octopoid_core::testing::PlainRole;
use octopoid_roles::command::CommandRunner;
use octopoid_store::SqliteStore;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Kills its own process the nth time that a point is reached.
#[derive(Debug)]
struct Killer {
    point: String,
    nth: usize,
    /// The only run that counts, where one is named.
    run: Option<String>,
    seen: AtomicUsize,
}

impl Observer for Killer {
    fn reached(&self, point: Point, run: &RunId) {
        if self.run.as_ref().is_some_and(|only| only != run.as_str()) {
            return;
        }
        if format!("{point:?}") == self.point && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.nth {
            kill(Pid::this(), Signal::SIGKILL).unwrap();
            // The signal is on its way; nothing more may happen.
            loop {
                std::thread::park();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "played by the other tests, in a process of its own"]
async fn plays_the_orchestrator() {
    let path = |name: &str| PathBuf::from(std::env::var(name).unwrap());
    let repository = path("CRASH_REPOSITORY");
    let store =
        SqliteStore::open(repository.join(".octopoid/octopoid.db"), Arc::new(SystemClock), Policy::default())
            .unwrap();
    let github = std::env::var("CRASH_GITHUB").ok();
    let mut settings = Settings::new(OrchestratorId::new("local-crash").unwrap(), "main")
        .with_test(TestSettings::new("grep -qx line list.txt"))
        .with_environment(std::env::vars().collect());
    if let Ok(remote) = std::env::var("CRASH_REMOTE") {
        settings = settings.with_remote(remote).with_shared_work();
    }
    if let Ok(flow) = std::env::var("CRASH_FLOW") {
        settings = settings.with_flow("default", super::elsewhere::flow(&flow));
    }
    if github.is_some() {
        settings = settings.with_remote("origin");
        if std::env::var("CRASH_MERGES").is_ok() {
            let strategy = MergeStrategy::Merge;
            settings = settings.with_merge(MergeSettings::new(strategy));
        }
    }
    let agent = |name: &str, role| {
        AgentSettings::new(AgentName::new(name).unwrap(), role)
            .with_runner("command")
            .with_command(["/bin/sh", path("CRASH_AGENT").to_str().unwrap()])
    };
    let mut builder = Orchestrator::builder()
        .store(Arc::new(store))
        .repository(&repository)
        .settings(settings)
        .role(Arc::new(PlainRole::implement()))
        .role(Arc::new(PlainRole::review()))
        .role(Arc::new(PlainRole::new(
            RoleSpec::worker(RoleName::breakdown(), "breaks a task down").with_workspace(WorkspaceKind::Task),
        )))
        .runner(Arc::new(CommandRunner::new(&repository)))
        .agent(agent("implementer", RoleName::implement()))
        .agent(agent("planner", RoleName::breakdown()))
        .agent(agent("reviewer", RoleName::review()));
    if let Some(url) = github {
        let mut github = GithubSettings::new("secret-token");
        (github.api_url, github.repository) = (url, Some("acme/tool".to_owned()));
        github.checks_grace = Duration::ZERO;
        builder = builder.forge(Arc::new(GithubForge::new(github, None).unwrap()));
    }
    if let Ok(at) = std::env::var("CRASH_AT") {
        let (point, nth) = at.split_once(':').unwrap();
        builder = builder.observer(Arc::new(Killer {
            point: point.to_owned(),
            nth: nth.parse().unwrap(),
            run: std::env::var("CRASH_RUN").ok(),
            seen: AtomicUsize::new(0),
        }));
    }
    builder.build().await.unwrap().run_until_idle().await.unwrap();
}
