//! Run loop: ticks and waits until the orchestrator has to end.

use super::Scheduler;
use super::chores::status_writer::STATUS_PAUSE;
use super::next_wake::NextWake;
use super::state::StoreOutage;
use super::summary::Summary;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::model::{Queue, Timestamp};
use crate::orchestrator::disk::lock::Lock;
use crate::orchestrator::disk::runtime_files::RuntimeFiles;
use crate::orchestrator::error::RunError;
use crate::orchestrator::handle::Control;
use crate::orchestrator::notice::Notice;
use crate::orchestrator::panics::catch_panic;
use crate::orchestrator::run::Interruption;
use crate::store::{EventFeed, Interest, Result as StoreResult, StoreError, TaskQuery, open_feed};
use crate::transition::Purpose;
use std::time::Duration;
use tokio::sync::watch;

/// Condition on which the run loop ends without being told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Never.
    Told,
    /// When no work is left that the orchestrator could do.
    Idle,
    /// After the runs that the first tick started.
    Once,
}

/// Number of failures in a row after which `Until::Idle` no longer waits for an agent or a landing.
const PATIENCE: u32 = 3;
/// Pauses between attempts to reach the store before the first tick.
const STORE_BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(30));
/// Pauses between ticks while the store is unavailable and runs go on.
const TICK_BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(15));
/// Longest time between two ticks, as a safety net.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// Longest time between two ticks while agents are working, so that the status shows what they do.
const PULSE: Duration = Duration::from_secs(1);

impl Scheduler {
    /// Runs until `until`. See [`Orchestrator::run`](crate::orchestrator::Orchestrator::run) for the guarantees.
    pub(crate) async fn run_until(mut self, until: Until) -> Result<Summary, RunError> {
        let _lock = Lock::take(&self.shared.layout, &*self.shared.clock).await?;
        self.identify()?;
        let agents = self.shared.agents.iter().map(|agent| (&agent.name, &agent.role));
        let (layout, id) = (&self.shared.layout, &self.shared.settings.orchestrator);
        self.state.runtime_files = RuntimeFiles::open(layout, id, agents);
        let result = self.work(until).await;
        // Whatever happens to the loop, runs are not cut off half-way if that can be avoided.
        match &result {
            // The claims were lost with the id: nothing more is written for them.
            Err(RunError::MachineIdTaken(why)) => {
                if !self.state.active.is_empty() {
                    let warning = "this machine's id was taken over, and its agents are stopped";
                    self.shared.warn(format!("{warning}: {why}"));
                }
                self.interrupt_all(&Interruption::Lost(why.to_string()));
            }
            Err(_) => self.interrupt_all(&Interruption::Stopping),
            Ok(()) => {}
        }
        while let Some(ended) = self.state.runs.join_next().await {
            self.ended(ended);
        }
        while let Some(ended) = self.state.cleanups.join_next().await {
            self.cleaned_up(ended);
        }
        self.finish_uploads().await;
        let summary = match &result {
            Ok(()) => self.summary().await,
            Err(_) => Summary::default(),
        };
        self.write_status(true);
        RuntimeFiles::remove_running(&self.shared.layout);
        result.map(|()| summary)
    }

