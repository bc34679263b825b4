//! Lists and counts.

use super::setting::{Setting, holder};
use super::verdict::{Verdict, invalid, same};
use octopoid_core::model::{NewTask, Priority, Queue, RoleName, Task, TaskId};
use octopoid_core::store::{EventQuery, RunQuery, StoreExt, TaskOrder, TaskQuery};
use octopoid_core::transition::{Command, Purpose};

fn names(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.id.as_str()).collect()
}

/// Four tasks: P2 implement (claimed), P0 review, P1 implement, P0 implement (backlog).
async fn four(s: &Setting) -> Verdict {
    s.claimed("t").await?;
    let review = NewTask::new("Two", "Do it.").with_priority(Priority::P0).with_role(RoleName::review());
    s.store.create_task(review).await?;
    s.store.create_task(NewTask::new("Three", "Do it.").with_priority(Priority::P1)).await?;
    s.store.create_task(NewTask::new("Four", "Do it.").with_priority(Priority::P0).in_backlog()).await?;
    Ok(())
}

pub(super) async fn lists_take_what_the_filters_say(s: Setting) -> Verdict {
    four(&s).await?;
    let all = TaskQuery::new(s.scope.clone());
    let list = async |query: TaskQuery, should: &[&str]| {
        let page = s.store.list_tasks(&query).await?;
        same(page.total, should.len() as u64)?;
        same(names(&page.items), should.to_vec())
    };
    list(all.clone(), &["task-1", "task-2", "task-3", "task-4"]).await?;
    list(all.clone().in_queue(Queue::Incoming), &["task-2", "task-3"]).await?;
    list(all.clone().in_queue(Queue::Claimed).in_queue(Queue::Backlog), &["task-1", "task-4"]).await?;
    list(all.clone().in_queue(Queue::Failed), &[]).await?;
    let mut query = all.clone();
    query.priorities = vec![Priority::P0, Priority::P1];
    list(query.clone(), &["task-2", "task-3", "task-4"]).await?;
    query.roles = vec![RoleName::implement()];
    list(query, &["task-3", "task-4"]).await?;
    let mut query = all.clone();
    query.claimed_by = Some(holder("machine")?.orchestrator);
    list(query.clone(), &["task-1"]).await?;
    query.claimed_by = Some(holder("elsewhere")?.orchestrator);
    list(query, &[]).await?;
    let mut query = all;
    query.after = Some(s.read(&TaskId::new("task-2")?).await?.seq);
    list(query, &["task-3", "task-4"]).await
}

pub(super) async fn lists_are_ordered_and_paged(s: Setting) -> Verdict {
    four(&s).await?;
    let mut query = TaskQuery::new(s.scope.clone());
    query.order = TaskOrder::Priority;
    same(names(&s.store.list_tasks(&query).await?.items), vec!["task-2", "task-4", "task-3", "task-1"])?;
    query.order = TaskOrder::Oldest;
    query.limit = 3;
    let first = s.store.list_tasks(&query).await?;
    same((names(&first.items), first.total), (vec!["task-1", "task-2", "task-3"], 4))?;
    query.after = first.items.last().map(|task| task.seq);
    let second = s.store.list_tasks(&query).await?;
    same((names(&second.items), second.total), (vec!["task-4"], 1))?;
    for number in 0..600 {
        s.create(&format!("Number {number}")).await?;
    }
    let all = s.store.all_tasks(&TaskQuery::new(s.scope.clone())).await?;
    same(all.len(), 604)?;
    same(all.iter().map(|task| task.seq).collect::<std::collections::BTreeSet<_>>().len(), 604)
}

pub(super) async fn limits_out_of_range_are_invalid(s: Setting) -> Verdict {
    for limit in [0, TaskQuery::MAX_LIMIT + 1] {
        let mut query = TaskQuery::new(s.scope.clone());
        query.limit = limit;
        invalid(s.store.list_tasks(&query).await, "limit")?;
    }
    for limit in [0, EventQuery::MAX_LIMIT + 1] {
        let mut query = EventQuery::after(s.scope.clone(), 0);
        query.limit = limit;
        invalid(s.store.events(&query).await, "limit")?;
    }
    for limit in [0, 501] {
        let mut query = RunQuery::new(s.scope.clone());
        query.limit = limit;
        invalid(s.store.list_runs(&query).await, "limit")?;
    }
    Ok(())
}

pub(super) async fn queues_are_counted(s: Setting) -> Verdict {
    same(s.store.queue_counts(&s.scope).await?.in_queue(Queue::Incoming), 0)?;
    let to_land = s.submitted("a").await?;
    s.store.approve(&s.scope, &to_land.id, super::setting::person(), "").await?;
    let to_decide = s.submitted("b").await?;
    for round in 0..3 {
        let token = format!("review-{round}");
        let reviewed = s.claim(Purpose::Review, &token).await?;
        s.store.reject(&s.scope, &reviewed.id, super::setting::shows(&token)?, "not yet").await?;
        if s.read(&to_decide.id).await?.queue() == Queue::Incoming {
            let token = format!("work-{round}");
            let work = s.claim(Purpose::Work, &token).await?;
            let token = octopoid_core::model::ClaimToken::new(token)?;
            s.store.submit(&s.scope, &work.id, &token, octopoid_core::model::Submission::new(1, 1)).await?;
        }
    }
    s.submitted("c").await?;
    s.claimed("d").await?;
    s.create("Waiting").await?;
    let review = s.store.create_task(NewTask::new("Other", "Do it.").with_role(RoleName::review())).await?;
    let failed = s.create("Bad").await?;
    let fail = Command::Fail { actor: super::setting::person(), reason: "no".into() };
    s.apply(&failed.id, fail).await?;

    let counts = s.store.queue_counts(&s.scope).await?;
    same(counts.in_queue(Queue::Provisional), 3)?;
    same((counts.to_review, counts.to_land, counts.to_decide), (1, 1, 1))?;
    same((counts.in_queue(Queue::Claimed), counts.in_queue(Queue::Incoming)), (1, 2))?;
    same((counts.in_queue(Queue::Failed), counts.in_queue(Queue::Done)), (1, 0))?;
    let by_role: Vec<_> =
        counts.incoming_by_role.iter().map(|(role, number)| (role.as_str(), *number)).collect();
    same(by_role, vec![("implement", 1), (review.role.as_str(), 1)])
}
