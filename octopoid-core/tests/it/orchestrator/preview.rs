//! A look at what a role would be given is what its next run is given.

use super::setting::{Setting, content};
use async_trait::async_trait;
use octopoid_core::model::{Outcome, RoleName, Scope, StopReason, TaskId};
use octopoid_core::orchestrator::{Preview, PreviewError, TestSettings};
use octopoid_core::role::{AgentCall, Role, RoleContext, RoleError, RoleSpec, WorkspaceKind};
use octopoid_core::store::RunQuery;
use octopoid_core::testing::PlainRole;
use std::sync::{Arc, Mutex};

/// What a role can find out before it calls an agent.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    run: String,
    attempt: u32,
    thread: Vec<String>,
    checks: Option<String>,
    workspace: octopoid_core::role::Workspace,
    diff: octopoid_core::model::Diff,
    commits: Vec<octopoid_core::role::CommitLine>,
    kept: std::path::PathBuf,
}

impl Found {
    async fn by(context: &RoleContext) -> Self {
        Self {
            run: context.run.to_string(),
            attempt: context.attempt,
            thread: context.thread.iter().map(|message| message.body.clone()).collect(),
            checks: context.checks.clone(),
            workspace: context.workspace.clone(),
            diff: context.host.diff().await.unwrap(),
            commits: context.host.commits().await.unwrap(),
            kept: context.host.keep_file("a b.txt", "text").await.unwrap(),
        }
    }
}

/// Notes what it finds, and goes on as another role.
#[derive(Debug)]
struct Noting {
    role: PlainRole,
    found: Arc<Mutex<Vec<Found>>>,
}

#[async_trait]
impl Role for Noting {
    fn spec(&self) -> &RoleSpec {
        self.role.spec()
    }

    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError> {
        let found = Found::by(context).await;
        self.found.lock().unwrap().push(found);
        self.role.run(context).await
    }
}

async fn preview(setting: &Setting) -> Preview {
    let path = setting.repository.path();
    Preview::new(setting.store.clone(), path, path.join(".octopoid"), setting.settings.clone()).await.unwrap()
}

async fn seen(setting: &Setting, id: &TaskId, spec: &RoleSpec) -> Found {
    let context = preview(setting).await.context(id, spec, serde_json::Value::Null).await.unwrap();
    Found::by(&context).await
}

/// What is seen before the next run, which must be what that is given.
async fn seen_and_given(setting: &Setting, id: &TaskId, role: &PlainRole) -> Found {
    let before = seen(setting, id, role.spec()).await;
    let given = Arc::new(Mutex::new(Vec::new()));
    let noting = |role| Arc::new(Noting { role, found: given.clone() });
    let builder = setting.builder().role(noting(PlainRole::implement())).role(noting(PlainRole::review()));
    builder.build().await.unwrap().run_once().await.unwrap();
    let given = given.lock().unwrap().clone();
    assert_eq!(given, [before], "{}", role.spec().name);
    given.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_seen_before_each_run_is_what_the_run_is_given() {
    let mut setting = Setting::new(|scene| match scene.role() {
        "review" if scene.read("better.txt").is_empty() => scene.reject("make it better"),
        "implement" if !scene.read("task-1.txt").is_empty() => {
            scene.write("better.txt", "better\n");
            scene.commit("Make it better");
            scene.submit("better now")
        }
        _ => content(scene),
    });
    setting.settings.test = Some(TestSettings::new("echo all is well"));
    let id = setting.enqueue("One").await;
    let mut found = Vec::new();
    for role in [PlainRole::implement(), PlainRole::review(), PlainRole::implement()] {
        found.push(seen_and_given(&setting, &id, &role).await);
    }
    assert_eq!(found.len(), 3, "{found:#?}");
    assert_eq!((found[0].commits.len(), found[1].commits.len(), found[2].commits.len()), (0, 1, 1));
    assert!(found[1].checks.as_ref().unwrap().contains("all is well"));
    assert!(found[1].diff.files[0].patch.contains("+done"));
    assert!(found[2].thread.iter().any(|said| said == "make it better"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_would_see_what_was_submitted_whatever_the_worktree_holds() {
    let setting = Setting::new(content);
    let id = setting.enqueue("One").await;
    let work = seen_and_given(&setting, &id, &PlainRole::implement()).await;
    let path = work.workspace.path.to_str().unwrap();
    setting.repository.git(&["-C", path, "commit", "-q", "--allow-empty", "-m", "Late"]);
    let review = seen_and_given(&setting, &id, &PlainRole::review()).await;
    let subjects: Vec<_> = review.commits.iter().map(|commit| commit.subject.as_str()).collect();
    assert_eq!(subjects, ["Do task-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_has_not_begun_would_begin_from_the_newest_commit() {
    let setting = Setting::new(|scene| scene.stop(StopReason::Crashed { reason: "gone".into() }));
    let id = setting.enqueue("One").await;
    let first = seen_and_given(&setting, &id, &PlainRole::implement()).await;
    setting.repository.git(&["commit", "-q", "--allow-empty", "-m", "Meanwhile"]);
    let second = seen_and_given(&setting, &id, &PlainRole::implement()).await;
    assert_ne!(first.workspace.head, second.workspace.head);
    assert_eq!(
        (&second.workspace.head, &second.workspace.base),
        (&second.workspace.tip, &second.workspace.tip)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_changes_nothing() {
    let setting = Setting::new(content);
    let id = setting.enqueue("One").await;
    let before = (setting.task(&id).await, setting.history(&id).await);
    let spec = RoleSpec::worker(RoleName::implement(), "works");
    for workspace in [WorkspaceKind::Own, WorkspaceKind::Task, WorkspaceKind::None] {
        let found = seen(&setting, &id, &spec.clone().with_workspace(workspace)).await;
        assert!(!found.kept.exists() && !found.workspace.path.exists(), "{found:?}");
        assert_eq!(found.workspace.base.is_none(), workspace == WorkspaceKind::None);
    }
    assert_eq!(before, (setting.task(&id).await, setting.history(&id).await));
    assert!(!setting.repository.path().join(".octopoid").exists());
    let runs = setting.store.list_runs(&RunQuery::new(Scope::single()).of_task(id)).await.unwrap();
    assert_eq!(runs, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_agent_is_run_for_a_look() {
    let setting = Setting::new(content);
    let id = setting.enqueue("One").await;
    let spec = RoleSpec::worker(RoleName::implement(), "works");
    let context = preview(&setting).await.context(&id, &spec, serde_json::Value::Null).await.unwrap();
    let refused = context.host.run_agent(AgentCall::new("go")).await;
    assert!(matches!(refused, Err(RoleError::Host { .. })), "{refused:?}");
    assert!(setting.runner.calls().is_empty());
}

#[tokio::test]
async fn a_task_that_is_not_there_is_said_to_be_none() {
    let setting = Setting::new(content);
    let spec = RoleSpec::worker(RoleName::implement(), "works");
    let look = preview(&setting).await.context(&TaskId::numbered(9), &spec, serde_json::Value::Null).await;
    assert!(matches!(&look, Err(PreviewError::Store(error)) if error.is_not_found()), "{look:?}");
}
