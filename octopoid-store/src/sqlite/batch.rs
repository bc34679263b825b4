//! One batch, within the writer's transaction.

use super::failure::failed;
use super::row::{self, select_task};
use crate::engine::{Batch, claimable_for};
use octopoid_core::model::{
    ClaimToken, EventDraft, Hold, Message, MessageDraft, OrchestratorId, Provisional, RoleName, Run, RunId,
    Scope, State, Task, TaskId, Timestamp,
};
use octopoid_core::store::{Result, StoreError};
use octopoid_core::transition::Purpose;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

/// The open transaction.
pub(super) struct SqliteBatch<'a> {
    connection: &'a Connection,
    newest_event: Option<u64>,
}

impl<'a> SqliteBatch<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, newest_event: None }
    }

    /// The number of the last event that was appended, if any was.
    pub(super) fn newest_event(&self) -> Option<u64> {
        self.newest_event
    }

    fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params))
            .map_err(failed)
    }

    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        first(self.connection, sql, params, read)
    }

    fn all<T>(&self, sql: &str, params: impl Params, read: impl Fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        all(self.connection, sql, params, read)
    }

    fn number(&self, sql: &str, params: impl Params) -> Result<Option<u64>> {
        let number = |row: &Row<'_>| row.get::<_, i64>(0);
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let found = statement.query_row(params, number).optional().map_err(failed)?;
        Ok(found.and_then(|number| u64::try_from(number).ok()))
    }

    /// The first task of a lane, by role.
    fn first_of_role(&self, scope: &Scope, lane: &str, role: &str) -> Result<Option<Task>> {
        let sql = select_task!(
            "WHERE t.scope = ?1 AND t.lane = ?2 AND t.role = ?3 ORDER BY t.priority, t.seq LIMIT 1"
        );
        self.first(sql, params![scope.as_str(), lane, role], row::task)
    }

    /// The roles that have a task in a lane; one step of the index each, however many tasks there are.
    fn roles(&self, scope: &Scope, lane: &str) -> Result<Vec<String>> {
        let sql = "SELECT role FROM tasks WHERE scope = ?1 AND lane = ?2 AND role > ?3 ORDER BY role LIMIT 1";
        let mut roles: Vec<String> = Vec::new();
        loop {
            let last = roles.last().map_or("", String::as_str);
            match self.first(sql, params![scope.as_str(), lane, last], |row| row.get(0).map_err(failed))? {
                Some(role) => roles.push(role),
                None => return Ok(roles),
            }
        }
    }

    fn write_blockers(&self, task: &Task) -> Result<()> {
        let sql =
            "INSERT INTO blockers (task, position, scope, blocker, resolved) VALUES (?1, ?2, ?3, ?4, ?5)";
        for (position, blocker) in (0_u32..).zip(&task.blockers) {
            let scope = task.scope.as_str();
            self.execute(
                sql,
                params![int(task.seq), position, scope, blocker.id.as_str(), blocker.resolved],
            )?;
        }
        Ok(())
    }

    fn write_submission(&self, task: &Task) -> Result<()> {
        let Some(submission) = &task.submission else {
            return self.execute("DELETE FROM submissions WHERE task = ?1", [int(task.seq)]).map(drop);
        };
        let sql = "INSERT OR REPLACE INTO submissions (task, commits, turns, turn_limit_reached, head, base, tested, branch,
                session, summary) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let params = params![
            int(task.seq),
            submission.commits,
            submission.turns,
            submission.turn_limit_reached,
            submission.head.as_ref().map(AsRef::<str>::as_ref),
            submission.base.as_ref().map(AsRef::<str>::as_ref),
            submission.tested.as_ref().map(AsRef::<str>::as_ref),
            submission.branch,
            submission.session.as_ref().map(AsRef::<str>::as_ref),
            submission.summary,
        ];
        self.execute(sql, params).map(drop)
    }

    fn write_state(&self, task: &Task) -> Result<()> {
        let state = StateColumns::of(&task.state);
        let sql = "UPDATE tasks SET queue = ?2, hold = ?3, claim_token = ?4, claim_orchestrator = ?5, claim_agent = ?6,
                claimed_at = ?7, lease_expires_at = ?8, approved_by = ?9, approved_at = ?10, approved_by_person = ?11,
                reason = ?12, landed = ?13, done_at = ?14, unresolved = ?15, runs = ?16, attempts = ?17,
                review_rounds = ?18, conflicts = ?19, rejections = ?20, note = ?21, settled_token = ?22,
                settled_command = ?23, updated_at = ?24, version = ?25 WHERE seq = ?1";
        let params = params![
            int(task.seq),
            state.queue,
            state.hold,
            state.claim_token,
            state.claim_orchestrator,
            state.claim_agent,
            state.claimed_at,
            state.lease_expires_at,
            state.approved_by,
            state.approved_at,
            state.approved_by_person,
            state.reason,
            state.landed,
            state.done_at,
            unresolved(task),
            task.counters.runs,
            task.counters.attempts,
            task.counters.review_rounds,
            task.counters.conflicts,
            task.counters.rejections,
            task.note,
            task.settled.as_ref().map(|settled| settled.token.as_str()),
            task.settled.as_ref().map(|settled| settled.command.as_str()),
            task.updated_at.as_millis(),
            int(task.version),
        ];
        self.execute(sql, params).map(drop)
    }

    fn write_lease(&self, task: &Task) -> Result<()> {
        let lease = task.state.claim().map(|claim| claim.lease_expires_at.as_millis());
        let sql = "UPDATE tasks SET lease_expires_at = ?2, updated_at = ?3, version = ?4 WHERE seq = ?1";
        self.execute(sql, params![int(task.seq), lease, task.updated_at.as_millis(), int(task.version)])
            .map(drop)
    }

    fn write_words(&self, task: &Task) -> Result<()> {
        let sql = "UPDATE tasks SET title = ?2, role = ?3, priority = ?4, complexity = ?5, branch = ?6, updated_at = ?7,
                version = ?8 WHERE seq = ?1";
        let params = params![
            int(task.seq),
            task.title,
            task.role.as_str(),
            task.priority as u8,
            task.complexity.map(|complexity| complexity.as_str()),
            task.branch,
            task.updated_at.as_millis(),
            int(task.version),
        ];
        self.execute(sql, params).map(drop)
    }
}

