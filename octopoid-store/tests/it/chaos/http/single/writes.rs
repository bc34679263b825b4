//! Every kind of write.

use crate::chaos::http::served::{Served, connect, options};
use crate::chaos::proxy::{Fault, Faults, Proxy};
use octopoid_core::model::{
    ActionDraft, ActionStatus, ClaimToken, DraftPatch, Heartbeat, Holder, MachineStatus, MessageDraft,
    MessageKind, NewDraft, NewProject, NewTask, Policy, ProjectPatch, Queue, Registration, RoleName,
    RoleRegistration, Run, Scope, Submission, TaskId, TaskPatch, Timestamp,
};
use octopoid_core::store::{ClaimRequest, EventQuery, Store, StoreExt};
use octopoid_core::transition::{Actor, Cause, Command, Purpose};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{MemoryStore, SqliteStore};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

fn scope() -> Scope {
    Scope::single()
}

fn task() -> TaskId {
    TaskId::numbered(1)
}

fn ada() -> Actor {
    Actor::Person("ada".to_owned())
}

fn holder() -> Holder {
    Holder::new("prod-m".parse().unwrap(), "agent".parse().unwrap())
}

/// Makes a request for every write there is, each after `before`, and gives the answers as text.
async fn every_write(store: Arc<dyn Store>, before: impl Fn()) -> Vec<String> {
    let mut answers = Vec::new();
    macro_rules! ask {
        ($request:expr) => {{
            before();
            answers.push(text($request.await));
        }};
    }
    let s = &*store;
    let claim = |purpose, token: &str| {
        ClaimRequest::new(scope(), purpose, holder(), token.parse().unwrap(), Duration::from_secs(60))
    };
    let token = |text: &str| ClaimToken::new(text).unwrap();
    let registration = Registration::new(scope(), "prod", "m", "https://example.invalid/repository");
    let role = RoleRegistration::new(RoleName::implement(), "incoming");
    let states = ["incoming", "claimed", "done", "failed"].map(str::to_owned).to_vec();
    let action = ActionDraft::new("task", "task-1", "Do it", "agent");
    let run = Run::new(scope(), task(), 1, holder().agent, None, holder().orchestrator, Timestamp::default());
    let comment = MessageDraft::new(MessageKind::Comment, "ada", "Said once.");
    let mut title = TaskPatch::default();
    title.title = Some("Another".into());
    let mut project = ProjectPatch::default();
    project.title = Some("Another".into());
    let mut draft = DraftPatch::default();
    draft.title = Some("Another".into());

    ask!(s.create_task(NewTask::new("One", "Do it.")));
    ask!(s.create_task(NewTask::new("Two", "Do it.").with_key("key")));
    ask!(s.create_task(NewTask::new("Taken", "Do it.").with_id(task())));
    ask!(s.claim(&claim(Purpose::Work, "t1")));
    ask!(s.renew(&scope(), &task(), &token("t1"), Duration::from_secs(90)));
    ask!(s.save_run(&run));
    ask!(s.post_message(&scope(), &task(), comment));
    ask!(s.submit(&scope(), &task(), &token("t1"), Submission::new(1, 5)));
    ask!(s.submit(&scope(), &task(), &token("other"), Submission::new(1, 5)));
    ask!(s.claim(&claim(Purpose::Review, "t2")));
    ask!(s.reject(&scope(), &task(), Actor::Holder(token("t2")), "Not yet."));
    ask!(s.claim(&claim(Purpose::Work, "t3")));
    ask!(s.release(&scope(), &task(), &token("t3"), "Later."));
    ask!(s.apply(&scope(), &task(), Command::Update { actor: ada(), patch: title }));
    ask!(s.apply(&scope(), &task(), Command::Block { actor: ada(), on: vec![TaskId::numbered(2)] }));
    ask!(s.apply(&scope(), &task(), Command::Unblock { actor: ada(), blocker: TaskId::numbered(2) }));
    ask!(s.apply(
        &scope(),
        &task(),
        Command::Force { actor: ada(), to: Queue::Provisional.into(), reason: "By hand.".into() }
    ));
    ask!(s.approve(&scope(), &task(), ada(), "Fine."));
    ask!(s.claim(&claim(Purpose::Land, "t4")));
    ask!(s.accept(&scope(), &task(), Actor::Holder(token("t4")), Some("a".repeat(40).parse().unwrap())));
    ask!(s.accept(&scope(), &task(), ada(), None));
    ask!(s.claim(&claim(Purpose::Work, "t5")));
    ask!(s.requeue(&scope(), &TaskId::numbered(2), ada(), "Again."));
    ask!(s.claim(&claim(Purpose::Review, "t6")));
    let reason = "It hangs.".to_owned();
    ask!(s.apply(
        &scope(),
        &TaskId::numbered(2),
        Command::Suspend { actor: ada(), reason: reason.clone(), question: true }
    ));
    ask!(s.apply(&scope(), &TaskId::numbered(2), Command::Continue { actor: ada(), note: "Go on.".into() }));
    ask!(s.apply(
        &scope(),
        &TaskId::numbered(2),
        Command::Reject { actor: ada(), reason: reason.clone(), cause: Cause::Tests }
    ));
    ask!(s.apply(&scope(), &TaskId::numbered(2), Command::Fail { actor: ada(), reason: reason.clone() }));
    ask!(s.apply(&scope(), &TaskId::numbered(2), Command::Cancel { actor: ada(), reason }));
    ask!(s.delete_task(&scope(), &TaskId::numbered(2), "ada"));
    ask!(s.delete_task(&scope(), &TaskId::numbered(2), "ada"));
    ask!(s.expire_leases(&scope(), None));
    ask!(s.create_project(NewProject::new(scope(), "A project", "main")));
    ask!(s.create_project(NewProject::new(scope(), "A project", "main")));
    ask!(s.update_project(&scope(), &"a-project".parse().unwrap(), project));
    ask!(s.delete_project(&scope(), &"a-project".parse().unwrap()));
    ask!(s.create_draft(NewDraft::new(scope(), "A draft", "ada")));
    ask!(s.update_draft(&scope(), 1, draft));
    ask!(s.delete_draft(&scope(), 1));
    ask!(s.propose_action(&scope(), action));
    let proposed = s.list_actions(&octopoid_core::store::ActionQuery::new(scope())).await.unwrap();
    let id = proposed.items.first().map_or("none", |action| &action.id).to_owned();
    ask!(s.request_action(&scope(), &id));
    ask!(s.update_action(&scope(), &id, Some(ActionStatus::Completed), Some("Done.".into())));
    ask!(s.put_flow(&scope(), "short", states, Vec::new()));
    ask!(s.delete_flow(&scope(), "short"));
    ask!(s.register(registration.clone()));
    ask!(s.register(registration));
    ask!(s.heartbeat(&scope(), &holder().orchestrator, Heartbeat::default()));
    ask!(s.set_machine_status(&scope(), &holder().orchestrator, MachineStatus::Maintenance));
    ask!(s.register_roles(&scope(), &holder().orchestrator, vec![role]));
    answers
}

