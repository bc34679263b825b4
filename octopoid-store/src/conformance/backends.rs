//! The contract of a backend, as far as a store over it cannot show it.

use super::clock::SteppedClock;
use super::suite::{Failure, Report};
use super::verdict::{Verdict, Wrong, refused, same};
use crate::backend::{Backend, Counter, Reader, RecordKey, RecordKind, Transaction};
use octopoid_core::clock::Clock;
use octopoid_core::model::{
    EventDraft, EventKind, MessageDraft, MessageKind, RoleName, Scope, State, Task, TaskId,
};
use octopoid_core::store::{ErrorKind, EventQuery, Result, StoreError};
use std::sync::Arc;
use tokio::sync::Barrier;

const CASES: usize = 4;

/// Runs a backend through every case, each with a backend of its own that `open` returns: empty, on the clock that it is
/// handed. [`check_idempotent`](super::check_idempotent) shows the rest, over a [`BackendStore`](crate::BackendStore).
///
/// # Errors
/// The cases that it fails, by name.
pub async fn check_backend<B, F, O>(open: F) -> std::result::Result<(), Report>
where
    B: Backend,
    F: Fn(Arc<dyn Clock>) -> O,
    O: Future<Output = B>,
{
    let fresh = || open(Arc::new(SteppedClock::new()));
    let verdicts: [(&'static str, Verdict); CASES] = [
        ("backends::i02_an_error_leaves_nothing", leaves_nothing(fresh().await, || Err(defect())).await),
        ("backends::i02_a_panic_leaves_nothing", leaves_nothing(fresh().await, || panic!("a defect")).await),
        ("backends::a_transaction_sees_its_own_writes", sees_its_writes(fresh().await).await),
        ("backends::no_update_of_a_counter_is_lost", loses_no_update(fresh().await).await),
    ];
    let failed = verdicts
        .into_iter()
        .filter_map(|(case, verdict)| verdict.err().map(|wrong| Failure { case, what: wrong.0 }));
    let failures: Vec<_> = failed.collect();
    if failures.is_empty() { Ok(()) } else { Err(Report { failures, cases: CASES }) }
}

fn defect() -> StoreError {
    StoreError::internal("a defect")
}

const COUNTER: RecordKey<'static> = RecordKey::global(RecordKind::Counter, "conformance");

fn task() -> Task {
    let (id, role) = (TaskId::numbered(1), RoleName::implement());
    let mut task = Task::restored(id, Scope::single(), 1, role, State::Backlog);
    "A task".clone_into(&mut task.title);
    task.version = 1;
    task
}

/// Writes something to each table.
fn write_all(transaction: &mut impl Transaction, task: &Task) -> Result<()> {
    let (scope, at) = (Scope::single(), transaction.now());
    transaction.put_task(None, task)?;
    transaction.set_counter(Counter::TaskPlace, task.seq)?;
    transaction.set_counter(Counter::Draft, 7)?;
    let event = EventDraft::new(EventKind::Created, "ada", None, None);
    transaction.append_event(&scope, &task.id, event, at)?;
    let message = MessageDraft::new(MessageKind::Comment, "ada", "Hello.");
    transaction.append_message(&scope, &task.id, message, at)?;
    transaction.put_record(RecordKey::scoped(RecordKind::Flow, &scope, "flow"), "body".to_owned())
}

/// What [`write_all`] wrote, as far as it is there.
#[derive(Debug, PartialEq)]
struct Written {
    tasks: Vec<Task>,
    last_event: u64,
    events: usize,
    messages: usize,
    counter: u64,
    records: Vec<String>,
}

fn written(reader: &mut impl Reader) -> Result<Written> {
    let scope = Scope::single();
    Ok(Written {
        tasks: reader.tasks(&scope)?,
        last_event: reader.last_event()?,
        events: reader.events(&EventQuery::of_all_scopes(0))?.len(),
        messages: reader.messages(&scope, None)?.len(),
        counter: reader.counter(Counter::Draft)?,
        records: reader.records(RecordKind::Flow, None)?,
    })
}

async fn leaves_nothing(backend: impl Backend, end: impl Fn() -> Result<()> + Send + 'static) -> Verdict {
    let before = backend.read(|reader| written(reader)).await?;
    let failed = backend.transact(move |transaction| {
        write_all(transaction, &task())?;
        end()
    });
    refused(failed.await, ErrorKind::Internal)?;
    same(&backend.read(|reader| written(reader)).await?, &before)?;
    // And the next transaction is not hindered by it.
    backend.transact(|transaction| write_all(transaction, &task())).await?;
    same(backend.read(|reader| Ok(written(reader)?.tasks)).await?, vec![task()])
}

async fn sees_its_writes(backend: impl Backend) -> Verdict {
    let seen = backend.transact(|transaction| {
        write_all(transaction, &task())?;
        written(transaction)
    });
    let seen = seen.await?;
    let (tasks, records) = (vec![task()], vec!["body".to_owned()]);
    let all = Written { tasks, last_event: seen.last_event, events: 1, messages: 1, counter: 7, records };
    same(&seen, &all)?;
    same(backend.read(|reader| written(reader)).await?, seen)
}

/// Raises a counter in many transactions, each of which reads it first.
async fn loses_no_update(backend: impl Backend) -> Verdict {
    const WRITERS: usize = 16;
    const WRITES: usize = 25;
    let (backend, start) = (Arc::new(backend), Arc::new(Barrier::new(WRITERS)));
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (backend, start) = (Arc::clone(&backend), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                for _ in 0..WRITES {
                    let raised = backend.transact(|transaction| {
                        let last = transaction.record(COUNTER)?.and_then(|last| last.parse().ok());
                        // Lets others in, where they can come in.
                        std::thread::yield_now();
                        transaction.put_record(COUNTER, (last.unwrap_or(0_usize) + 1).to_string())
                    });
                    raised.await?;
                }
                Ok::<(), StoreError>(())
            })
        })
        .collect();
    for writer in writers {
        writer.await.map_err(|error| Wrong::new(error.to_string()))??;
    }
    same(backend.read(|reader| reader.record(COUNTER)).await?, Some((WRITERS * WRITES).to_string()))
}