    async fn work(&mut self, until: Until) -> Result<(), RunError> {
        let mut wanted = self.handle.subscribe();
        self.state.started_at = self.shared.now();
        // An invalid key is reported at once: before the first answer no run could be lost.
        self.retry_store(StoreError::is_retryable, async |this: &mut Self| {
            let last = this.shared.store.last_event().await?;
            let settings = &this.shared.settings;
            let interest = Interest::new(settings.scope.clone(), settings.orchestrator.clone());
            let interest = this.state.hints.interest(interest);
            this.state.feed = Some(open_feed(this.shared.store.clone(), interest, last));
            this.state.projects_due = true;
            Ok(())
        })
        .await?;
        self.retry_store(StoreError::is_undecided, async |this: &mut Self| this.recover().await).await?;
        self.state.cleanup.everything();
        self.state.upload_due = Some(self.shared.now());
        // Whether this tick checks everything, as the first one does.
        let mut complete = true;
        loop {
            // Registered before anything is read, so that no change is missed.
            wanted.borrow_and_update();
            if std::mem::take(&mut self.state.run_cut_off)
                && let Err(error) = self.recover().await
            {
                self.state.run_cut_off = true;
                self.on_store_error(error, until)?;
            }
            let tick = catch_panic(self.tick()).await.unwrap_or_else(|words| {
                Err(StoreError::unavailable(format!("a tick of the scheduler panicked: {words}")).into())
            });
            let ticked = match tick {
                Ok(ticked) => {
                    self.state.outage = None;
                    ticked
                }
                Err(error) => self.on_store_error(error, until)?,
            };
            let told = self.write_status(false);
            if self.handle.wanted().stopping {
                self.interrupt_all(&Interruption::Stopping);
            } else if self.handle.wanted().draining {
                self.state.active.values().for_each(|run| run.interrupt.drain.cancel());
            }
            match self.is_over(until).await {
                // Events caused by runs that have just ended here may not have arrived yet.
                Ok(true) if until == Until::Idle && !complete && self.state.gone.is_none() => {
                    complete = true;
                    self.state.forget_nothing_to_do();
                    continue;
                }
                Ok(true) => return self.state.gone.take().map_or(Ok(()), |error| Err(error.into())),
                Ok(false) => {}
                // Whether work is left cannot be determined while the store is unavailable.
                Err(error) => {
                    self.on_store_error(error, until)?;
                }
            }
            if until == Until::Once {
                self.handle.drain();
            }
            // A status that was not written yet is written soon, even if nothing else happens.
            let tell_at = (!told).then(|| self.shared.now() + STATUS_PAUSE);
            let wake_at = [ticked.wake_at, tell_at].into_iter().flatten().min();
            complete = false;
            self.wait_for_work(wake_at, &mut wanted).await;
        }
    }

