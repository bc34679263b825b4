//! The changes of a task, from the repository.

use super::{Page, next, page, task, task_id};
use crate::access::{Submitted, Visit};
use crate::diff::Layout;
use crate::failure::{Answer, Failure};
use crate::pages::changes::{self as view, Changes, Part};
use crate::pages::task::{Tab, TaskView};
use axum::extract::Path;
use octopoid_core::git::{CommitInfo, GitError, Repository};
use octopoid_core::model::{CommitId, Diff, Outcome, State};

pub(super) async fn changes(visit: Visit, Path(id): Path<String>) -> Answer<Page> {
    let (snapshot, view) = task::read(&visit, &id).await?;
    let layout = if visit.fields.text("view") == Some("split") { Layout::Split } else { Layout::Unified };
    let part = Part::of(&visit);
    let rounds = rounds(&view);
    let has_rounds = rounds.len() > 1;
    let (commits, diff) = read(&visit, &view, part.clone(), rounds).await;
    let changes = Changes { part, layout, has_rounds, commits, diff };
    let content = view::changes(&visit, &view, &changes);
    Ok(page(view.page(&visit, &snapshot, Tab::Changes, content)))
}

/// Returns the newest commits of the rounds, the oldest first.
fn rounds(view: &TaskView) -> Vec<CommitId> {
    let submitted =
        view.runs.iter().rev().filter(|run| matches!(run.outcome, Some(Outcome::Submitted { .. })));
    let mut heads: Vec<CommitId> = submitted.filter_map(|run| run.head.clone()).collect();
    heads.dedup();
    heads
}

type Read = (Vec<CommitInfo>, Result<Diff, String>);

async fn read(visit: &Visit, view: &TaskView, part: Part, rounds: Vec<CommitId>) -> Read {
    let Some(repository) = visit.shared.repository.clone() else {
        return (
            Vec::new(),
            Err("The repository is not on this machine, so the changes cannot be shown here.".to_owned()),
        );
    };
    let work = view.task().submission.as_ref().and_then(|work| work.base.clone().zip(work.head.clone()));
    let Some((base, head)) = work else {
        return (Vec::new(), Err("No work has been submitted yet.".to_owned()));
    };
    let landed = match &view.task().state {
        State::Done { landed, .. } => landed.clone(),
        _ => None,
    };
    // Reading objects is work for a thread of its own.
    let reading = tokio::task::spawn_blocking(move || {
        // What has landed may be known by its commit in the base branch alone.
        let head = if repository.has_commit(&head) { head } else { landed.unwrap_or(head) };
        let commits = repository.log(&base, &head).unwrap_or_default();
        let diff = part_of(&repository, &part, &base, &head, &commits, &rounds);
        (commits, diff.map_err(|error| format!("The changes cannot be read: {error}.")))
    });
    reading.await.unwrap_or_else(|error| (Vec::new(), Err(format!("The changes cannot be read: {error}."))))
}

fn part_of(
    repository: &Repository,
    part: &Part,
    base: &CommitId,
    head: &CommitId,
    commits: &[CommitInfo],
    rounds: &[CommitId],
) -> Result<Diff, GitError> {
    match part {
        Part::Whole => repository.diff(base, head),
        Part::SinceReview => {
            let before = rounds.iter().rev().find(|round| *round != head && repository.has_commit(round));
            repository.diff(before.unwrap_or(base), head)
        }
        Part::Commit(id) => match commits.iter().position(|commit| commit.id.as_str() == id) {
            Some(0) => repository.diff(base, &commits[0].id),
            Some(number) => repository.diff(&commits[number - 1].id, &commits[number].id),
            None => repository.diff(base, head),
        },
    }
}

/// Marks a file as viewed, or not.
pub(super) async fn viewed(Path(id): Path<String>, Submitted { visit, form }: Submitted) -> Answer<Failure> {
    let id = task_id(&id)?;
    let file = form.text("file").and_then(|mark| mark.parse().ok());
    let file = file.ok_or_else(|| Failure::not_found("such file"))?;
    visit.shared.marks.set_viewed(&visit.viewer.author(), file, form.text("viewed") == Some("1"));
    Ok(next(&visit.shared, form.get("next"), &format!("/tasks/{id}/changes")))
}
