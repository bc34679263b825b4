//! States that flows add, the places of new tasks, and the flag that asks for a person.

use super::setting::{LEASE, Setting, person};
use super::verdict::{Verdict, holds, invalid, same};
use octopoid_core::model::{
    ClaimToken, NewTask, Place, Priority, Queue, RoleName, State, StateName, Submission, Task, TaskPatch,
};
use octopoid_core::store::{ClaimRequest, StoreExt, TaskQuery};
use octopoid_core::transition::{Actor, Command, Purpose};
use serde_json::{Value, json};

fn testing() -> Verdict<StateName> {
    Ok(StateName::new("testing")?)
}

/// A new task in the state.
async fn task_in_state(s: &Setting, title: &str) -> Verdict<Task> {
    let mut new = NewTask::new(title, "Do it.");
    new.place = Some(Place::State(testing()?));
    Ok(s.store.create_task(new).await?)
}

fn claim_from_state(s: &Setting, token: &str) -> Verdict<ClaimRequest> {
    let mut request = s.request(Purpose::Work, token)?;
    request.state = Some(testing()?);
    Ok(request)
}

async fn force(s: &Setting, task: &Task, to: impl Into<Place>) -> Verdict<Task> {
    let command = Command::Force { actor: person(), to: to.into(), reason: "because".into() };
    Ok(s.apply(&task.id, command).await?)
}

async fn in_state(s: &Setting) -> Verdict<Vec<Task>> {
    let mut query = TaskQuery::new(s.scope.clone());
    query.states = vec![testing()?];
    Ok(s.store.list_tasks(&query).await?.items)
}

pub(super) async fn a_state_that_a_flow_adds_is_a_place_like_a_queue(s: Setting) -> Verdict {
    let new = task_in_state(&s, "New").await?;
    same(new.queue(), Queue::Custom)?;
    same(new.place(), Place::State(testing()?))?;
    same(&s.read(&new.id).await?, &new)?;
    let moved = s.create("Moved").await?;
    let moved = force(&s, &moved, Place::State(testing()?)).await?;
    same(&s.read(&moved.id).await?, &moved)?;
    same(in_state(&s).await?, vec![new.clone(), moved.clone()])?;
    let aside = s.store.create_task(NewTask::new("Aside", "Do it.").in_backlog()).await?;
    let by_queue = |queue| TaskQuery::new(s.scope.clone()).in_queue(queue);
    same(s.store.list_tasks(&by_queue(Queue::Custom)).await?.items, vec![new.clone(), moved])?;
    same(s.store.list_tasks(&by_queue(Queue::Backlog)).await?.items, vec![aside])?;
    let mut both = by_queue(Queue::Backlog);
    both.states = vec![testing()?];
    same(s.store.list_tasks(&both).await?.total, 3)?;
    let counts = s.store.queue_counts(&s.scope).await?;
    same((counts.in_queue(Queue::Custom), counts.in_queue(Queue::Backlog)), (2, 1))?;
    let on = s.apply(&new.id, Command::Continue { actor: person(), note: String::new() }).await?;
    same(on.queue(), Queue::Incoming)
}

pub(super) async fn a_claim_from_a_state_names_it_and_goes_back_to_it(s: Setting) -> Verdict {
    let task = task_in_state(&s, "A task").await?;
    same(s.store.claim(&s.request(Purpose::Work, "none")?).await?, None)?;
    let named = s.request(Purpose::Work, "named")?.with_task(task.id.clone());
    holds(
        s.store.claim(&named).await.is_err(),
        "a claim of the task that does not name the state is refused",
    )?;
    let claimed = s.store.claim(&claim_from_state(&s, "a")?).await?;
    let Some(claimed) = claimed else { return holds(false, "the task is claimed from its state") };
    same((claimed.id.clone(), claimed.queue()), (task.id.clone(), Queue::Claimed))?;
    same(&s.read(&task.id).await?, &claimed)?;
    same(s.store.claim(&claim_from_state(&s, "b")?).await?, None)?;
    let token = ClaimToken::new("a")?;
    let back = s.apply(&task.id, Command::Release { token, reason: String::new() }).await?;
    same(&back.state, &State::Custom { state: testing()? })?;
    let again = s.store.claim(&claim_from_state(&s, "c")?).await?;
    holds(again.is_some(), "it can be claimed again")?;
    s.clock.advance(LEASE);
    s.store.expire_leases(&s.scope, None).await?;
    same(s.read(&task.id).await?.state, State::Custom { state: testing()? })?;
    s.store.claim(&claim_from_state(&s, "d")?).await?;
    let work = Submission::new(1, 1);
    let submitted = s.store.submit(&s.scope, &task.id, &ClaimToken::new("d")?, work).await?;
    same(submitted.queue(), Queue::Provisional)
}

