//! Twenty tasks that all edit one file, eight agents, two machines, one server.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends where its setting does not stand"
)]

use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, NewTask, Policy, Queue, Registration, RoleName, Scope, Task};
use octopoid_core::orchestrator::{
    AgentSettings, Handle, Limits, Orchestrator, RunError, Settings, Summary, TestSettings,
};
use octopoid_core::runner::AgentReport;
use octopoid_core::store::{EventLog, RunQuery, RunStore, StoreExt, TaskQuery, TaskStore};
use octopoid_core::testing::{PlainRole, Scene, ScriptedRunner, TempRemote, TempRepository};
use octopoid_store::server::Server;
use octopoid_store::server::Shutdown;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind};
use octopoid_store::{HttpOptions, HttpStore, SqliteStore};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tokio::task::JoinHandle;

const TASKS: usize = 20;
const FILE: &str = "list.txt";

/// Adds a line of its own at the end of the file; told of a conflict, it rebases and keeps both sides.
fn agent(scene: &Scene<'_>) -> AgentReport {
    if scene.role() == "review" {
        return scene.approve("it is there");
    }
    let own = format!("{}\n", scene.task());
    let onto = scene.request().prompt.rsplit_once("(`git rebase ").and_then(|(_, rest)| rest.split_once('`'));
    match onto {
        Some((onto, _)) if scene.read(FILE).contains(&own) => {
            let told = ["-c", "core.editor=true", "rebase", "--quiet", onto];
            let clean =
                Command::new("git").args(told).current_dir(&scene.request().directory).output().unwrap();
            if !clean.status.success() {
                let both: String = scene
                    .read(FILE)
                    .lines()
                    .filter(|line| {
                        !["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark))
                    })
                    .map(|line| format!("{line}\n"))
                    .collect();
                scene.write(FILE, &both);
                scene.git(&["add", FILE]);
                scene.git(&["-c", "core.editor=true", "rebase", "--continue"]);
            }
        }
        _ if scene.read(FILE).contains(&own) => {}
        _ => {
            scene.write(FILE, &format!("{}{own}", scene.read(FILE)));
            scene.commit(&format!("Do {}", scene.task()));
        }
    }
    scene.submit("added my line")
}

struct Machine {
    handle: Handle,
    running: JoinHandle<Result<Summary, RunError>>,
}

async fn machine(name: &str, url: &str, origin: &TempRemote, folder: &Path) -> Machine {
    let clone = folder.join(name);
    let cloned = Command::new("git").arg("clone").arg("-q").arg(origin.path()).arg(&clone).status().unwrap();
    assert!(cloned.success());
    let registration = Registration::new(Scope::single(), "test", name, origin.path().display().to_string());
    let id = registration.id().unwrap();
    let options = HttpOptions::new(url, Arc::new(SystemClock)).with_orchestrator(id.clone());
    // The tests refuse a file with marks or doubled lines, and write down which content passed.
    let passed = folder.join("passed");
    let test = format!(
        "! grep -qE '^(<<<|===|>>>)' {FILE} && test -z \"$(sort {FILE} | uniq -d)\" && git rev-parse 'HEAD^{{tree}}' >> '{}'",
        passed.display()
    );
    let settings = Settings::new(id, "main")
        .with_remote("origin")
        .with_machine(registration)
        .with_shared_work()
        .with_test(TestSettings::new(test))
        .with_limits(Limits::default().with_agents(4).with_provisional(100).with_cost_usd(1000.0, 1000.0))
        .with_environment(std::env::vars().collect());
    let agents =
        ["implement", "implement", "implement", "review"].into_iter().enumerate().map(|(number, role)| {
            let agent = AgentName::new(format!("{name}-{number}")).unwrap();
            AgentSettings::new(agent, RoleName::new(role).unwrap()).with_runner("scripted")
        });
    let orchestrator = Orchestrator::builder()
        .store(Arc::new(HttpStore::connect(options).await.unwrap()))
        .repository(&clone)
        .settings(settings)
        .role(Arc::new(PlainRole::implement()))
        .role(Arc::new(PlainRole::review()))
        .runner(Arc::new(ScriptedRunner::new(agent)))
        .agents(agents)
        .build()
        .await
        .unwrap();
    Machine { handle: orchestrator.handle(), running: tokio::spawn(orchestrator.run()) }
}

fn unfinished(tasks: &[Task]) -> Vec<String> {
    let open = tasks.iter().filter(|task| !task.is_done());
    open.map(|task| format!("{} in {}: {:?}", task.id, task.queue(), task.note)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_i20_twenty_tasks_that_edit_one_file_all_land_tested_and_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock);
    let policy = Policy::default().with_conflicts(1000);
    let store = Arc::new(SqliteStore::open(folder.path().join("o.db"), clock.clone(), policy).unwrap());
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let server = Server::new(store.clone(), clock.clone()).with_keys(store.clone());
    let stop = shutdown.clone().wait_owned();
    let serving =
        tokio::spawn(server.serve(listener, MiddlewareOptions::new(address), ServeOptions::new(), stop));
    let url = format!("http://{address}");

    let seed = TempRepository::new();
    seed.write(FILE, "start\n");
    seed.commit("A list");
    let origin = seed.add_remote("origin");
    let before = origin.git(&["rev-parse", "main"]).trim().to_owned();

    let person = HttpStore::connect(HttpOptions::new(url.clone(), clock)).await.unwrap();
    for number in 1..=TASKS {
        person
            .create_task(NewTask::new(format!("Line {number}"), "Add your line to the list."))
            .await
            .unwrap();
    }
    let north = machine("north", &url, &origin, folder.path()).await;
    let south = machine("south", &url, &origin, folder.path()).await;
    let scope = Scope::single();
    let mut seen = 0;
    let tasks = loop {
        let tasks = person.all_tasks(&TaskQuery::new(scope.clone())).await.unwrap();
        if tasks.iter().all(|task| task.is_done() || task.state.needs_person().is_some()) {
            break tasks;
        }
        person.wait_for_event(seen).await.unwrap();
        seen = person.last_event().await.unwrap();
    };
    for machine in [north, south] {
        machine.handle.drain();
        machine.running.await.unwrap().unwrap();
    }
    assert!(tasks.iter().all(|task| task.queue() == Queue::Done), "{:#?}", unfinished(&tasks));

    // No work is lost: every line is there, once.
    let text = origin.git(&["show", &format!("main:{FILE}")]);
    let lines: BTreeSet<_> = text.lines().map(str::to_owned).collect();
    let wanted: BTreeSet<_> =
        tasks.iter().map(|task| task.id.to_string()).chain(["start".to_owned()]).collect();
    assert_eq!((&lines, text.lines().count()), (&wanted, wanted.len()));

    // In a line, and each commit that became the tip was tested.
    assert_eq!(origin.git(&["rev-list", "--merges", "main"]), "");
    let passed = std::fs::read_to_string(folder.path().join("passed")).unwrap();
    let passed: BTreeSet<_> = passed.lines().collect();
    for task in &tasks {
        let octopoid_core::model::State::Done { landed: Some(tip), .. } = &task.state else {
            panic!("{task:?}")
        };
        origin.git(&["merge-base", "--is-ancestor", tip.as_str(), "main"]);
        let tree = origin.git(&["rev-parse", &format!("{tip}^{{tree}}")]);
        assert!(passed.contains(tree.trim()), "{} landed as {tip}, which was never tested", task.id);
    }
    let commits = origin.git(&["rev-list", "--count", &format!("{before}..main")]);
    assert_eq!(commits.trim(), TASKS.to_string());

    // An agent is paid once for each task, and once more for each conflict that was really there.
    let mut worked = 0;
    for task in &tasks {
        let runs = person.list_runs(&RunQuery::new(scope.clone()).of_task(task.id.clone())).await.unwrap();
        worked += runs.iter().filter(|run| run.role.as_ref() == Some(&RoleName::implement())).count();
    }
    let conflicts: u32 = tasks.iter().map(|task| task.counters.conflicts).sum();
    assert!(
        worked <= TASKS + conflicts as usize,
        "{worked} runs for {TASKS} tasks and {conflicts} conflicts"
    );

    drop(person);
    shutdown.trigger();
    serving.await.unwrap().unwrap();
}
