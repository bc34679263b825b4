//! Reads, by the indexes.

use super::error::damaged;
use super::query;
use super::row::{self, int, number, text};
use super::transaction::{PostgresTransaction, Prefetch};
use super::write::{kind, record_key};
use crate::backend::{Counter, DraftLink, Reader, RecordKey, RecordKind, StoredReply, claimable_for};
use octopoid_core::model::{
    ClaimToken, Event, Message, OrchestratorId, ProjectId, RoleName, Run, RunId, Scope, StateName, Task,
    TaskId, Timestamp, Usage,
};
use octopoid_core::store::{EventQuery, Page, QueueCounts, Result, RunQuery, TaskQuery, UsageQuery};
use octopoid_core::transition::Purpose;

/// Returns text that a column can be compared with: none has a NUL, so a text with one is as good as any that none has.
pub(super) fn comparable(text: &str) -> String {
    text.replace('\0', "\u{fffd}\u{fffd}")
}

fn names(roles: &[RoleName]) -> Vec<String> {
    roles.iter().map(|role| role.as_str().to_owned()).collect()
}

impl Reader for PostgresTransaction<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn scopes(&mut self) -> Result<Vec<Scope>> {
        query::scopes(self)
    }

    fn task(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<Task>> {
        let own = self.place() == Some(scope);
        if let Some(known) = self.tasks.get(id).filter(|_| own) {
            return Ok(known.clone());
        }
        let sql = "SELECT body, description FROM tasks WHERE scope = $1 AND id = $2";
        let found = self.first(sql, &[&scope.as_str(), &id.as_str()], row::task)?;
        if own {
            self.tasks.insert(id.clone(), found.clone());
        }
        Ok(found)
    }

    fn tasks(&mut self, scope: &Scope) -> Result<Vec<Task>> {
        self.all(
            "SELECT body, description FROM tasks WHERE scope = $1 ORDER BY seq",
            &[&scope.as_str()],
            row::task,
        )
    }

    fn runs(&mut self, scope: Option<&Scope>, after: u64, limit: u32) -> Result<Vec<(u64, Run)>> {
        query::runs(self, scope, after, limit)
    }

    fn messages(&mut self, scope: &Scope, task: Option<&TaskId>) -> Result<Vec<Message>> {
        let scope = scope.as_str();
        match task {
            Some(task) => {
                let sql = "SELECT id, body FROM messages WHERE scope = $1 AND task = $2 ORDER BY id";
                self.all(sql, &[&scope, &task.as_str()], row::message)
            }
            None => self.all(
                "SELECT id, body FROM messages WHERE scope = $1 ORDER BY id",
                &[&scope],
                row::message,
            ),
        }
    }

    fn events(&mut self, query: &EventQuery) -> Result<Vec<Event>> {
        self.flush_events()?;
        query::events(self, query)
    }

    fn last_event(&mut self) -> Result<u64> {
        self.flush_events()?;
        Ok(self.first("SELECT last FROM feed", &[], |row| number(row, 0))?.unwrap_or_default())
    }

    fn record(&mut self, key: RecordKey<'_>) -> Result<Option<String>> {
        let sql = "SELECT body FROM records WHERE kind = $1 AND scope = $2 AND name = $3";
        let [kind, scope, name] = record_key(key);
        self.first(sql, &[&kind, &scope, &comparable(&name)], |row| text(row, 0))
    }

    fn records(&mut self, of: RecordKind, scope: Option<&Scope>) -> Result<Vec<String>> {
        let kind = kind(of);
        match scope {
            Some(scope) => {
                let sql = "SELECT body FROM records WHERE kind = $1 AND scope = $2 ORDER BY place";
                self.all(sql, &[&kind, &scope.as_str()], |row| text(row, 0))
            }
            None => self
                .all("SELECT body FROM records WHERE kind = $1 ORDER BY place", &[&kind], |row| text(row, 0)),
        }
    }

    fn is_done(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<bool>> {
        if let Some(known) = self.tasks.get(id).filter(|_| self.place() == Some(scope)) {
            return Ok(known.as_ref().map(Task::is_done));
        }
        let sql = "SELECT queue = 'done' FROM tasks WHERE scope = $1 AND id = $2";
        self.first(sql, &[&scope.as_str(), &id.as_str()], |row| row.try_get(0).map_err(damaged))
    }

    fn blocked_by(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<Task>> {
        let sql = "SELECT t.body, t.description FROM blockers b JOIN tasks t ON t.seq = b.task
                    WHERE b.scope = $1 AND b.blocker = $2 ORDER BY b.task";
        self.all(sql, &[&scope.as_str(), &id.as_str()], row::task)
    }

    fn task_by_key(&mut self, scope: &Scope, key: &str) -> Result<Option<Task>> {
        let sql = "SELECT body, description FROM tasks WHERE scope = $1 AND key = $2";
        self.first(sql, &[&scope.as_str(), &comparable(key)], row::task)
    }

    fn task_by_token(&mut self, scope: &Scope, token: &ClaimToken) -> Result<Option<Task>> {
        if self.place() == Some(scope) && self.free_tokens.contains(token.as_str()) {
            return Ok(None);
        }
        let sql = "SELECT body, description FROM tasks WHERE scope = $1 AND claim_token = $2";
        self.first(sql, &[&scope.as_str(), &token.as_str()], row::task)
    }

    fn next_claimable(
        &mut self,
        scope: &Scope,
        purpose: Purpose,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        let (roles, types): (_, Vec<_>) = (names(roles), types.iter().map(|kind| comparable(kind)).collect());
        if purpose == Purpose::Land {
            return query::next_to_land(self, scope, &roles, &types);
        }
        if self.place() != Some(scope) {
            return Ok(query::next_claimable(self, scope, purpose, &roles, &types, 1)?.pop_front());
        }
        let asked = (purpose, roles, types);
        let mut prefetch = match self.prefetch.take() {
            Some(ahead) if ahead.asked == asked && ahead.taken.is_none() && !ahead.tasks.is_empty() => ahead,
            _ => {
                let tasks = query::next_claimable(self, scope, asked.0, &asked.1, &asked.2, self.waiting)?;
                Prefetch { asked, tasks, taken: None }
            }
        };
        let next = prefetch.tasks.pop_front();
        prefetch.taken = next.as_ref().map(|task| task.seq);
        self.prefetch = Some(prefetch);
        debug_assert!(next.as_ref().is_none_or(|task| claimable_for(task) == Some(purpose)));
        Ok(next)
    }

    fn next_in_state(
        &mut self,
        scope: &Scope,
        state: &StateName,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        let types: Vec<_> = types.iter().map(|kind| comparable(kind)).collect();
        let sql = "SELECT body, description FROM tasks
                    WHERE scope = $1 AND flow_state = $2 AND queue = 'custom' AND unresolved = 0
                      AND (cardinality($3::text[]) = 0 OR role = ANY($3)) AND (cardinality($4::text[]) = 0 OR type = ANY($4))
                    ORDER BY priority, seq LIMIT 1";
        self.first(sql, &[&scope.as_str(), &state.as_str(), &names(roles), &types], row::task)
    }

    fn landing_on(&mut self, scope: &Scope, branch: Option<&str>) -> Result<Option<Task>> {
        let sql = "SELECT body, description FROM tasks WHERE scope = $1 AND branch = $2 AND landing LIMIT 1";
        self.first(sql, &[&scope.as_str(), &comparable(branch.unwrap_or_default())], row::task)
    }

    fn count_claimed(&mut self, scope: &Scope, orchestrator: &OrchestratorId) -> Result<u64> {
        let sql = "SELECT count(*) FROM tasks
                    WHERE scope = $1 AND claim_orchestrator = $2 AND claim_token IS NOT NULL AND queue = 'claimed'";
        let count = self.first(sql, &[&scope.as_str(), &orchestrator.as_str()], |row| number(row, 0))?;
        Ok(count.unwrap_or_default())
    }

    fn expired(
        &mut self,
        scope: &Scope,
        now: Timestamp,
        spare: Option<&OrchestratorId>,
    ) -> Result<Vec<Task>> {
        let sql = "SELECT body, description FROM tasks
                    WHERE scope = $1 AND claim_token IS NOT NULL AND lease_expires_at <= $2
                      AND claim_orchestrator IS DISTINCT FROM $3 ORDER BY seq";
        let spare = spare.map(OrchestratorId::as_str);
        self.all(sql, &[&scope.as_str(), &now.as_millis(), &spare], row::task)
    }

    fn count_project_tasks(&mut self, scope: &Scope, project: &ProjectId) -> Result<u64> {
        let sql = "SELECT count(*) FROM tasks WHERE scope = $1 AND project = $2";
        let count = self.first(sql, &[&scope.as_str(), &project.as_str()], |row| number(row, 0))?;
        Ok(count.unwrap_or_default())
    }

    fn list_tasks(&mut self, query: &TaskQuery) -> Result<Page<Task>> {
        query::list_tasks(self, query)
    }

    fn queue_counts(&mut self, scope: &Scope) -> Result<QueueCounts> {
        query::queue_counts(self, scope)
    }

    fn run(&mut self, scope: &Scope, id: &RunId) -> Result<Option<Run>> {
        let sql = "SELECT place, body FROM runs WHERE scope = $1 AND id = $2";
        let found = self.first(sql, &[&scope.as_str(), &id.as_str()], row::run)?;
        Ok(found.map(|(_, run)| run))
    }

    fn list_runs(&mut self, query: &RunQuery) -> Result<Vec<Run>> {
        query::list_runs(self, query)
    }

    fn usage(&mut self, query: &UsageQuery) -> Result<Usage> {
        query::usage(self, query)
    }

    fn message(&mut self, scope: &Scope, id: u64) -> Result<Option<Message>> {
        let sql = "SELECT id, body FROM messages WHERE id = $1 AND scope = $2";
        self.first(sql, &[&int(id), &scope.as_str()], row::message)
    }

    fn linked_drafts(&mut self, scope: &Scope, link: DraftLink<'_>) -> Result<Vec<String>> {
        let (sql, id) = match link {
            DraftLink::Task(id) => {
                ("SELECT body FROM records WHERE scope = $1 AND linked_task = $2 ORDER BY place", id.as_str())
            }
            DraftLink::Project(id) => (
                "SELECT body FROM records WHERE scope = $1 AND linked_project = $2 ORDER BY place",
                id.as_str(),
            ),
        };
        self.all(sql, &[&scope.as_str(), &id], |row| text(row, 0))
    }

    fn counter(&mut self, counter: Counter<'_>) -> Result<u64> {
        self.last_of(counter)
    }

    fn reply(&mut self, key: &str) -> Result<Option<StoredReply>> {
        if let Some(known) = self.replies.get(key) {
            return Ok(known.clone());
        }
        let sql = "SELECT digest, body FROM replies WHERE key = $1";
        self.first(sql, &[&comparable(key)], query::reply)
    }
}
