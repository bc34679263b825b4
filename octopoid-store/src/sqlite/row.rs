//! Rows to values.

use super::columns::int;
use super::failure::{damaged, failed};
use super::rows::{all, first};
use octopoid_core::model::{
    Approval, Blocker, Claim, Complexity, Counters, Event, EventDraft, Hold, Holder, Message, MessageDraft,
    Priority, Provisional, Queue, Run, Settled, State, Submission, Task, Timestamp, Usage,
};
use octopoid_core::store::{Result, StoreError};
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row};
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;

/// What [`task`] reads, to go on with a `WHERE`.
macro_rules! select_task {
    ($rest:literal) => {
        concat!(
            "SELECT t.seq, t.scope, t.id, t.key, t.title, t.role, t.priority, t.complexity, t.branch, t.created_at,
                    t.queue, t.hold, t.claim_token, t.claim_orchestrator, t.claim_agent, t.claimed_at,
                    t.lease_expires_at, t.approved_by, t.approved_at, t.approved_by_person, t.reason, t.landed,
                    t.done_at, t.runs, t.attempts, t.review_rounds, t.conflicts, t.rejections, t.note,
                    t.settled_token, t.settled_command, t.updated_at, t.version, d.body, t.blockers, t.attributes,
                    t.breakdown
               FROM tasks t CROSS JOIN descriptions d ON d.task = t.seq ",
            $rest
        )
    };
}
pub(super) use select_task;

/// A row, read from left to right.
struct Columns<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl Columns<'_> {
    fn take<T: FromSql>(&mut self) -> Result<T> {
        let index = self.next;
        self.next += 1;
        self.row.get(index).map_err(damaged)
    }

    /// An id, or anything else that is checked where it is made.
    fn id<T>(&mut self) -> Result<T>
    where
        T: TryFrom<String>,
        T::Error: std::error::Error + Send + Sync + 'static,
    {
        T::try_from(self.take()?).map_err(damaged)
    }

    fn optional_id<T>(&mut self) -> Result<Option<T>>
    where
        T: TryFrom<String>,
        T::Error: std::error::Error + Send + Sync + 'static,
    {
        self.take::<Option<String>>()?.map(T::try_from).transpose().map_err(damaged)
    }

    fn word<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
        &mut self,
    ) -> Result<Option<T>> {
        let index = self.next;
        self.next += 1;
        let text = self.row.get_ref(index).map_err(failed)?.as_str_or_null().map_err(damaged)?;
        text.map(str::parse).transpose().map_err(damaged)
    }

    fn serde_word<T: DeserializeOwned>(&mut self) -> Result<T> {
        let index = self.next;
        self.next += 1;
        let text = self.row.get_ref(index).map_err(failed)?.as_str().map_err(damaged)?;
        T::deserialize(StrDeserializer::<serde::de::value::Error>::new(text)).map_err(damaged)
    }

    fn moment(&mut self) -> Result<Timestamp> {
        self.take().map(Timestamp::from_millis)
    }

    fn optional_moment(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.take::<Option<i64>>()?.map(Timestamp::from_millis))
    }

    fn count(&mut self) -> Result<u64> {
        u64::try_from(self.take::<i64>()?).map_err(damaged)
    }
}

fn missing() -> StoreError {
    StoreError::internal("the database lacks a value that must be there")
}

/// Reads what [`select_task`] selects, and from the tables beside it what a claim seldom needs: blockers, and the
/// submission, which only a task can have that was claimed before.
pub(super) fn task(connection: &Connection, row: &Row<'_>) -> Result<Task> {
    let mut columns = Columns { row, next: 0 };
    let c = &mut columns;
    let (seq, scope, id, key, title) = (c.count()?, c.id()?, c.id()?, c.take()?, c.take()?);
    let (role, priority) = (c.id()?, priority(c.take()?)?);
    let (complexity, branch, created_at) = (c.word::<Complexity>()?, c.take()?, c.moment()?);
    let state = state(c)?;
    let mut task = Task::restored(id, scope, seq, role, state);
    task.key = key;
    task.title = title;
    task.priority = priority;
    task.complexity = complexity;
    task.branch = branch;
    task.created_at = created_at;
    task.counters = Counters {
        runs: c.take()?,
        attempts: c.take()?,
        review_rounds: c.take()?,
        conflicts: c.take()?,
        rejections: c.take()?,
    };
    task.note = c.take()?;
    task.settled = match (c.optional_id()?, c.take()?) {
        (Some(token), Some(command)) => Some(Settled { token, command }),
        _ => None,
    };
    task.updated_at = c.moment()?;
    task.version = c.count()?;
    task.description = c.take()?;
    let blockers = c.take::<i64>()?;
    if let Some(attributes) = c.take::<Option<String>>()? {
        task.attributes = serde_json::from_str(&attributes).map_err(damaged)?;
    }
    if let Some(breakdown) = c.take::<Option<String>>()? {
        task.breakdown = Some(serde_json::from_str(&breakdown).map_err(damaged)?);
    }
    if blockers > 0 {
        let sql = "SELECT blocker, resolved FROM blockers WHERE task = ?1 ORDER BY position";
        task.blockers = all(connection, sql, [int(seq)], blocker)?;
    }
    // What nothing has happened to yet has no work.
    if task.version > 1 {
        let sql =
            "SELECT commits, turns, turn_limit_reached, head, base, tested, branch, session, summary, at, review
                     FROM submissions WHERE task = ?1";
        task.submission = first(connection, sql, [int(seq)], submission)?;
    }
    Ok(task)
}

fn priority(place: u8) -> Result<Priority> {
    Priority::ALL.get(usize::from(place)).copied().ok_or_else(missing)
}

