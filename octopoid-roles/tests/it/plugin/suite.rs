//! One suite for one role, whatever it is written in and wherever it runs: it does a task by way of an agent.

use super::host::{Agent, Host};
use super::{build, context, role};
use async_trait::async_trait;
use octopoid_core::model::{Complexity, Outcome, RoleName, StopReason, Subtask, Timestamp};
use octopoid_core::role::{AgentCall, Role, RoleContext, RoleError, RoleSpec, WorkspaceKind};
use octopoid_core::transition::Purpose;
use octopoid_roles::folder::FolderRole;
use octopoid_roles::plugin::Isolation;
use serde_json::json;
use std::sync::Arc;

/// The same in Rust, linked in.
#[derive(Debug)]
struct Linked(RoleSpec);

#[async_trait]
impl Role for Linked {
    fn spec(&self) -> &RoleSpec {
        &self.0
    }

    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError> {
        context.host.log("hello from Rust, linked in");
        context.host.progress("asking the agent", None);
        let call = AgentCall::new(format!("# {}\n\n{}\n", context.task.title, context.task.description));
        let report = context.host.run_agent(call).await?;
        let seen = |error: String| Outcome::NoReport { seen: error };
        Ok(match report.result {
            Some(result) => Outcome::from_result(&result).unwrap_or_else(|error| seen(error.to_string())),
            None => Outcome::Failed { reason: "the agent gave no result".to_owned() },
        })
    }
}

async fn run(role: &dyn Role, host: &Arc<Host>) -> Result<Outcome, RoleError> {
    role.run(&context(host, serde_json::Value::Null)).await
}

/// What every version of the role does.
async fn suite(role: Arc<dyn Role>) {
    let role = role.as_ref();
    let spec = role.spec();
    assert!(spec.name.as_str().starts_with("hello"), "{spec:?}");
    assert_eq!((spec.claims, spec.workspace), (Purpose::Work, WorkspaceKind::Own), "{spec:?}");

    let host = Host::with(Some(json!({ "outcome": "submitted", "summary": "said hello 🐙" })));
    let outcome = run(role, &host).await.unwrap();
    assert_eq!(outcome, Outcome::Submitted { summary: "said hello 🐙".into() });
    let calls = host.calls.lock().unwrap().clone();
    assert_eq!(calls.len(), 1);
    for words in ["Add a greeting", "Greet in every language."] {
        assert!(calls[0].prompt.contains(words), "{calls:?}");
    }

    let host = Host::with(Some(json!({ "outcome": "needs_input", "question": "which \"language\"?" })));
    let outcome = run(role, &host).await.unwrap();
    assert_eq!(outcome, Outcome::NeedsInput { question: "which \"language\"?".into() });

    // No result is no success (I14).
    let outcome = run(role, &Host::with(None)).await.unwrap();
    assert!(matches!(outcome, Outcome::Failed { .. } | Outcome::NoReport { .. }), "{outcome:?}");

    // Nonsense is no outcome. In Rust it does not even become one.
    match run(role, &Host::with(Some(json!({ "outcome": "famous" })))).await {
        Ok(Outcome::NoReport { seen }) => assert!(seen.contains("famous"), "{seen}"),
        Err(RoleError::Failed(reason)) => assert!(reason.contains("famous"), "{reason}"),
        other => panic!("{other:?}"),
    }

    // Why an agent did not come to its own end arrives as it was: what follows depends on it (I17).
    let limited = StopReason::RateLimited {
        retry_at: Some(Timestamp::from_millis(1_900_000_000_000)),
        message: "5-hour limit".into(),
    };
    for stop in [limited, StopReason::MaxTurns, StopReason::Crashed { reason: "exit code 3".into() }] {
        match run(role, &Host::ending(stop.clone())).await {
            Err(RoleError::Agent(seen)) => assert_eq!(seen, stop),
            other => panic!("{other:?}"),
        }
    }

    // Told to stop during a call.
    let host = Arc::new(Host::new(Agent::WorksUntilStopped));
    let stopper = host.clone();
    let stop = tokio::spawn(async move {
        stopper.says("the agent works").await;
        stopper.cancel.cancel();
    });
    match run(role, &host).await {
        Err(RoleError::Agent(StopReason::Cancelled)) => {}
        other => panic!("{other:?}"),
    }
    stop.await.unwrap();
}

/// What only those do that speak to the host themselves.
async fn speaks(role: Arc<dyn Role>, words: &str) {
    let host = Host::with(Some(json!({ "outcome": "submitted", "summary": "" })));
    run(role.as_ref(), &host).await.unwrap();
    assert!(host.log().iter().any(|line| line.contains(words)), "{:?}", host.log());
    assert_eq!(*host.progress.lock().unwrap(), ["asking the agent"]);
}

#[tokio::test]
async fn a_folder_passes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("hello");
    std::fs::create_dir(&folder).unwrap();
    let definition = "description: Does what a task says\noutcomes: [submitted, needs_input, failed]\n";
    std::fs::write(folder.join("role.yaml"), definition).unwrap();
    std::fs::write(folder.join("prompt.md"), "# {{ task.title }}\n\n{{ task.description }}\n").unwrap();
    suite(Arc::new(FolderRole::load(&folder).unwrap())).await;
}

#[tokio::test]
async fn rust_linked_in_passes() {
    let spec = RoleSpec::worker(RoleName::new("hello").unwrap(), "Does what a task says");
    let linked = Arc::new(Linked(spec));
    suite(linked.clone()).await;
    speaks(linked, "hello from Rust, linked in").await;
}

#[tokio::test]
async fn a_plugin_in_rust_passes() {
    let hello = role(&build::fixtures(), Isolation::Thread, "hello").await;
    suite(hello.clone()).await;
    speaks(hello, "hello from Rust").await;
}

#[tokio::test]
async fn a_plugin_in_rust_passes_in_a_child() {
    let hello = role(&build::fixtures(), Isolation::Process, "hello").await;
    suite(hello.clone()).await;
    speaks(hello, "hello from Rust").await;
}

#[tokio::test]
async fn a_plugin_in_c_passes() {
    let hello = role(&build::hello_c(), Isolation::Thread, "hello-c").await;
    suite(hello.clone()).await;
    speaks(hello, "hello from C").await;
}

#[tokio::test]
async fn a_plugin_in_c_passes_in_a_child() {
    let hello = role(&build::hello_c(), Isolation::Process, "hello-c").await;
    suite(hello.clone()).await;
    speaks(hello, "hello from C").await;
}

#[tokio::test]
async fn a_plugin_breaks_a_task_down_into_parts_with_all_that_is_said_of_them() {
    for isolation in [Isolation::Thread, Isolation::Process] {
        let split = role(&build::fixtures(), isolation, "split").await;
        let outcome = run(split.as_ref(), &Host::with(None)).await.unwrap();
        let mut first = Subtask::new("a", "The first half", "Greet in every language.");
        first.complexity = Some(Complexity::S);
        let mut second = Subtask::new("b", "The rest", "Greet in every language.").after(["a"]);
        second.needs_breakdown = true;
        assert_eq!(outcome, Outcome::BrokenDown { subtasks: vec![first, second] });
    }
}