/// The columns that a task's state is spread over.
#[derive(PartialEq, Default)]
struct StateColumns<'a> {
    queue: &'a str,
    hold: Option<&'a str>,
    claim_token: Option<&'a str>,
    claim_orchestrator: Option<&'a str>,
    claim_agent: Option<&'a str>,
    claimed_at: Option<i64>,
    lease_expires_at: Option<i64>,
    approved_by: Option<&'a str>,
    approved_at: Option<i64>,
    approved_by_person: Option<bool>,
    reason: Option<&'a str>,
    landed: Option<&'a str>,
    done_at: Option<i64>,
}

impl<'a> StateColumns<'a> {
    fn of(state: &'a State) -> Self {
        let mut columns =
            Self { queue: state.queue().as_str(), reason: state.needs_person(), ..Self::default() };
        if let Some(claim) = state.claim() {
            columns.claim_token = Some(claim.token.as_str());
            columns.claim_orchestrator = Some(claim.holder.orchestrator.as_str());
            columns.claim_agent = Some(claim.holder.agent.as_str());
            columns.claimed_at = Some(claim.claimed_at.as_millis());
            columns.lease_expires_at = Some(claim.lease_expires_at.as_millis());
        }
        match state {
            State::Provisional(Provisional { approval, hold }) => {
                columns.hold = Some(match hold {
                    Hold::Free => "free",
                    Hold::Claimed { .. } => "claimed",
                    Hold::Person { .. } => "person",
                });
                if let Some(approval) = approval {
                    columns.approved_by = Some(&approval.by);
                    columns.approved_at = Some(approval.at.as_millis());
                    columns.approved_by_person = Some(approval.person);
                }
            }
            State::Done { landed, at } => {
                columns.landed = landed.as_ref().map(AsRef::as_ref);
                columns.done_at = Some(at.as_millis());
            }
            _ => {}
        }
        columns
    }
}

/// A number as SQLite keeps it. Places and versions count from 1 and never come near the bound.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unresolved(task: &Task) -> i64 {
    int(task.unresolved_blockers().count() as u64)
}

/// The name of a lane, as the column `lane` has it.
pub(super) const fn lane(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Work => "work",
        Purpose::Review => "review",
        Purpose::Land => "land",
    }
}

/// The first row of a query.
pub(super) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(params).map_err(failed)?;
    rows.next().map_err(failed)?.map(read).transpose()
}

/// Every row of a query.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(params).map_err(failed)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        found.push(read(row)?);
    }
    Ok(found)
}

