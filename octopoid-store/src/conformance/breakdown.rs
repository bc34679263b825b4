//! Tasks that are done in parts.

use super::setting::{LEASE, Setting, holder, person};
use super::verdict::{Verdict, holds, invalid, refused, same};
use octopoid_core::model::{
    Attributes, Breakdown, ClaimToken, Complexity, EventKind, NewTask, Priority, Queue, RoleName, Subtask,
    Task, TaskId, TaskPatch,
};
use octopoid_core::store::{ClaimRequest, ErrorKind, Result, StoreError, TaskQuery};
use octopoid_core::transition::{Actor, Command, Purpose};
use serde_json::{Map, json};

/// Four parts: the second and third wait for the first, the last for both.
fn parts() -> Vec<Subtask> {
    let part = |key: &str| Subtask::new(key, format!("Part {key}"), format!("Do {key}."));
    vec![part("a"), part("b").after(["a"]), part("c").after(["a", "a"]), part("d").after(["c", "b"])]
}

fn whole() -> NewTask {
    let mut attributes = Attributes::default();
    attributes.needs_breakdown = true;
    attributes.kind = Some("feature".to_owned());
    NewTask::new("Whole", "Do it all.").with_attributes(attributes)
}

/// Claims a task as `breaks-<id>` and breaks it down.
async fn break_down(s: &Setting, id: &TaskId, subtasks: Vec<Subtask>) -> Result<Task> {
    let token = token(id)?;
    let holder = holder("machine").map_err(|wrong| StoreError::internal(wrong.0))?;
    let request = ClaimRequest::new(s.scope.clone(), Purpose::Work, holder, token.clone(), LEASE);
    s.store.claim(&request.with_task(id.clone())).await?;
    s.apply(id, Command::BreakDown { token, subtasks }).await
}

fn token(id: &TaskId) -> Result<ClaimToken> {
    ClaimToken::new(format!("breaks-{id}")).map_err(|error| StoreError::internal(error.to_string()))
}

fn ids(task: &Task) -> Vec<TaskId> {
    task.unresolved_blockers().cloned().collect()
}

pub(super) async fn the_role_says_what_is_to_be_broken_down(s: Setting) -> Verdict {
    let asked = s.store.create_task(whole().with_role(RoleName::new("write")?)).await?;
    same(asked.role.as_str(), "breakdown")?;
    same(&asked.breakdown, &Some(Breakdown::into_parts_for(RoleName::new("write")?)))?;
    same(&s.read(&asked.id).await?, &asked)?;
    let named = s.store.create_task(NewTask::new("Named", "Do it.").with_role(RoleName::breakdown())).await?;
    same(&named.breakdown, &Some(Breakdown::into_parts_for(RoleName::implement())))?;
    let plain = s.create("Plain").await?;
    same(&plain.breakdown, &None)?;
    let flag = |value: bool| {
        let mut patch = TaskPatch::default();
        patch.attributes = Map::from_iter([("needs_breakdown".to_owned(), json!(value))]);
        Command::Update { actor: person(), patch }
    };
    let marked = s.apply(&plain.id, flag(true)).await?;
    same((marked.role.as_str(), marked.breakdown.is_some()), ("breakdown", true))?;
    same(&s.read(&plain.id).await?, &marked)?;
    let back = s.apply(&plain.id, flag(false)).await?;
    same((back.role.as_str(), &back.breakdown), ("implement", &None))?;
    let mut patch = TaskPatch::default();
    patch.role = Some(RoleName::implement());
    let other = s.apply(&asked.id, Command::Update { actor: person(), patch }).await?;
    same((other.attributes.needs_breakdown, &other.breakdown), (false, &None))
}