    /// Waits until there is a reason for the next tick.
    async fn wait_for_work(&mut self, wake_at: Option<Timestamp>, wanted: &mut watch::Receiver<Control>) {
        let safety = if self.state.active.is_empty() { HEARTBEAT } else { PULSE };
        // By the monotonic clock: the system clock may be set at any time.
        let (now, monotonic) = self.shared.clock.now_and_monotonic();
        let end = monotonic + wake_at.map_or(safety, |at| at.since(now).min(safety));
        let away = self.state.outage.is_some();
        let clock = self.shared.clock.clone();
        // A store in memory never yields, and runs that were just started need a chance to run.
        tokio::task::yield_now().await;
        let sleep = clock.sleep_until(end);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                Some(ended) = self.state.runs.join_next() => {
                    self.ended(ended);
                    // Other runs that have ended in the meantime are handled in the same tick.
                    while let Some(ended) = self.state.runs.try_join_next() {
                        self.ended(ended);
                    }
                    return;
                }
                Some(ended) = self.state.cleanups.join_next() => {
                    self.cleaned_up(ended);
                    return;
                }
                Some(ended) = self.state.uploads.join_next() => {
                    self.uploaded(ended);
                    return;
                }
                _ = wanted.changed() => return,
                () = &mut sleep => return,
                result = event(&mut self.state.feed, &*clock, away) => {
                    if let Err(error) = result {
                        if away {
                            continue;
                        }
                        tracing::warn!(%error, "the store's feed is away");
                        clock.sleep(Duration::from_secs(1)).await;
                        return;
                    }
                }
            }
            // Events that only record this machine's own actions are no reason for a tick.
            if self.news().await.unwrap_or(true) {
                return;
            }
        }
    }

    /// Retries a call of the store while it is unavailable.
    async fn retry_store(
        &mut self,
        may_wait: fn(&StoreError) -> bool,
        mut what: impl AsyncFnMut(&mut Self) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let mut backoff = STORE_BACKOFF;
        loop {
            match what(self).await {
                Err(RunError::Store(error))
                    if may_wait(&error) && !error.is_gone() && !self.handle.wanted().draining =>
                {
                    tracing::warn!(%error, "waiting for the store");
                    self.store_is_away(&error);
                    self.write_status(false);
                    self.shared.clock.sleep(backoff.next_pause()).await;
                }
                other => return other,
            }
        }
    }

    /// Handles an error of a tick.
    ///
    /// The store also counts as unavailable if it rejects the key or something else answers in its place: runs go on, and the
    /// store is asked again after a pause.
    fn on_store_error(&mut self, error: RunError, until: Until) -> Result<NextWake, RunError> {
        let RunError::Store(error) = error else { return Err(error) };
        // A caller that waits for the end of the work gets the error, once no run could be lost.
        let vain = until != Until::Told && self.state.active.is_empty() && !error.is_retryable();
        if vain || !error.is_undecided() {
            return Err(error.into());
        }
        if error.is_gone() {
            self.store_is_gone(error);
            return Ok(NextWake::default());
        }
        let tries = self.store_is_away(&error);
        let pause = TICK_BACKOFF.after_attempts(tries).peek();
        Ok(NextWake { wake_at: Some(self.shared.now() + pause) })
    }

    /// Drains the orchestrator, which ends with the error once the active runs have their results on disk.
    ///
    /// Nothing can be written to the store for them, and the next start resumes them.
    fn store_is_gone(&mut self, error: StoreError) {
        if self.state.gone.is_none() {
            self.store_is_away(&error);
            self.handle.drain();
            self.state.gone = Some(error);
        }
    }

    /// Records the start of an outage, and reports it if it or its reason is new. Returns the number of earlier failed requests.
    fn store_is_away(&mut self, error: &StoreError) -> u32 {
        let (now, why) = (self.shared.now(), error.to_string());
        let known = self.state.outage.as_ref().is_some_and(|away| away.why == why);
        if !known {
            self.shared.warn(format!("the queue is away, and what runs goes on: {why}"));
        }
        let away =
            self.state.outage.get_or_insert_with(|| StoreOutage { since: now, why: String::new(), tries: 0 });
        away.why = why;
        away.tries += 1;
        away.tries - 1
    }

    /// Returns whether a person has stopped this machine from starting new work.
    pub(crate) fn is_held_up(&self) -> bool {
        let wanted = self.handle.wanted();
        wanted.paused || wanted.draining || self.state.maintenance
    }

    async fn is_over(&self, until: Until) -> Result<bool, RunError> {
        if !self.state.active.is_empty() || !self.state.cleanups.is_empty() {
            return Ok(false);
        }
        if self.handle.wanted().draining || until == Until::Once {
            return Ok(true);
        }
        Ok(until == Until::Idle && !self.something_left().await?)
    }

    /// Returns whether there is work for an agent or a landing that is only pausing for a while.
    async fn something_left(&self) -> Result<bool, RunError> {
        // A landing of another machine ends, or its lease expires.
        if !self.state.queued.is_empty() {
            return Ok(true);
        }
        if self.state.deferred_landings.values().any(|wait| wait.faults < PATIENCE) {
            return Ok(true);
        }
        for agent in &self.shared.agents {
            let Some(known) = self.state.agents.get(&agent.name) else { continue };
            let patient = known.backoff.as_ref().is_none_or(|backoff| backoff.faults < PATIENCE);
            // The limit of an account lifts by itself, and so does that of the day.
            let later = known.idle.as_ref().is_some_and(|idle| idle.until.is_some());
            if !(patient && later) {
                continue;
            }
            let Some(role) = self.shared.roles.get(&agent.role) else { continue };
            let mut query = TaskQuery::new(self.shared.settings.scope.clone());
            query.limit = 1;
            let query = match role.spec().claims {
                Purpose::Work => {
                    query.roles.push(agent.role.clone());
                    query.in_queue(Queue::Incoming)
                }
                Purpose::Review | Purpose::Land => query.in_queue(Queue::Provisional),
            };
            if self.shared.store.list_tasks(&query).await?.total > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn ended(&mut self, ended: Result<crate::orchestrator::run::Finished, tokio::task::JoinError>) {
        match ended {
            Ok(finished) => {
                let now = self.shared.now();
                self.state.upload_due = Some(now);
                let account = self.shared.account(&finished.agent).to_owned();
                if let Some((agent, backoff)) = self.state.settled(finished, &account, now) {
                    self.announce_cooldown(agent, backoff);
                }
            }
            Err(error) => {
                // A bug in a role or in the orchestrator. The journal has the run; the next start resumes it.
                let message = format!("a run ended by a defect: {error}");
                self.shared.tell(Notice::Warning { message: message.clone() });
                tracing::error!("{message}");
                self.state.warn(message);
            }
        }
    }

    fn interrupt_all(&self, why: &Interruption) {
        for run in self.state.active.values() {
            run.interrupt.press(why.clone());
        }
    }
}

/// Waits for the next event. While the store is unavailable its feed is polled: an event shows that the store is back.
async fn event(feed: &mut Option<Box<dyn EventFeed>>, clock: &dyn Clock, away: bool) -> StoreResult<()> {
    if away {
        clock.sleep(Duration::from_secs(1)).await;
    }
    match feed {
        Some(feed) => feed.ready().await,
        None => std::future::pending().await,
    }
}
