//! The person who creates the tasks and decides on some of them.

use super::{Recorder, Shared, surprise};
use octopoid_core::model::{Hold, NewTask, Priority, Provisional, Queue, RoleName, State, Task, TaskId};
use octopoid_core::store::{ErrorKind, StoreError, TaskQuery};
use octopoid_core::transition::{Actor, Cause, Command};
use rand::RngExt;
use rand::rngs::StdRng;
use std::sync::Arc;

pub(super) const NAME: &str = "ada";

pub(super) struct Person {
    recorder: Recorder,
    shared: Arc<Shared>,
    random: StdRng,
    /// The tasks whose creation was answered.
    known: Vec<TaskId>,
}

impl Person {
    pub(super) fn new(recorder: Recorder, shared: Arc<Shared>, random: StdRng) -> Self {
        Self { recorder, shared, random, known: Vec::new() }
    }

    /// Creates the tasks and decides until everything is done.
    pub(super) async fn run(mut self, tasks: usize) -> Result<(), String> {
        for number in 0..tasks {
            // Those without a key come first: one that is on its way for long arrives before the end all the same.
            let key = (number >= tasks / 2).then(|| format!("key-{number}"));
            self.create(number, key).await?;
        }
        self.keep_busy(tasks).await?;
        self.shared.filled.send_replace(true);
        loop {
            self.decide().await?;
            if self.shared.all_done(self.recorder.store()).await {
                return Ok(());
            }
            self.shared.idle(&mut self.random, 2).await;
        }
    }

    /// Creates more tasks for as long as there is trouble, and as many again when it is over: whoever comes back late
    /// finds something to do.
    async fn keep_busy(&mut self, tasks: usize) -> Result<(), String> {
        if *self.shared.calm.borrow() {
            return Ok(());
        }
        let (wanted, mut number) = (tasks as u64 / 2, tasks);
        while !*self.shared.calm.borrow() {
            if self.shared.left(self.recorder.store()).await.is_some_and(|left| left < wanted) {
                self.create(number, Some(format!("key-{number}"))).await?;
                number += 1;
            } else {
                self.decide().await?;
                self.shared.idle(&mut self.random, 2).await;
            }
        }
        for number in number..number + tasks {
            self.create(number, Some(format!("key-{number}"))).await?;
        }
        Ok(())
    }

    /// A task with a key is asked for until it is there; of one without, a request whose fate is unknown is left at
    /// that.
    async fn create(&mut self, number: usize, key: Option<String>) -> Result<(), String> {
        let mut new = NewTask::new(format!("Number {number}"), "What is to be done.").with_author(NAME);
        new.scope = self.shared.scope.clone();
        new.priority = Priority::ALL[self.random.random_range(0..4)];
        if number.is_multiple_of(5) {
            new.role = RoleName::new("document").unwrap();
        }
        new.key = key;
        if !self.known.is_empty() && self.random.random_bool(0.2) {
            new.blocked_by = vec![self.known[self.random.random_range(0..self.known.len())].clone()];
        }
        loop {
            match self.recorder.create(new.clone()).await {
                Ok(task) => {
                    self.known.push(task.id);
                    return Ok(());
                }
                Err(error) => self.check(&error, "create", &[])?,
            }
            if new.key.is_none() {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    }

    /// Decides on submitted work that no agent reviews.
    async fn decide(&mut self) -> Result<(), String> {
        let mut query = TaskQuery::new(self.shared.scope.clone()).in_queue(Queue::Provisional);
        query.roles = vec![RoleName::new("document").unwrap()];
        let waiting = match self.recorder.store().list_tasks(&query).await {
            Ok(page) => page.items,
            Err(error) => return self.check(&error, "list", &[]),
        };
        for task in waiting.iter().filter(|task| waits(task)) {
            let actor = Actor::Person(NAME.to_owned());
            let command = if self.random.random_bool(0.9) {
                Command::Approve { actor, comments: "Fine.".to_owned() }
            } else {
                Command::Reject { actor, reason: "Not yet.".to_owned(), cause: Cause::Review }
            };
            if let Err(error) = self.recorder.apply(&task.scope, &task.id, command).await {
                // A decision whose answer was lost stands, and the second one comes too late.
                self.check(&error, "decide", &[ErrorKind::Conflict])?;
            }
        }
        Ok(())
    }

    fn check(&self, error: &StoreError, what: &str, expected: &[ErrorKind]) -> Result<(), String> {
        if error.is_retryable() || expected.contains(error.kind()) {
            return Ok(());
        }
        Err(surprise(NAME, what, error))
    }
}

fn waits(task: &Task) -> bool {
    matches!(&task.state, State::Provisional(Provisional { approval: None, hold: Hold::Free, .. }))
}