pub(super) async fn parts_are_made_with_the_command_and_once(s: Setting) -> Verdict {
    let mut new = whole().with_priority(Priority::P1).with_branch("topic");
    new.attributes.auto_accept = true;
    let id = s.store.create_task(new).await?.id;
    let mut wanted = parts();
    wanted[0].complexity = Some(Complexity::S);
    let broken = break_down(&s, &id, wanted.clone()).await?;
    same(broken.queue(), Queue::Blocked)?;
    same(broken.breakdown.as_ref().map(|breakdown| breakdown.done), Some(true))?;
    same(&s.read(&id).await?, &broken)?;
    let made = ids(&broken);
    same(made.len(), 4)?;
    let mut read = Vec::new();
    for id in &made {
        read.push(s.read(id).await?);
    }
    for (part, wanted) in read.iter().zip(&wanted) {
        same((&part.title, &part.description), (&wanted.title, &wanted.description))?;
        same((part.role.as_str(), part.priority), ("implement", Priority::P1))?;
        same((part.branch.as_deref(), part.complexity), (Some("topic"), wanted.complexity))?;
        same(&part.attributes.parent, &Some(id.clone()))?;
        same((part.attributes.kind.as_deref(), part.attributes.auto_accept), (Some("feature"), true))?;
        same(part.attributes.needs_breakdown, false)?;
        same(s.kinds(&part.id).await?, vec![EventKind::Created])?;
    }
    holds(read.windows(2).all(|two| two[0].seq < two[1].seq), "parts are in the order of the list")?;
    let queues: Vec<_> = read.iter().map(Task::queue).collect();
    same(queues, vec![Queue::Incoming, Queue::Blocked, Queue::Blocked, Queue::Blocked])?;
    same(ids(&read[2]), vec![made[0].clone()])?;
    same(ids(&read[3]), vec![made[2].clone(), made[1].clone()])?;
    let kinds = vec![EventKind::Created, EventKind::Claimed, EventKind::BrokenDown];
    same(s.kinds(&id).await?, kinds.clone())?;
    // The same again is a repetition, also with other parts: whoever held the claim has said what the parts are.
    let again = Command::BreakDown { token: token(&id)?, subtasks: wanted };
    same(&s.apply(&id, again).await?, &broken)?;
    same(s.kinds(&id).await?, kinds)?;
    same(s.store.list_tasks(&TaskQuery::new(s.scope.clone())).await?.total, 5)?;
    // The numbers go on after the parts'.
    let next = s.create("Next").await?;
    holds(!made.contains(&next.id) && next.id != id, "the next task has an id of its own")
}

pub(super) async fn the_whole_is_done_with_its_last_part(s: Setting) -> Verdict {
    let id = s.store.create_task(whole()).await?.id;
    let broken = break_down(&s, &id, parts()).await?;
    let made = ids(&broken);
    // One that waits for the whole, and one that waits for the whole and for its last part.
    let after = s.create_after("After", &[&broken]).await?;
    let both =
        s.store.create_task(NewTask::new("Both", "Do it.").with_blocked_by([made[3].clone(), id.clone()]));
    let both = both.await?;
    for part in &made[..3] {
        s.finish(part).await?;
    }
    same((s.read(&id).await?.queue(), s.read(&after.id).await?.queue()), (Queue::Blocked, Queue::Blocked))?;
    s.finish(&made[3]).await?;
    let whole = s.read(&id).await?;
    same((whole.queue(), ids(&whole)), (Queue::Done, vec![]))?;
    let last = s.kinds(&id).await?.split_off(6);
    same(last, vec![EventKind::Unblocked, EventKind::Accepted])?;
    for waiting in [&after, &both] {
        let freed = s.read(&waiting.id).await?;
        same((freed.queue(), ids(&freed)), (Queue::Incoming, vec![]))?;
    }
    same(s.kinds(&both.id).await?, vec![EventKind::Created, EventKind::Unblocked, EventKind::Unblocked])
}

