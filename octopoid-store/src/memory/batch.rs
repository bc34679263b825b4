//! One batch, under the store's lock. What the engine writes stays: a write that is refused is refused before it begins.

use super::tables::{Record, Tables};
use crate::engine::{Batch, Kept, Link, Shelf, Swept, Window, token_holds_another};
use octopoid_core::model::{
    ClaimToken, EventDraft, EventKind, Message, MessageDraft, OrchestratorId, ProjectId, Queue, RoleName,
    Run, RunId, RunStage, Scope, StateName, Task, TaskId, Timestamp,
};
use octopoid_core::store::Result;
use octopoid_core::transition::Purpose;

impl Batch for Tables {
    fn task(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<Task>> {
        Ok(self.tenant(scope).and_then(|tenant| tenant.task(id)).cloned())
    }

    fn is_done(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<bool>> {
        Ok(self.tenant(scope).and_then(|tenant| tenant.task(id)).map(Task::is_done))
    }

    fn task_by_key(&mut self, scope: &Scope, key: &str) -> Result<Option<Task>> {
        let found = self.tenant(scope).and_then(|tenant| tenant.tasks.get(tenant.keys.get(key)?));
        Ok(found.cloned())
    }

    fn task_by_token(&mut self, scope: &Scope, token: &ClaimToken) -> Result<Option<Task>> {
        let found = self.tenant(scope).and_then(|tenant| tenant.tasks.get(&tenant.index.by_token(token)?));
        Ok(found.cloned())
    }

    fn next_claimable(
        &mut self,
        scope: &Scope,
        purpose: Purpose,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        let Some(tenant) = self.tenant(scope) else { return Ok(None) };
        let takes = |seq: u64| {
            let task = tenant.tasks.get(&seq)?;
            let kind = task.attributes.kind.as_ref();
            (types.is_empty() || kind.is_some_and(|kind| types.contains(kind))).then_some(task)
        };
        let found = tenant.index.next_claimable(purpose, roles, |seq| takes(seq).is_some());
        Ok(found.and_then(takes).cloned())
    }

    fn next_in_state(
        &mut self,
        scope: &Scope,
        state: &StateName,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        let Some(tenant) = self.tenant(scope) else { return Ok(None) };
        let in_state = tenant.index.in_state(state).filter_map(|seq| tenant.tasks.get(&seq));
        let found = in_state
            .filter(|task| task.unresolved_blockers().next().is_none())
            .filter(|task| roles.is_empty() || roles.contains(&task.role))
            .filter(|task| {
                types.is_empty() || task.attributes.kind.as_ref().is_some_and(|kind| types.contains(kind))
            })
            .min_by_key(|task| (task.priority, task.seq));
        Ok(found.cloned())
    }

    fn landing_on(&mut self, scope: &Scope, branch: Option<&str>) -> Result<Option<Task>> {
        let found = self.tenant(scope).and_then(|tenant| tenant.tasks.get(&tenant.index.landing_on(branch)?));
        Ok(found.cloned())
    }

    fn claimed_by(&mut self, scope: &Scope, orchestrator: &OrchestratorId) -> Result<u64> {
        Ok(self.tenant(scope).map_or(0, |tenant| tenant.index.claimed_by(orchestrator)))
    }

    fn waiting_for(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<Task>> {
        let Some(tenant) = self.tenant(scope) else { return Ok(Vec::new()) };
        Ok(tenant.index.waiting_for(id).filter_map(|seq| tenant.tasks.get(&seq).cloned()).collect())
    }

    fn waits_for(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<TaskId>> {
        let task = self.tenant(scope).and_then(|tenant| tenant.task(id));
        Ok(task.map(|task| task.unresolved_blockers().cloned().collect()).unwrap_or_default())
    }

    fn expired(
        &mut self,
        scope: &Scope,
        now: Timestamp,
        spare: Option<&OrchestratorId>,
    ) -> Result<Vec<Task>> {
        let Some(tenant) = self.tenant(scope) else { return Ok(Vec::new()) };
        let expired = tenant.index.expired(now).into_iter().filter_map(|seq| tenant.tasks.get(&seq));
        let spared = |task: &&Task| task.state.claim().map(|claim| &claim.holder.orchestrator) == spare;
        Ok(expired.filter(|task| !spared(task)).cloned().collect())
    }

    fn run(&mut self, scope: &Scope, id: &RunId) -> Result<Option<Run>> {
        let found = self.tenant(scope).and_then(|tenant| tenant.runs.get(tenant.run_ids.get(id)?));
        Ok(found.cloned())
    }

    fn next_seq(&mut self) -> Result<u64> {
        Ok(self.last_task + 1)
    }

    fn next_number(&mut self, scope: &Scope) -> Result<u64> {
        Ok(self.tenant(scope).map_or(0, |tenant| tenant.last_number) + 1)
    }

    fn use_number(&mut self, scope: &Scope, number: u64) -> Result<()> {
        self.changes += 1;
        self.tenant_mut(scope).last_number = number;
        Ok(())
    }

    fn insert(&mut self, task: &Task) -> Result<()> {
        self.changes += 1;
        self.last_task = task.seq;
        self.tenant_mut(&task.scope).put(task);
        Ok(())
    }

    fn replace(&mut self, _before: &Task, after: &Task) -> Result<()> {
        let tenant = self.tenant_mut(&after.scope);
        let holds = after.state.claim().and_then(|claim| tenant.index.by_token(&claim.token));
        if holds.is_some_and(|seq| seq != after.seq) {
            return Err(token_holds_another());
        }
        tenant.put(after);
        self.changes += 1;
        Ok(())
    }

    fn remove(&mut self, task: &Task) -> Result<()> {
        self.changes += 1;
        let tenant = self.tenant_mut(&task.scope);
        tenant.index.remove(task);
        tenant.tasks.remove(&task.seq);
        tenant.ids.remove(&task.id);
        if let Some(key) = &task.key {
            tenant.keys.remove(key);
        }
        tenant.messages.remove(&task.id);
        tenant.runs.retain(|_, run| run.task != task.id);
        tenant.run_ids.retain(|_, place| tenant.runs.contains_key(place));
        let history = tenant.history.remove(&task.id).unwrap_or_default();
        let (kept, gone): (Vec<_>, Vec<_>) = history
            .into_iter()
            .partition(|seq| self.events.get(seq).is_some_and(|event| event.kind == EventKind::Deleted));
        for seq in gone {
            self.events.remove(&seq);
        }
        self.tenant_mut(&task.scope).history.insert(task.id.clone(), kept);
        Ok(())
    }

    fn append_event(&mut self, scope: &Scope, task: &TaskId, event: EventDraft, at: Timestamp) -> Result<()> {
        self.changes += 1;
        self.last_event += 1;
        let seq = self.last_event;
        self.events.insert(seq, event.at(seq, scope.clone(), task.clone(), at));
        self.tenant_mut(scope).history.entry(task.clone()).or_default().push(seq);
        Ok(())
    }

    fn append_message(
        &mut self,
        scope: &Scope,
        task: &TaskId,
        message: MessageDraft,
        at: Timestamp,
    ) -> Result<Message> {
        self.changes += 1;
        self.last_message += 1;
        let message = message.at(self.last_message, scope.clone(), task.clone(), at);
        self.tenant_mut(scope).messages.entry(task.clone()).or_default().push(message.clone());
        Ok(message)
    }

    fn put_run(&mut self, run: &Run) -> Result<()> {
        self.changes += 1;
        let next = self.last_run + 1;
        let tenant = self.tenant_mut(&run.scope);
        let place = *tenant.run_ids.entry(run.id.clone()).or_insert(next);
        tenant.runs.insert(place, run.clone());
        self.last_run = self.last_run.max(place);
        Ok(())
    }

    fn message_task(&mut self, scope: &Scope, id: u64) -> Result<Option<TaskId>> {
        let threads = self.tenant(scope).into_iter().flat_map(|tenant| &tenant.messages);
        let found = threads.into_iter().find(|(_, thread)| thread.iter().any(|message| message.id == id));
        Ok(found.map(|(task, _)| task.clone()))
    }

    fn tasks_of_project(&mut self, scope: &Scope, project: &ProjectId) -> Result<u64> {
        let tasks = self.tenant(scope).into_iter().flat_map(|tenant| tenant.tasks.values());
        Ok(tasks.filter(|task| task.attributes.project.as_ref() == Some(project)).count() as u64)
    }

    fn record(&mut self, shelf: Shelf, scope: &Scope, name: &str) -> Result<Option<String>> {
        let found = self.place(shelf, scope, name).and_then(|place| self.records.get(&(shelf, place)));
        Ok(found.map(|record| record.body.clone()))
    }

    fn records(&mut self, shelf: Shelf, scope: Option<&Scope>) -> Result<Vec<String>> {
        let records = self.records.range((shelf, 0)..=(shelf, u64::MAX)).map(|(_, record)| record);
        let of_scope = records.filter(|record| scope.is_none_or(|scope| scope == &record.scope));
        Ok(of_scope.map(|record| record.body.clone()).collect())
    }

    fn drafts_of(&mut self, scope: &Scope, _: Link<'_>) -> Result<Vec<String>> {
        self.records(Shelf::Drafts, Some(scope))
    }

    fn put_record(&mut self, shelf: Shelf, scope: &Scope, name: &str, body: String) -> Result<()> {
        self.changes += 1;
        let place = self.place(shelf, scope, name).unwrap_or(self.last_record + 1);
        self.last_record = self.last_record.max(place);
        let record = Record { scope: scope.clone(), name: name.to_owned(), body };
        self.records.insert((shelf, place), record);
        Ok(())
    }

    fn remove_record(&mut self, shelf: Shelf, scope: &Scope, name: &str) -> Result<()> {
        self.changes += 1;
        if let Some(place) = self.place(shelf, scope, name) {
            self.records.remove(&(shelf, place));
        }
        Ok(())
    }

    fn count(&mut self, counter: &str) -> Result<u64> {
        self.changes += 1;
        let last = self.counters.entry(counter.to_owned()).or_default();
        *last += 1;
        Ok(*last)
    }

    fn request(&mut self, key: &str) -> Result<Option<Kept>> {
        Ok(self.requests.get(key).map(|(kept, _)| kept.clone()))
    }

    fn put_request(&mut self, key: &str, kept: &Kept, at: Timestamp) -> Result<()> {
        self.requests.insert(key.to_owned(), (kept.clone(), at));
        Ok(())
    }

    fn forget_requests(&mut self, before: Timestamp) -> Result<u64> {
        let known = self.requests.len();
        self.requests.retain(|_, (_, at)| *at >= before);
        let gone = (known - self.requests.len()) as u64;
        self.changes += gone;
        Ok(gone)
    }

    fn prune_events(&mut self, window: Window<'_>) -> Result<Swept> {
        let newest = self.last_event;
        let (mut gone, mut last, mut looked_at) = (Vec::new(), None, 0);
        for (seq, event) in self.events.range(window.after + 1..).take(window.limit as usize) {
            (last, looked_at) = (Some((*seq, event.at)), looked_at + 1);
            let task = self.tenant(&event.scope).and_then(|tenant| tenant.task(&event.task));
            if *seq != newest && is_old(window, &event.scope, event.at, task) {
                gone.push((*seq, event.scope.clone(), event.task.clone()));
            }
        }
        for (seq, scope, task) in &gone {
            self.events.remove(seq);
            if let Some(history) = self.tenant_mut(scope).history.get_mut(task) {
                history.retain(|known| known != seq);
            }
        }
        self.changes += gone.len() as u64;
        Ok(Swept { removed: gone.len() as u64, next: next_place(window, looked_at, last) })
    }

    fn prune_runs(&mut self, window: Window<'_>) -> Result<Swept> {
        let mut all: Vec<_> = self
            .tenants
            .values()
            .flat_map(|tenant| tenant.runs.range(window.after + 1..).take(window.limit as usize))
            .map(|(place, run)| (*place, run))
            .collect();
        all.sort_by_key(|(place, _)| *place);
        all.truncate(window.limit as usize);
        let (looked_at, last) = (all.len(), all.last().map(|(place, run)| (*place, run.started_at)));
        let gone: Vec<_> = all
            .into_iter()
            .filter(|(_, run)| {
                let task = self.tenant(&run.scope).and_then(|tenant| tenant.task(&run.task));
                run.stage == RunStage::Settled && is_old(window, &run.scope, run.started_at, task)
            })
            .map(|(place, run)| (place, run.scope.clone(), run.id.clone()))
            .collect();
        for (place, scope, id) in &gone {
            let tenant = self.tenant_mut(scope);
            tenant.runs.remove(place);
            tenant.run_ids.remove(id);
        }
        self.changes += gone.len() as u64;
        Ok(Swept { removed: gone.len() as u64, next: next_place(window, looked_at, last) })
    }

    fn changes(&self) -> u64 {
        self.changes
    }
}

/// Whether something of a scope is old enough, and its task over and unchanged since, or gone.
fn is_old(window: Window<'_>, scope: &Scope, at: Timestamp, task: Option<&Task>) -> bool {
    let over =
        |task: &Task| matches!(task.queue(), Queue::Done | Queue::Failed) && task.updated_at < window.before;
    window.scope.is_none_or(|wanted| wanted == scope) && at < window.before && task.is_none_or(over)
}

/// Where the next window begins: what comes later is younger.
fn next_place(window: Window<'_>, looked_at: usize, last: Option<(u64, Timestamp)>) -> Option<u64> {
    let full = looked_at == window.limit as usize;
    last.filter(|(_, at)| full && *at < window.before).map(|(place, _)| place)
}
