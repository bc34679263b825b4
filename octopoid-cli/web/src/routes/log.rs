//! Logs and other artifacts of runs, and the feed that follows one.

use super::feed::{event_stream, sse};
use super::{Page, page, task, task_id};
use crate::access::Visit;
use crate::failure::{Answer, Failure};
use crate::pages::log::{self as view, LogView};
use crate::pages::task::Tab;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use octopoid_core::model::{ArtifactKey, ArtifactKind, RunId, TaskId};
use std::sync::Arc;
use std::time::Duration;

/// How long a log may have grown before it is looked at, where nothing says so.
const LOOK: Duration = Duration::from_secs(1);
/// Longest wait for more of a log that grows elsewhere.
const WAIT: Duration = Duration::from_secs(20);

fn key(visit: &Visit, task: &TaskId, run: u32, kind: ArtifactKind) -> ArtifactKey {
    ArtifactKey::new(visit.scope().clone(), task.clone(), RunId::of(task, run), kind)
}

fn kind(visit: &Visit) -> ArtifactKind {
    visit.fields.text("kind").and_then(|kind| kind.parse().ok()).unwrap_or(ArtifactKind::Log)
}

fn unreadable(error: octopoid_core::store::StoreError) -> Failure {
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, format!("the log cannot be read: {error}"))
}

pub(super) async fn log(visit: Visit, Path(id): Path<String>) -> Answer<Page> {
    let (snapshot, view) = task::read(&visit, &id).await?;
    let named = visit.fields.text("run").and_then(|run| run.parse().ok());
    let newest = view.runs.iter().find(|run| run.role.is_some()).or(view.runs.first()).map(|run| run.number);
    let (run, kind) = (named.or(newest).unwrap_or(1), kind(&visit));
    let task = &view.task().id;
    let lines = visit.shared.artifacts.lines(&key(&visit, task, run, kind), 0).await.map_err(unreadable)?;
    let all = visit.shared.artifacts.list(visit.scope(), task).await;
    let kinds = all.into_iter().filter(|one| one.run == RunId::of(task, run)).map(|one| one.kind).collect();
    let content = view::log(&visit, &view, &LogView { run, kind, kinds, lines });
    Ok(page(view.page(&visit, &snapshot, Tab::Log, content)))
}

/// Sends what is added to a log, as HTML. The id of each event is the position at which the next begins.
pub(super) async fn feed(visit: Visit, Path(id): Path<String>, headers: HeaderMap) -> Answer<Response> {
    let task = task_id(&id)?;
    let run: u32 = visit
        .fields
        .text("run")
        .and_then(|run| run.parse().ok())
        .ok_or_else(|| Failure::not_found("such run"))?;
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let from = seen.or_else(|| visit.fields.text("from").and_then(|from| from.parse().ok())).unwrap_or(0);
    let kind = kind(&visit);
    let (shared, key) = (Arc::clone(&visit.shared), key(&visit, &task, run, kind));
    let changes = shared.installation.as_ref().map(|installation| installation.changes());
    let begin = (from, shared, changes);
    let stream = futures_util::stream::unfold(begin, move |(from, shared, mut changes)| {
        let key = key.clone();
        async move {
            loop {
                match shared.artifacts.lines(&key, from).await {
                    Ok(Some(lines)) if lines.next > from => {
                        let html = view::lines(&lines.text, kind).into_string();
                        return Some((
                            sse("log", &lines.next.to_string(), &html),
                            (lines.next, shared, changes),
                        ));
                    }
                    Ok(_) => {}
                    Err(_) => return None,
                }
                let told = async {
                    if let Some(changes) = &mut changes
                        && changes.changed().await.is_ok()
                    {
                        return;
                    }
                    std::future::pending().await
                };
                let grown = async {
                    if !shared.artifacts.wait(&key, from, WAIT).await {
                        tokio::time::sleep(LOOK).await;
                    }
                };
                tokio::select! {
                    () = told => {}
                    () = grown => {}
                }
            }
        }
    });
    Ok(event_stream(stream))
}