impl Batch for SqliteBatch<'_> {
    fn task(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<Task>> {
        let sql = select_task!("WHERE t.scope = ?1 AND t.id = ?2");
        self.first(sql, [scope.as_str(), id.as_str()], row::task)
    }

    fn is_done(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<bool>> {
        let sql = "SELECT queue = 'done' FROM tasks WHERE scope = ?1 AND id = ?2";
        self.first(sql, [scope.as_str(), id.as_str()], |row| row.get(0).map_err(failed))
    }

    fn task_by_key(&mut self, scope: &Scope, key: &str) -> Result<Option<Task>> {
        let sql = select_task!("WHERE t.scope = ?1 AND t.key = ?2");
        self.first(sql, [scope.as_str(), key], row::task)
    }

    fn task_by_token(&mut self, scope: &Scope, token: &ClaimToken) -> Result<Option<Task>> {
        let sql = select_task!("WHERE t.scope = ?1 AND t.claim_token = ?2");
        self.first(sql, [scope.as_str(), token.as_str()], row::task)
    }

    fn next_claimable(
        &mut self,
        scope: &Scope,
        purpose: Purpose,
        roles: &[RoleName],
    ) -> Result<Option<Task>> {
        let lane = lane(purpose);
        if let [role] = roles {
            return self.first_of_role(scope, lane, role.as_str());
        }
        let roles = match roles {
            [] => self.roles(scope, lane)?,
            some => some.iter().map(|role| role.as_str().to_owned()).collect(),
        };
        let mut best: Option<Task> = None;
        for role in roles {
            let found = self.first_of_role(scope, lane, &role)?;
            best = best.into_iter().chain(found).min_by_key(|task| (task.priority, task.seq));
        }
        debug_assert!(best.as_ref().is_none_or(|task| claimable_for(task) == Some(purpose)));
        Ok(best)
    }

    fn claimed_by(&mut self, scope: &Scope, orchestrator: &OrchestratorId) -> Result<u64> {
        let sql =
            "SELECT count(*) FROM tasks WHERE scope = ?1 AND claim_orchestrator = ?2 AND queue = 'claimed'";
        Ok(self.number(sql, [scope.as_str(), orchestrator.as_str()])?.unwrap_or_default())
    }

    fn waiting_for(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<Task>> {
        let sql = select_task!(
            "WHERE t.seq IN (SELECT task FROM blockers WHERE scope = ?1 AND blocker = ?2 AND resolved = 0)
             ORDER BY t.seq"
        );
        self.all(sql, [scope.as_str(), id.as_str()], row::task)
    }

    fn waits_for(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<TaskId>> {
        let sql = "SELECT b.blocker FROM blockers b JOIN tasks t ON t.seq = b.task
                    WHERE t.scope = ?1 AND t.id = ?2 AND b.resolved = 0 ORDER BY b.position";
        let id = [scope.as_str(), id.as_str()];
        self.all(sql, id, |row| {
            TaskId::new(row.get::<_, String>(0).map_err(failed)?).map_err(super::failure::damaged)
        })
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
        self.all(sql, params![scope.as_str(), now.as_millis(), spare], row::task)
    }

    fn run(&mut self, scope: &Scope, id: &RunId) -> Result<Option<Run>> {
        let sql = format!("SELECT {} FROM runs WHERE scope = ?1 AND id = ?2", row::RUN);
        self.first(&sql, [scope.as_str(), id.as_str()], row::run)
    }

    fn next_seq(&mut self) -> Result<u64> {
        let last = self.number("SELECT seq FROM sqlite_sequence WHERE name = 'tasks'", [])?;
        Ok(last.unwrap_or_default() + 1)
    }

    fn next_number(&mut self, scope: &Scope) -> Result<u64> {
        let last = self.number("SELECT last FROM numbers WHERE scope = ?1", [scope.as_str()])?;
        Ok(last.unwrap_or_default() + 1)
    }

    fn use_number(&mut self, scope: &Scope, number: u64) -> Result<()> {
        let sql = "INSERT INTO numbers (scope, last) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET last = excluded.last";
        self.execute(sql, params![scope.as_str(), int(number)]).map(drop)
    }

    fn insert(&mut self, task: &Task) -> Result<()> {
        if task.state != State::Backlog && !matches!(task.state, State::Incoming | State::Blocked) {
            return Err(StoreError::internal(format!("a new task cannot stand in `{}`", task.queue())));
        }
        let sql = "INSERT INTO tasks (seq, scope, id, key, title, role, priority, complexity, branch, created_at, queue,
                unresolved, runs, attempts, review_rounds, conflicts, rejections, updated_at, version)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, 0, 0, 0, 0, ?13, ?14)";
        let params = params![
            int(task.seq),
            task.scope.as_str(),
            task.id.as_str(),
            task.key,
            task.title,
            task.role.as_str(),
            task.priority as u8,
            task.complexity.map(|complexity| complexity.as_str()),
            task.branch,
            task.created_at.as_millis(),
            task.queue().as_str(),
            unresolved(task),
            task.updated_at.as_millis(),
            int(task.version),
        ];
        self.execute(sql, params)?;
        self.execute(
            "INSERT INTO descriptions (task, body) VALUES (?1, ?2)",
            params![int(task.seq), task.description],
        )?;
        self.write_blockers(task)
    }

    fn replace(&mut self, before: &Task, after: &Task) -> Result<()> {
        let words = |task: &Task| (task.role.clone(), task.priority, task.complexity);
        if before.title != after.title || before.branch != after.branch || words(before) != words(after) {
            self.write_words(after)?;
        }
        if before.description != after.description {
            let sql = "UPDATE descriptions SET body = ?2 WHERE task = ?1";
            self.execute(sql, params![int(after.seq), after.description])?;
        }
        if before.submission != after.submission {
            self.write_submission(after)?;
        }
        if before.blockers != after.blockers {
            self.execute("DELETE FROM blockers WHERE task = ?1", [int(after.seq)])?;
            self.write_blockers(after)?;
        }
        let (was, is) = (StateColumns::of(&before.state), StateColumns::of(&after.state));
        let lease_aside = StateColumns { lease_expires_at: is.lease_expires_at, ..was };
        let same = lease_aside == is
            && before.counters == after.counters
            && before.note == after.note
            && before.settled == after.settled
            && before.blockers == after.blockers;
        if same { self.write_lease(after) } else { self.write_state(after) }
    }

    fn remove(&mut self, task: &Task) -> Result<()> {
        let id = [task.scope.as_str(), task.id.as_str()];
        self.execute("DELETE FROM runs WHERE scope = ?1 AND task = ?2", id)?;
        self.execute("DELETE FROM messages WHERE scope = ?1 AND task = ?2", id)?;
        self.execute("DELETE FROM events WHERE scope = ?1 AND task = ?2 AND kind <> 'deleted'", id)?;
        self.execute("DELETE FROM tasks WHERE seq = ?1", [int(task.seq)]).map(drop)
    }

    fn append_event(&mut self, scope: &Scope, task: &TaskId, event: EventDraft, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO events (scope, task, kind, actor, from_queue, to_queue, note, at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let params = params![
            scope.as_str(),
            task.as_str(),
            event.kind.as_str(),
            event.actor,
            event.from.map(|queue| queue.as_str()),
            event.to.map(|queue| queue.as_str()),
            event.note,
            at.as_millis(),
        ];
        self.execute(sql, params)?;
        self.newest_event = u64::try_from(self.connection.last_insert_rowid()).ok();
        Ok(())
    }

    fn append_message(
        &mut self,
        scope: &Scope,
        task: &TaskId,
        message: MessageDraft,
        at: Timestamp,
    ) -> Result<Message> {
        let sql =
            "INSERT INTO messages (scope, task, kind, author, body, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let kind = message.kind.as_str();
        let params =
            params![scope.as_str(), task.as_str(), kind, message.author, message.body, at.as_millis()];
        self.execute(sql, params)?;
        let id = u64::try_from(self.connection.last_insert_rowid()).unwrap_or_default();
        Ok(message.at(id, scope.clone(), task.clone(), at))
    }

    fn put_run(&mut self, run: &Run) -> Result<()> {
        let json = |error: serde_json::Error| {
            StoreError::internal("a run cannot be written as JSON").with_source(error)
        };
        let outcome = run.outcome.as_ref().map(serde_json::to_string).transpose().map_err(json)?;
        let steps = serde_json::to_string(&run.steps).map_err(json)?;
        let sql = "INSERT INTO runs (id, scope, task, number, agent, role, orchestrator, stage, started_at, finished_at,
                outcome, note, turns, input_tokens, output_tokens, cost_usd, commits, head, session, steps)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
                ON CONFLICT (scope, id) DO UPDATE SET task = excluded.task, number = excluded.number,
                agent = excluded.agent, role = excluded.role, orchestrator = excluded.orchestrator,
                stage = excluded.stage, started_at = excluded.started_at, finished_at = excluded.finished_at,
                outcome = excluded.outcome, note = excluded.note, turns = excluded.turns,
                input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
                cost_usd = excluded.cost_usd, commits = excluded.commits, head = excluded.head,
                session = excluded.session, steps = excluded.steps";
        let params = params![
            run.id.as_str(),
            run.scope.as_str(),
            run.task.as_str(),
            run.number,
            run.agent.as_str(),
            run.role.as_ref().map(RoleName::as_str),
            run.orchestrator.as_str(),
            run.stage.as_str(),
            run.started_at.as_millis(),
            run.finished_at.map(Timestamp::as_millis),
            outcome,
            run.note,
            run.usage.turns,
            int(run.usage.input_tokens),
            int(run.usage.output_tokens),
            run.usage.cost_usd,
            run.commits,
            run.head.as_ref().map(AsRef::<str>::as_ref),
            run.session.as_ref().map(AsRef::<str>::as_ref),
            steps,
        ];
        self.execute(sql, params).map(drop)
    }
}
