//! The same requests to both backends give the same answers and leave the same tasks, events and messages.

mod records;

use octopoid_core::clock::Clock;
use octopoid_core::model::{
    AgentName, Attributes, ClaimToken, Event, Holder, MessageDraft, MessageKind, NewTask, OrchestratorId,
    Place, Policy, Priority, ProjectId, Queue, RoleName, Run, RunStage, Scope, Submission, Task, TaskId,
    TaskPatch,
};
use octopoid_core::store::{
    ClaimRequest, EventQuery, IdempotentStore, KeyStore, QueueCounts, RequestKey, Result, RunQuery, Store,
    StoreExt, TaskOrder, TaskQuery, UsageQuery,
};
use octopoid_core::transition::{Actor, Cause, Command, Purpose};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{MemoryStore, SqliteOptions, SqliteStore, Synchronous};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// One request, as a few random numbers.
#[derive(Debug, Clone)]
struct Step {
    kind: u8,
    scope: bool,
    task: u64,
    other: u64,
    detail: u8,
    /// The key under which it comes twice.
    key: Option<u8>,
}

/// The kind of step that forgets requests.
const FORGET: u8 = 26;

/// The kinds of steps from which on they are those of [`records`], and those that are no writes of a request.
const RECORDS: u8 = 28;
const KEYS: u8 = RECORDS + records::KINDS;

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![3 => 0..RECORDS, 2 => RECORDS..=KEYS];
    let key = prop::option::weighted(0.2, 0_u8..20);
    (kind, prop::bool::weighted(0.9), 1_u64..8, 1_u64..8, any::<u8>(), key)
        .prop_map(|(kind, scope, task, other, detail, key)| Step { kind, scope, task, other, detail, key })
}

/// A store and its clock.
struct Backend {
    store: Arc<dyn IdempotentStore>,
    keys: Arc<dyn KeyStore>,
    clock: Arc<SteppedClock>,
}

impl Backend {
    fn new<T: IdempotentStore + KeyStore + 'static>(store: T, clock: Arc<SteppedClock>) -> Self {
        let store = Arc::new(store);
        Self { store: store.clone(), keys: store, clock }
    }

    /// Carries a step out; one with a key twice, with the same answer.
    async fn carry_out(&self, step: &Step) -> String {
        if step.kind == KEYS {
            return records::keys(step, self).await;
        }
        if step.kind == FORGET {
            let before = self.clock.now() - Duration::from_secs(u64::from(step.detail % 3));
            return text(self.store.forget_requests(before).await);
        }
        let Some(key) = step.key else { return carry_out(step, &*self.store, &self.clock).await };
        let mut digest = [0; 32];
        for (byte, part) in digest.iter_mut().zip([
            step.kind.into(),
            step.scope.into(),
            step.task,
            step.other,
            step.detail.into(),
        ]) {
            *byte = u8::try_from(part).unwrap();
        }
        let request = || RequestKey::new(format!("request-{key}"), digest);
        let first = carry_out(step, &*Arc::clone(&self.store).for_request(request()), &self.clock).await;
        let again = carry_out(step, &*Arc::clone(&self.store).for_request(request()), &self.clock).await;
        assert_eq!(first, again, "{step:?}");
        first
    }
}

fn scope_of(step: &Step) -> Scope {
    if step.scope { Scope::single() } else { Scope::new("other").unwrap() }
}

fn attributes(detail: u8) -> Attributes {
    let mut attributes = Attributes::default();
    attributes.kind = [None, Some("bug"), Some("docs")][usize::from(detail % 3)].map(str::to_owned);
    attributes.project = detail.is_multiple_of(4).then(|| ProjectId::new("a-project").unwrap());
    attributes.auto_accept = detail.is_multiple_of(5);
    attributes
}

fn tokens(detail: u8) -> ClaimToken {
    ClaimToken::new(format!("token-{}", detail % 6)).unwrap()
}

fn holder(detail: u8) -> Holder {
    Holder::new(
        OrchestratorId::new(format!("machine-{}", detail % 2)).unwrap(),
        AgentName::new("agent").unwrap(),
    )
}

