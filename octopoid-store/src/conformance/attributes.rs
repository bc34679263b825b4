//! What clients keep with a task.

use super::setting::{Setting, person};
use super::verdict::{Verdict, Wrong, holds, invalid, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{
    Attributes, ClaimToken, CommitId, Complexity, EventKind, NewTask, ProjectId, Revert, SessionId,
    Submission, Task, TaskId, TaskPatch, TreeId, Usd,
};
use octopoid_core::store::StoreExt;
use octopoid_core::transition::Command;
use serde_json::{Value, json};
use std::time::Duration;

fn update(patch: TaskPatch) -> Command {
    Command::Update { actor: person(), patch }
}

/// Changes to attributes and nothing else.
fn change(fields: Value) -> Command {
    let mut patch = TaskPatch::default();
    if let Value::Object(fields) = fields {
        patch.attributes = fields;
    }
    update(patch)
}

/// Every attribute, with a value that is not the usual one.
fn every(s: &Setting) -> Verdict<Attributes> {
    let mut all = Attributes::default();
    all.kind = Some("bug".into());
    all.file_path = Some("tasks/a \"quoted\" one.md".into());
    all.flow = Some("careful".into());
    all.flow_overrides = Some(r#"{"states":["incoming"]}"#.into());
    all.hooks = Some(r#"[{"name":"run_tests","status":"pending"}]"#.into());
    all.project = Some(ProjectId::new("a-project")?);
    all.parent = Some(TaskId::new("task-9")?);
    all.auto_accept = true;
    all.model = Some("a-model".into());
    all.max_turns = Some(12);
    all.budget_usd = Usd::new(2.5).ok();
    let commit = |digit: &str| CommitId::new(digit.repeat(40)).map_err(Wrong::from);
    all.reverts = Some(Revert::new(TaskId::new("task-8")?, commit("a")?, commit("b")?));
    all.pr_number = Some(u64::from(u32::MAX) + 7);
    all.pr_url = Some("https://example.org/pull/7".into());
    all.checks = Some("[\"lint\"]".into());
    all.check_results = Some("{\"lint\":true}".into());
    all.execution_notes = Some("two\nlines 🐙".into());
    all.staging_url = Some(String::new());
    all.has_plan = true;
    all.plan_id = Some("plan-1".into());
    all.lands_project = true;
    all.needs_breakdown = true;
    all.needs_rebase = true;
    all.last_rebase_attempt_at = Some(s.clock.now());
    Ok(all)
}

async fn with(s: &Setting, attributes: &Attributes) -> Verdict<Task> {
    if let Some(project) = &attributes.project {
        s.project(&s.scope, project).await?;
    }
    let new = NewTask::new("With attributes", "Do it.").with_attributes(attributes.clone());
    Ok(s.store.create_task(new).await?)
}

pub(super) async fn attributes_are_read_back_as_they_were_given(s: Setting) -> Verdict {
    let attributes = every(&s)?;
    let task = with(&s, &attributes).await?;
    same(&task.attributes, &attributes)?;
    same(task.created_by.as_deref(), Some("user"))?;
    same(&s.read(&task.id).await?, &task)?;
    let plain = s.create("Plain").await?;
    holds(plain.attributes.is_empty(), "nothing is there that nobody gave")?;
    same(&s.read(&plain.id).await?, &plain)?;
    // What happens to a task leaves them alone.
    s.finish(&task.id).await?;
    same(s.read(&task.id).await?.attributes, attributes)
}

pub(super) async fn attributes_are_merged_and_null_clears(s: Setting) -> Verdict {
    let task = s.create("A task").await?;
    let first =
        s.apply(&task.id, change(json!({"type": "bug", "pr_number": 7, "auto_accept": true}))).await?;
    same((first.attributes.kind.as_deref(), first.attributes.pr_number), (Some("bug"), Some(7)))?;
    same((first.attributes.auto_accept, first.version), (true, 2))?;
    same(&s.read(&task.id).await?, &first)?;
    s.clock.advance(Duration::from_secs(1));
    let changes = json!({"type": null, "auto_accept": null, "plan_id": "plan-1", "checks": null});
    let second = s.apply(&task.id, change(changes)).await?;
    let mut left = Attributes::default();
    left.pr_number = Some(7);
    left.plan_id = Some("plan-1".into());
    same(&second.attributes, &left)?;
    same((second.updated_at, second.version), (s.clock.now(), 3))?;
    same(&s.read(&task.id).await?, &second)?;
    let last = s.apply(&task.id, change(json!({"pr_number": null, "plan_id": null}))).await?;
    holds(last.attributes.is_empty(), "all of them are gone")?;
    same(&s.read(&task.id).await?, &last)?;
    let history = s.history(&task.id).await?;
    same(history.iter().filter(|event| event.kind == EventKind::Updated).count(), 3)
}

pub(super) async fn unusable_attributes_are_refused_by_name(s: Setting) -> Verdict {
    let task = s.create("A task").await?;
    let long = "x".repeat(64 * 1024 + 1);
    for (fields, name) in [
        (json!({"pr_number": "seven"}), "pr_number"),
        (json!({"pr_number": -1}), "pr_number"),
        (json!({"auto_accept": "yes"}), "auto_accept"),
        (json!({"type": ["bug"]}), "type"),
        (json!({"project_id": "../elsewhere"}), "project_id"),
        (json!({"parent_id": ""}), "parent_id"),
        (json!({"last_rebase_attempt_at": "yesterday"}), "last_rebase_attempt_at"),
        (json!({"colour": "red"}), "colour"),
        (json!({"colour": null}), "colour"),
        (json!({"execution_notes": long}), "execution_notes"),
        (json!({"type": "a\0b"}), "type"),
        // One that is wrong spoils them all.
        (json!({"plan_id": "plan-1", "pr_number": true}), "pr_number"),
    ] {
        invalid(s.apply(&task.id, change(fields)).await, name)?;
    }
    invalid(s.apply(&task.id, change(json!({}))).await, "patch")?;
    same(&s.read(&task.id).await?, &task)?;
    let before = s.store.last_event().await?;
    let mut attributes = Attributes::default();
    attributes.hooks = Some(long);
    let new = NewTask::new("Too long", "Do it.").with_attributes(attributes);
    invalid(s.store.create_task(new).await, "hooks")?;
    same(s.store.last_event().await?, before)
}

pub(super) async fn the_longest_attribute_fits(s: Setting) -> Verdict {
    let mut attributes = Attributes::default();
    attributes.hooks = Some("ä".repeat(32 * 1024));
    let task = with(&s, &attributes).await?;
    same(s.read(&task.id).await?.attributes == attributes, true)
}

pub(super) async fn an_estimate_and_a_branch_can_be_taken_back(s: Setting) -> Verdict {
    let new = NewTask::new("A task", "Do it.").with_complexity(Complexity::M).with_branch("next");
    let task = s.store.create_task(new).await?;
    let mut patch = TaskPatch::default();
    patch.complexity = Some(None);
    let less = s.apply(&task.id, update(patch)).await?;
    same((less.complexity, less.branch.as_deref()), (None, Some("next")))?;
    let mut patch = TaskPatch::default();
    patch.branch = Some(None);
    patch.complexity = Some(Some(Complexity::XS));
    let other = s.apply(&task.id, update(patch)).await?;
    same((other.complexity, other.branch.as_deref()), (Some(Complexity::XS), None))?;
    same(&s.read(&task.id).await?, &other)?;
    let mut patch = TaskPatch::default();
    patch.branch = Some(Some("a..b".into()));
    invalid(s.apply(&task.id, update(patch)).await, "branch")?;
    same(s.read(&task.id).await?, other)
}

pub(super) async fn a_submission_says_when_it_was_handed_in(s: Setting) -> Verdict {
    let task = s.claimed("t").await?;
    s.clock.advance(Duration::from_secs(7));
    let mut work = Submission::new(2, 30);
    work.head = Some(CommitId::new("a".repeat(40))?);
    work.base = Some(CommitId::new("b".repeat(40))?);
    work.tested = Some(TreeId::new("c".repeat(64))?);
    work.branch = Some("octopoid/task-1".into());
    work.session = Some(SessionId::new("session-1")?);
    work.summary = Some("It is done.".into());
    // The store's clock counts, whatever the caller says.
    work.at = Some(s.clock.now() + Duration::from_secs(3600));
    let submitted = s.store.submit(&s.scope, &task.id, &ClaimToken::new("t")?, work.clone()).await?;
    work.at = Some(s.clock.now());
    same(submitted.submission.as_deref(), Some(&work))?;
    same(&s.read(&task.id).await?, &submitted)?;
    s.clock.advance(Duration::from_secs(7));
    s.store.approve(&s.scope, &task.id, person(), "").await?;
    let kept = s.read(&task.id).await?.submission.ok_or_else(|| Wrong::new("the submission is gone"))?;
    same(*kept, work)
}
