//! A repository, a server behind a line, and an orchestrator that draws on it.

use crate::chaos::proxy::{Cut, Proxy};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{
    AgentName, EventKind, NewTask, OrchestratorId, Policy, RoleName, Scope, Task, TaskId,
};
use octopoid_core::orchestrator::{AgentSettings, Builder, Events, Notice, Orchestrator, Settings};
use octopoid_core::runner::AgentReport;
use octopoid_core::store::{KeyStore, Store, StoreExt, TaskStore};
use octopoid_core::testing::{PlainRole, Scene, ScriptedRunner, TempRepository};
use octopoid_store::artifacts::FolderArtifacts;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind, serve, with_middleware};
use octopoid_store::server::{Access, Server, digest, generate_key};
use octopoid_store::{HttpOptions, HttpStore, MemoryStore};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// No wait takes so long unless what is waited for never comes.
pub(super) const NEVER: Duration = Duration::from_secs(60);

/// What a task goes through where nothing of the trouble is charged to it.
pub(super) const UNTROUBLED: [EventKind; 7] = [
    EventKind::Created,
    EventKind::Claimed,
    EventKind::Submitted,
    EventKind::ReviewClaimed,
    EventKind::Approved,
    EventKind::LandingClaimed,
    EventKind::Accepted,
];

/// Holds agents until they are let go.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// How many have come, and whether they may go.
    state: Mutex<(u32, bool)>,
    changed: Condvar,
    came: tokio::sync::Notify,
}