pub(super) async fn claims_from_a_state_take_the_most_urgent_that_fits(s: Setting) -> Verdict {
    let blocker = s.create("First").await?;
    let new = |title: &str| -> Verdict<NewTask> {
        let mut new = NewTask::new(title, "Do it.");
        new.place = Some(Place::State(testing()?));
        Ok(new)
    };
    let blocked = new("Blocked")?.with_priority(Priority::P0).with_blocked_by([blocker.id.clone()]);
    s.store.create_task(blocked).await?;
    let later = s.store.create_task(new("Later")?).await?;
    let mut urgent = new("Urgent")?.with_priority(Priority::P1).with_role(RoleName::review());
    urgent.attributes.kind = Some("bug".to_owned());
    let urgent = s.store.create_task(urgent).await?;
    let mut other = claim_from_state(&s, "other")?;
    other.types = vec!["feature".to_owned()];
    same(s.store.claim(&other).await?, None)?;
    let implement = claim_from_state(&s, "a")?.with_role(RoleName::implement());
    same(s.store.claim(&implement).await?.map(|task| task.id), Some(later.id))?;
    let mut bug = claim_from_state(&s, "b")?;
    bug.types = vec!["bug".to_owned()];
    same(s.store.claim(&bug).await?.map(|task| task.id), Some(urgent.id))?;
    same(s.store.claim(&claim_from_state(&s, "c")?).await?, None)?;
    // What it waits for is done: it can be claimed at once (I05).
    s.finish(&blocker.id).await?;
    let freed = s.store.claim(&claim_from_state(&s, "d")?).await?;
    holds(freed.is_some_and(|task| task.title == "Blocked"), "the last blocker's end frees it")
}

pub(super) async fn a_new_task_stands_where_it_is_put(s: Setting) -> Verdict {
    for queue in [
        Queue::Incoming,
        Queue::Backlog,
        Queue::Provisional,
        Queue::NeedsContinuation,
        Queue::Done,
        Queue::Failed,
    ] {
        let mut new = NewTask::new("A task", "Do it.");
        new.place = Some(queue.into());
        let task = s.store.create_task(new).await?;
        same(task.queue(), queue)?;
        same(&s.read(&task.id).await?, &task)?;
    }
    let mut new = NewTask::new("A task", "Do it.");
    new.place = Some(Queue::Claimed.into());
    invalid(s.store.create_task(new).await, "queue").map(drop)
}

pub(super) async fn a_flag_asks_for_a_person_until_the_task_moves(s: Setting) -> Verdict {
    let task = s.claimed("a").await?;
    let mut patch = TaskPatch::default();
    patch.attributes.insert("needs_intervention".to_owned(), Value::Bool(true));
    patch.attributes.insert("original".to_owned(), json!("{}"));
    let flagged = s.apply(&task.id, Command::Update { actor: person(), patch }).await?;
    holds(flagged.state.claim().is_some(), "the claim stays")?;
    same(&s.read(&task.id).await?, &flagged)?;
    let mut asks = TaskQuery::new(s.scope.clone());
    asks.needs_person = Some(true);
    let found: Vec<_> = s.store.list_tasks(&asks).await?.items.into_iter().map(|task| task.id).collect();
    same(found, vec![flagged.id])?;
    s.create("Another").await?;
    asks.needs_person = Some(false);
    same(s.store.list_tasks(&asks).await?.total, 1)?;
    let requeued = s
        .apply(
            &task.id,
            Command::Requeue { actor: Actor::Holder(ClaimToken::new("a")?), reason: String::new() },
        )
        .await?;
    same(requeued.needs_person(), None)
}
