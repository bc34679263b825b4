//! Machines with repositories of their own, which share a remote and a server.

use super::server::{Counted, NEVER};
use octopoid_core::clock::Clock;
use octopoid_core::model::{AgentName, Registration, RoleName, Scope};
use octopoid_core::orchestrator::{
    AgentSettings, Handle, Limits, MergeSettings, MergeStrategy, Orchestrator, RunError, Settings, Summary,
};
use octopoid_core::runner::AgentReport;
use octopoid_core::testing::{PlainRole, Scene, ScriptedRunner, TempRemote, TempRepository};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// What the machines have in common.
pub(super) struct Setup {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: Limits,
    /// Whether each has a reviewer beside its worker.
    pub(super) reviews: bool,
    /// What their names begin with.
    pub(super) prefix: &'static str,
}

impl Setup {
    /// A worker and a reviewer each, within the usual limits.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, limits: Limits::default(), reviews: true, prefix: "m" }
    }
}

pub(super) struct Fleet {
    machines: Vec<(Handle, JoinHandle<Result<Summary, RunError>>)>,
    _user: TempRepository,
    _origin: TempRemote,
}

impl Fleet {
    /// Starts machines, and waits until they have introduced themselves.
    pub(super) async fn start(server: &Counted, machines: usize, setup: Setup) -> Self {
        let user = TempRepository::new();
        let origin = user.add_remote("origin");
        let before = server.machines().await;
        let mut running = Vec::new();
        for number in 0..machines {
            let orchestrator = machine(server, &user, &origin, number, &setup).await;
            running.push((orchestrator.handle(), tokio::spawn(orchestrator.run())));
        }
        let introduced = async {
            while server.machines().await < before + machines {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(NEVER, introduced).await.expect("every machine introduces itself");
        Self { machines: running, _user: user, _origin: origin }
    }

    /// Lets every machine end what it has begun.
    pub(super) async fn stop(self) {
        for (handle, running) in self.machines {
            handle.drain();
            running.await.unwrap().unwrap();
        }
    }
}

async fn machine(
    server: &Counted,
    user: &TempRepository,
    origin: &TempRemote,
    number: usize,
    setup: &Setup,
) -> Orchestrator {
    let name = format!("{}{number}", setup.prefix);
    let clone = user.beside(&name);
    let path = clone.to_string_lossy();
    user.git(&["clone", "--quiet", &origin.path().to_string_lossy(), &path]);
    user.git(&["-C", &path, "config", "user.name", &name]);
    user.git(&["-C", &path, "config", "user.email", "machine@example.invalid"]);
    let registration = Registration::new(Scope::single(), "test", name.clone(), "file:///origin");
    let id = registration.id().unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test hands its own environment on")]
    let environment = std::env::vars().collect();
    let settings = Settings::new(id.clone(), "main")
        .with_environment(environment)
        .with_merge(MergeSettings::new(MergeStrategy::Rebase))
        .with_limits(setup.limits)
        .with_machine(registration)
        .with_remote("origin")
        .with_shared_work();
    let agents = [("worker", RoleName::implement()), ("reviewer", RoleName::review())];
    let agents = agents.into_iter().filter(|(_, role)| setup.reviews || *role == RoleName::implement());
    let agents = agents.map(|(kind, role)| {
        AgentSettings::new(AgentName::new(format!("{name}-{kind}")).unwrap(), role).with_runner("scripted")
    });
    let built = Orchestrator::builder()
        .store(Arc::new(server.connect(&id).await))
        .repository(&clone)
        .settings(settings)
        .clock(Arc::clone(&setup.clock))
        .seed(number as u64)
        .role(Arc::new(PlainRole::implement()))
        .role(Arc::new(PlainRole::review()))
        .runner(Arc::new(ScriptedRunner::new(calm)))
        .agents(agents)
        .build();
    built.await.unwrap()
}

/// Work that meets no other, and reviewers who are content.
fn calm(scene: &Scene<'_>) -> AgentReport {
    if scene.role() == "review" {
        return scene.approve("fine");
    }
    scene.write(format!("{}.txt", scene.task()), "done\n");
    scene.commit(&format!("Do {}", scene.task()));
    scene.submit("did it")
}
