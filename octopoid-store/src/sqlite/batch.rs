//! One batch, within the writer's transaction.

use super::ahead::{Ahead, Tasks};
use super::columns::{self, int};
use super::failure::{damaged, failed};
use super::prune;
use super::row::{self, select_task};
use super::rows::{self, Ask};
use super::statements::{Key, Statements};
use crate::engine::{Batch, Kept, Link, Shelf, Swept, Window, claimable_for, token_holds_another};
use octopoid_core::model::{
    ClaimToken, EventDraft, Message, MessageDraft, OrchestratorId, ProjectId, Review, RoleName, Run, RunId,
    Scope, StateName, Task, TaskId, Timestamp,
};
use octopoid_core::store::{Result, StoreError};
use octopoid_core::transition::Purpose;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Params, Row, Statement, params, params_from_iter};

/// The open transaction.
pub(super) struct SqliteBatch<'a> {
    connection: &'a Connection,
    newest_event: Option<u64>,
    ahead: Option<Ahead>,
    /// How many requests of this transaction are not yet carried out, so that no more is read ahead than is of use.
    waiting: usize,
    statements: Statements<'a>,
}

impl<'a> SqliteBatch<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        let statements = Statements::new(connection);
        Self { connection, newest_event: None, ahead: None, waiting: 1, statements }
    }

    /// Says how many requests are to be carried out, the next one included.
    pub(super) fn expect(&mut self, waiting: usize) {
        self.waiting = waiting.max(1);
    }

    /// The number of the last event that was appended, if any was.
    pub(super) fn newest_event(&self) -> Option<u64> {
        self.newest_event
    }

    /// Runs a statement to its end.
    pub(super) fn execute(&self, sql: &'static str, params: impl Params) -> Result<usize> {
        self.with(sql, |statement| statement.execute(params).map_err(failed))
    }

    pub(super) fn number(&self, sql: &'static str, params: impl Params) -> Result<Option<u64>> {
        let found = self.first(sql, params, |row| row.get::<_, i64>(0).map_err(failed))?;
        Ok(found.and_then(|number| u64::try_from(number).ok()))
    }

    /// The task at a place.
    pub(super) fn task_at(&self, seq: u64) -> Result<Option<Task>> {
        self.first(select_task!("WHERE t.seq = ?1"), [int(seq)], |row| row::task(self, row))
    }

    /// The first tasks of a lane, by role.
    fn first_of_role(&self, scope: &Scope, lane: &str, role: &str, most: usize) -> Result<Tasks> {
        let sql = select_task!(
            "WHERE t.scope = ?1 AND t.lane = ?2 AND t.role = ?3 ORDER BY t.priority, t.seq LIMIT ?4"
        );
        self.all(sql, params![scope.as_str(), lane, role, int(most as u64)], |row| {
            row::task(self, row).map(Box::new)
        })
    }

    /// The first task of a lane and role, by what was read ahead where that goes on.
    fn next_of_role(&mut self, scope: &Scope, lane: &'static str, role: &str) -> Result<Option<Task>> {
        let mut ahead = match self.ahead.take() {
            Some(ahead) if ahead.goes_on(scope, lane, role) => ahead,
            _ => Ahead::new(scope, lane, role, self.first_of_role(scope, lane, role, self.waiting)?),
        };
        let next = ahead.next();
        self.ahead = Some(ahead);
        Ok(next)
    }

    /// The first task of a lane, of certain types and of any of the roles. The index has the tasks of each type and role
    /// in order, so each pair is one step of it.
    fn next_of_types(
        &self,
        scope: &Scope,
        lane: &str,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        let roles = match roles {
            [] => self.roles(scope, lane)?,
            some => some.iter().map(|role| role.as_str().to_owned()).collect(),
        };
        let sql = select_task!(
            "WHERE t.scope = ?1 AND t.lane = ?2 AND t.type = ?3 AND t.role = ?4
              ORDER BY t.priority, t.seq LIMIT 1"
        );
        let mut best: Option<Task> = None;
        for (kind, role) in types.iter().flat_map(|kind| roles.iter().map(move |role| (kind, role))) {
            let found =
                self.first(sql, params![scope.as_str(), lane, kind, role], |row| row::task(self, row))?;
            best = best.into_iter().chain(found).min_by_key(|task| (task.priority, task.seq));
        }
        Ok(best)
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
                session, summary, at, review) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let review = match &submission.review {
            review if *review == Review::default() => None,
            review => Some(serde_json::to_string(review).map_err(|error| {
                StoreError::internal("a review could not be written as JSON").with_source(error)
            })?),
        };
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
            submission.at.map(Timestamp::as_millis),
            review,
        ];
        self.execute(sql, params).map(drop)
    }
}

