//! An orchestrator that is killed while it lands, and another machine that goes on.

use super::{Case, left};
use octopoid_core::clock::Clock;
use octopoid_core::flow::{Flow, FlowFile, Known};
use octopoid_core::model::{AgentName, EventKind, Policy, Queue, RoleName, RunId, Scope, TaskId};
use octopoid_core::orchestrator::{AgentSettings, Orchestrator, Point, Settings, TestSettings};
use octopoid_core::store::{StoreExt, TaskStore};
use octopoid_core::testing::{ManualClock, PlainRole, ScriptedRunner, TempRemote};
use octopoid_core::transition::Purpose;
use octopoid_store::SqliteStore;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A flow from its text.
pub(super) fn flow(text: &str) -> Flow {
    let roles = [(RoleName::implement(), Purpose::Work), (RoleName::review(), Purpose::Review)];
    let known = Known::default().with_roles(roles);
    serde_json::from_str::<FlowFile>(text).unwrap().compile(&known).unwrap()
}

/// After the merge it writes down which task that was.
fn text(after: &Path) -> String {
    serde_json::json!({ "transitions": [
        { "from": "claimed", "to": "provisional", "steps": ["rebase", "run_tests"] },
        { "from": "provisional", "to": "done", "conditions": [{ "role": "review" }],
          "steps": ["rebase", "run_tests", "merge", { "run": format!("echo $OCTOPOID_TASK_ID >> '{}'", after.display()) }] },
    ] })
    .to_string()
}

/// Another machine: a clone of its own, and the same store. By its clock the lease of whoever was killed has run out.
async fn goes_on(case: &Case, origin: &TempRemote, flow_text: &str) {
    let clone = case.repository.beside("elsewhere");
    case.repository.git(&["clone", "--quiet", &origin.path().to_string_lossy(), &clone.to_string_lossy()]);
    let clock = Arc::new(ManualClock::new());
    clock.set(octopoid_core::clock::SystemClock.now() + Duration::from_secs(3600));
    let file = case.repository.path().join(".octopoid/octopoid.db");
    let store = Arc::new(SqliteStore::open(file, clock.clone(), Policy::default()).unwrap());
    let settings = Settings::new("elsewhere".parse().unwrap(), "main")
        .with_test(TestSettings::new("grep -qx line list.txt"))
        .with_environment(std::env::vars().collect())
        .with_remote("origin")
        .with_shared_work()
        .with_flow("default", flow(flow_text));
    let nobody = ScriptedRunner::new(|scene| panic!("{} is worked on again", scene.task()));
    let agent = AgentSettings::new(AgentName::new("reviewer").unwrap(), RoleName::review());
    let orchestrator = Orchestrator::builder()
        .store(store)
        .repository(&clone)
        .settings(settings)
        .clock(clock)
        .role(Arc::new(PlainRole::review()))
        .runner(Arc::new(nobody))
        .agent(agent.with_runner("scripted"))
        .build()
        .await
        .unwrap();
    orchestrator.run_until_idle().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn i20_killed_while_it_lands_and_another_machine_goes_on() {
    // What a landing does when nothing goes wrong: claimed as the third run, after the work and its review.
    let agents = [Point::RoleStarting, Point::AgentReported, Point::ReportSaved];
    for (place, point) in Point::ALL.into_iter().enumerate().filter(|(_, point)| !agents.contains(point)) {
        let done = place >= 10;
        assert_eq!(Point::ALL[10], Point::Transitioned);
        let mut nth = 1;
        loop {
            let what = format!("{point:?} number {nth}");
            let case = Case::new().await;
            let origin = case.repository.add_remote("origin");
            let after = case.file("after");
            let flow = text(&after);
            let orchestrate = |kill: Option<String>| {
                let mut command = case.command();
                command.env("CRASH_REMOTE", "origin").env("CRASH_FLOW", &flow);
                if let Some(at) = kill {
                    let landing = RunId::of(&TaskId::numbered(1), 3);
                    command.env("CRASH_AT", at).env("CRASH_RUN", landing.as_str());
                }
                command.status().unwrap()
            };
            let end = orchestrate(Some(format!("{point:?}:{nth}")));
            if end.success() {
                assert!(nth > 1, "{point:?} is never reached");
                break;
            }
            assert_eq!(end.signal(), Some(9), "{what}");
            goes_on(&case, &origin, &flow).await;

            let store = case.store();
            let task = store.task(&Scope::single(), &case.task).await.unwrap();
            assert_eq!(task.queue(), Queue::Done, "{what}: {:?}", task.state);
            let log = origin.git(&["log", "--format=%s", "main"]);
            assert_eq!(
                log.lines().collect::<Vec<_>>(),
                ["Add a line", "Initial commit"],
                "{what}: landed once"
            );
            let ran = std::fs::read_to_string(&after).unwrap_or_default();
            assert!(ran.lines().count() > 0, "{what}: what comes after the merge was done");
            let history = store.history(&Scope::single(), &case.task).await.unwrap();
            let count = |kind| history.iter().filter(|event| event.kind == kind).count();
            assert_eq!(count(EventKind::Accepted), 1, "{what}");
            assert_eq!(count(EventKind::LandingClaimed), if done { 1 } else { 2 }, "{what}");
            assert_eq!(count(EventKind::LeaseExpired), usize::from(!done), "{what}");
            assert_eq!(task.counters.attempts, 0, "{what}: a lost landing costs nothing");
            assert_eq!((case.started("implement"), case.started("review")), (1, 1), "{what}");

            // The first one, started again, has nothing left to do and leaves nothing behind.
            assert!(orchestrate(None).success(), "{what}: the first orchestrator again");
            assert_eq!(left(&case.repository.path().join(".octopoid/runtime/runs")), 0, "{what}");
            assert_eq!(left(&case.repository.path().join(".octopoid/worktrees")), 0, "{what}");
            let branches = case.repository.git(&["branch", "--all", "--list", "*agent/*"]);
            assert_eq!(branches, "", "{what}");
            assert_eq!(origin.git(&["log", "--format=%s", "main"]), log, "{what}");
            nth += 1;
        }
    }
}
