//! Tasks that wait for tasks.

use super::setting::{Setting, person};
use super::verdict::{Verdict, holds, invalid, refused, same};
use octopoid_core::model::{Blocker, EventKind, NewTask, OrchestratorId, Queue, Task, TaskId};
use octopoid_core::store::{ErrorKind, StoreExt, TaskQuery};
use octopoid_core::transition::{Actor, Command, Purpose};

fn block(on: &[&TaskId]) -> Command {
    Command::Block { actor: person(), on: on.iter().map(|id| (*id).clone()).collect() }
}

fn blocker(task: &Task, resolved: bool) -> Blocker {
    Blocker::new(task.id.clone(), resolved)
}

pub(super) async fn i05_a_blocked_task_is_never_claimed(s: Setting) -> Verdict {
    let first = s.create("First").await?;
    let waits = s.create_after("Waits", &[&first, &first]).await?;
    same((waits.queue(), &waits.blockers), (Queue::Blocked, &vec![blocker(&first, false)]))?;
    same(&s.read(&waits.id).await?, &waits)?;
    let named = s.request(Purpose::Work, "t")?.with_task(waits.id.clone());
    refused(s.store.claim(&named).await, ErrorKind::Conflict)?;
    same(s.claim(Purpose::Work, "a").await?.id, first.id.clone())?;
    same(s.store.claim(&s.request(Purpose::Work, "b")?).await?, None)?;
    // Neither a stop nor a failure of the blocker frees it.
    s.apply(&first.id, Command::Fail { actor: person(), reason: "no".into() }).await?;
    same(s.store.claim(&s.request(Purpose::Work, "b")?).await?, None)?;
    let later = s.create("Later").await?;
    let blocked = s.apply(&later.id, block(&[&waits.id, &first.id])).await?;
    same(blocked.queue(), Queue::Blocked)?;
    same(&blocked.blockers, &vec![blocker(&waits, false), blocker(&first, false)])?;
    same(&s.read(&later.id).await?, &blocked)?;
    // To wait for what one waits for changes nothing.
    same(&s.apply(&later.id, block(&[&first.id])).await?, &blocked)?;
    same(&s.apply(&later.id, block(&[])).await?, &blocked)?;
    same(s.store.claim(&s.request(Purpose::Work, "b")?).await?, None)
}

pub(super) async fn i05_the_last_blocker_done_frees_at_once(s: Setting) -> Verdict {
    let (one, two) = (s.create("One").await?, s.create("Two").await?);
    let both = s.create_after("Both", &[&one, &two]).await?;
    let aside = NewTask::new("Aside", "Do it.").with_blocked_by([one.id.clone()]).in_backlog();
    let aside = s.store.create_task(aside).await?;
    s.finish(&one.id).await?;
    same(s.read(&both.id).await?.blockers, vec![blocker(&one, true), blocker(&two, false)])?;
    same(s.read(&both.id).await?.queue(), Queue::Blocked)?;
    let moved = s.read(&aside.id).await?;
    same((moved.queue(), &moved.blockers), (Queue::Backlog, &vec![blocker(&one, true)]))?;
    let work = s.request(Purpose::Work, "w")?.with_task(two.id.clone());
    s.store.claim(&work).await?;
    let before = s.store.last_event().await?;
    s.store.accept(&s.scope, &two.id, super::setting::shows("w")?, None).await?;
    same(s.store.last_event().await?, before + 2)?;
    let freed = s.read(&both.id).await?;
    same((freed.queue(), freed.version), (Queue::Incoming, 3))?;
    same(s.kinds(&both.id).await?, vec![EventKind::Created, EventKind::Unblocked, EventKind::Unblocked])?;
    let last = s.history(&both.id).await?;
    same(last.last().and_then(|event| event.to), Some(Queue::Incoming))?;
    same(s.claim(Purpose::Work, "b").await?.id, both.id)
}

pub(super) async fn i05_a_done_blocker_does_not_block(s: Setting) -> Verdict {
    let done = s.create("Done").await?;
    s.finish(&done.id).await?;
    let free = s.create_after("Free", &[&done]).await?;
    same((free.queue(), &free.blockers), (Queue::Incoming, &vec![blocker(&done, true)]))?;
    let other = s.create("Other").await?;
    same(s.apply(&other.id, block(&[&done.id])).await?, other.clone())?;
    let open = s.create("Open").await?;
    let blocked = s.apply(&other.id, block(&[&done.id, &open.id])).await?;
    same((blocked.queue(), &blocked.blockers), (Queue::Blocked, &vec![blocker(&open, false)]))
}