fn text<T: Debug>(result: octopoid_core::store::Result<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?}: {error}", error.kind()),
    }
}

/// Everything that the writes left, but for ids that are random.
async fn left(store: &dyn Store) -> String {
    let events = store.events(&EventQuery::after(scope(), 0)).await;
    let (task, thread) = (store.task(&scope(), &task()).await, store.messages(&scope(), &task()).await);
    let machines = store.machines(&octopoid_core::store::MachineQuery::new(scope())).await;
    format!("{} {} {} {}", text(events), text(task), text(thread), text(machines))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i04_every_write_answers_after_a_fault_as_if_there_had_been_none() {
    let clock = Arc::new(SteppedClock::new());
    let undisturbed = Arc::new(MemoryStore::new(clock.clone(), Policy::default()));
    let served = Served::start(undisturbed.clone(), clock.clone());
    let expected = every_write(connect(options(served.address, "prod-m", clock.clone())).await, || {}).await;
    let wanted = left(&*undisturbed).await;
    let folder = tempfile::tempdir().unwrap();
    let mut disturbed = JoinSet::new();
    for fault in Fault::ALL {
        let path = folder.path().join(format!("{fault:?}.db"));
        let memory = Arc::new(MemoryStore::new(clock.clone(), Policy::default()));
        let sqlite = Arc::new(SqliteStore::open(path, clock.clone(), Policy::default()).unwrap());
        let servers = [
            (Served::start(memory.clone(), clock.clone()), memory as Arc<dyn Store>),
            (Served::start(sqlite.clone(), clock.clone()), sqlite as Arc<dyn Store>),
        ];
        for (served, store) in servers {
            let (clock, expected, wanted) = (clock.clone(), expected.clone(), wanted.clone());
            disturbed.spawn(async move {
                let proxy = Proxy::start(served.address, 1);
                // A late request arrives after it was sent again. Whoever is told of a fault has no need to give up.
                proxy.set(Faults::none().with_delay(Duration::from_millis(300)..Duration::from_millis(350)));
                let late = matches!(fault, Fault::DelayRequest | Fault::DelayAnswer | Fault::HalfOpen);
                let timeout = if late { Duration::from_millis(250) } else { Duration::from_secs(60) };
                let options = options(proxy.address(), "prod-m", clock)
                    .with_timeout(timeout)
                    .with_retry_timeout(Duration::from_secs(600));
                let client = connect(options).await;
                let answers = every_write(client, || proxy.plan("", fault)).await;
                for (answer, expected) in answers.iter().zip(&expected) {
                    assert_eq!(answer, expected, "{fault:?}");
                }
                assert_eq!(left(&*store).await, wanted, "{fault:?}");
                assert!(proxy.count(fault) >= expected.len() as u64);
                drop(served);
            });
        }
    }
    while let Some(done) = disturbed.join_next().await {
        done.unwrap();
    }
}