fn state(c: &mut Columns<'_>) -> Result<State> {
    let queue = c.word::<Queue>()?.ok_or_else(missing)?;
    let hold: Option<String> = c.take()?;
    let claim = match (
        c.optional_id()?,
        c.optional_id()?,
        c.optional_id()?,
        c.optional_moment()?,
        c.optional_moment()?,
    ) {
        (Some(token), Some(orchestrator), Some(agent), Some(claimed_at), Some(lease_expires_at)) => {
            Some(Claim { token, holder: Holder { orchestrator, agent }, claimed_at, lease_expires_at })
        }
        _ => None,
    };
    let approval = match (c.take()?, c.optional_moment()?, c.take()?) {
        (Some(by), Some(at), Some(person)) => Some(Approval { by, at, person }),
        _ => None,
    };
    let (reason, landed, done_at) = (c.take::<Option<String>>()?, c.optional_id()?, c.optional_moment()?);
    Ok(match queue {
        Queue::Backlog => State::Backlog,
        Queue::Blocked => State::Blocked,
        Queue::Incoming => State::Incoming,
        Queue::Claimed => State::Claimed { claim: claim.ok_or_else(missing)? },
        Queue::Provisional => {
            let hold = match (hold.as_deref(), claim, reason) {
                (Some("free"), None, None) => Hold::Free,
                (Some("claimed"), Some(claim), None) => Hold::Claimed { claim },
                (Some("person"), None, Some(reason)) => Hold::Person { reason },
                _ => return Err(missing()),
            };
            State::Provisional(Provisional { approval, hold })
        }
        Queue::NeedsContinuation => State::NeedsContinuation { reason: reason.ok_or_else(missing)? },
        Queue::Done => State::Done { landed, at: done_at.ok_or_else(missing)? },
        Queue::Failed => State::Failed { reason: reason.ok_or_else(missing)? },
        _ => return Err(missing()),
    })
}

fn blocker(row: &Row<'_>) -> Result<Blocker> {
    let mut columns = Columns { row, next: 0 };
    Ok(Blocker { id: columns.id()?, resolved: columns.take()? })
}

fn submission(row: &Row<'_>) -> Result<Submission> {
    let mut columns = Columns { row, next: 0 };
    let c = &mut columns;
    let mut submission = Submission::new(c.take()?, c.take()?);
    submission.turn_limit_reached = c.take()?;
    submission.head = c.optional_id()?;
    submission.base = c.optional_id()?;
    submission.tested = c.optional_id()?;
    submission.branch = c.take()?;
    submission.session = c.optional_id()?;
    submission.summary = c.take()?;
    submission.at = c.optional_moment()?;
    if let Some(review) = c.take::<Option<String>>()? {
        submission.review = serde_json::from_str(&review).map_err(damaged)?;
    }
    Ok(submission)
}

/// What [`event`] reads.
pub(super) const EVENT: &str = "seq, scope, task, kind, actor, from_queue, to_queue, note, at";

pub(super) fn event(row: &Row<'_>) -> Result<Event> {
    let mut columns = Columns { row, next: 0 };
    let c = &mut columns;
    let (seq, scope, task) = (c.count()?, c.id()?, c.id()?);
    let draft = EventDraft {
        kind: c.serde_word()?,
        actor: c.take()?,
        from: c.word()?,
        to: c.word()?,
        note: c.take()?,
    };
    Ok(draft.at(seq, scope, task, c.moment()?))
}

/// What [`message`] reads.
pub(super) const MESSAGE: &str = "id, scope, task, kind, author, body, addressee, parent, label, at";

pub(super) fn message(row: &Row<'_>) -> Result<Message> {
    let mut columns = Columns { row, next: 0 };
    let c = &mut columns;
    let (id, scope, task) = (c.count()?, c.id()?, c.id()?);
    let mut draft = MessageDraft::new(c.serde_word()?, c.take::<String>()?, c.take::<String>()?);
    draft.to = c.take()?;
    draft.parent = c.take::<Option<i64>>()?.and_then(|parent| u64::try_from(parent).ok());
    draft.label = c.take()?;
    Ok(draft.at(id, scope, task, c.moment()?))
}

/// What [`run`] reads.
pub(super) const RUN: &str =
    "id, scope, task, number, agent, role, orchestrator, stage, started_at, finished_at,
    outcome, note, turns, input_tokens, output_tokens, cost_usd, commits, head, session, steps";

pub(super) fn run(row: &Row<'_>) -> Result<Run> {
    let mut columns = Columns { row, next: 0 };
    let c = &mut columns;
    let (id, scope, task, number) = (c.id()?, c.id()?, c.id()?, c.take()?);
    let (agent, role, orchestrator) = (c.id()?, c.optional_id()?, c.id()?);
    let (stage, started_at) = (c.serde_word()?, c.moment()?);
    let mut run = Run::new(scope, task, number, agent, role, orchestrator, started_at);
    run.id = id;
    run.stage = stage;
    run.finished_at = c.optional_moment()?;
    run.outcome = match c.take::<Option<String>>()? {
        Some(json) => Some(serde_json::from_str(&json).map_err(damaged)?),
        None => None,
    };
    run.note = c.take()?;
    run.usage = usage(c)?;
    run.commits = c.take()?;
    run.head = c.optional_id()?;
    run.session = c.optional_id()?;
    run.steps = serde_json::from_str(&c.take::<String>()?).map_err(damaged)?;
    Ok(run)
}

fn usage(c: &mut Columns<'_>) -> Result<Usage> {
    Ok(Usage { turns: c.take()?, input_tokens: c.count()?, output_tokens: c.count()?, cost_usd: c.take()? })
}
