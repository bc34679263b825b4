//! Logs of runs, and the feed that follows one.

use super::feed::{event_stream, sse};
use super::{Page, page, task, task_id};
use crate::access::Visit;
use crate::dashboard::Shared;
use crate::failure::{Answer, Failure};
use crate::pages::log::{self as view, LogView};
use crate::pages::task::Tab;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use octopoid_core::model::TaskId;
use std::sync::Arc;

pub(super) async fn log(visit: Visit, Path(id): Path<String>) -> Answer<Page> {
    let (snapshot, view) = task::read(&visit, &id).await?;
    let named = visit.fields.text("run").and_then(|run| run.parse().ok());
    let newest = view.runs.iter().find(|run| run.role.is_some()).or(view.runs.first()).map(|run| run.number);
    let run = named.or(newest).unwrap_or(1);
    let part = read(&visit.shared, &view.task().id, run, 0).await?;
    let found = part.is_some();
    let (text, next) = part.unwrap_or_default();
    let log = LogView { run, text, next, found };
    let content = view::log(&visit, &view, &log);
    Ok(page(view.page(&visit, &snapshot, Tab::Log, content)))
}

/// Reads a log from an offset on; `None` if it is not on this machine.
async fn read(shared: &Shared, task: &TaskId, run: u32, from: u64) -> Answer<Option<(String, u64)>> {
    let Some(installation) = &shared.installation else { return Ok(None) };
    let part = installation.log(task, run, from).await;
    let part = part.map_err(|error| {
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, format!("the log cannot be read: {error}"))
    })?;
    Ok(part.map(|part| (part.text, part.next)))
}

/// Sends what is added to a log, as HTML. The id of each event is the offset at which the next begins.
pub(super) async fn feed(visit: Visit, Path(id): Path<String>, headers: HeaderMap) -> Answer<Response> {
    let task = task_id(&id)?;
    let run: u32 = visit
        .fields
        .text("run")
        .and_then(|run| run.parse().ok())
        .ok_or_else(|| Failure::not_found("such run"))?;
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let from = seen.or_else(|| visit.fields.text("from").and_then(|from| from.parse().ok())).unwrap_or(0);
    let shared = Arc::clone(&visit.shared);
    let Some(installation) = &shared.installation else {
        return Err(Failure::not_found("log on this machine"));
    };
    let changes = installation.changes();
    let stream = futures_util::stream::unfold((from, shared), move |(from, shared)| {
        let (task, mut changes) = (task.clone(), changes.clone());
        async move {
            loop {
                changes.borrow_and_update();
                match read(&shared, &task, run, from).await {
                    Ok(Some((text, next))) if next > from => {
                        let html = view::lines(&text).into_string();
                        return Some((sse("log", &next.to_string(), &html), (next, shared)));
                    }
                    Ok(_) => {}
                    Err(_) => return None,
                }
                if changes.changed().await.is_err() {
                    return None;
                }
            }
        }
    });
    Ok(event_stream(stream))
}