impl Gate {
    /// For the agent: comes, and waits.
    pub(super) fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.0 += 1;
        self.came.notify_one();
        let (state, waited) = self.changed.wait_timeout_while(state, NEVER, |state| !state.1).unwrap();
        assert!(!waited.timed_out(), "nobody opened the gate");
        drop(state);
    }

    /// Waits until an agent has come.
    pub(super) async fn somebody(&self) {
        tokio::time::timeout(NEVER, self.came.notified()).await.expect("an agent begins");
    }

    /// Lets all go.
    pub(super) fn open(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

/// A server on a store in memory, behind a proxy, for those who have a key.
pub(super) struct Setting {
    pub(super) store: Arc<MemoryStore>,
    pub(super) proxy: Proxy,
    pub(super) server: std::net::SocketAddr,
    pub(super) repository: TempRepository,
    pub(super) runner: ScriptedRunner,
    pub(super) gate: Arc<Gate>,
    /// What the server keeps of runs.
    pub(super) artifacts: FolderArtifacts,
    _folder: tempfile::TempDir,
}

impl Setting {
    /// With agents that wait at the gate before they implement anything.
    pub(super) async fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock), Policy::default()));
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let artifacts = FolderArtifacts::new(folder.path());
        let server = Server::new(store.clone(), clock)
            .with_keys(store.clone())
            .with_access(Access::Keys)
            .with_artifacts(Arc::new(artifacts.clone()));
        let running = server.start(Default::default());
        let options = MiddlewareOptions::new(address).allow_host("*").unwrap();
        let router = with_middleware(running.router(), options);
        tokio::spawn(serve(router, listener, ServeOptions::new(), std::future::pending()));
        let gate = Arc::new(Gate::default());
        let held = Arc::clone(&gate);
        let runner = ScriptedRunner::new(move |scene| content(scene, &held));
        let proxy = Proxy::start(address, 7);
        let repository = TempRepository::new();
        Self { store, proxy, server: address, repository, runner, gate, artifacts, _folder: folder }
    }

    /// A new key; every old one stops working.
    pub(super) async fn key(&self) -> String {
        let key = generate_key();
        self.store.add_key(&Scope::single(), "a test", digest(&key), true).await.unwrap();
        key
    }

    /// How the machine reaches the server; it gives a request up at once, so that a lost answer stays lost.
    pub(super) fn options(&self, key: &str) -> HttpOptions {
        HttpOptions::new(format!("http://{}", self.proxy.address()), Arc::new(SystemClock))
            .with_scope(Scope::single())
            .with_orchestrator(machine())
            .with_key(key)
            .with_timeout(Duration::from_secs(10))
            .with_retry_timeout(Duration::ZERO)
    }

    /// With a worker and a reviewer.
    pub(super) async fn orchestrator(&self, options: HttpOptions) -> Orchestrator {
        self.with_agents(options, &[("worker", RoleName::implement()), ("reviewer", RoleName::review())])
            .await
    }

    pub(super) async fn with_agents(
        &self,
        options: HttpOptions,
        agents: &[(&str, RoleName)],
    ) -> Orchestrator {
        let store: Arc<dyn Store> = Arc::new(HttpStore::connect(options).await.unwrap());
        self.builder(store, agents).build().await.unwrap()
    }

    pub(super) fn builder(&self, store: Arc<dyn Store>, agents: &[(&str, RoleName)]) -> Builder {
        let agents = agents.iter().map(|(name, role)| {
            AgentSettings::new(AgentName::new(*name).unwrap(), role.clone()).with_runner("scripted")
        });
        #[expect(clippy::disallowed_methods, reason = "a test hands its own environment on")]
        let environment = std::env::vars().collect();
        Orchestrator::builder()
            .store(store)
            .repository(self.repository.path())
            .settings(Settings::new(machine(), "main").with_environment(environment))
            .seed(7)
            .role(Arc::new(PlainRole::implement()))
            .role(Arc::new(PlainRole::review()))
            .runner(Arc::new(self.runner.clone()))
            .agents(agents)
            .allow_unserved()
    }

    /// Somebody else answers from now on, also those who are connected already.
    pub(super) async fn redirect(&self, to: std::net::SocketAddr) {
        self.proxy.cut(Cut::Refuse).await;
        self.proxy.retarget(to);
        self.proxy.heal();
    }

    pub(super) async fn enqueue(&self, title: &str) -> TaskId {
        self.store.create_task(NewTask::new(title, format!("Please: {title}"))).await.unwrap().id
    }

    pub(super) async fn task(&self, id: &TaskId) -> Task {
        self.store.task(&Scope::single(), id).await.unwrap()
    }

    pub(super) async fn history(&self, id: &TaskId) -> Vec<EventKind> {
        let events = self.store.history(&Scope::single(), id).await.unwrap();
        events.into_iter().map(|event| event.kind).filter(|kind| *kind != EventKind::RunRecorded).collect()
    }

    /// How often an agent was asked to implement something.
    pub(super) fn implemented(&self) -> usize {
        self.runner.calls().iter().filter(|call| call.role == RoleName::implement()).count()
    }
}

fn machine() -> OrchestratorId {
    OrchestratorId::new("prod-1").unwrap()
}

fn content(scene: &Scene<'_>, gate: &Gate) -> AgentReport {
    match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            gate.pass();
            scene.write(format!("{}.txt", scene.task()), "done\n");
            scene.commit(&format!("Do {}", scene.task()));
            scene.submit("did it")
        }
    }
}

/// Waits for a notice.
pub(super) async fn wait_for(events: &mut Events, wanted: impl Fn(&Notice) -> bool) {
    let waiting = async {
        loop {
            let notice = events.next().await.expect("the orchestrator runs");
            if wanted(&notice) {
                return;
            }
        }
    };
    tokio::time::timeout(NEVER, waiting).await.expect("what is waited for comes");
}

/// That a run came to an end in a queue.
pub(super) fn settled(notice: &Notice, wanted: octopoid_core::model::Queue) -> bool {
    matches!(notice, Notice::RunSettled { queue: Some(queue), .. } if *queue == wanted)
}

/// That a person is told so.
pub(super) fn warns(notice: &Notice, words: &str) -> bool {
    matches!(notice, Notice::Warning { message } if message.contains(words))
}