/// Carries a step out and gives the answer as text, so that answers of all kinds can be compared.
async fn carry_out(step: &Step, store: &dyn Store, clock: &SteppedClock) -> String {
    let Step { kind, task, other, detail, .. } = *step;
    let scope = scope_of(step);
    let (id, other) = (TaskId::numbered(task), TaskId::numbered(other));
    let token = tokens(detail);
    let actor = match detail % 3 {
        0 => Actor::Person("ada".to_owned()),
        1 => Actor::Holder(token.clone()),
        _ => Actor::System(OrchestratorId::new("machine-0").unwrap()),
    };
    let reason = format!("reason {detail}");
    let command = match kind {
        0..=2 => {
            let mut new = NewTask::new(format!("Title {detail}"), "Do it.")
                .with_scope(scope)
                .with_attributes(attributes(detail / 2))
                .with_priority(Priority::ALL[usize::from(detail % 4)]);
            if detail.is_multiple_of(3) {
                new = new.with_blocked_by([other, id]);
            }
            if detail.is_multiple_of(5) {
                new = new.with_role(RoleName::review());
            }
            new.key = detail.is_multiple_of(7).then(|| format!("key-{}", detail % 2));
            new.place = detail.is_multiple_of(11).then_some(Place::Queue(Queue::Backlog));
            return text(store.create_task(new).await);
        }
        3..=6 => {
            let purpose = [Purpose::Work, Purpose::Review, Purpose::Land][usize::from(detail % 3)];
            let mut request =
                ClaimRequest::new(scope, purpose, holder(detail), token, Duration::from_secs(60));
            request.roles = if detail.is_multiple_of(4) { vec![] } else { vec![RoleName::implement()] };
            request.types =
                if detail.is_multiple_of(5) { vec!["docs".to_owned(), "bug".to_owned()] } else { vec![] };
            request.task = detail.is_multiple_of(9).then_some(id);
            request.max_claimed = detail.is_multiple_of(2).then_some(2);
            return text(store.claim(&request).await);
        }
        7 => {
            let spare = holder(detail).orchestrator;
            return text(store.expire_leases(&scope, detail.is_multiple_of(2).then_some(&spare)).await);
        }
        8 => return text(store.delete_task(&scope, &id, "ada").await),
        9 => {
            let mut draft = MessageDraft::new(MessageKind::Comment, "ada", reason);
            draft.parent = detail.is_multiple_of(2).then_some(step.other);
            draft.label = detail.is_multiple_of(3).then(|| "label".to_owned());
            draft.to = detail.is_multiple_of(5).then(|| "agent".to_owned());
            return text(store.post_message(&scope, &id, draft).await);
        }
        10 => {
            let Holder { orchestrator, agent, .. } = holder(detail);
            let number = u32::from(detail % 3 + 1);
            let mut run = Run::new(scope, id, number, agent, None, orchestrator, clock.now());
            run.usage.turns = detail.into();
            if detail.is_multiple_of(2) {
                run.stage = RunStage::Settled;
            }
            return text(store.save_run(&run).await);
        }
        11 => {
            clock.advance(Duration::from_secs(u64::from(detail % 80)));
            return String::new();
        }
        12 | 13 => Command::Submit { token, submission: Submission::new(1, u32::from(detail)) },
        14 => Command::Approve { actor, comments: reason },
        15 => Command::Accept { actor, landed: None },
        16 => Command::Reject {
            actor,
            reason,
            cause: [Cause::Review, Cause::Tests, Cause::Conflict][usize::from(detail % 3)],
        },
        17 => Command::Release { token, reason },
        18 => Command::Requeue { actor, reason },
        19 => Command::Block { actor, on: vec![other] },
        20 => Command::Unblock { actor, blocker: other },
        21 => Command::Force { actor, to: Queue::ALL[usize::from(detail % 8)].into(), reason },
        22 => Command::Continue { actor, note: reason },
        23 => Command::Suspend { actor, reason, question: detail.is_multiple_of(2) },
        24 => {
            let mut patch = TaskPatch::default();
            patch.attributes.insert("type".to_owned(), attributes(detail).kind.into());
            if detail.is_multiple_of(7) {
                patch.attributes.insert("pr_number".to_owned(), (i64::from(detail) - 50).into());
            }
            patch.branch =
                detail.is_multiple_of(2).then(|| detail.is_multiple_of(4).then(|| "next".to_owned()));
            Command::Update { actor, patch }
        }
        25 => return listed(step, scope, store).await,
        RECORDS.. => return records::carry_out(kind - RECORDS, step, store, clock).await,
        _ => {
            let mut patch = TaskPatch::default();
            patch.title = Some(format!("Changed {detail}"));
            patch.priority = Some(Priority::ALL[usize::from(detail % 4)]);
            patch.role = detail.is_multiple_of(2).then(RoleName::review);
            patch.description = detail.is_multiple_of(3).then(|| "Do more.".to_owned());
            Command::Update { actor, patch }
        }
    };
    text(store.apply(&scope, &id, command).await)
}

