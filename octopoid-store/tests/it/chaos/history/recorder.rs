//! Writes down what one machine asks and is told.

use super::{Answer, Ask, Call};
use octopoid_core::model::{MessageDraft, NewTask, Run, Scope, Task, TaskId};
use octopoid_core::store::{ClaimRequest, ErrorKind, IdempotentStore, Result, Store, StoreError};
use octopoid_core::transition::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// The calls of all machines, in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct History {
    calls: Mutex<Vec<Call>>,
    moment: AtomicU64,
    successes: watch::Sender<u64>,
    /// How often something else went on.
    others: AtomicU64,
}

impl History {
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// How many calls have succeeded.
    pub(crate) fn successes(&self) -> u64 {
        *self.successes.borrow()
    }

    /// Something went on that is no call.
    pub(crate) fn goes_on(&self) {
        self.others.fetch_add(1, Ordering::SeqCst);
    }

    /// How often anything went on.
    pub(crate) fn steps(&self) -> u64 {
        self.successes() + self.others.load(Ordering::SeqCst)
    }

    /// Completes once so many calls have succeeded.
    pub(crate) async fn reached(&self, successes: u64) {
        let _ = self.successes.subscribe().wait_for(|reached| *reached >= successes).await;
    }

    /// Whether there is such a call; the newest are looked at first.
    pub(crate) fn any(&self, is_such: impl FnMut(&Call) -> bool) -> bool {
        self.calls.lock().unwrap().iter().rev().any(is_such)
    }

    /// Completes once something is so. It is looked at after each call that succeeds, and has to be so before `within` of
    /// them have succeeded: a bound on work, since how long that takes is up to the machine.
    pub(crate) async fn until(&self, what: &str, within: u64, mut is_so: impl AsyncFnMut() -> bool) {
        let mut successes = self.successes.subscribe();
        let begin = *successes.borrow();
        loop {
            // Marked as seen before looking, so that what comes meanwhile wakes again.
            let now = *successes.borrow_and_update();
            if is_so().await {
                return;
            }
            assert!(now < begin + within, "not after {within} successes: {what}");
            let _ = successes.changed().await;
        }
    }

    fn moment(&self) -> u64 {
        self.moment.fetch_add(1, Ordering::SeqCst)
    }

    /// Until it is answered, a call's effect is unknown.
    fn begin(&self, machine: &str, ask: Ask) -> usize {
        let mut calls = self.calls.lock().unwrap();
        let (machine, asked) = (machine.to_owned(), self.moment());
        calls.push(Call { machine, ask, asked, answered: None, answer: Answer::Unknown });
        calls.len() - 1
    }

    fn end(&self, place: usize, answer: Answer) {
        let success = matches!(answer, Answer::Done { .. });
        {
            let mut calls = self.calls.lock().unwrap();
            calls[place].answered = Some(self.moment());
            calls[place].answer = answer;
        }
        // Told last: whoever is woken finds the answer.
        if success {
            self.successes.send_modify(|successes| *successes += 1);
        }
    }
}

/// One machine's way to its store.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    machine: String,
    store: Arc<dyn IdempotentStore>,
    history: Arc<History>,
}

impl Recorder {
    pub(crate) fn new(machine: &str, store: Arc<dyn IdempotentStore>, history: &Arc<History>) -> Self {
        Self { machine: machine.to_owned(), store, history: Arc::clone(history) }
    }

    /// The store, for what changes nothing.
    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) async fn create(&self, new: NewTask) -> Result<Task> {
        let place = self.history.begin(&self.machine, Ask::Create { title: new.title.clone() });
        let result = self.store.create_task(new).await;
        self.told(place, result, done)
    }

    pub(crate) async fn claim(&self, request: &ClaimRequest) -> Result<Option<Task>> {
        let ask = Ask::Claim { purpose: request.purpose, token: request.token.clone() };
        let place = self.history.begin(&self.machine, ask);
        let result = self.store.claim(request).await;
        self.told(place, result, |task| task.as_ref().map_or(Answer::Nothing, done))
    }

    pub(crate) async fn apply(&self, scope: &Scope, id: &TaskId, command: Command) -> Result<Task> {
        let (name, token) = (command.name(), command.token().cloned());
        let place = self.history.begin(&self.machine, Ask::Command { task: id.clone(), name, token });
        let result = self.store.apply(scope, id, command).await;
        self.told(place, result, done)
    }

    pub(crate) async fn post(&self, scope: &Scope, id: &TaskId, message: MessageDraft) -> Result<()> {
        let ask = Ask::Post { task: id.clone(), body: message.body.clone() };
        let place = self.history.begin(&self.machine, ask);
        let result = self.store.post_message(scope, id, message).await;
        self.told(place, result.map(drop), |()| Answer::Done { task: id.clone(), lease: None })
    }

    pub(crate) async fn save_run(&self, run: &Run) -> Result<()> {
        let place = self.history.begin(&self.machine, Ask::SaveRun(Box::new(run.clone())));
        let result = self.store.save_run(run).await;
        self.told(place, result, |()| Answer::Done { task: run.task.clone(), lease: None })
    }

    fn told<T>(&self, place: usize, result: Result<T>, answer: impl FnOnce(&T) -> Answer) -> Result<T> {
        let answer = match &result {
            Ok(value) => answer(value),
            Err(error) => refused(error),
        };
        self.history.end(place, answer);
        result
    }
}

fn done(task: &Task) -> Answer {
    let lease = task.state.claim().map(|claim| (claim.claimed_at, claim.lease_expires_at));
    Answer::Done { task: task.id.clone(), lease }
}

fn refused(error: &StoreError) -> Answer {
    match error.kind() {
        ErrorKind::Unavailable | ErrorKind::Internal => Answer::Unknown,
        kind => Answer::Refused(kind.clone()),
    }
}
