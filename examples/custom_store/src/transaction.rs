//! Transactions on the rows.

use crate::rows::{Change, Record, Rows};
use octopoid_core::model::*;
use octopoid_core::store::{EventQuery, Result};
use octopoid_core::transition::Purpose;
use octopoid_store::backend::{Reader, RecordKey, RecordKind, Transaction, scan, token_in_use};
use std::collections::{BTreeMap, BTreeSet};

/// Transaction under way: its changes are made to the rows at once, and taken back where it is not committed.
pub struct FileTransaction<'a> {
    rows: &'a mut Rows,
    now: Timestamp,
    changes: Vec<Change>,
    undo: Vec<Change>,
}

impl std::fmt::Debug for FileTransaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileTransaction").field("changes", &self.changes.len()).finish_non_exhaustive()
    }
}

impl Drop for FileTransaction<'_> {
    fn drop(&mut self) {
        while let Some(change) = self.undo.pop() {
            self.rows.apply(change);
        }
    }
}

impl<'a> FileTransaction<'a> {
    pub(crate) fn new(rows: &'a mut Rows, now: Timestamp) -> Self {
        Self { rows, now, changes: Vec::new(), undo: Vec::new() }
    }

    /// Returns what was changed, in order.
    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Keeps what was changed.
    pub(crate) fn commit(mut self) {
        self.undo.clear();
    }

    fn change(&mut self, change: Change) {
        self.changes.push(change.clone());
        self.undo.extend(self.rows.apply(change));
    }

    fn tasks_of(&self, scope: &Scope) -> impl Iterator<Item = &Task> + Clone {
        self.rows.tasks.get(scope).into_iter().flat_map(BTreeMap::values)
    }

    /// Returns the next number of a sequence of this backend's own; none is given twice, also if the row is gone.
    fn next(&mut self, sequence: &str) -> Result<u64> {
        let key = RecordKey::global(RecordKind::Counter, sequence);
        let last: u64 = self.record(key)?.and_then(|last| last.parse().ok()).unwrap_or_default();
        self.put_record(key, (last + 1).to_string())?;
        Ok(last + 1)
    }
}

impl Reader for FileTransaction<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn scopes(&mut self) -> Result<Vec<Scope>> {
        let of_tasks = self.rows.tasks.iter().filter(|(_, tasks)| !tasks.is_empty()).map(|(scope, _)| scope);
        let of_records = self.rows.records.keys().filter_map(|key| key.scope.as_ref());
        let all: BTreeSet<&Scope> = of_tasks.chain(of_records).collect();
        Ok(all.into_iter().cloned().collect())
    }

    fn task(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<Task>> {
        Ok(self.rows.tasks.get(scope).and_then(|tasks| tasks.get(id)).cloned())
    }

    fn tasks(&mut self, scope: &Scope) -> Result<Vec<Task>> {
        let mut tasks: Vec<Task> = self.tasks_of(scope).cloned().collect();
        tasks.sort_by_key(|task| task.seq);
        Ok(tasks)
    }

    fn runs(&mut self, scope: Option<&Scope>, after: u64, limit: u32) -> Result<Vec<(u64, Run)>> {
        let later = self.rows.runs.range(after.saturating_add(1)..);
        let of_scope = later.filter(|(_, run)| scope.is_none_or(|scope| *scope == run.scope));
        Ok(of_scope.take(limit as usize).map(|(place, run)| (*place, run.clone())).collect())
    }

    fn messages(&mut self, scope: &Scope, task: Option<&TaskId>) -> Result<Vec<Message>> {
        let found = self
            .rows
            .messages
            .values()
            .filter(|message| message.scope == *scope && task.is_none_or(|task| *task == message.task));
        Ok(found.cloned().collect())
    }

    fn events(&mut self, query: &EventQuery) -> Result<Vec<Event>> {
        let later = self.rows.events.range(query.after.saturating_add(1)..).map(|(_, event)| event);
        let found = later.filter(|event| {
            query.scope.as_ref().is_none_or(|scope| *scope == event.scope)
                && query.task.as_ref().is_none_or(|task| *task == event.task)
        });
        Ok(found.take(query.limit as usize).cloned().collect())
    }

    fn last_event(&mut self) -> Result<u64> {
        Ok(self.rows.events.last_key_value().map_or(0, |(seq, _)| *seq))
    }

    fn record(&mut self, key: RecordKey<'_>) -> Result<Option<String>> {
        Ok(self.rows.records.get(&key.into()).map(|record| record.body.clone()))
    }

    fn records(&mut self, kind: RecordKind, scope: Option<&Scope>) -> Result<Vec<String>> {
        let found = self
            .rows
            .records
            .iter()
            .filter(|(key, _)| key.kind == kind && (scope.is_none() || scope == key.scope.as_ref()));
        let mut found: Vec<&Record> = found.map(|(_, record)| record).collect();
        found.sort_by_key(|record| record.place);
        Ok(found.into_iter().map(|record| record.body.clone()).collect())
    }

    // The defaults of the other reads copy every task. These three come with each claim, and look at the tasks where they are.

    fn task_by_token(&mut self, scope: &Scope, token: &ClaimToken) -> Result<Option<Task>> {
        Ok(scan::task_by_token(self.tasks_of(scope), token).cloned())
    }

    fn next_claimable(
        &mut self,
        scope: &Scope,
        purpose: Purpose,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        Ok(scan::next_claimable(self.tasks_of(scope), purpose, roles, types).cloned())
    }

    fn count_claimed(&mut self, scope: &Scope, orchestrator: &OrchestratorId) -> Result<u64> {
        Ok(scan::count_claimed(self.tasks_of(scope), orchestrator))
    }
}

