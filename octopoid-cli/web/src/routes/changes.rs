//! The changes of a task, from the repository.

use super::{Page, next, page, task, task_id};
use crate::access::{Submitted, Visit};
use crate::diff::Layout;
use crate::failure::{Answer, Failure};
use crate::pages::changes::{self as view, Changes, Part};
use crate::pages::task::{Tab, TaskView};
use axum::extract::Path;
use octopoid_core::git::{CommitInfo, GitError, Interdiff, Repository, Version};
use octopoid_core::model::{
    ArtifactKey, ArtifactKind, Diff, PlacedComment, Position, ReviewComment, RunId, State, TaskId,
};
use octopoid_core::ops::diff::parse;
use octopoid_core::ops::review::threads;
use octopoid_core::ops::{Round, last_reviewed, rounds};

/// Largest kept diff that is shown, in bytes.
const LARGEST: usize = 16 << 20;

pub(super) async fn changes(visit: Visit, Path(id): Path<String>) -> Answer<Page> {
    let (snapshot, view) = task::read(&visit, &id).await?;
    let layout = if visit.fields.text("view") == Some("split") { Layout::Split } else { Layout::Unified };
    let part = Part::of(&visit);
    let rounds = rounds(view.task(), &view.runs, &view.thread);
    let read = read(&visit, &view, part.clone(), rounds.clone()).await;
    let Read { commits, diff, note, comments, is_here } = match read.diff {
        Err(_) => handed_in(&visit, &view, read, &rounds).await,
        Ok(_) => read,
    };
    // What was kept is the whole work.
    let part =
        if note.is_some() && is_here && visit.shared.repository.is_none() { Part::Whole } else { part };
    let changes = Changes { part, layout, rounds, commits, diff, is_here, note, comments };
    let content = view::changes(&visit, &view, &changes);
    Ok(page(view.page(&visit, &snapshot, Tab::Changes, content)))
}

/// What was read from the repository.
struct Read {
    commits: Vec<CommitInfo>,
    diff: Result<Diff, String>,
    note: Option<&'static str>,
    comments: Vec<PlacedComment>,
    /// Whether its lines can be commented on.
    is_here: bool,
}

/// Returns the diff that was kept when the work was handed in, where the commits cannot be read here.
async fn handed_in(visit: &Visit, view: &TaskView, read: Read, rounds: &[Round]) -> Read {
    let Some(newest) = rounds.last() else { return read };
    let Some(diff) = kept(visit, &view.task().id, newest.run.clone()).await else { return read };
    let note = Some("The commits are not on this machine: this is the diff as it was handed in.");
    // Comments on this very work stand where they were made; of others that cannot be known here.
    let place = |comment: &ReviewComment| {
        comment.anchor.as_ref().filter(|anchor| anchor.head == newest.head).map(|_| Position::Same)
    };
    let comments = threads(view.comments.clone(), place);
    let is_whole = view
        .task()
        .submission
        .as_ref()
        .is_some_and(|work| work.base.is_some() && work.head.as_ref() == Some(&newest.head));
    Read { diff: Ok(diff), note, comments, is_here: is_whole, ..read }
}

/// Returns the diff that was kept of a run's work.
pub(super) async fn kept(visit: &Visit, task: &TaskId, run: Option<RunId>) -> Option<Diff> {
    let key = ArtifactKey::new(visit.scope().clone(), task.clone(), run?, ArtifactKind::Diff);
    let text = visit.shared.artifacts.whole(&key, LARGEST).await.ok()??;
    Some(parse(&text))
}

impl Read {
    fn nothing(comments: Vec<ReviewComment>, why: impl Into<String>) -> Self {
        let comments = threads(comments, |_| None);
        Self { commits: Vec::new(), diff: Err(why.into()), note: None, comments, is_here: false }
    }
}

async fn read(visit: &Visit, view: &TaskView, part: Part, rounds: Vec<Round>) -> Read {
    let comments = view.comments.clone();
    let Some(repository) = visit.shared.repository.clone() else {
        let why = "The repository is not on this machine, so the changes cannot be shown here.";
        return Read::nothing(comments, why);
    };
    let work = view.task().submission.as_ref().and_then(|work| work.base.clone().zip(work.head.clone()));
    let Some((base, head)) = work else {
        return Read::nothing(comments, "No work has been submitted yet.");
    };
    let landed = match &view.task().state {
        State::Done { landed, .. } => landed.clone(),
        _ => None,
    };
    // Reading objects is work for a thread of its own.
    let reading = tokio::task::spawn_blocking(move || {
        // What has landed may be known by its commit in the base branch alone.
        let head = if repository.has_commit(&head) { head } else { landed.unwrap_or(head) };
        let work = Version::new(&base, &head);
        let commits = repository.log(&base, &head).unwrap_or_default();
        let placed = repository.place_review_comments(comments.clone(), (&base, &head));
        let comments = placed.unwrap_or_else(|_| threads(comments, |_| None));
        let (diff, note) = match part_of(&repository, &part, work, &commits, &rounds) {
            Ok((diff, note)) => (Ok(diff), note),
            Err(error) => (Err(format!("The changes cannot be read: {error}.")), None),
        };
        Read { commits, is_here: diff.is_ok(), diff, note, comments }
    });
    reading
        .await
        .unwrap_or_else(|error| Read::nothing(Vec::new(), format!("The changes cannot be read: {error}.")))
}

/// Returns the diff of a part of the work, and what the reader has to know about it.
fn part_of(
    repository: &Repository,
    part: &Part,
    work: Version<'_>,
    commits: &[CommitInfo],
    rounds: &[Round],
) -> Result<(Diff, Option<&'static str>), GitError> {
    let whole = || repository.diff(work.base, work.head);
    match part {
        Part::Whole => Ok((whole()?, None)),
        Part::SinceReview => {
            let reviewed = last_reviewed(rounds).filter(|round| repository.has_commit(&round.head));
            let Some(reviewed) = reviewed else {
                return Ok((
                    whole()?,
                    Some(
                        "The round that was reviewed last is not in the repository any more: these are all changes.",
                    ),
                ));
            };
            let older = Version::new(reviewed.base.as_ref().unwrap_or(work.base), &reviewed.head);
            match repository.interdiff(older, work)? {
                Interdiff::OfWork(diff) => Ok((diff, None)),
                Interdiff::WithBase(diff) => Ok((
                    diff,
                    Some(
                        "The reviewed round conflicts with the newer base branch, so changes of that branch are shown too.",
                    ),
                )),
            }
        }
        Part::Round(number) => match rounds.iter().find(|round| round.number == *number) {
            Some(round) => {
                let base = round.base.as_ref().unwrap_or(work.base);
                Ok((
                    repository.diff(base, &round.head)?,
                    Some("This is an earlier round; comments are made on the newest."),
                ))
            }
            None => Ok((whole()?, None)),
        },
        Part::Commit(id) => {
            let found = commits.iter().position(|commit| commit.id.as_str() == id);
            let before =
                found.map(|number| number.checked_sub(1).map_or(work.base, |before| &commits[before].id));
            match (found, before) {
                (Some(number), Some(before)) => Ok((repository.diff(before, &commits[number].id)?, None)),
                _ => Ok((whole()?, None)),
            }
        }
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
