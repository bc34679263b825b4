//! Lists: filters that took any word, limits without a bound, and lists over every scope.

use super::call::List;
use super::request::Incoming;
use super::{Context, Reply, answer, patch};
use crate::server::api::problem::Problem;
use axum::http::StatusCode;
use octopoid_core::model::{AgentName, Place, ProjectId, Queue};
use serde_json::{Map, Value, json};

/// Maximum page size of the routes.
const PAGE: u64 = 500;
/// Default page size.
const DEFAULT: i64 = 50;

impl List {
    /// Returns the name of the answer's array.
    const fn field(self) -> &'static str {
        match self {
            List::Tasks => "tasks",
            List::Thread | List::Messages => "messages",
            List::Actions => "actions",
            List::Flows => "flows",
            List::Projects => "projects",
            List::Drafts => "drafts",
            List::Machines => "orchestrators",
            List::Roles => "roles",
        }
    }

    /// Returns the filters that are compared with the values as they are shown.
    const fn shown_filters(self) -> &'static [&'static str] {
        match self {
            List::Tasks => &["priority", "role", "needs_intervention"],
            List::Projects | List::Drafts => &["status"],
            _ => &[],
        }
    }

    /// Returns whether the list is paged.
    const fn is_paged(self) -> bool {
        !matches!(self, List::Flows | List::Machines | List::Roles)
    }

    /// Returns the field that a list over several scopes is sorted by, and whether in descending order.
    const fn order(self) -> (&'static str, bool) {
        match self {
            List::Machines => ("last_heartbeat", true),
            List::Roles | List::Flows => ("name", false),
            _ => ("created_at", true),
        }
    }
}

/// Requested page, as the answer echoes it.
struct Asked {
    limit: i64,
    offset: i64,
}

impl Context {
    pub(super) async fn list(&self, list: List, mut request: Incoming) -> Result<Reply, Problem> {
        let asked = Asked::of(list, &request)?;
        if list == List::Tasks && !adapt_task_filters(&mut request) {
            return Ok(asked.page(list, Vec::new()));
        }
        let thread = request.query("thread_id").is_some();
        let filters: Vec<(&str, Vec<String>)> = list
            .shown_filters()
            .iter()
            .filter_map(|field| request.query(field).map(|words| (*field, split(words))))
            .filter(|(_, words)| !words.is_empty())
            .collect();
        let everywhere = !self.has_scope(&request);
        let longer = list != List::Tasks && asked.limit > PAGE.cast_signed();
        let messages = matches!(list, List::Thread | List::Messages) && !thread;
        let plain = filters.is_empty() && asked.limit >= 0 && asked.offset >= 0;
        if plain && !everywhere && !longer && !messages {
            let mut reply = self.forward(request).await;
            if let Some(value) = reply.success() {
                answer::shape(value);
            }
            return Ok(reply);
        }
        for (field, _) in &filters {
            request.remove_query(field);
        }
        let mut found = Vec::new();
        if everywhere {
            for scope in self.scopes().await? {
                let mut request = request.clone();
                request.set_query("scope", scope.as_str());
                match self.all(list, request).await? {
                    Ok(things) => found.extend(things),
                    Err(refused) => return Ok(refused),
                }
            }
            sort(list, &mut found);
        } else {
            match self.all(list, request).await? {
                Ok(things) => found = things,
                // A thread is that of its task, whether or not there is one.
                Err(refused) if list == List::Thread && refused.status() == StatusCode::NOT_FOUND => {}
                Err(refused) => return Ok(refused),
            }
        }
        found.iter_mut().filter_map(Value::as_object_mut).for_each(answer::thing);
        found.retain(|thing| {
            filters.iter().all(|(field, words)| {
                let shown = match thing.get(*field) {
                    Some(Value::String(shown)) => shown.clone(),
                    Some(Value::Bool(shown)) => shown.to_string(),
                    _ => return false,
                };
                words.contains(&shown)
            }) && !answer::is_silent(thing, patch::BY_PATCH)
        });
        Ok(asked.page(list, found))
    }

