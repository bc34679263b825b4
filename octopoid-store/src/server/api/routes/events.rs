//! The durable history, as server-sent events and as pages.

use super::{Answer, checked_option, machine_feed};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Params, ScopeParams, number};
use crate::server::api::problem::Problem;
use crate::server::api::ring::{Frame, Interest, Place};
use crate::wire::{Events, Flag, Names, ProblemBody};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use octopoid_core::model::TaskId;
use octopoid_core::store::{EventQuery, StoreError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The time after which a silent feed says that it is alive.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);

/// Parameters of the feed.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedParams {
    /// Only events after this number; the header `Last-Event-ID` says the same.
    #[serde(deserialize_with = "number")]
    after: Option<u64>,
    /// Only those of this task.
    task_id: Option<String>,
    /// For a page: at most so many, from 1 to 10 000.
    #[serde(deserialize_with = "number")]
    limit: Option<u32>,
    /// The tenant; `*` for all of them, without a key.
    scope: Option<String>,
    /// For server-sent events: only what concerns this machine, from now on. That is events of tasks that it holds or has
    /// held, and `offer` and `withdrawn` for tasks that it can claim.
    orchestrator_id: Option<String>,
    /// The roles of its agents that work on tasks in `incoming`.
    #[param(value_type = Option<String>)]
    work: Option<Names>,
    /// The roles of its agents that review submitted work.
    #[param(value_type = Option<String>)]
    review: Option<Names>,
    /// Whether it lands approved work.
    #[param(value_type = Option<bool>)]
    land: Option<Flag>,
}

/// The durable history from a number on: as server-sent events where the client asks for `text/event-stream`, otherwise
/// as a page of JSON.
///
/// A machine that names itself with `orchestrator_id` gets what concerns it and nothing else: events of tasks that it holds
/// or has held, as everybody gets them; `offer` with `{"task", "purpose", "role", "provisional"}` where it may claim a task,
/// each to one machine first and to others only if it is not claimed; and `withdrawn` with `{"task"}` where another has
/// claimed it. It begins with the number in `ready`; what was before that is read as a page. The `id` grows also over events
/// that do not concern the machine.
#[utoipa::path(get, path = "/events", tag = "events", params(FeedParams),
    responses((status = 200, content((Events = "application/json"), (String = "text/event-stream"))),
              (status = 400, body = ProblemBody)))]
pub(crate) async fn feed(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Params(params): Params<FeedParams>,
) -> Result<Response, Problem> {
    let scope = caller.feed_scope(params.scope.as_deref())?;
    let task = checked_option::<TaskId>(params.task_id, "task_id")?;
    let after = match headers.get("last-event-id") {
        None => params.after,
        Some(id) => {
            let number = id.to_str().ok().and_then(|id| id.parse().ok());
            Some(number.ok_or_else(|| Problem::invalid("Last-Event-ID", "Last-Event-ID: must be a number"))?)
        }
    };
    let accepts = headers.get(header::ACCEPT).and_then(|accepts| accepts.to_str().ok()).unwrap_or_default();
    if !accepts.contains("text/event-stream") {
        return page(&app, EventPage { scope, task, after: after.unwrap_or_default(), limit: params.limit })
            .await;
    }
    if let Some(machine) = params.orchestrator_id {
        let interest = machine_feed::interest(scope, machine, params.work, params.review, params.land)?;
        return machine_feed::feed(app, caller, interest).await;
    }
    let news = app.hub.subscribe().await?;
    let after = match after {
        Some(after) => after,
        None => app.store.last_event().await?,
    };
    let interest = Interest { scope, task };
    let listener = Listener { app, caller, interest, place: Place::new(after), news, begun: false };
    let events = stream::unfold(listener, |mut listener| async move {
        let chunk = listener.next().await?;
        Some((Ok::<_, StoreError>(chunk), listener))
    });
    Ok(event_stream(Body::from_stream(events)))
}

/// An answer that is a stream of events.
pub(super) fn event_stream(body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Proxies that gather answers would hold the events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

struct EventPage {
    scope: Option<octopoid_core::model::Scope>,
    task: Option<TaskId>,
    after: u64,
    limit: Option<u32>,
}

async fn page(app: &App, asked: EventPage) -> Result<Response, Problem> {
    let mut query = EventQuery::of_all_scopes(asked.after);
    query.scope = asked.scope;
    query.task = asked.task;
    query.limit = asked.limit.unwrap_or(query.limit);
    let last = app.store.last_event().await?;
    let events = app.store.events(&query).await?;
    Ok(Json(Events { events, last }).into_response())
}

/// Listener of the feed.
struct Listener {
    app: App,
    caller: Caller,
    interest: Interest,
    place: Place,
    news: watch::Receiver<u64>,
    begun: bool,
}

impl Listener {
    /// Returns what to send next; `None` ends the feed. It does not outlive the key that opened it: before anything is sent, the
    /// key is checked again.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            // At once, so that the client knows that it is heard, and from where on.
            return Some(Bytes::from(format!(
                "retry: 1000\nevent: ready\ndata: {{\"after\":{}}}\n\n",
                self.place.after
            )));
        }
        loop {
            if !self.app.keyring.still_opens(&self.caller).await {
                return None;
            }
            // Marked as seen before looking, so that what comes meanwhile wakes again.
            self.news.borrow_and_update();
            let frames = match self.app.hub.next(&mut self.place, &self.interest).await {
                Ok(frames) => frames,
                Err(error) => {
                    tracing::warn!(error = %error, "a feed ends because the history cannot be read");
                    return None;
                }
            };
            if !frames.is_empty() {
                return Some(joined(&frames));
            }
            tokio::select! {
                () = self.app.shutdown.wait() => return None,
                woken = self.news.changed() => woken.ok()?,
                () = self.app.clock.sleep(HEARTBEAT) => return Some(Bytes::from_static(b":\n\n")),
            }
        }
    }
}

fn joined(frames: &[Arc<Frame>]) -> Bytes {
    if let [frame] = frames {
        return frame.text.clone();
    }
    let mut text = Vec::with_capacity(frames.iter().map(|frame| frame.text.len()).sum());
    for frame in frames {
        text.extend_from_slice(&frame.text);
    }
    Bytes::from(text)
}

/// The newest event's number.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Last {
    /// Over all scopes; 0 when there is none.
    last: u64,
}

/// Returns the number of the newest event.
#[utoipa::path(get, path = "/events/last", tag = "events", params(ScopeParams), responses((status = 200, body = Last)))]
pub(crate) async fn last_event(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ScopeParams>,
) -> Answer<Last> {
    caller.feed_scope(params.scope.as_deref())?;
    Ok(Json(Last { last: app.store.last_event().await? }))
}
