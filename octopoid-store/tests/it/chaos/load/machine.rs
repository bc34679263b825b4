//! One machine: claims, keeps its lease, hands in, reviews, lands.

use super::{LEASE, Recorder, Shared, surprise};
use octopoid_core::model::{
    ClaimToken, Holder, MessageDraft, MessageKind, RoleName, Run, RunStage, Submission, Task,
};
use octopoid_core::store::{ClaimRequest, ErrorKind, Result as StoreResult, StoreError};
use octopoid_core::transition::{Actor, Cause, Command, Purpose};
use rand::RngExt;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(super) struct Machine {
    name: String,
    holder: Holder,
    recorder: Recorder,
    shared: Arc<Shared>,
    random: StdRng,
    tokens: u64,
}

/// What a holder comes to when it asks for something.
enum Standing {
    Holds,
    Lost,
}

impl Machine {
    pub(super) fn new(name: &str, recorder: Recorder, shared: Arc<Shared>, random: StdRng) -> Self {
        let holder = Holder::new(name.parse().unwrap(), name.parse().unwrap());
        Self { name: name.to_owned(), holder, recorder, shared, random, tokens: 0 }
    }

    /// Works until everything is done.
    pub(super) async fn run(mut self) -> Result<(), String> {
        let mut idle = 0;
        loop {
            if self.random.random_bool(0.05) {
                // As every orchestrator does now and then; it is tried again soon enough.
                let _ = self
                    .recorder
                    .store()
                    .expire_leases(&self.shared.scope, Some(&self.holder.orchestrator))
                    .await;
            }
            let mut claimed = false;
            for purpose in self.purposes(idle) {
                if let Some((task, token)) = self.claim(purpose).await? {
                    (claimed, idle) = (true, 0);
                    self.shared.busy.fetch_add(1, Ordering::SeqCst);
                    let result = self.work(purpose, &task, &token).await;
                    self.shared.busy.fetch_sub(1, Ordering::SeqCst);
                    result?;
                }
            }
            if !claimed {
                if self.shared.all_done(self.recorder.store()).await {
                    return Ok(());
                }
                idle += 1;
                self.shared.idle(&mut self.random, idle).await;
            }
        }
    }

    /// What to ask for: everything in turn, or, after nothing was found, one of it.
    fn purposes(&mut self, idle: u64) -> Vec<Purpose> {
        let all = [Purpose::Land, Purpose::Review, Purpose::Work];
        if idle == 0 { all.to_vec() } else { vec![all[self.random.random_range(0..all.len())]] }
    }

    async fn claim(&mut self, purpose: Purpose) -> Result<Option<(Task, ClaimToken)>, String> {
        self.tokens += 1;
        let token: ClaimToken = format!("{}/{}", self.name, self.tokens).parse().unwrap();
        let (scope, holder) = (self.shared.scope.clone(), self.holder.clone());
        let mut request = ClaimRequest::new(scope, purpose, holder, token.clone(), LEASE);
        if purpose == Purpose::Review {
            // A person decides on the others.
            request = request.with_role(RoleName::implement());
        }
        loop {
            match self.recorder.claim(&request).await {
                Ok(task) => return Ok(task.map(|task| (task, token))),
                Err(error) => self.pause_after(&error, "claim").await?,
            }
        }
    }

    /// From a claim to its end, or until it is lost.
    async fn work(&mut self, purpose: Purpose, task: &Task, token: &ClaimToken) -> Result<(), String> {
        let number = task.counters.runs;
        let Holder { orchestrator, agent, .. } = self.holder.clone();
        let (scope, id, start) = (task.scope.clone(), task.id.clone(), task.updated_at);
        let mut run = Run::new(scope, id, number, agent, None, orchestrator, start);
        self.save_run(&run).await?;
        for _ in 0..2 {
            if self.random.random_bool(0.5) {
                let renew = Command::Renew { token: token.clone(), lease: LEASE };
                if let Standing::Lost = self.apply(task, renew).await? {
                    return Ok(());
                }
            }
        }
        self.post(task, token).await?;
        let end = self.end(purpose, token);
        self.apply(task, end).await?;
        run.stage = RunStage::Settled;
        self.save_run(&run).await
    }

    fn end(&mut self, purpose: Purpose, token: &ClaimToken) -> Command {
        let (token, actor) = (token.clone(), Actor::Holder(token.clone()));
        let reason = "so the dice fell".to_owned();
        match (purpose, self.random.random_range(0..100)) {
            (_, 0..5) => Command::Release { token, reason },
            (_, 5..8) => Command::Requeue { actor, reason },
            (Purpose::Review, 8..20) => Command::Reject { actor, reason, cause: Cause::Review },
            (Purpose::Land, 8..12) => Command::Reject { actor, reason, cause: Cause::Conflict },
            (Purpose::Work, _) => Command::Submit { token, submission: Submission::new(1, 5) },
            (Purpose::Review, _) => Command::Approve { actor, comments: String::new() },
            (Purpose::Land, _) => Command::Accept { actor, landed: Some("a".repeat(40).parse().unwrap()) },
        }
    }

    async fn apply(&mut self, task: &Task, command: Command) -> Result<Standing, String> {
        loop {
            match self.ask(self.recorder.apply(&task.scope, &task.id, command.clone())).await {
                Ok(_) => return Ok(Standing::Holds),
                Err(error) if error.is_lease_lost() => return Ok(Standing::Lost),
                Err(error) => self.pause_after(&error, command.name()).await?,
            }
        }
    }

    /// A message has no key of its own: one whose fate is unknown is not sent again.
    async fn post(&mut self, task: &Task, token: &ClaimToken) -> Result<(), String> {
        let body = format!("{} on {}", token, task.id);
        let message = MessageDraft::new(MessageKind::Comment, self.name.clone(), body);
        match self.ask(self.recorder.post(&task.scope, &task.id, message)).await {
            Err(error) if !error.is_retryable() => Err(surprise(&self.name, "message", &error)),
            _ => Ok(()),
        }
    }

    async fn save_run(&mut self, run: &Run) -> Result<(), String> {
        loop {
            match self.ask(self.recorder.save_run(run)).await {
                Ok(()) => return Ok(()),
                Err(error) => self.pause_after(&error, "run").await?,
            }
        }
    }

    /// Time passes with each request of a holder.
    async fn ask<T>(&self, request: impl Future<Output = StoreResult<T>>) -> StoreResult<T> {
        (self.shared.pass)(self.shared.pace);
        tokio::task::yield_now().await;
        request.await
    }

    /// Only what may succeed later is tried again.
    async fn pause_after(&mut self, error: &StoreError, what: &str) -> Result<(), String> {
        if *error.kind() != ErrorKind::Unavailable {
            return Err(surprise(&self.name, what, error));
        }
        let pause = self.random.random_range(1..5);
        tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
        Ok(())
    }
}
