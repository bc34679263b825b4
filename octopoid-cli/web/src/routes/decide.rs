//! Decisions and words of people.

use super::{next, task_id};
use crate::access::{Submitted, Visit};
use crate::failure::{Answer, Failure};
use crate::pages::review::commit;
use axum::extract::Path;
use axum::http::StatusCode;
use octopoid_core::model::{CommitId, Priority, TaskId, TaskPatch};
use octopoid_core::ops::{self, Decision, Edit, Enqueued, OpError, RevertRequest};
use octopoid_core::store::Store;

/// Longest list of tasks that is changed at once.
const MOST: usize = 500;

/// Carries out a decision on one task.
pub(super) async fn decide_one(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let id = task_id(&id)?;
    let words = form.lines("words");
    let wrong = |field: &str| {
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{field} is missing or wrong")).keeping(&words)
    };
    let (decision, done) = match form.text("do").unwrap_or_default() {
        "approve" => (Decision::Approve { comments: words.clone() }, "approved"),
        "reject" if words.trim().is_empty() => {
            return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "say what has to change"));
        }
        "reject" => (Decision::Reject { reason: words.clone() }, "sent back"),
        "retry" => (Decision::Retry { note: words.clone() }, "goes on"),
        "requeue" => {
            (Decision::Requeue { reason: Some(words.clone()).filter(|words| !words.is_empty()) }, "requeued")
        }
        "cancel" => (Decision::Cancel { reason: words.clone() }, "cancelled"),
        "unblock" => {
            let blocker = form
                .text("blocker")
                .and_then(|id| TaskId::new(id).ok())
                .ok_or_else(|| wrong("the other task"))?;
            (Decision::Unblock { blocker }, "no longer waits for it")
        }
        "force" => {
            let to =
                form.text("to").and_then(|place| place.parse().ok()).ok_or_else(|| wrong("the queue"))?;
            (Decision::Force { to, reason: words.clone() }, "moved")
        }
        _ => return Err(wrong("the decision")),
    };
    let (store, actor, head) = (&*visit.shared.store, visit.viewer.actor(), commit(&form, "head"));
    let decided = ops::decide_on_read(store, visit.scope(), &id, decision, actor, head).await;
    decided.map_err(|error| Failure::from(error).keeping(&words))?;
    visit.say(format!("{id}: {done}."));
    Ok(next(&visit.shared, form.get("next"), &format!("/tasks/{id}")))
}

/// Carries out one change on several tasks.
pub(super) async fn bulk(submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let mut done = 0_usize;
    let mut refused = Vec::new();
    let action = form.text("do").unwrap_or_default().to_owned();
    let ids: Vec<_> = form.all("task").take(MOST).filter_map(selected).collect();
    if ids.is_empty() {
        visit.say("No task was selected.".to_owned());
    }
    let store = &*visit.shared.store;
    for (id, head) in &ids {
        let actor = visit.viewer.actor();
        let decision = match action.as_str() {
            "approve" => Some(Decision::Approve { comments: String::new() }),
            "retry" => Some(Decision::Retry { note: String::new() }),
            "cancel" => Some(Decision::Cancel { reason: String::new() }),
            _ => None,
        };
        let result = match (decision, action.parse::<Priority>()) {
            (Some(decision), _) => {
                let head = head.clone();
                ops::decide_on_read(store, visit.scope(), id, decision, actor, head).await.map(drop)
            }
            (None, Ok(priority)) => {
                let mut patch = TaskPatch::default();
                patch.priority = Some(priority);
                prioritise(store, &visit, id, patch).await
            }
            (None, Err(_)) => {
                return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "there is no such action"));
            }
        };
        match result {
            Ok(()) => done += 1,
            Err(error) => refused.push(format!("{id}: {error}")),
        }
    }
    if !ids.is_empty() {
        let what = match action.as_str() {
            "approve" => "approved",
            "retry" => "going on",
            "cancel" => "cancelled",
            priority => priority,
        };
        let mut words = format!("{} {what}.", crate::text::count(done as u64, "task"));
        if !refused.is_empty() {
            words.push_str(&format!(" Refused: {}.", refused.join("; ")));
        }
        visit.say(words);
    }
    Ok(next(&visit.shared, form.get("next"), "/"))
}

/// Reads a task that was selected, with the newest commit of its work as it was shown.
fn selected(value: &str) -> Option<(TaskId, Option<CommitId>)> {
    let (id, head) = value.split_once(':').unwrap_or((value, ""));
    Some((TaskId::new(id).ok()?, head.parse().ok()))
}

async fn prioritise(store: &dyn Store, visit: &Visit, id: &TaskId, patch: TaskPatch) -> Result<(), OpError> {
    let task = store.task(visit.scope(), id).await?;
    ops::edit(store, &task, &Edit::new(patch), &visit.viewer.actor()).await?;
    Ok(())
}

/// Adds the task that takes back what another one has landed.
pub(super) async fn revert(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let id = task_id(&id)?;
    let reason = form.lines("words");
    let request = RevertRequest::new(visit.viewer.author()).with_reason(reason.clone());
    let reverted = ops::revert(&*visit.shared.store, visit.scope(), &id, request).await;
    let (Enqueued::Created(task) | Enqueued::Duplicate(task)) =
        reverted.map_err(|error| Failure::from(error).keeping(&reason))?;
    visit.say(format!("{} takes {id} back.", task.id));
    Ok(next(&visit.shared, None, &format!("/tasks/{}", task.id)))
}

/// Adds a message to the thread of a task; an answer may let it go on at once.
pub(super) async fn comment(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let id = task_id(&id)?;
    let text = form.lines("text");
    if text.trim().is_empty() {
        return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "write something first"));
    }
    let store = &*visit.shared.store;
    let reply_to = form.text("reply_to").and_then(|number| number.parse().ok());
    if let Some(number) = reply_to {
        ops::find_message(store, visit.scope(), &id, number)
            .await
            .map_err(|error| Failure::from(error).keeping(&text))?;
    }
    let posted = ops::comment(store, visit.scope(), &id, visit.viewer.author(), text.clone(), reply_to).await;
    let message = posted.map_err(|error| Failure::from(error).keeping(&text))?;
    if form.text("then") == Some("retry") {
        let go_on = Decision::Retry { note: String::new() };
        ops::decide(store, visit.scope(), &id, go_on, visit.viewer.actor()).await?;
        visit.say(format!("{id}: answered, and goes on."));
    }
    Ok(next(&visit.shared, form.get("next"), &format!("/tasks/{id}#message-{}", message.id)))
}