    /// Reads all pages of a list; the inner error is an answer of the routes that refuses it.
    async fn all(&self, list: List, mut request: Incoming) -> Result<Result<Vec<Value>, Reply>, Problem> {
        let mut found = Vec::new();
        loop {
            if list.is_paged() {
                request.set_query("limit", PAGE.to_string());
                request.set_query("offset", found.len().to_string());
            }
            let mut reply = self.forward(request.clone()).await;
            let Some(Value::Object(fields)) = reply.success() else { return Ok(Err(reply)) };
            let Some(Value::Array(things)) = fields.remove(list.field()) else {
                return Err(Problem::internal("a list is missing in its answer"));
            };
            let last = !list.is_paged() || (things.len() as u64) < PAGE;
            found.extend(things);
            if last {
                return Ok(Ok(found));
            }
        }
    }
}

/// Rewrites the filters of tasks for the routes. Returns whether anything can match.
fn adapt_task_filters(request: &mut Incoming) -> bool {
    // Other words asked for nothing.
    if !matches!(request.query("needs_intervention"), Some("true" | "false")) {
        request.remove_query("needs_intervention");
    }
    if request.query("sort") != Some("priority") {
        request.remove_query("sort");
    }
    let names = request.query("queue").map(split).unwrap_or_default();
    let (mut queues, mut states) = (Vec::new(), Vec::new());
    for name in &names {
        match super::place::named(name) {
            Ok(Place::State(state)) => states.push(state.to_string()),
            Ok(Place::Queue(queue)) => queues.push(queue),
            Err(_) => {}
        }
        match name.parse() {
            Ok(Queue::Claimed) => queues.push(Queue::Claimed),
            // They stood there, although they could not be claimed.
            Ok(Queue::Incoming) => queues.push(Queue::Blocked),
            _ => {}
        }
    }
    if !names.is_empty() && queues.is_empty() && states.is_empty() {
        return false;
    }
    request.remove_query("queue");
    if !queues.is_empty() {
        request.set_query("queue", queues.iter().map(|queue| queue.as_str()).collect::<Vec<_>>().join(","));
    }
    if !states.is_empty() {
        request.set_query("state", states.join(","));
    }
    let fits = |field: &str, is: fn(&str) -> bool| request.query(field).is_none_or(is);
    fits("claimed_by", |name| AgentName::new(name).is_ok())
        && fits("project_id", |id| ProjectId::new(id).is_ok())
}

impl Asked {
    fn of(list: List, request: &Incoming) -> Result<Self, Problem> {
        let number = |name: &str| match request.query(name) {
            None | Some("") => Ok(None),
            Some(text) => {
                let wrong = |_| Problem::invalid(name, format!("{name}: is not a number"));
                text.parse::<i64>().map(Some).map_err(wrong)
            }
        };
        let limit = number("limit")?.unwrap_or(DEFAULT);
        let limit = if list == List::Tasks { limit.min(PAGE.cast_signed()) } else { limit };
        Ok(Self { limit, offset: number("offset")?.unwrap_or_default() })
    }

    /// Returns the requested page of a list. A negative limit means no limit, a negative offset the start.
    fn page(&self, list: List, found: Vec<Value>) -> Reply {
        let total = found.len();
        let mut fields = Map::new();
        if !list.is_paged() {
            fields.insert(list.field().to_owned(), Value::Array(found));
            if list == List::Machines {
                fields.insert("total".to_owned(), json!(total));
            }
            return Reply::ok(Value::Object(fields));
        }
        let skip = usize::try_from(self.offset).unwrap_or_default();
        let take = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let shown: Vec<_> = found.into_iter().skip(skip).take(take).collect();
        fields.insert(list.field().to_owned(), Value::Array(shown));
        fields.insert("total".to_owned(), json!(total));
        fields.insert("limit".to_owned(), json!(self.limit));
        fields.insert("offset".to_owned(), json!(self.offset));
        Reply::ok(Value::Object(fields))
    }
}

/// Splits a comma-separated list.
fn split(words: &str) -> Vec<String> {
    words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Sorts the records of several scopes.
fn sort(list: List, things: &mut [Value]) {
    let (field, newest_first) = list.order();
    let key = |thing: &Value| thing.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    things.sort_by(|a, b| if newest_first { key(b).cmp(&key(a)) } else { key(a).cmp(&key(b)) });
}
