//! Reads, by the indexes.

use super::claimable::purpose_name;
use super::columns::{self, int};
use super::driver::{Row, params};
use super::error::{damaged, failed};
use super::query;
use super::query_ext::QueryExt;
use super::row::{self, select_task};
use super::transaction::SqliteTransaction;
use crate::backend::{Counter, DraftLink, Reader, RecordKey, RecordKind, StoredReply, claimable_for};
use octopoid_core::model::{
    ClaimToken, Event, Message, OrchestratorId, ProjectId, RoleName, Run, RunId, Scope, StateName, Task,
    TaskId, Timestamp, Usage,
};
use octopoid_core::store::{EventQuery, Page, QueueCounts, Result, RunQuery, TaskQuery, UsageQuery};
use octopoid_core::transition::Purpose;

impl Reader for SqliteTransaction<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn scopes(&mut self) -> Result<Vec<Scope>> {
        query::scopes(self.connection)
    }

    fn task(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<Task>> {
        let sql = select_task!("WHERE t.scope = ?1 AND t.id = ?2");
        self.first(sql, [scope.as_str(), id.as_str()], |row| row::task(self, row))
    }

    fn tasks(&mut self, scope: &Scope) -> Result<Vec<Task>> {
        let sql = select_task!("WHERE t.scope = ?1 ORDER BY t.seq");
        self.all(sql, [scope.as_str()], |row| row::task(self, row))
    }

    fn runs(&mut self, scope: Option<&Scope>, after: u64, limit: u32) -> Result<Vec<(u64, Run)>> {
        query::runs(self.connection, scope, after, limit)
    }

    fn messages(&mut self, scope: &Scope, task: Option<&TaskId>) -> Result<Vec<Message>> {
        query::messages(self.connection, scope, task)
    }

    fn events(&mut self, query: &EventQuery) -> Result<Vec<Event>> {
        query::events(self.connection, query)
    }

    fn last_event(&mut self) -> Result<u64> {
        query::last_event(self.connection)
    }

    fn record(&mut self, key: RecordKey<'_>) -> Result<Option<String>> {
        let sql = "SELECT body FROM records WHERE kind = ?1 AND scope = ?2 AND id = ?3";
        self.first(sql, columns::record_key(key), |row| row.get(0).map_err(failed))
    }

    fn records(&mut self, kind: RecordKind, scope: Option<&Scope>) -> Result<Vec<String>> {
        let body = |row: &Row<'_>| row.get(0).map_err(failed);
        let kind = columns::kind(kind);
        match scope {
            Some(scope) => {
                let sql = "SELECT body FROM records WHERE kind = ?1 AND scope = ?2 ORDER BY place";
                self.all(sql, [kind, scope.as_str()], body)
            }
            None => self.all("SELECT body FROM records WHERE kind = ?1 ORDER BY place", [kind], body),
        }
    }

    fn is_done(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<bool>> {
        let sql = "SELECT queue = 'done' FROM tasks WHERE scope = ?1 AND id = ?2";
        self.first(sql, [scope.as_str(), id.as_str()], |row| row.get(0).map_err(failed))
    }

    fn blockers_of(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<TaskId>> {
        let sql = "SELECT b.blocker FROM blockers b JOIN tasks t ON t.seq = b.task
                    WHERE t.scope = ?1 AND t.id = ?2 AND b.resolved = 0 ORDER BY b.position";
        let id = [scope.as_str(), id.as_str()];
        self.all(sql, id, |row| TaskId::new(row.get::<_, String>(0).map_err(failed)?).map_err(damaged))
    }

    fn blocked_by(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<Task>> {
        // Nearly always there are none, which the index alone says.
        let sql =
            "SELECT task FROM blockers WHERE scope = ?1 AND blocker = ?2 AND resolved = 0 ORDER BY task";
        let places =
            self.all(sql, [scope.as_str(), id.as_str()], |row| row.get::<_, i64>(0).map_err(failed))?;
        let mut waiting = Vec::with_capacity(places.len());
        for place in places {
            waiting.extend(self.task_at(u64::try_from(place).map_err(damaged)?)?);
        }
        Ok(waiting)
    }

    fn task_by_key(&mut self, scope: &Scope, key: &str) -> Result<Option<Task>> {
        let sql = select_task!("WHERE t.scope = ?1 AND t.key = ?2");
        self.first(sql, [scope.as_str(), key], |row| row::task(self, row))
    }

    fn task_by_token(&mut self, scope: &Scope, token: &ClaimToken) -> Result<Option<Task>> {
        // Nearly always there is none, which the index alone says.
        let sql = "SELECT seq FROM tasks WHERE scope = ?1 AND claim_token = ?2";
        match self.number(sql, [scope.as_str(), token.as_str()])? {
            Some(seq) => self.task_at(seq),
            None => Ok(None),
        }
    }

    fn next_claimable(
        &mut self,
        scope: &Scope,
        purpose: Purpose,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        let next = match purpose {
            Purpose::Land => self.next_to_land(scope, roles, types)?,
            Purpose::Work | Purpose::Review => self.next_to_do(scope, purpose_name(purpose), roles, types)?,
        };
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
        // An empty list of roles or types takes any.
        let sql = select_task!(
            "WHERE t.scope = ?1 AND t.state = ?2 AND t.queue = 'backlog' AND t.unresolved = 0
               AND (?3 = '[]' OR t.role IN (SELECT value FROM json_each(?3)))
               AND (?4 = '[]' OR t.type IN (SELECT value FROM json_each(?4)))
             ORDER BY t.priority, t.seq LIMIT 1"
        );
        let params =
            params![scope.as_str(), state.as_str(), columns::written(&roles)?, columns::written(&types)?];
        self.first(sql, params, |row| row::task(self, row))
    }

    fn landing_on(&mut self, scope: &Scope, branch: Option<&str>) -> Result<Option<Task>> {
        self.landing(scope, branch)?.map_or(Ok(None), |seq| self.task_at(seq))
    }

    fn count_claimed(&mut self, scope: &Scope, orchestrator: &OrchestratorId) -> Result<u64> {
        let sql =
            "SELECT count(*) FROM tasks WHERE scope = ?1 AND claim_orchestrator = ?2 AND queue = 'claimed'";
        Ok(self.number(sql, [scope.as_str(), orchestrator.as_str()])?.unwrap_or_default())
    }

    fn expired(
        &mut self,
        scope: &Scope,
        now: Timestamp,
        spare: Option<&OrchestratorId>,
    ) -> Result<Vec<Task>> {
        let sql = select_task!(
            "WHERE t.scope = ?1 AND t.lease_expires_at <= ?2 AND t.claim_orchestrator IS NOT ?3 ORDER BY t.seq"
        );
        let spare = spare.map(OrchestratorId::as_str);
        self.all(sql, params![scope.as_str(), now.as_millis(), spare], |row| row::task(self, row))
    }

    fn count_project_tasks(&mut self, scope: &Scope, project: &ProjectId) -> Result<u64> {
        let sql = "SELECT count(*) FROM tasks WHERE scope = ?1 AND project = ?2";
        Ok(self.number(sql, [scope.as_str(), project.as_str()])?.unwrap_or_default())
    }

    fn list_tasks(&mut self, query: &TaskQuery) -> Result<Page<Task>> {
        query::list_tasks(self.connection, query)
    }

    fn queue_counts(&mut self, scope: &Scope) -> Result<QueueCounts> {
        query::queue_counts(self.connection, scope)
    }

    fn run(&mut self, scope: &Scope, id: &RunId) -> Result<Option<Run>> {
        query::run(self.connection, scope, id)
    }

    fn list_runs(&mut self, query: &RunQuery) -> Result<Vec<Run>> {
        query::list_runs(self.connection, query)
    }

    fn usage(&mut self, query: &UsageQuery) -> Result<Usage> {
        query::usage(self.connection, query)
    }

    fn message(&mut self, scope: &Scope, id: u64) -> Result<Option<Message>> {
        query::message(self.connection, scope, id)
    }

    fn linked_drafts(&mut self, scope: &Scope, link: DraftLink<'_>) -> Result<Vec<String>> {
        // In the words of the indexes, without which SQLite would not use them.
        macro_rules! drafts_by {
            ($field:literal) => {
                concat!(
                    "SELECT body FROM records WHERE kind = 'drafts' AND scope = ?1 AND body ->> '$.",
                    $field,
                    "' = ?2 ORDER BY place"
                )
            };
        }
        let (sql, id) = match link {
            DraftLink::Task(id) => (drafts_by!("linked_task"), id.as_str()),
            DraftLink::Project(id) => (drafts_by!("linked_project"), id.as_str()),
        };
        self.all(sql, [scope.as_str(), id], |row| row.get(0).map_err(failed))
    }

    fn counter(&mut self, counter: Counter<'_>) -> Result<u64> {
        let last = match counter {
            Counter::TaskPlace => self.number("SELECT seq FROM sqlite_sequence WHERE name = 'tasks'", ())?,
            Counter::TaskNumber(scope) => {
                self.number("SELECT last FROM numbers WHERE scope = ?1", [scope.as_str()])?
            }
            Counter::Draft | Counter::Action | Counter::Key | Counter::ReviewComment => {
                self.number("SELECT last FROM counters WHERE name = ?1", [counter.name()])?
            }
        };
        Ok(last.unwrap_or_default())
    }

    fn reply(&mut self, key: &str) -> Result<Option<StoredReply>> {
        self.first("SELECT digest, body FROM replies WHERE key = ?1", [key], |row| {
            Ok(StoredReply { digest: row.get(0).map_err(failed)?, body: row.get(1).map_err(failed)? })
        })
    }
}

impl SqliteTransaction<'_> {
    /// Returns the task at a place.
    pub(super) fn task_at(&self, seq: u64) -> Result<Option<Task>> {
        self.first(select_task!("WHERE t.seq = ?1"), [int(seq)], |row| row::task(self, row))
    }
}
