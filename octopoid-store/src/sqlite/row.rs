//! Values from rows.

use super::columns::int;
use super::driver::{FromSql, Row};
use super::error::{damaged, failed};
use super::query_ext::QueryExt;
use octopoid_core::model::{
    Approval, Blocker, Claim, Complexity, Event, EventDraft, Hold, Holder, Message, MessageDraft, Priority,
    Provisional, Queue, Run, Settled, State, Submission, Task, Timestamp, Usage,
};
use octopoid_core::store::{Result, StoreError};
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;
use std::error::Error;
use std::str::FromStr;

/// What [`task`] reads, to go on with a `WHERE`.
macro_rules! select_task {
    ($rest:literal) => {
        concat!(
            "SELECT t.seq, t.scope, t.id, t.key, t.title, t.role, t.priority, t.complexity, t.branch, t.created_at,
                    t.queue, t.state, t.hold, t.claim_token, t.claim_orchestrator, t.claim_agent, t.claimed_at,
                    t.lease_expires_at, t.approved_by, t.approved_at, t.approved_by_person, t.reason, t.landed,
                    t.done_at, t.runs, t.attempts, t.review_rounds, t.conflicts, t.rejections, t.note,
                    t.settled_token, t.settled_command, t.updated_at, t.version, d.body, t.blockers, t.attributes,
                    t.breakdown, t.created_by
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
    fn id<T: FromStr<Err: Error + Send + Sync + 'static>>(&mut self) -> Result<T> {
        self.word()?.ok_or_else(missing)
    }

    fn word<T: FromStr<Err: Error + Send + Sync + 'static>>(&mut self) -> Result<Option<T>> {
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
pub(super) fn task(beside: &impl QueryExt, row: &Row<'_>) -> Result<Task> {
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
    task.counters.runs = c.take()?;
    task.counters.attempts = c.take()?;
    task.counters.review_rounds = c.take()?;
    task.counters.conflicts = c.take()?;
    task.counters.rejections = c.take()?;
    task.note = c.take()?;
    task.settled = match (c.word()?, c.take::<Option<String>>()?) {
        (Some(token), Some(command)) => Some(Settled::new(token, command)),
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
    task.created_by = c.take()?;
    if blockers > 0 {
        let sql = "SELECT blocker, resolved FROM blockers WHERE task = ?1 ORDER BY position";
        task.blockers = beside.all(sql, [int(seq)], blocker)?;
    }
    // What nothing has happened to yet has no work.
    if task.version > 1 {
        let sql =
            "SELECT commits, turns, turn_limit_reached, head, base, tested, branch, session, summary, at, review
                     FROM submissions WHERE task = ?1";
        task.submission = beside.first(sql, [int(seq)], submission)?.map(Box::new);
    }
    Ok(task)
}

fn priority(place: u8) -> Result<Priority> {
    Priority::ALL.get(usize::from(place)).copied().ok_or_else(missing)
}

/// The columns after the queue that say more of the state: how many they are, and where some of them are.
const STATE: usize = 13;
const HOLD: usize = 1;
const CLAIM: usize = 2;
const APPROVAL: usize = 7;
const REASON: usize = 10;
const LANDED: usize = 11;

fn state(c: &mut Columns<'_>) -> Result<State> {
    let queue = c.word::<Queue>()?.ok_or_else(missing)?;
    // Most of them are empty for most tasks, so only those are read that the queue has.
    let more = c.next;
    c.next += STATE;
    let at = |place| Columns { row: c.row, next: more + place };
    let claim = || claim(&mut at(CLAIM));
    let reason = || at(REASON).take::<Option<String>>();
    Ok(match queue {
        Queue::Backlog => match at(0).word()? {
            Some(state) => State::Custom { state },
            None => State::Backlog,
        },
        Queue::Blocked => State::Blocked,
        Queue::Incoming => State::Incoming,
        Queue::Claimed => {
            let mut claim = claim()?.ok_or_else(missing)?;
            claim.from = at(0).word()?;
            State::Claimed { claim }
        }
        Queue::Provisional => {
            let hold: Option<String> = at(HOLD).take()?;
            let hold = match (hold.as_deref(), claim()?, reason()?) {
                (Some("free"), None, None) => Hold::Free,
                (Some("claimed"), Some(claim), None) => Hold::Claimed { claim },
                (Some("person"), None, Some(reason)) => Hold::Person { reason },
                _ => return Err(missing()),
            };
            State::Provisional(Provisional::new(approval(&mut at(APPROVAL))?, hold))
        }
        Queue::NeedsContinuation => State::NeedsContinuation { reason: reason()?.ok_or_else(missing)? },
        Queue::Done => {
            let c = &mut at(LANDED);
            State::Done { landed: c.word()?, at: c.optional_moment()?.ok_or_else(missing)? }
        }
        Queue::Failed => State::Failed { reason: reason()?.ok_or_else(missing)? },
        _ => return Err(missing()),
    })
}

fn claim(c: &mut Columns<'_>) -> Result<Option<Claim>> {
    let columns = (c.word()?, c.word()?, c.word()?, c.optional_moment()?, c.optional_moment()?);
    Ok(match columns {
        (Some(token), Some(orchestrator), Some(agent), Some(claimed_at), Some(lease_expires_at)) => {
            Some(Claim::new(token, Holder::new(orchestrator, agent), claimed_at, lease_expires_at))
        }
        _ => None,
    })
}

fn approval(c: &mut Columns<'_>) -> Result<Option<Approval>> {
    Ok(match (c.take::<Option<String>>()?, c.optional_moment()?, c.take()?) {
        (Some(by), Some(at), Some(person)) => Some(Approval::new(by, at, person)),
        _ => None,
    })
}

fn blocker(row: &Row<'_>) -> Result<Blocker> {
    let mut columns = Columns { row, next: 0 };
    Ok(Blocker::new(columns.id()?, columns.take()?))
}

fn submission(row: &Row<'_>) -> Result<Submission> {
    let mut columns = Columns { row, next: 0 };
    let c = &mut columns;
    let mut submission = Submission::new(c.take()?, c.take()?);
    submission.turn_limit_reached = c.take()?;
    submission.head = c.word()?;
    submission.base = c.word()?;
    submission.tested = c.word()?;
    submission.branch = c.take()?;
    submission.session = c.word()?;
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
    let mut draft = EventDraft::new(c.serde_word()?, c.take::<String>()?, c.word()?, c.word()?);
    draft.note = c.take()?;
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
    outcome, note, turns, input_tokens, output_tokens, cost_usd, commits, head, session, steps, stopped, last_words,
    model, base";

pub(super) fn run(row: &Row<'_>) -> Result<Run> {
    run_from(row, 0)
}

/// Reads a run from a row whose column `first` is the first of [`RUN`].
pub(super) fn run_from(row: &Row<'_>, first: usize) -> Result<Run> {
    let mut columns = Columns { row, next: first };
    let c = &mut columns;
    let (id, scope, task, number) = (c.id()?, c.id()?, c.id()?, c.take()?);
    let (agent, role, orchestrator) = (c.id()?, c.word()?, c.id()?);
    let (stage, started_at) = (c.serde_word()?, c.moment()?);
    let mut run = Run::new(scope, task, number, agent, role, orchestrator, started_at);
    run.id = id;
    run.stage = stage;
    run.finished_at = c.optional_moment()?;
    run.outcome = json(c)?;
    run.note = c.take()?;
    run.usage = usage(c)?;
    run.commits = c.take()?;
    run.head = c.word()?;
    run.session = c.word()?;
    run.steps = serde_json::from_str(&c.take::<String>()?).map_err(damaged)?;
    run.stopped = json(c)?;
    run.last_words = c.take()?;
    run.model = c.take()?;
    run.base = c.word()?;
    Ok(run)
}

/// Reads a value that is kept as JSON.
fn json<T: DeserializeOwned>(c: &mut Columns<'_>) -> Result<Option<T>> {
    match c.take::<Option<String>>()? {
        Some(text) => serde_json::from_str(&text).map(Some).map_err(damaged),
        None => Ok(None),
    }
}

fn usage(c: &mut Columns<'_>) -> Result<Usage> {
    Ok(Usage::default().with_turns(c.take()?).with_tokens(c.count()?, c.count()?).with_cost_usd(c.take()?))
}