/// A list of tasks by a random filter.
async fn listed(step: &Step, scope: Scope, store: &dyn Store) -> String {
    let Step { task, other, detail, .. } = *step;
    let mut query = TaskQuery::new(scope);
    query.order = [TaskOrder::Oldest, TaskOrder::Newest, TaskOrder::Priority][usize::from(detail % 3)];
    query.after = detail.is_multiple_of(4).then_some(task);
    query.offset = other / 2;
    query.limit = u32::from(detail % 6);
    query.types = attributes(detail / 3).kind.into_iter().collect();
    query.project = attributes(detail / 5).project;
    query.needs_person = [None, Some(true), Some(false)][usize::from(detail / 7 % 3)];
    let words = ["title 1", "TASK", "%", "changed", "_"];
    query.search = detail.is_multiple_of(2).then(|| words[usize::from(detail / 2 % 5)].to_owned());
    text(store.list_tasks(&query).await)
}

fn text<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?}: {error}", error.kind()),
    }
}

/// Everything that can be read.
async fn contents(
    store: &dyn Store,
) -> (Vec<Task>, Vec<Event>, Vec<Vec<octopoid_core::model::Message>>, Vec<Run>, QueueCounts) {
    let scope = Scope::single();
    let tasks = store.all_tasks(&TaskQuery::new(scope.clone())).await.unwrap();
    let events = store.events(&EventQuery::after(scope.clone(), 0)).await.unwrap();
    let mut threads = Vec::new();
    for task in &tasks {
        threads.push(store.messages(&scope, &task.id).await.unwrap());
        let history = store.history(&scope, &task.id).await.unwrap();
        let of_task: Vec<_> = events.iter().filter(|event| event.task == task.id).cloned().collect();
        assert_eq!(history, of_task);
    }
    let runs = store.list_runs(&RunQuery::new(scope.clone())).await.unwrap();
    let turns: u32 = runs.iter().map(|run| run.usage.turns).sum();
    assert_eq!(store.usage(&UsageQuery::new(scope.clone())).await.unwrap().turns, turns);
    let of_all: Vec<_> = store.events(&EventQuery::of_all_scopes(0)).await.unwrap();
    let mine: Vec<_> = of_all.into_iter().filter(|event| event.scope == scope).collect();
    assert_eq!(mine, events);
    let mut by_priority = TaskQuery::new(scope.clone());
    by_priority.order = TaskOrder::Priority;
    let mut sorted = tasks.clone();
    sorted.sort_by_key(|task| (task.priority, task.seq));
    assert_eq!(store.list_tasks(&by_priority).await.unwrap().items, sorted);
    (tasks, events, threads, runs, store.queue_counts(&scope).await.unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_backends_are_one_machine(steps in prop::collection::vec(step(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let policy = Policy::default().with_attempts(2).with_review_rounds(2).with_conflicts(2);
        let (clock, other) = (Arc::new(SteppedClock::new()), Arc::new(SteppedClock::new()));
        let memory = Backend::new(MemoryStore::new(clock.clone(), policy.clone()), clock);
        let options = SqliteOptions::new().with_synchronous(Synchronous::Normal);
        let sqlite =
            SqliteStore::open_with(folder.path().join("model.db"), other.clone(), policy, options).unwrap();
        let sqlite = Backend::new(sqlite, other);
        runtime.block_on(async {
            for step in &steps {
                let one = memory.carry_out(step).await;
                let two = sqlite.carry_out(step).await;
                assert_eq!(one, two, "{step:?}");
            }
            assert_eq!(contents(&*memory.store).await, contents(&*sqlite.store).await);
            assert_eq!(records::contents(&memory).await, records::contents(&sqlite).await);
        });
    }
}