pub(super) async fn i05_missing_blockers_are_refused(s: Setting) -> Verdict {
    let task = s.create("A task").await?;
    let missing = TaskId::new("task-99")?;
    let new = NewTask::new("Waits", "Do it.").with_blocked_by([task.id.clone(), missing.clone()]);
    let error = invalid(s.store.create_task(new).await, "blocked_by")?;
    holds(error.to_string().contains("task-99"), "it names the missing one")?;
    invalid(s.apply(&task.id, block(&[&missing])).await, "blocked_by")?;
    same(s.read(&task.id).await?, task)?;
    same(s.store.all_tasks(&TaskQuery::new(s.scope.clone())).await?.len(), 1)?;
    same(s.create("Next").await?.id.as_str(), "task-2")
}

pub(super) async fn i05_cycles_are_refused(s: Setting) -> Verdict {
    let a = s.create("A").await?;
    let b = s.create_after("B", &[&a]).await?;
    let c = s.create_after("C", &[&b]).await?;
    let error = invalid(s.apply(&a.id, block(&[&c.id])).await, "blocked_by")?;
    holds(error.to_string().contains("task-3"), "it names the way round")?;
    invalid(s.apply(&a.id, block(&[&a.id])).await, "blocked_by")?;
    let own =
        NewTask::new("Own", "Do it.").with_id(TaskId::new("own")?).with_blocked_by([TaskId::new("own")?]);
    invalid(s.store.create_task(own).await, "blocked_by")?;
    same(s.read(&a.id).await?, a.clone())?;
    // What is resolved no longer closes a circle.
    s.finish(&a.id).await?;
    let again = Command::Force { actor: person(), to: Queue::Incoming.into(), reason: "again".into() };
    s.apply(&a.id, again).await?;
    same(s.apply(&a.id, block(&[&c.id])).await?.queue(), Queue::Blocked)?;
    invalid(s.apply(&b.id, block(&[&a.id])).await, "blocked_by")?;
    Ok(())
}

pub(super) async fn i07_a_person_may_unblock(s: Setting) -> Verdict {
    let first = s.create("First").await?;
    let waits = s.create_after("Waits", &[&first]).await?;
    let unblock = Command::Unblock { actor: person(), blocker: first.id.clone() };
    let freed = s.apply(&waits.id, unblock.clone()).await?;
    same((freed.queue(), &freed.blockers), (Queue::Incoming, &vec![blocker(&first, true)]))?;
    same(&s.read(&waits.id).await?, &freed)?;
    same(&s.apply(&waits.id, unblock).await?, &freed)?;
    let system = Actor::System(OrchestratorId::new("machine")?);
    // A person who names a task that was never waited for is told so.
    let mistaken = Command::Unblock { actor: person(), blocker: waits.id.clone() };
    invalid(s.apply(&first.id, mistaken.clone()).await, "blocker")?;
    invalid(s.apply(&waits.id, mistaken).await, "blocker")?;
    let unknown = Command::Unblock { actor: system, blocker: waits.id.clone() };
    same(s.apply(&first.id, unknown).await?, first)
}

pub(super) async fn a_task_that_others_wait_for_cannot_be_deleted(s: Setting) -> Verdict {
    let first = s.create("First").await?;
    let waits = s.create_after("Waits", &[&first]).await?;
    let error = refused(s.store.delete_task(&s.scope, &first.id, "ada").await, ErrorKind::Conflict)?;
    holds(error.to_string().contains("task-2"), "it names who waits")?;
    // Who is done no longer waits.
    s.finish(&waits.id).await?;
    s.store.delete_task(&s.scope, &first.id, "ada").await?;
    same(s.read(&waits.id).await?.queue(), Queue::Done)?;
    // A task that is made anew under that id cannot close a circle through it.
    let again = Command::Force { actor: person(), to: Queue::Blocked.into(), reason: "again".into() };
    s.apply(&waits.id, again).await?;
    let anew = NewTask::new("Anew", "Do it.").with_id(first.id.clone()).with_blocked_by([waits.id.clone()]);
    invalid(s.store.create_task(anew).await, "blocked_by")?;
    let anew = s.store.create_task(NewTask::new("Anew", "Do it.").with_id(first.id)).await?;
    s.finish(&anew.id).await?;
    same(s.read(&waits.id).await?.queue(), Queue::Incoming)
}