impl Transaction for FileTransaction<'_> {
    fn put_task(&mut self, _before: Option<&Task>, after: &Task) -> Result<()> {
        if let Some(claim) = after.state.claim()
            && scan::task_by_token(self.tasks_of(&after.scope), &claim.token)
                .is_some_and(|held| held.id != after.id)
        {
            return Err(token_in_use(None));
        }
        self.change(Change::PutTask(Box::new(after.clone())));
        Ok(())
    }

    fn remove_task(&mut self, task: &Task) -> Result<()> {
        let is_of = |scope: &Scope, id: &TaskId| *scope == task.scope && *id == task.id;
        let Rows { runs, messages, events, .. } = &*self.rows;
        let runs = runs.iter().filter(|(_, run)| is_of(&run.scope, &run.task));
        let messages = messages.values().filter(|message| is_of(&message.scope, &message.task));
        let events = events.values().filter(|event| is_of(&event.scope, &event.task));
        let events = events.filter(|event| event.kind != EventKind::Deleted);
        let gone: Vec<Change> = runs
            .map(|(place, _)| Change::RemoveRun(*place))
            .chain(messages.map(|message| Change::RemoveMessage(message.id)))
            .chain(events.map(|event| Change::RemoveEvent(event.seq)))
            .collect();
        gone.into_iter().for_each(|change| self.change(change));
        self.change(Change::RemoveTask(task.scope.clone(), task.id.clone()));
        Ok(())
    }

    fn append_event(&mut self, scope: &Scope, task: &TaskId, event: EventDraft, at: Timestamp) -> Result<()> {
        // The newest event is never removed, so this is above all that ever were.
        let seq = self.last_event()? + 1;
        self.change(Change::PutEvent(Box::new(event.at(seq, scope.clone(), task.clone(), at))));
        Ok(())
    }

    fn append_message(
        &mut self,
        scope: &Scope,
        task: &TaskId,
        message: MessageDraft,
        at: Timestamp,
    ) -> Result<Message> {
        let message = message.at(self.next("message")?, scope.clone(), task.clone(), at);
        self.change(Change::PutMessage(Box::new(message.clone())));
        Ok(message)
    }

    fn put_run(&mut self, run: &Run) -> Result<()> {
        let known = self.rows.runs.iter().find(|(_, known)| known.id == run.id && known.scope == run.scope);
        let place = match known {
            Some((place, _)) => *place,
            None => self.next("run")?,
        };
        self.change(Change::PutRun(place, Box::new(run.clone())));
        Ok(())
    }

    fn put_record(&mut self, key: RecordKey<'_>, body: String) -> Result<()> {
        let known = self.rows.records.get(&key.into()).map(|record| record.place);
        let newest = || self.rows.records.values().map(|record| record.place).max();
        let place = known.unwrap_or_else(|| newest().unwrap_or_default() + 1);
        self.change(Change::PutRecord(key.into(), Record { place, body }));
        Ok(())
    }

    fn remove_record(&mut self, key: RecordKey<'_>) -> Result<()> {
        self.change(Change::RemoveRecord(key.into()));
        Ok(())
    }

    fn remove_events(&mut self, numbers: &[u64]) -> Result<()> {
        numbers.iter().for_each(|number| self.change(Change::RemoveEvent(*number)));
        Ok(())
    }

    fn remove_runs(&mut self, places: &[u64]) -> Result<()> {
        places.iter().for_each(|place| self.change(Change::RemoveRun(*place)));
        Ok(())
    }
}
