//! Projects.

use super::setting::{Setting, with};
use super::verdict::{Verdict, holds, invalid, refused, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{
    Attributes, DraftStatus, NewDraft, NewProject, NewTask, Project, ProjectId, ProjectPatch, ProjectStatus,
    Scope, Task,
};
use octopoid_core::store::{ErrorKind, ProjectQuery, Result, TaskQuery};
use std::time::Duration;

fn new(s: &Setting, title: &str) -> NewProject {
    NewProject::new(s.scope.clone(), title, "main")
}

async fn create(s: &Setting, title: &str) -> Result<Project> {
    s.store.create_project(new(s, title)).await
}

async fn listed(s: &Setting, query: &ProjectQuery) -> Verdict<(Vec<String>, u64)> {
    let page = s.store.list_projects(query).await?;
    Ok((page.items.into_iter().map(|project| project.id.to_string()).collect(), page.total))
}

fn ids(ids: &[&str], total: u64) -> (Vec<String>, u64) {
    (ids.iter().map(|id| (*id).to_owned()).collect(), total)
}

async fn task_of(s: &Setting, scope: &Scope, project: &ProjectId) -> Verdict<Task> {
    let mut attributes = Attributes::default();
    attributes.project = Some(project.clone());
    let new = NewTask::new("A part", "Do it.").with_scope(scope.clone()).with_attributes(attributes);
    Ok(s.store.create_task(new).await?)
}

pub(super) async fn a_created_project_is_read_back_as_it_was_answered(s: Setting) -> Verdict {
    let mut asked = new(&s, "  A project 🐙 ");
    asked.id = Some(ProjectId::new("My.Project")?);
    asked.description = Some("Several\nlines.".into());
    asked.status = ProjectStatus::Completed;
    asked.branch = Some("feature/one".into());
    asked.auto_accept = true;
    asked.created_by = Some("ada".into());
    asked.original = Some("{}".into());
    let made = s.store.create_project(asked.clone()).await?;
    let now = s.clock.now();
    let mut should = asked.at(ProjectId::new("My.Project")?, now);
    should.title = "A project 🐙".into();
    should.completed_at = Some(now);
    same(&made, &should)?;
    same(&s.store.project(&s.scope, &made.id).await?, &made)?;
    let plain = create(&s, "Plain").await?;
    same((plain.id.as_str(), plain.status, plain.completed_at), ("plain", ProjectStatus::Draft, None))?;
    same(s.store.project(&s.scope, &plain.id).await?, plain)
}

pub(super) async fn a_project_gets_a_free_id_from_its_title(s: Setting) -> Verdict {
    let mut by_hand = new(&s, "By hand");
    by_hand.id = Some(ProjectId::new("a-project-2")?);
    s.store.create_project(by_hand.clone()).await?;
    for (title, id) in [
        ("A project!", "a-project"),
        ("A Project", "a-project-3"),
        ("a project", "a-project-4"),
        ("日本", "untitled"),
        ("By hand", "by-hand"),
    ] {
        same(create(&s, title).await?.id.as_str(), id)?;
    }
    refused(s.store.create_project(by_hand).await, ErrorKind::Conflict)?;
    same(s.store.project(&s.scope, &ProjectId::new("a-project-2")?).await?.title.as_str(), "By hand")?;
    // Another scope has its own.
    let theirs = NewProject::new(Scope::new("other")?, "A project", "main");
    same(s.store.create_project(theirs).await?.id.as_str(), "a-project")
}

pub(super) async fn unusable_projects_are_refused(s: Setting) -> Verdict {
    let long = "x".repeat((1 << 20) + 1);
    for title in ["", " \t", "two\nlines", "a\0b", long.as_str()] {
        invalid(create(&s, title).await, "title")?;
    }
    let mut asked = new(&s, "A project");
    asked.base_branch = " ".into();
    invalid(s.store.create_project(asked).await, "base_branch")?;
    let mut asked = new(&s, "A project");
    asked.description = Some(long);
    invalid(s.store.create_project(asked).await, "description")?;
    same(listed(&s, &ProjectQuery::new(s.scope.clone())).await?, ids(&[], 0))
}

pub(super) async fn projects_are_listed_newest_first(s: Setting) -> Verdict {
    for (title, status, by) in [
        ("one", ProjectStatus::Active, Some("ada")),
        ("two", ProjectStatus::Draft, None),
        ("three", ProjectStatus::Active, Some("bob")),
        ("four", ProjectStatus::Active, Some("ada")),
    ] {
        let mut asked = new(&s, title);
        (asked.status, asked.created_by) = (status, by.map(str::to_owned));
        s.store.create_project(asked).await?;
    }
    let theirs = NewProject::new(Scope::new("other")?, "Theirs", "main");
    s.store.create_project(theirs).await?;
    // A change does not make it newer.
    let mut patch = ProjectPatch::default();
    patch.title = Some("First".into());
    s.store.update_project(&s.scope, &ProjectId::new("one")?, patch).await?;
    let mut query = ProjectQuery::new(s.scope.clone());
    same(listed(&s, &query).await?, ids(&["four", "three", "two", "one"], 4))?;
    (query.offset, query.limit) = (1, 2);
    same(listed(&s, &query).await?, ids(&["three", "two"], 4))?;
    query.offset = u64::MAX;
    same(listed(&s, &query).await?, ids(&[], 4))?;
    let mut query = ProjectQuery::new(s.scope.clone());
    (query.after, query.limit) = (Some(ProjectId::new("four")?), 2);
    same(listed(&s, &query).await?, ids(&["three", "two"], 3))?;
    query.after = Some(ProjectId::new("two")?);
    same(listed(&s, &query).await?, ids(&["one"], 1))?;
    query.status = Some(ProjectStatus::Draft);
    same(listed(&s, &query).await?, ids(&[], 0))?;
    query.after = Some(ProjectId::new("theirs")?);
    invalid(s.store.list_projects(&query).await, "after")?;
    let mut query = ProjectQuery::new(s.scope.clone());
    query.status = Some(ProjectStatus::Active);
    same(listed(&s, &query).await?, ids(&["four", "three", "one"], 3))?;
    query.created_by = Some("ada".into());
    same(listed(&s, &query).await?, ids(&["four", "one"], 2))?;
    query.status = Some(ProjectStatus::Archived);
    same(listed(&s, &query).await?, ids(&[], 0))?;
    for limit in [0, TaskQuery::MAX_LIMIT + 1] {
        query.limit = limit;
        invalid(s.store.list_projects(&query).await, "limit")?;
    }
    Ok(())
}

pub(super) async fn a_patch_changes_what_it_names(s: Setting) -> Verdict {
    let made = create(&s, "A project").await?;
    s.clock.advance(Duration::from_secs(5));
    let mut patch = ProjectPatch::default();
    patch.title = Some(" Another title ".into());
    patch.description = Some("What for.".into());
    patch.branch = Some("feature/one".into());
    patch.auto_accept = Some(true);
    let changed = s.store.update_project(&s.scope, &made.id, patch).await?;
    let mut should = made.clone();
    should.title = "Another title".into();
    should.description = Some("What for.".into());
    should.branch = Some("feature/one".into());
    should.auto_accept = true;
    should.updated_at = s.clock.now();
    same(&changed, &should)?;
    same(&s.store.project(&s.scope, &made.id).await?, &changed)?;
    let patch = |patch: ProjectPatch| s.store.update_project(&s.scope, &made.id, patch);
    invalid(patch(ProjectPatch::default()).await, "patch")?;
    let unnamed = with(ProjectPatch::default(), |patch| patch.title = Some(" ".into()));
    invalid(patch(unnamed).await, "title")?;
    let mut nowhere = ProjectPatch::default();
    nowhere.base_branch = Some(String::new());
    invalid(patch(nowhere).await, "base_branch")?;
    same(s.store.project(&s.scope, &made.id).await?, changed)
}

pub(super) async fn the_end_of_a_project_is_noted_once(s: Setting) -> Verdict {
    let made = create(&s, "A project").await?;
    let to = |status| {
        let mut patch = ProjectPatch::default();
        patch.status = Some(status);
        s.store.update_project(&s.scope, &made.id, patch)
    };
    same(to(ProjectStatus::Active).await?.completed_at, None)?;
    s.clock.advance(Duration::from_secs(5));
    let end = s.clock.now();
    let completed = to(ProjectStatus::Completed).await?;
    same((completed.status, completed.completed_at), (ProjectStatus::Completed, Some(end)))?;
    s.clock.advance(Duration::from_secs(5));
    same(to(ProjectStatus::Completed).await?.completed_at, Some(end))?;
    let earlier = made.created_at;
    let mut patch = ProjectPatch::default();
    patch.completed_at = Some(earlier);
    same(s.store.update_project(&s.scope, &made.id, patch).await?.completed_at, Some(earlier))?;
    same(s.store.project(&s.scope, &made.id).await?.completed_at, Some(earlier))
}

pub(super) async fn a_project_with_tasks_cannot_be_deleted(s: Setting) -> Verdict {
    let other = Scope::new("other")?;
    let project = create(&s, "A project").await?;
    let task = task_of(&s, &s.scope, &project.id).await?;
    s.project(&other, &project.id).await?;
    task_of(&s, &other, &project.id).await?;
    refused(s.store.delete_project(&s.scope, &project.id).await, ErrorKind::Conflict)?;
    // Finished ones belong to it as well.
    s.finish(&task.id).await?;
    refused(s.store.delete_project(&s.scope, &project.id).await, ErrorKind::Conflict)?;
    same(&s.store.project(&s.scope, &project.id).await?, &project)?;
    s.store.delete_task(&s.scope, &task.id, "ada").await?;
    s.store.delete_project(&s.scope, &project.id).await?;
    refused(s.store.project(&s.scope, &project.id).await, ErrorKind::NotFound)?;
    refused(s.store.delete_project(&s.scope, &project.id).await, ErrorKind::NotFound)?;
    // Its id is free again.
    same(create(&s, "A project").await?.id, project.id)
}

pub(super) async fn a_project_that_is_not_there_is_not_found(s: Setting) -> Verdict {
    let mine = create(&s, "A project").await?;
    let other = Scope::new("other")?;
    let stray = task_of(&s, &other, &mine.id).await.err();
    holds(stray.is_some(), "a task belongs only to a project that there is")?;
    for (scope, id) in [(&s.scope, &ProjectId::new("nowhere")?), (&other, &mine.id)] {
        refused(s.store.project(scope, id).await, ErrorKind::NotFound)?;
        let mut patch = ProjectPatch::default();
        patch.auto_accept = Some(true);
        refused(s.store.update_project(scope, id, patch).await, ErrorKind::NotFound)?;
        refused(s.store.delete_project(scope, id).await, ErrorKind::NotFound)?;
    }
    same(s.store.project(&s.scope, &mine.id).await?, mine)
}

pub(super) async fn a_task_takes_the_branch_of_its_project(s: Setting) -> Verdict {
    let mut asked = new(&s, "A project");
    asked.branch = Some("feature/one".into());
    let project = s.store.create_project(asked).await?;
    same(task_of(&s, &s.scope, &project.id).await?.branch.as_deref(), Some("feature/one"))
}

pub(super) async fn a_task_needs_no_review_where_its_project_needs_none(s: Setting) -> Verdict {
    let plain = create(&s, "Reviewed").await?;
    same(task_of(&s, &s.scope, &plain.id).await?.attributes.auto_accept, false)?;
    let mut asked = new(&s, "Trusted");
    asked.auto_accept = true;
    let project = s.store.create_project(asked).await?;
    same(task_of(&s, &s.scope, &project.id).await?.attributes.auto_accept, true)
}

pub(super) async fn a_draft_is_implemented_when_its_project_is_completed(s: Setting) -> Verdict {
    let project = create(&s, "A project").await?;
    let mut draft = NewDraft::new(s.scope.clone(), "An idea", "ada");
    (draft.status, draft.linked_project) = (DraftStatus::Approved, Some(project.id.clone()));
    let draft = s.store.create_draft(draft).await?;
    let to = |status| {
        let mut patch = ProjectPatch::default();
        patch.status = Some(status);
        s.store.update_project(&s.scope, &project.id, patch)
    };
    to(ProjectStatus::Active).await?;
    same(s.store.draft(&s.scope, draft.id).await?.status, DraftStatus::Approved)?;
    to(ProjectStatus::Completed).await?;
    same(s.store.draft(&s.scope, draft.id).await?.status, DraftStatus::Implemented)
}