pub(super) async fn parts_of_parts_end_with_the_whole(s: Setting) -> Verdict {
    let id = s.store.create_task(whole()).await?.id;
    let mut deeper = Subtask::new("deep", "Deep", "Do it in parts.");
    deeper.needs_breakdown = true;
    let inner = ids(&break_down(&s, &id, vec![deeper.clone()]).await?).remove(0);
    same(s.read(&inner).await?.role.as_str(), "breakdown")?;
    // The third level is one too many.
    invalid(break_down(&s, &inner, vec![deeper]).await, "subtasks")?;
    s.apply(&inner, Command::Release { token: token(&inner)?, reason: String::new() }).await?;
    let command = ids(&break_down(&s, &inner, vec![Subtask::new("leaf", "Leaf", "Do it.")]).await?);
    s.finish(&command[0]).await?;
    same((s.read(&inner).await?.queue(), s.read(&id).await?.queue()), (Queue::Done, Queue::Done))
}

pub(super) async fn a_graph_that_cannot_be_makes_nothing(s: Setting) -> Verdict {
    let id = s.store.create_task(whole()).await?.id;
    let part = |key: &str| Subtask::new(key, "Part", "Do it.");
    let many = (0..=s.store.policy().max_subtasks).map(|number| part(&format!("p{number}"))).collect();
    let bad = [
        vec![],
        many,
        vec![part("a"), part("a")],
        vec![part("a b")],
        vec![part("a").after(["b"])],
        vec![part("a").after(["a"])],
        vec![part("a").after(["c"]), part("b").after(["a"]), part("c").after(["b"])],
        vec![Subtask::new("a", " ", "Do it.")],
        vec![Subtask::new("a", "Part", "")],
    ];
    let request = s.request(Purpose::Work, "t")?.with_task(id.clone());
    let held = s.store.claim(&request).await?;
    let events = s.store.last_event().await?;
    for subtasks in bad {
        let command = Command::BreakDown { token: request.token.clone(), subtasks };
        invalid(s.store.apply(&s.scope, &id, command).await, "subtasks")?;
    }
    let foreign = Command::BreakDown { token: s.request(Purpose::Work, "u")?.token, subtasks: parts() };
    refused(s.store.apply(&s.scope, &id, foreign).await, ErrorKind::LeaseLost)?;
    same(s.store.last_event().await?, events)?;
    same(Some(s.read(&id).await?.version), held.map(|task| task.version))?;
    same(s.store.list_tasks(&TaskQuery::new(s.scope.clone())).await?.total, 1)
}

pub(super) async fn a_person_decides_about_parts_that_fail(s: Setting) -> Verdict {
    let id = s.store.create_task(whole()).await?.id;
    let made = ids(&break_down(&s, &id, vec![parts().remove(0), Subtask::new("z", "Z", "Do z.")]).await?);
    s.apply(&made[0], Command::Fail { actor: person(), reason: "cannot".into() }).await?;
    refused(s.store.delete_task(&s.scope, &made[0], "ada").await, ErrorKind::Conflict)?;
    s.finish(&made[1]).await?;
    same(s.read(&id).await?.queue(), Queue::Blocked)?;
    let freed = s.apply(&id, Command::Unblock { actor: person(), blocker: made[0].clone() }).await?;
    same(freed.queue(), Queue::Done)?;
    // Forced back, it is broken down again.
    let reason = "once more".to_owned();
    let forced = s.apply(&id, Command::Force { actor: person(), to: Queue::Incoming.into(), reason }).await?;
    same(forced.breakdown.map(|breakdown| breakdown.done), Some(false))?;
    // Put aside and taken up again it waits for its parts, and is done with them.
    let id = s.store.create_task(whole()).await?.id;
    let made = ids(&break_down(&s, &id, vec![Subtask::new("z", "Z", "Do z.")]).await?);
    let aside = Command::Force { actor: person(), to: Queue::Backlog.into(), reason: "later".into() };
    s.apply(&id, aside).await?;
    s.finish(&made[0]).await?;
    same(s.read(&id).await?.queue(), Queue::Backlog)?;
    let on = Command::Continue { actor: Actor::Person("ada".into()), note: String::new() };
    same(s.apply(&id, on).await?.queue(), Queue::Done)
}