impl Ask for SqliteBatch<'_> {
    fn with<T>(&self, sql: &'static str, work: impl FnOnce(&mut Statement<'_>) -> Result<T>) -> Result<T> {
        self.statements.with(Key::Text(sql), || sql, work)
    }
}

fn is_not_unique(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// The name of a lane, as the column `lane` has it.
pub(super) const fn lane(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Work => "work",
        Purpose::Review => "review",
        Purpose::Land => "land",
    }
}

impl Batch for SqliteBatch<'_> {
    fn task(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<Task>> {
        let sql = select_task!("WHERE t.scope = ?1 AND t.id = ?2");
        self.first(sql, [scope.as_str(), id.as_str()], |row| row::task(self, row))
    }

    fn is_done(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<bool>> {
        let sql = "SELECT queue = 'done' FROM tasks WHERE scope = ?1 AND id = ?2";
        self.first(sql, [scope.as_str(), id.as_str()], |row| row.get(0).map_err(failed))
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
        if purpose == Purpose::Land {
            return self.next_to_land(scope, roles, types);
        }
        let lane = lane(purpose);
        if !types.is_empty() {
            return self.next_of_types(scope, lane, roles, types);
        }
        if let [role] = roles {
            return self.next_of_role(scope, lane, role.as_str());
        }
        let roles = match roles {
            [] => self.roles(scope, lane)?,
            some => some.iter().map(|role| role.as_str().to_owned()).collect(),
        };
        let mut best: Option<Task> = None;
        for role in roles {
            let found = self.first_of_role(scope, lane, &role, 1)?;
            best = best
                .into_iter()
                .chain(found.into_iter().map(|task| *task))
                .min_by_key(|task| (task.priority, task.seq));
        }
        debug_assert!(best.as_ref().is_none_or(|task| claimable_for(task) == Some(purpose)));
        Ok(best)
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

    fn claimed_by(&mut self, scope: &Scope, orchestrator: &OrchestratorId) -> Result<u64> {
        let sql =
            "SELECT count(*) FROM tasks WHERE scope = ?1 AND claim_orchestrator = ?2 AND queue = 'claimed'";
        Ok(self.number(sql, [scope.as_str(), orchestrator.as_str()])?.unwrap_or_default())
    }

    fn waiting_for(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<Task>> {
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

    fn waits_for(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<TaskId>> {
        let sql = "SELECT b.blocker FROM blockers b JOIN tasks t ON t.seq = b.task
                    WHERE t.scope = ?1 AND t.id = ?2 AND b.resolved = 0 ORDER BY b.position";
        let id = [scope.as_str(), id.as_str()];
        self.all(sql, id, |row| TaskId::new(row.get::<_, String>(0).map_err(failed)?).map_err(damaged))
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

    fn run(&mut self, scope: &Scope, id: &RunId) -> Result<Option<Run>> {
        let sql = format!("SELECT {} FROM runs WHERE scope = ?1 AND id = ?2", row::RUN);
        rows::first(self.connection, &sql, [scope.as_str(), id.as_str()], row::run)
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
        self.ahead = None;
        let json = columns::json(task)?;
        let columns = columns::of(task, &json);
        let sql = || {
            let names = columns.map(|(name, _)| name).join(", ");
            let marks = columns.map(|_| "?").join(", ");
            format!("INSERT INTO tasks ({names}) VALUES ({marks})")
        };
        let values = params_from_iter(columns.map(|(_, value)| ToSqlOutput::Borrowed(value)));
        self.statements.with(Key::Insert, sql, |statement| statement.execute(values).map_err(failed))?;
        let sql = "INSERT INTO descriptions (task, body) VALUES (?1, ?2)";
        self.execute(sql, params![int(task.seq), task.description])?;
        self.write_blockers(task)
    }

    fn replace(&mut self, before: &Task, after: &Task) -> Result<()> {
        if !self.ahead.as_mut().is_some_and(|ahead| ahead.survives(after)) {
            self.ahead = None;
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
        // Only what differs is written: SQLite touches each index of which a column is named, changed or not.
        let (had, has) = (columns::json(before)?, columns::json(after)?);
        let (was, is) = (columns::of(before, &had), columns::of(after, &has));
        let mut changed = 0_u64;
        let mut values = Vec::with_capacity(16);
        for (place, (was, is)) in was.iter().zip(&is).enumerate() {
            if was.1 != is.1 {
                changed |= 1 << place;
                values.push(ToSqlOutput::Borrowed(is.1));
            }
        }
        if values.is_empty() {
            return Ok(());
        }
        values.push(ToSqlOutput::Owned(int(after.seq).into()));
        let sql = || {
            let changed = was.iter().enumerate().filter(|(place, _)| changed >> place & 1 == 1);
            let names: Vec<_> = changed.map(|(_, (name, _))| format!("{name} = ?")).collect();
            format!("UPDATE tasks SET {} WHERE seq = ?", names.join(", "))
        };
        let values = params_from_iter(values);
        let written = self.statements.with(Key::Update(changed), sql, |statement| {
            // The token is the only thing about a task that can change and must be the only one of its kind.
            statement
                .execute(values)
                .map_err(|error| if is_not_unique(&error) { token_holds_another() } else { failed(error) })
        });
        if written.is_err() {
            // It is not what it was read ahead for.
            self.ahead = None;
        }
        written.map(drop)
    }

    fn remove(&mut self, task: &Task) -> Result<()> {
        self.ahead = None;
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
        let sql = "INSERT INTO messages (scope, task, kind, author, body, addressee, parent, label, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let kind = message.kind.as_str();
        let params = params![
            scope.as_str(),
            task.as_str(),
            kind,
            message.author,
            message.body,
            message.to,
            message.parent.map(int),
            message.label,
            at.as_millis()
        ];
        self.execute(sql, params)?;
        let id = u64::try_from(self.connection.last_insert_rowid()).unwrap_or_default();
        Ok(message.at(id, scope.clone(), task.clone(), at))
    }

    fn put_run(&mut self, run: &Run) -> Result<()> {
        let json = |error: serde_json::Error| {
            StoreError::internal("a run cannot be written as JSON").with_source(error)
        };
        let outcome = run.outcome.as_ref().map(serde_json::to_string).transpose().map_err(json)?;
        let stopped = run.stopped.as_ref().map(serde_json::to_string).transpose().map_err(json)?;
        let steps = serde_json::to_string(&run.steps).map_err(json)?;
        let sql = "INSERT INTO runs (id, scope, task, number, agent, role, orchestrator, stage, started_at, finished_at,
                outcome, note, turns, input_tokens, output_tokens, cost_usd, commits, head, session, steps,
                stopped, last_words)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
                ON CONFLICT (scope, id) DO UPDATE SET task = excluded.task, number = excluded.number,
                agent = excluded.agent, role = excluded.role, orchestrator = excluded.orchestrator,
                stage = excluded.stage, started_at = excluded.started_at, finished_at = excluded.finished_at,
                outcome = excluded.outcome, note = excluded.note, turns = excluded.turns,
                input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
                cost_usd = excluded.cost_usd, commits = excluded.commits, head = excluded.head,
                session = excluded.session, steps = excluded.steps,
                stopped = excluded.stopped, last_words = excluded.last_words";
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
            stopped,
            run.last_words,
        ];
        self.execute(sql, params).map(drop)
    }

    fn message_task(&mut self, scope: &Scope, id: u64) -> Result<Option<TaskId>> {
        let sql = "SELECT task FROM messages WHERE id = ?1 AND scope = ?2";
        self.first(sql, params![int(id), scope.as_str()], |row| {
            TaskId::new(row.get::<_, String>(0).map_err(failed)?).map_err(damaged)
        })
    }

    fn tasks_of_project(&mut self, scope: &Scope, project: &ProjectId) -> Result<u64> {
        let sql = "SELECT count(*) FROM tasks WHERE scope = ?1 AND project = ?2";
        Ok(self.number(sql, [scope.as_str(), project.as_str()])?.unwrap_or_default())
    }

    fn record(&mut self, shelf: Shelf, scope: &Scope, name: &str) -> Result<Option<String>> {
        let sql = "SELECT body FROM records WHERE shelf = ?1 AND scope = ?2 AND id = ?3";
        self.first(sql, [shelf.as_str(), scope.as_str(), name], |row| row.get(0).map_err(failed))
    }

    fn records(&mut self, shelf: Shelf, scope: Option<&Scope>) -> Result<Vec<String>> {
        let body = |row: &Row<'_>| row.get(0).map_err(failed);
        match scope {
            Some(scope) => {
                let sql = "SELECT body FROM records WHERE shelf = ?1 AND scope = ?2 ORDER BY place";
                self.all(sql, [shelf.as_str(), scope.as_str()], body)
            }
            None => {
                self.all("SELECT body FROM records WHERE shelf = ?1 ORDER BY place", [shelf.as_str()], body)
            }
        }
    }

    fn drafts_of(&mut self, scope: &Scope, link: Link<'_>) -> Result<Vec<String>> {
        // In the words of the indexes, without which SQLite would not use them.
        macro_rules! drafts_by {
            ($field:literal) => {
                concat!(
                    "SELECT body FROM records WHERE shelf = 'drafts' AND scope = ?1 AND body ->> '$.",
                    $field,
                    "' = ?2 ORDER BY place"
                )
            };
        }
        let (sql, id) = match link {
            Link::Task(id) => (drafts_by!("linked_task"), id.as_str()),
            Link::Project(id) => (drafts_by!("linked_project"), id.as_str()),
        };
        self.all(sql, [scope.as_str(), id], |row| row.get(0).map_err(failed))
    }

    fn put_record(&mut self, shelf: Shelf, scope: &Scope, name: &str, body: String) -> Result<()> {
        let sql = "INSERT INTO records (shelf, scope, id, body) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (shelf, scope, id) DO UPDATE SET body = excluded.body";
        self.execute(sql, [shelf.as_str(), scope.as_str(), name, &body]).map(drop)
    }

    fn remove_record(&mut self, shelf: Shelf, scope: &Scope, name: &str) -> Result<()> {
        let sql = "DELETE FROM records WHERE shelf = ?1 AND scope = ?2 AND id = ?3";
        self.execute(sql, [shelf.as_str(), scope.as_str(), name]).map(drop)
    }

    fn count(&mut self, counter: &str) -> Result<u64> {
        let sql = "INSERT INTO counters (name, last) VALUES (?1, 1)
                ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last";
        Ok(self.number(sql, [counter])?.unwrap_or_default())
    }

    fn request(&mut self, key: &str) -> Result<Option<Kept>> {
        self.first("SELECT digest, answer FROM requests WHERE key = ?1", [key], |row| {
            Ok(Kept { digest: row.get(0).map_err(failed)?, answer: row.get(1).map_err(failed)? })
        })
    }

    fn put_request(&mut self, key: &str, kept: &Kept, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO requests (key, digest, answer, at) VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, params![key, kept.digest, kept.answer, at.as_millis()]).map(drop)
    }

    fn forget_requests(&mut self, before: Timestamp) -> Result<u64> {
        // They lie in the order of their coming, so only those that go are read.
        let sql = "DELETE FROM requests WHERE place <
                coalesce((SELECT place FROM requests WHERE at >= ?1 ORDER BY place LIMIT 1), 9223372036854775807)";
        self.execute(sql, [before.as_millis()]).map(|gone| gone as u64)
    }

    fn prune_events(&mut self, window: Window<'_>) -> Result<Swept> {
        prune::events(self, window)
    }

    fn prune_runs(&mut self, window: Window<'_>) -> Result<Swept> {
        prune::runs(self, window)
    }

    fn changes(&self) -> u64 {
        self.connection.total_changes()
    }
}
