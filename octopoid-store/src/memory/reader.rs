//! Reads, by the indexes.

use super::transaction::MemoryTransaction;
use crate::backend::{Counter, Reader, RecordKey, RecordKind, StoredReply, scan};
use octopoid_core::model::{
    ClaimToken, Event, Message, OrchestratorId, RoleName, Run, RunId, Scope, StateName, Task, TaskId,
    Timestamp, Usage,
};
use octopoid_core::store::{EventQuery, Page, QueueCounts, Result, RunQuery, TaskQuery, UsageQuery};
use octopoid_core::transition::Purpose;
use std::collections::BTreeSet;

impl Reader for MemoryTransaction<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn scopes(&mut self) -> Result<Vec<Scope>> {
        let with_tasks = self.tables.tenants.iter().filter(|(_, tenant)| !tenant.tasks.is_empty());
        let with_tasks = with_tasks.map(|(scope, _)| scope.clone());
        let of_records = self.tables.records.values().filter_map(|record| record.scope.clone());
        Ok(with_tasks.chain(of_records).collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn task(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<Task>> {
        Ok(self.tables.tenant(scope).and_then(|tenant| tenant.task(id)).cloned())
    }

    fn tasks(&mut self, scope: &Scope) -> Result<Vec<Task>> {
        Ok(self.all_tasks(scope).cloned().collect())
    }

    fn runs(&mut self, scope: Option<&Scope>, after: u64, limit: u32) -> Result<Vec<(u64, Run)>> {
        let later = self.tables.runs.range(after.saturating_add(1)..);
        let of_scope = later.filter(|(_, run)| scope.is_none_or(|scope| scope == &run.scope));
        Ok(of_scope.take(scan::most(limit)).map(|(place, run)| (*place, run.clone())).collect())
    }

    fn messages(&mut self, scope: &Scope, task: Option<&TaskId>) -> Result<Vec<Message>> {
        let Some(tenant) = self.tables.tenant(scope) else { return Ok(Vec::new()) };
        if let Some(task) = task {
            return Ok(tenant.messages.get(task).cloned().unwrap_or_default());
        }
        let mut all: Vec<Message> = tenant.messages.values().flatten().cloned().collect();
        all.sort_by_key(|message| message.id);
        Ok(all)
    }

    fn events(&mut self, query: &EventQuery) -> Result<Vec<Event>> {
        let limit = scan::most(query.limit);
        let Some(task) = &query.task else {
            let later = self.tables.events.range(query.after.saturating_add(1)..).map(|(_, event)| event);
            let of_scope =
                later.filter(|event| query.scope.as_ref().is_none_or(|scope| scope == &event.scope));
            return Ok(of_scope.take(limit).cloned().collect());
        };
        let tenants = self.tables.tenants.iter();
        let asked = tenants.filter(|(name, _)| query.scope.as_ref().is_none_or(|scope| scope == *name));
        let mut later: Vec<u64> = asked
            .filter_map(|(_, tenant)| tenant.history.get(task))
            .flatten()
            .copied()
            .filter(|seq| *seq > query.after)
            .collect();
        later.sort_unstable();
        Ok(later.iter().filter_map(|seq| self.tables.events.get(seq)).take(limit).cloned().collect())
    }

    fn last_event(&mut self) -> Result<u64> {
        Ok(self.tables.last_event)
    }

    fn record(&mut self, key: RecordKey<'_>) -> Result<Option<String>> {
        let found = self.tables.place(key).and_then(|place| self.tables.records.get(&(key.kind, place)));
        Ok(found.map(|record| record.body.clone()))
    }

    fn records(&mut self, kind: RecordKind, scope: Option<&Scope>) -> Result<Vec<String>> {
        let records = self.tables.records.range((kind, 0)..=(kind, u64::MAX)).map(|(_, record)| record);
        let of_scope = records.filter(|record| scope.is_none() || scope == record.scope.as_ref());
        Ok(of_scope.map(|record| record.body.clone()).collect())
    }

    fn is_done(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<bool>> {
        Ok(self.tables.tenant(scope).and_then(|tenant| tenant.task(id)).map(Task::is_done))
    }

    fn blocked_by(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<Task>> {
        let Some(tenant) = self.tables.tenant(scope) else { return Ok(Vec::new()) };
        Ok(tenant.index.blocked_by(id).filter_map(|seq| tenant.tasks.get(&seq).cloned()).collect())
    }

    fn task_by_key(&mut self, scope: &Scope, key: &str) -> Result<Option<Task>> {
        let found = self.tables.tenant(scope).and_then(|tenant| tenant.tasks.get(tenant.keys.get(key)?));
        Ok(found.cloned())
    }

    fn task_by_token(&mut self, scope: &Scope, token: &ClaimToken) -> Result<Option<Task>> {
        let tenant = self.tables.tenant(scope);
        Ok(tenant.and_then(|tenant| tenant.tasks.get(&tenant.index.by_token(token)?)).cloned())
    }

    fn next_claimable(
        &mut self,
        scope: &Scope,
        purpose: Purpose,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        let Some(tenant) = self.tables.tenant(scope) else { return Ok(None) };
        let takes = |seq: u64| tenant.tasks.get(&seq).filter(|task| scan::has_type(task, types));
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
        let Some(tenant) = self.tables.tenant(scope) else { return Ok(None) };
        let in_state = tenant.index.in_state(state).filter_map(|seq| tenant.tasks.get(&seq));
        Ok(scan::next_in_state(in_state, state, roles, types).cloned())
    }

    fn landing_on(&mut self, scope: &Scope, branch: Option<&str>) -> Result<Option<Task>> {
        let tenant = self.tables.tenant(scope);
        Ok(tenant.and_then(|tenant| tenant.tasks.get(&tenant.index.landing_on(branch)?)).cloned())
    }

    fn count_claimed(&mut self, scope: &Scope, orchestrator: &OrchestratorId) -> Result<u64> {
        Ok(self.tables.tenant(scope).map_or(0, |tenant| tenant.index.count_claimed(orchestrator)))
    }

    fn expired(
        &mut self,
        scope: &Scope,
        now: Timestamp,
        spare: Option<&OrchestratorId>,
    ) -> Result<Vec<Task>> {
        let Some(tenant) = self.tables.tenant(scope) else { return Ok(Vec::new()) };
        let expired = tenant.index.expired(now).into_iter().filter_map(|seq| tenant.tasks.get(&seq));
        let spared = |task: &&Task| task.state.claim().map(|claim| &claim.holder.orchestrator) == spare;
        Ok(expired.filter(|task| !spared(task)).cloned().collect())
    }

    fn list_tasks(&mut self, query: &TaskQuery) -> Result<Page<Task>> {
        Ok(scan::list_tasks(self.all_tasks(&query.scope), query))
    }

    fn queue_counts(&mut self, scope: &Scope) -> Result<QueueCounts> {
        Ok(scan::queue_counts(self.all_tasks(scope)))
    }

    fn run(&mut self, scope: &Scope, id: &RunId) -> Result<Option<Run>> {
        let place = self.tables.tenant(scope).and_then(|tenant| tenant.run_ids.get(id));
        Ok(place.and_then(|place| self.tables.runs.get(place)).cloned())
    }

    fn list_runs(&mut self, query: &RunQuery) -> Result<Vec<Run>> {
        Ok(scan::list_runs(self.all_runs(&query.scope), query))
    }

    fn usage(&mut self, query: &UsageQuery) -> Result<Usage> {
        Ok(scan::usage(self.all_runs(&query.scope), query))
    }

    fn counter(&mut self, counter: Counter<'_>) -> Result<u64> {
        Ok(self.tables.counters.get(&counter.name()).copied().unwrap_or_default())
    }

    fn reply(&mut self, key: &str) -> Result<Option<StoredReply>> {
        Ok(self.tables.replies.get(key).map(|(reply, _)| reply.clone()))
    }
}

impl MemoryTransaction<'_> {
    fn all_tasks(&self, scope: &Scope) -> impl Iterator<Item = &Task> {
        self.tables.tenant(scope).into_iter().flat_map(|tenant| tenant.tasks.values())
    }

    fn all_runs<'a>(&'a self, scope: &'a Scope) -> impl DoubleEndedIterator<Item = &'a Run> {
        self.tables.runs.values().filter(move |run| &run.scope == scope)
    }
}
