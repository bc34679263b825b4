//! Drafts.

use super::{Page, next, page};
use crate::access::{Submitted, Visit};
use crate::failure::{Answer, Failure};
use crate::pages;
use axum::extract::Path;
use axum::http::StatusCode;
use octopoid_core::model::{Draft, DraftPatch, DraftStatus, NewDraft, NewTask};
use octopoid_core::ops::draft;
use octopoid_core::store::DraftQuery;

pub(super) async fn drafts(visit: Visit) -> Answer<Page> {
    let snapshot = visit.hub().now().await?;
    let mut drafts = visit.shared.store.list_drafts(&DraftQuery::new(visit.scope().clone())).await?.items;
    let all = visit.fields.get("all").is_some();
    if !all {
        drafts.retain(|draft| {
            matches!(draft.status, DraftStatus::Idea | DraftStatus::Draft | DraftStatus::Review)
        });
    }
    Ok(page(pages::drafts::drafts(&visit, &snapshot, &drafts, all)))
}

async fn read(visit: &Visit, id: &str) -> Answer<Draft> {
    let number = id.parse().map_err(|_| Failure::not_found(format_args!("draft {id:?}")))?;
    Ok(visit.shared.store.draft(visit.scope(), number).await?)
}

pub(super) async fn draft(visit: Visit, Path(id): Path<String>) -> Answer<Page> {
    let draft = read(&visit, &id).await?;
    let snapshot = visit.hub().now().await?;
    Ok(page(pages::drafts::draft(&visit, &snapshot, &draft)))
}

pub(super) async fn create(submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let title = form.text("title").unwrap_or_default();
    let mut new = NewDraft::new(visit.scope().clone(), title, visit.viewer.author());
    let body = form.lines("body");
    new.body = Some(body.clone()).filter(|body| !body.is_empty());
    let draft =
        visit.shared.store.create_draft(new).await.map_err(|error| Failure::from(error).keeping(&body))?;
    Ok(next(&visit.shared, None, &format!("/drafts/{}", draft.id)))
}

pub(super) async fn save(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let draft = read(&visit, &id).await?;
    let body = form.lines("body");
    let named = form.text("status");
    let mut patch = DraftPatch::default();
    patch.title = form.text("title").map(str::to_owned);
    patch.body = Some(body.clone());
    patch.status = DraftStatus::ALL.into_iter().find(|status| Some(status.as_str()) == named);
    let saved = visit.shared.store.update_draft(visit.scope(), draft.id, patch).await;
    saved.map_err(|error| Failure::from(error).keeping(&body))?;
    visit.say("Saved.".to_owned());
    Ok(next(&visit.shared, None, &format!("/drafts/{}", draft.id)))
}

/// Makes a task or a project of a draft.
pub(super) async fn approve(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let draft = read(&visit, &id).await?;
    let store = &*visit.shared.store;
    let wrong = |words: String| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, words);
    let place = if form.text("as") == Some("project") {
        let base = form
            .text("base_branch")
            .ok_or_else(|| wrong("the branch that it lands on is missing".to_owned()))?;
        let branch = form.text("branch").map(str::to_owned);
        let (_, project) =
            draft::approve_as_project(store, &draft, branch, base.to_owned(), visit.viewer.author()).await?;
        format!("/projects/{}", project.id)
    } else {
        let mut new = NewTask::new("", "").with_author(visit.viewer.author());
        new.role = form
            .text("role")
            .unwrap_or("implement")
            .parse()
            .map_err(|error| wrong(format!("role: {error}")))?;
        new.priority = form.text("priority").and_then(|word| word.parse().ok()).unwrap_or_default();
        let (_, task) = draft::approve_as_task(store, &draft, new).await?;
        format!("/tasks/{}", task.id)
    };
    Ok(next(&visit.shared, None, &place))
}

pub(super) async fn delete(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, .. } = submitted.decider()?;
    let draft = read(&visit, &id).await?;
    visit.shared.store.delete_draft(visit.scope(), draft.id).await?;
    visit.say(format!("The draft {} is deleted.", draft.id));
    Ok(next(&visit.shared, None, "/drafts"))
}
