//! The feed of what changes, as server-sent events.
//!
//! Each event's id is a revision of the board, which a browser gives back as `Last-Event-ID`: it then gets each card that
//! has changed since, once, as it is now. A board of another process, or one that has forgotten, sends everything.

use crate::access::Visit;
use crate::failure::Answer;
use crate::hub::{Filter, Hub, Revision, Snapshot};
use crate::pages;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt as _, stream};
use octopoid_core::clock::Clock;
use octopoid_core::model::TaskId;
use octopoid_core::ops::Attention;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often something is sent where nothing happens, so that a broken connection is noticed.
const ALIVE: Duration = Duration::from_secs(15);

/// Returns one event as it is sent.
pub(super) fn sse(name: &str, id: &str, data: &str) -> Bytes {
    let mut event = format!("event: {name}\nid: {id}\n");
    // A line break, of whatever kind, would end the field.
    for line in data.split(['\n', '\r']) {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    event.into()
}

/// Returns events as an answer that goes on.
pub(super) fn event_stream(events: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let events = Box::pin(events);
    let kept_alive =
        stream::unfold(events, async |mut events| match tokio::time::timeout(ALIVE, events.next()).await {
            Ok(event) => Some((event?, events)),
            Err(_) => Some((Bytes::from_static(b":\n\n"), events)),
        });
    let begun = stream::once(async { Bytes::from_static(b"retry: 1000\n\n") });
    let body = Body::from_stream(begun.chain(kept_alive).map(Ok::<_, Infallible>));
    let no_buffer = HeaderName::from_static("x-accel-buffering");
    ([(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (no_buffer, "no")], body)
        .into_response()
}

/// What a page wants to hear of.
#[derive(Debug, Clone)]
enum Wanted {
    /// The cards of a board.
    Cards(Filter),
    /// Whether something has changed about a task.
    Task(TaskId),
}

/// Listener to a board.
struct Listener {
    changes: watch::Receiver<Option<Arc<Snapshot>>>,
    hub: Arc<Hub>,
    seen: Option<Revision>,
    wanted: Wanted,
    base: String,
    clock: Arc<dyn Clock>,
}

/// Sends what changes on a page.
pub(super) async fn feed(visit: Visit, headers: HeaderMap) -> Answer<Response> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = last.or_else(|| visit.fields.text("since")).and_then(|id| id.parse().ok());
    let wanted = match visit.fields.text("task") {
        Some(id) => Wanted::Task(super::task_id(id)?),
        None => Wanted::Cards(Filter::of(&visit.fields)),
    };
    let hub = visit.hub();
    // What has happened before the feed was opened is in its first event.
    hub.now().await?;
    let listener = Listener {
        changes: hub.listen(),
        hub,
        seen,
        wanted,
        base: visit.shared.base.clone(),
        clock: Arc::clone(&visit.shared.clock),
    };
    Ok(event_stream(stream::unfold(listener, Listener::next)))
}

impl Listener {
    /// Waits for the next change that the page wants to hear of.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let snapshot = self.changes.borrow_and_update().clone();
            let snapshot = match snapshot {
                Some(snapshot) => snapshot,
                None => self.hub.now().await.ok()?,
            };
            let before = self.seen.replace(snapshot.revision);
            if before != Some(snapshot.revision) {
                let data = self.news(&snapshot, before);
                let event = sse("news", &snapshot.revision.to_string(), &data.to_string());
                return Some((event, self));
            }
            self.changes.changed().await.ok()?;
        }
    }

    fn news(&self, snapshot: &Snapshot, before: Option<Revision>) -> Value {
        let changed = before.and_then(|before| snapshot.changed_since(before));
        match &self.wanted {
            Wanted::Task(task) => {
                let about = changed.is_none_or(|changed| changed.contains(task));
                json!({ "needed": snapshot.needs_you(), "page": about })
            }
            Wanted::Cards(filter) => {
                let all = changed.is_none();
                let ids: Vec<&TaskId> =
                    changed.map_or_else(|| snapshot.cards.keys().collect(), |ids| ids.into_iter().collect());
                let (mut cards, mut gone) = (Vec::new(), Vec::new());
                let mut done = 0;
                for id in ids {
                    match snapshot.cards.get(id).filter(|card| filter.matches(card)) {
                        // Of finished tasks the board shows the newest; all of them together are a list of its own.
                        Some(card) if all && card.column() == Attention::Done && done >= 30 => {}
                        Some(card) => {
                            done += usize::from(card.column() == Attention::Done);
                            let html = pages::card::card(&self.base, card, self.clock.now()).into_string();
                            cards.push(json!({ "id": id, "column": card.column(), "order": card.order(), "html": html }));
                        }
                        None => gone.push(id),
                    }
                }
                let counts: serde_json::Map<_, _> = snapshot
                    .counts(filter)
                    .into_iter()
                    .map(|(column, count)| (column.as_str().to_owned(), count.into()))
                    .collect();
                json!({ "needed": snapshot.needs_you(), "page": true, "all": all, "cards": cards, "gone": gone, "counts": counts })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_begin_an_event_of_its_own() {
        let sent = sse("news", "1", "a\nevent: x\r\n\ndata: y");
        assert_eq!(sent, "event: news\nid: 1\ndata: a\ndata: event: x\ndata: \ndata: \ndata: data: y\n\n");
    }
}
