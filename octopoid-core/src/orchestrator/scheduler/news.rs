//! News: reads the events since the last tick and updates the scheduler's state.

use super::Scheduler;
use super::next_wake::NextWake;
use super::state::Counted;
use crate::model::{Event, EventKind, Queue};
use crate::orchestrator::error::RunError;
use crate::orchestrator::run::Interruption;
use crate::store::News;

impl Scheduler {
    /// Reads the news.
    ///
    /// Interrupts runs whose claim was ended by another process, for example because a person cancelled, approved or requeued the
    /// task. Returns whether there is a change that may let new work start.
    pub(super) async fn news(&mut self) -> Result<bool, RunError> {
        let mut matters = false;
        while let Some(feed) = &mut self.state.feed {
            let news = feed.take().await?;
            if news.is_empty() {
                break;
            }
            for one in news {
                matters |= self.note(one);
            }
        }
        self.pass_on_messages().await?;
        self.interrupt_lost().await?;
        Ok(matters)
    }

    /// Records one piece of news. Returns whether it may let new work start.
    fn note(&mut self, news: News) -> bool {
        match news {
            News::Event(event) => {
                self.state.hints.event(&event);
                self.state.projects_due |= event.kind.may_complete_project();
                self.note_event(event)
            }
            News::Held(event) => {
                let ended = event.kind.ends_task() && self.state.without_project.remove(&event.task);
                let known = self.state.active.values().find(|run| run.task == event.task);
                let alone = ended || known.is_some_and(|run| !run.in_project);
                self.state.projects_due |= !alone && event.kind.may_complete_project();
                self.note_event(event)
            }
            News::Offer(offer) => {
                self.state.hints.offer(&offer);
                self.state.provisional = Some(Counted { total: offer.provisional, at: self.shared.now() });
                true
            }
            News::Withdrawn(task) => {
                self.state.hints.taken(&task);
                false
            }
            News::Followed(run) => {
                if let Some(run) = self.state.active.get(&run) {
                    run.followers.note(&*self.shared.clock);
                }
                false
            }
            News::Lost => {
                self.state.forget_nothing_to_do();
                true
            }
        }
    }

    fn note_event(&mut self, event: Event) -> bool {
        let stood = |queue: Option<Queue>| queue == Some(Queue::Provisional);
        if stood(event.from) != stood(event.to) {
            self.state.provisional = None;
        }
        if event.kind.ends_task() {
            self.state.cleanup.ended(event.task.clone());
        }
        let matters = !event.kind.is_bookkeeping();
        if event.kind == EventKind::MessagePosted {
            self.state.new_messages.insert(event.task);
        } else if event.kind.ends_claim() {
            self.state.claims_refused = None;
            self.state.ended_claims.insert(event.task, event.kind);
        }
        matters
    }

    /// Writes new messages of a thread to the files that running agents read.
    async fn pass_on_messages(&mut self) -> Result<(), RunError> {
        while let Some(task) = self.state.new_messages.first().cloned() {
            let scope = &self.shared.settings.scope;
            let listens = |run: &crate::orchestrator::run::RunHandle| {
                run.task == task && run.role.is_some() && !run.interrupt.is_settling()
            };
            for (id, _) in self.state.active.iter().filter(|(_, run)| listens(run)) {
                self.shared.write_thread(id, &self.shared.store.messages(scope, &task).await?);
            }
            self.state.new_messages.remove(&task);
        }
        Ok(())
    }

    /// Interrupts runs whose claim was ended by another process. A run that is settling learns it from the store's answer.
    async fn interrupt_lost(&mut self) -> Result<(), RunError> {
        let scope = self.shared.settings.scope.clone();
        while let Some((touched, end)) = self.state.ended_claims.first_key_value() {
            let runs = self.state.active.values().filter(|run| &run.task == touched);
            for run in runs.filter(|run| !run.interrupt.is_settling()) {
                let why = match self.shared.store.task(&scope, &run.task).await {
                    Ok(task) if task.state.claim().is_some_and(|claim| claim.token == run.token) => continue,
                    // The run itself has just settled.
                    Ok(task) if task.settled.as_ref().is_some_and(|settled| settled.token == run.token) => {
                        continue;
                    }
                    // Only the lease has expired: a run that is alive keeps its task unless another machine has claimed it (I10).
                    Ok(_) if *end == EventKind::LeaseExpired => {
                        let orchestrator = self.shared.settings.orchestrator.clone();
                        match run.turn.hold(&run.held_claim(orchestrator), &self.shared).await {
                            Ok(()) => continue,
                            Err(error) if error.is_undecided() => return Err(error.into()),
                            Err(error) => error.to_string(),
                        }
                    }
                    Ok(task) => {
                        task.note.unwrap_or_else(|| format!("the task is in `{}` now", task.state.queue()))
                    }
                    Err(error) if error.is_not_found() => "the task was deleted".to_owned(),
                    Err(error) => return Err(error.into()),
                };
                run.interrupt.press(Interruption::Lost(why));
            }
            self.state.ended_claims.pop_first();
        }
        Ok(())
    }

    /// Triggers a full check periodically, in case the feed has missed something.
    pub(super) fn recheck(&mut self, ticked: &mut NextWake) {
        let Some(feed) = &self.state.feed else { return };
        let now = self.shared.now();
        if now >= self.state.next_recheck {
            self.state.next_recheck = now + feed.recheck();
            self.state.forget_nothing_to_do();
            self.state.projects_due = true;
        }
        ticked.by(self.state.next_recheck);
    }
}
