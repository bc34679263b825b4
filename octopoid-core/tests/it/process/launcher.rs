//! One launcher, given to the builder, starts everything.

use octopoid_core::model::{AgentName, NewTask, OrchestratorId, Policy, Queue, RoleName, Scope};
use octopoid_core::orchestrator::{AgentSettings, Orchestrator, Settings, TestSettings};
use octopoid_core::process::{Command, LaunchPolicy, Launcher, ProgramKind};
use octopoid_core::store::Store;
use octopoid_core::testing::{PlainRole, TempRepository};
use octopoid_roles::command::CommandRunner;
use octopoid_store::MemoryStore;
use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex};

/// Starts every program by a wrapper, as a sandbox does, which tells it what it was started as.
#[derive(Debug, Default)]
struct Wrapper {
    seen: Mutex<HashSet<ProgramKind>>,
}

impl Launcher for Wrapper {
    fn wrap(&self, command: Command, policy: &LaunchPolicy) -> io::Result<Command> {
        self.seen.lock().unwrap().insert(policy.kind);
        let mut wrapped = Command::new("/bin/sh").args(["-c", "exec \"$@\"", "wrapper"]).arg(command.program);
        wrapped = wrapped.args(command.arguments).envs(command.environment);
        wrapped.directory = command.directory;
        Ok(wrapped.env("WRAPPED", format!("{:?}", policy.kind)))
    }
}

/// Works and reviews, and says in the end what it was started as.
const AGENT: &str = r#"
if [ "$OCTOPOID_ROLE" = review ]; then
    echo '{"outcome": "approved", "feedback": "fine"}' > "$OCTOPOID_RESULT"
else
    echo "$WRAPPED" > wrapped.txt
    git add wrapped.txt && git -c user.name=a -c user.email=a@b.invalid commit -q -m "Say it"
    echo '{"outcome": "submitted", "summary": "said it"}' > "$OCTOPOID_RESULT"
fi
"#;

async fn run(repository: &TempRepository, launcher: Arc<Wrapper>) -> Arc<dyn Store> {
    let clock = Arc::new(octopoid_core::clock::SystemClock);
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(clock, Policy::default()));
    let settings = Settings::new(OrchestratorId::new("local-test").unwrap(), "main")
        .with_environment(std::env::vars().collect())
        .with_test(TestSettings::new("test \"$WRAPPED\" = Script"));
    let agent = |name: &str, role| {
        AgentSettings::new(AgentName::new(name).unwrap(), role)
            .with_runner("command")
            .with_command(["/bin/sh", "-c", AGENT])
    };
    let orchestrator = Orchestrator::builder()
        .store(store.clone())
        .repository(repository.path())
        .settings(settings)
        .role(Arc::new(PlainRole::implement()))
        .role(Arc::new(PlainRole::review()))
        .runner(Arc::new(CommandRunner::new(repository.path())))
        .agent(agent("worker", RoleName::implement()))
        .agent(agent("reviewer", RoleName::review()))
        .launcher(launcher);
    store.create_task(NewTask::new("Say it", "Say how you were started.")).await.unwrap();
    orchestrator.build().await.unwrap().run_until_idle().await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_tests_and_git_are_started_by_the_builders_launcher() {
    let repository = TempRepository::new();
    let launcher = Arc::new(Wrapper::default());
    let store = run(&repository, launcher.clone()).await;
    let task = octopoid_core::model::TaskId::numbered(1);
    assert_eq!(store.task(&Scope::single(), &task).await.unwrap().queue(), Queue::Done);
    assert_eq!(repository.git(&["show", "main:wrapped.txt"]), "Agent\n");
    let seen = launcher.seen.lock().unwrap().clone();
    assert_eq!(seen, [ProgramKind::Agent, ProgramKind::Script, ProgramKind::Git].into());
}
