//! Repeated requests, as a caller sends them that did not get the answer.

use super::setting::{IdempotentSetting, LEASE, person};
use super::verdict::{Verdict, Wrong, holds, refused, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{
    ClaimToken, Draft, EventKind, Message, MessageDraft, MessageKind, NewDraft, NewTask, OrchestratorId,
    Queue, Task, TaskId, TaskPatch,
};
use octopoid_core::store::{
    DraftQuery, ErrorKind, RequestKey, Result, Store, StoreError, StoreExt, TaskQuery,
};
use octopoid_core::transition::{Actor, Command, Purpose};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

/// The store as a request with a key sees it.
pub(super) fn request(s: &IdempotentSetting, key: &str) -> Arc<dyn Store> {
    Arc::clone(&s.idempotent).for_request(RequestKey::new(key, [1; 32]))
}

/// The same key on something else.
fn misused(s: &IdempotentSetting, key: &str) -> Arc<dyn Store> {
    Arc::clone(&s.idempotent).for_request(RequestKey::new(key, [2; 32]))
}

fn draft(s: &IdempotentSetting, title: &str) -> NewDraft {
    NewDraft::new(s.scope.clone(), title, "ada")
}

fn comment(body: &str) -> MessageDraft {
    MessageDraft::new(MessageKind::Comment, "ada", body)
}

fn retitle(title: &str) -> Command {
    let mut patch = TaskPatch::default();
    patch.title = Some(title.to_owned());
    Command::Update { actor: person(), patch }
}

async fn drafts(s: &IdempotentSetting) -> Verdict<u64> {
    Ok(s.store.list_drafts(&DraftQuery::new(s.scope.clone())).await?.total)
}

/// Both refused, in the same words.
fn same_refusal<T: Debug>(one: Result<T>, other: Result<T>, kind: ErrorKind) -> Verdict {
    let (one, other) = (refused(one, kind.clone())?, refused(other, kind)?);
    same(one.to_string(), other.to_string())
}

pub(super) async fn i04_a_repeated_creation_gives_the_task_as_it_is_now(s: IdempotentSetting) -> Verdict {
    let new = NewTask::new("Once", "Do it.");
    let first = request(&s, "create").create_task(new.clone()).await?;
    same(&request(&s, "create").create_task(new.clone()).await?, &first)?;
    let claimed = s.claim(Purpose::Work, "t").await?;
    s.clock.advance(Duration::from_secs(5));
    same(request(&s, "create").create_task(new.clone()).await?, claimed)?;
    same(s.store.all_tasks(&TaskQuery::new(s.scope.clone())).await?.len(), 1)?;
    same(s.kinds(&first.id).await?, vec![EventKind::Created, EventKind::Claimed])?;
    // Another request may ask for the same.
    holds(request(&s, "create-2").create_task(new).await?.id != first.id, "it is another task")
}

pub(super) async fn i04_a_repeated_claim_takes_nothing_more(s: IdempotentSetting) -> Verdict {
    let claim = s.request(Purpose::Work, "t")?;
    same(request(&s, "claim").claim(&claim).await?, None)?;
    let task = s.create("A task").await?;
    s.create("Another").await?;
    // What found nothing did nothing, so it may find something now.
    let claimed = request(&s, "claim").claim(&claim).await?;
    same(claimed.as_ref().map(|task| &task.id), Some(&task.id))?;
    same(request(&s, "claim").claim(&claim).await?, claimed)?;
    s.clock.advance(Duration::from_secs(5));
    let renewed = s.store.renew(&s.scope, &task.id, &claim.token, LEASE).await?;
    same(request(&s, "claim").claim(&claim).await?, Some(renewed))?;
    // Nobody is to work on a task whose claim is over.
    s.store.release(&s.scope, &task.id, &claim.token, "enough").await?;
    same(request(&s, "claim").claim(&claim).await?, None)?;
    let other = s.claim(Purpose::Work, "other").await?;
    same(&other.id, &task.id)?;
    same(request(&s, "claim").claim(&claim).await?, None)?;
    s.store.release(&s.scope, &task.id, &ClaimToken::new("other")?, "enough").await?;
    same(s.store.queue_counts(&s.scope).await?.in_queue(Queue::Claimed), 0)
}

pub(super) async fn i04_a_repeated_command_has_one_effect(s: IdempotentSetting) -> Verdict {
    let task = s.create("A task").await?;
    let apply = async || request(&s, "apply").apply(&s.scope, &task.id, retitle("Renamed")).await;
    let renamed = apply().await?;
    same((renamed.title.as_str(), renamed.version), ("Renamed", 2))?;
    let last = s.apply(&task.id, retitle("Renamed again")).await?;
    same(&apply().await?, &last)?;
    same(s.read(&task.id).await?, last)?;
    let held = s.claim(Purpose::Work, "t").await?;
    s.clock.advance(Duration::from_secs(3600));
    let expire = async || request(&s, "expire").expire_leases(&s.scope, None).await;
    let freed = expire().await?;
    same(freed.iter().map(|task| &task.id).collect::<Vec<_>>(), vec![&held.id])?;
    same(expire().await?, freed)?;
    let delete = async || request(&s, "delete").delete_task(&s.scope, &task.id, "ada").await;
    delete().await?;
    delete().await?;
    refused(s.store.delete_task(&s.scope, &task.id, "ada").await, ErrorKind::NotFound)?;
    // Not even if there is something to delete again.
    let anew = s.store.create_task(NewTask::new("Anew", "Do it.").with_id(task.id.clone())).await?;
    delete().await?;
    same(s.read(&task.id).await?, anew)
}

pub(super) async fn i04_a_repeated_message_is_posted_once(s: IdempotentSetting) -> Verdict {
    let task = s.create("A task").await?;
    let post = async || request(&s, "post").post_message(&s.scope, &task.id, comment("Hello.")).await;
    let first = post().await?;
    s.clock.advance(Duration::from_secs(5));
    same(&post().await?, &first)?;
    same(s.store.messages(&s.scope, &task.id).await?, vec![first])?;
    same(s.kinds(&task.id).await?, vec![EventKind::Created, EventKind::MessagePosted])
}

pub(super) async fn i04_a_repeated_run_does_not_undo_a_later_one(s: IdempotentSetting) -> Verdict {
    let task = s.create("A task").await?;
    let who = super::setting::holder("machine")?;
    let mut run = octopoid_core::model::Run::new(
        s.scope.clone(),
        task.id.clone(),
        1,
        who.agent,
        None,
        who.orchestrator,
        s.clock.now(),
    );
    let early = run.clone();
    request(&s, "run").save_run(&early).await?;
    run.usage.turns = 7;
    s.store.save_run(&run).await?;
    request(&s, "run").save_run(&early).await?;
    same(s.store.run(&s.scope, &run.id).await?, run)
}

pub(super) async fn i04_a_repetition_does_not_bring_a_deleted_record_back(s: IdempotentSetting) -> Verdict {
    let create = async || request(&s, "create").create_task(NewTask::new("A task", "Do it.")).await;
    let task = create().await?;
    s.store.delete_task(&s.scope, &task.id, "ada").await?;
    refused(create().await, ErrorKind::NotFound)?;
    // Also where there is another one under its id.
    s.store.create_task(NewTask::new("Anew", "Do it.").with_id(task.id.clone())).await?;
    refused(create().await, ErrorKind::NotFound)?;
    let write = async || request(&s, "draft").create_draft(draft(&s, "A draft")).await;
    let made = write().await?;
    s.store.delete_draft(&s.scope, made.id).await?;
    refused(write().await, ErrorKind::NotFound)?;
    same(drafts(&s).await?, 0)
}

pub(super) async fn i04_a_refusal_stays_a_refusal(s: IdempotentSetting) -> Verdict {
    let task = s.create("A task").await?;
    let taken = NewTask::new("Another", "Do it.").with_id(task.id.clone());
    let unusable = NewTask::new("", "Do it.");
    let system = Actor::System(OrchestratorId::new("machine")?);
    let cancel = Command::Cancel { actor: system, reason: "no".into() };
    let release =
        Command::Release { token: octopoid_core::model::ClaimToken::new("gone")?, reason: "enough".into() };
    let missing = TaskId::new("missing")?;
    let ask = async || -> Verdict<Vec<StoreError>> {
        let field = ErrorKind::Invalid { field: "title".into() };
        Ok(vec![
            refused(request(&s, "1").create_task(taken.clone()).await, ErrorKind::Conflict)?,
            refused(request(&s, "2").create_task(unusable.clone()).await, field)?,
            refused(request(&s, "3").apply(&s.scope, &task.id, cancel.clone()).await, ErrorKind::Forbidden)?,
            refused(request(&s, "4").apply(&s.scope, &task.id, release.clone()).await, ErrorKind::LeaseLost)?,
            refused(request(&s, "5").apply(&s.scope, &missing, retitle("There")).await, ErrorKind::NotFound)?,
        ])
    };
    let words = |refusals: Vec<StoreError>| refusals.iter().map(ToString::to_string).collect::<Vec<_>>();
    let first = words(ask().await?);
    same(words(ask().await?), first.clone())?;
    // Also once what stood in the way is gone.
    s.store.create_task(NewTask::new("There", "Do it.").with_id(missing.clone())).await?;
    s.store.delete_task(&s.scope, &task.id, "ada").await?;
    same(words(ask().await?), first)?;
    refused(s.read(&task.id).await, ErrorKind::NotFound)?;
    same(s.kinds(&missing).await?, vec![EventKind::Created])?;
    same(request(&s, "6").create_task(taken).await?.id, task.id)
}

pub(super) async fn a_key_that_was_used_for_something_else_is_a_conflict(s: IdempotentSetting) -> Verdict {
    let first = request(&s, "key").create_draft(draft(&s, "First")).await?;
    let again = async || misused(&s, "key").create_draft(draft(&s, "Second")).await;
    same_refusal(again().await, again().await, ErrorKind::Conflict)?;
    let task = misused(&s, "key").create_task(NewTask::new("A task", "Do it.")).await;
    refused(task, ErrorKind::Conflict)?;
    same(drafts(&s).await?, 1)?;
    same(s.store.last_event().await?, 0)?;
    // The first one's answer is still there.
    same(request(&s, "key").create_draft(draft(&s, "First")).await?, first)
}

/// Three writes: a task, a message about it, and another title.
async fn three(s: &IdempotentSetting, store: Arc<dyn Store>) -> Verdict<(Task, Message, Task)> {
    let made = store.create_task(NewTask::new("A task", "Do it.")).await?;
    let posted = store.post_message(&s.scope, &made.id, comment("Hello.")).await?;
    let renamed = store.apply(&s.scope, &made.id, retitle("Renamed")).await?;
    Ok((made, posted, renamed))
}

pub(super) async fn i04_each_write_of_a_request_has_a_reply_of_its_own(s: IdempotentSetting) -> Verdict {
    let first = three(&s, request(&s, "three")).await?;
    same((first.0.version, first.2.version), (1, 2))?;
    let (_, posted, renamed) = &first;
    for _ in 0..2 {
        same(three(&s, request(&s, "three")).await?, (renamed.clone(), posted.clone(), renamed.clone()))?;
    }
    let kinds = vec![EventKind::Created, EventKind::MessagePosted, EventKind::Updated];
    same(s.kinds(&first.0.id).await?, kinds)?;
    holds(three(&s, request(&s, "other")).await?.0.id != first.0.id, "another request has its own")
}

pub(super) async fn i04_an_interrupted_request_goes_on_where_it_stopped(s: IdempotentSetting) -> Verdict {
    let made = request(&s, "three").create_task(NewTask::new("A task", "Do it.")).await?;
    let (again, posted, renamed) = three(&s, request(&s, "three")).await?;
    same(&again, &made)?;
    same(s.store.messages(&s.scope, &made.id).await?, vec![posted])?;
    same(s.read(&made.id).await?, renamed)?;
    same(s.store.all_tasks(&TaskQuery::new(s.scope.clone())).await?.len(), 1)
}

pub(super) async fn reads_do_not_count_among_the_writes_of_a_request(s: IdempotentSetting) -> Verdict {
    let first = three(&s, request(&s, "three")).await?;
    s.apply(&first.0.id, retitle("Later")).await?;
    let store = request(&s, "three");
    let made = store.create_task(NewTask::new("A task", "Do it.")).await?;
    // A read tells how things are now.
    same(store.task(&s.scope, &made.id).await?.title.as_str(), "Later")?;
    same(store.list_drafts(&DraftQuery::new(s.scope.clone())).await?.total, 0)?;
    same(store.last_event().await?, s.store.last_event().await?)?;
    same(store.post_message(&s.scope, &made.id, comment("Hello.")).await?, first.1)?;
    same(s.store.messages(&s.scope, &made.id).await?.len(), 1)
}

pub(super) async fn keys_that_look_alike_are_two_requests(s: IdempotentSetting) -> Verdict {
    three(&s, request(&s, "key")).await?;
    let mut numbers = Vec::new();
    for key in ["key#1", "key#2", "1#key", "2#key", "0#key", "key#", "KEY"] {
        let store = Arc::clone(&s.idempotent).for_request(RequestKey::new(key, [3; 32]));
        numbers.push(store.create_draft(draft(&s, key)).await?.id);
    }
    same(numbers, (1..=7).collect())
}

pub(super) async fn i04_twins_of_a_request_have_one_effect(s: IdempotentSetting) -> Verdict {
    const TWINS: usize = 16;
    let task = s.create("A task").await?;
    let start = Arc::new(Barrier::new(TWINS));
    let twins: Vec<_> = (0..TWINS)
        .map(|_| {
            let (store, start) = (request(&s, "twins"), Arc::clone(&start));
            let (new, scope, id) = (draft(&s, "Once"), s.scope.clone(), task.id.clone());
            tokio::spawn(async move {
                start.wait().await;
                let made = store.create_draft(new).await?;
                Ok((made, store.post_message(&scope, &id, comment("Once.")).await?))
            })
        })
        .collect();
    let mut answers: Vec<(Draft, Message)> = Vec::new();
    for twin in twins {
        let answer: Result<_> = twin.await.map_err(|error| Wrong::new(error.to_string()))?;
        answers.push(answer?);
    }
    same(answers.iter().collect::<Vec<_>>(), vec![&answers[0]; TWINS])?;
    same(drafts(&s).await?, 1)?;
    same(s.store.messages(&s.scope, &task.id).await?, vec![answers[0].1.clone()])
}

pub(super) async fn a_forgotten_request_may_come_anew(s: IdempotentSetting) -> Verdict {
    let old = three(&s, request(&s, "old")).await?;
    s.clock.advance(Duration::from_secs(5));
    let young = request(&s, "young").create_draft(draft(&s, "Young")).await?;
    let now = s.clock.now();
    same(s.idempotent.forget_requests(now - Duration::from_secs(5)).await?, 0)?;
    let (_, posted, renamed) = old;
    same(three(&s, request(&s, "old")).await?, (renamed.clone(), posted, renamed))?;
    same(s.idempotent.forget_requests(now).await?, 3)?;
    same(s.idempotent.forget_requests(now).await?, 0)?;
    same(request(&s, "young").create_draft(draft(&s, "Young")).await?, young)?;
    // Free for anything.
    let store = misused(&s, "old");
    same(store.create_task(NewTask::new("Anew", "Do it.")).await?.id, TaskId::numbered(2))?;
    holds(three(&s, request(&s, "old")).await.is_err(), "it is another request's now")?;
    same(s.idempotent.forget_requests(now + Duration::from_secs(1)).await?, 2)
}
