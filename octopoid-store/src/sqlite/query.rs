//! Queries whose text depends on what is asked for, or that are few and large.

use super::claimable::purpose_name;
use super::columns::int;
use super::driver::{Connection, Row, Value, params, params_from_iter};
use super::error::{damaged, failed};
use super::query_ext::{all, first};
use super::row::{self, select_task};
use octopoid_core::model::{
    Event, Message, Priority, Queue, RoleName, Run, RunId, Scope, StateName, Task, TaskId, Timestamp, Usage,
};
use octopoid_core::store::{
    EventQuery, Page, QueueCounts, Result, RunQuery, TaskOrder, TaskQuery, UsageQuery,
};
use octopoid_core::transition::Purpose;
use std::collections::BTreeSet;

/// A `WHERE` with its parameters.
struct Filter {
    sql: String,
    values: Vec<Value>,
}

impl Filter {
    fn of(query: &TaskQuery) -> Self {
        let mut filter =
            Self { sql: "WHERE t.scope = ?".to_owned(), values: vec![text(query.scope.as_str())] };
        filter.place(&query.queues, &query.states);
        filter.any("priority", query.priorities.iter().copied().map(number).collect());
        filter.any("role", query.roles.iter().map(|role| text(role.as_str())).collect());
        if let Some(orchestrator) = &query.claimed_by {
            filter.any("claim_orchestrator", vec![text(orchestrator.as_str())]);
        }
        if let Some(agent) = &query.agent {
            filter.any("claim_agent", vec![text(agent.as_str())]);
        }
        filter.any("type", query.types.iter().map(|kind| text(kind)).collect());
        if let Some(project) = &query.project {
            filter.any("project", vec![text(project.as_str())]);
        }
        if let Some(needed) = query.needs_person {
            let needs = "(t.queue IN ('needs_continuation', 'failed') OR t.hold IS 'person'
                          OR coalesce(t.attributes ->> '$.needs_intervention', 0))";
            filter.sql.push_str(if needed { " AND " } else { " AND NOT " });
            filter.sql.push_str(needs);
        }
        if let Some(words) = &query.search {
            filter.sql.push_str(" AND (instr(lower(t.title), ?) > 0 OR instr(lower(t.id), ?) > 0)");
            let words = text(&words.to_ascii_lowercase());
            filter.values.extend([words.clone(), words]);
        }
        if let Some(after) = query.after {
            let later = if query.order == TaskOrder::Newest { " AND t.seq < ?" } else { " AND t.seq > ?" };
            filter.sql.push_str(later);
            filter.values.push(Value::Integer(int(after)));
        }
        filter
    }

    /// Where a task stands: in one of the queues or of the states.
    fn place(&mut self, queues: &[Queue], states: &[StateName]) {
        let mut places = Vec::new();
        let aside = |queue: &&Queue| matches!(queue, Queue::Backlog | Queue::Custom);
        let plain: Vec<_> = queues.iter().filter(|queue| !aside(queue)).collect();
        if !plain.is_empty() {
            places.push(format!("t.queue IN ({})", marks(plain.len())));
            self.values.extend(plain.iter().map(|queue| text(queue.as_str())));
        }
        for queue in queues.iter().filter(aside) {
            let state = if *queue == Queue::Custom { "IS NOT NULL" } else { "IS NULL" };
            places.push(format!("(t.queue = 'backlog' AND t.state {state})"));
        }
        if !states.is_empty() {
            let marks = marks(states.len());
            places.push(format!("(t.queue = 'backlog' AND t.state IN ({marks}))"));
            places.push(format!(
                "(t.queue IN ('incoming', 'claimed', 'provisional') AND EXISTS (SELECT 1 FROM submissions s
                    WHERE s.task = t.seq AND s.review ->> '$.state' IN ({marks})))"
            ));
            let names = || states.iter().map(|state| text(state.as_str()));
            self.values.extend(names().chain(names()));
        }
        if !places.is_empty() {
            self.sql.push_str(&format!(" AND ({})", places.join(" OR ")));
        }
    }

    fn any(&mut self, column: &str, values: Vec<Value>) {
        if !values.is_empty() {
            self.sql.push_str(&format!(" AND t.{column} IN ({})", marks(values.len())));
            self.values.extend(values);
        }
    }
}

fn marks(number: usize) -> String {
    vec!["?"; number].join(", ")
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn number(priority: Priority) -> Value {
    Value::Integer(priority as i64)
}

pub(super) fn list_tasks(connection: &Connection, query: &TaskQuery) -> Result<Page<Task>> {
    let Filter { sql, mut values } = Filter::of(query);
    let count = format!("SELECT count(*) FROM tasks t {sql}");
    let total =
        first(connection, &count, params_from_iter(&values), |row| unsigned(row, 0))?.unwrap_or_default();
    let order = match query.order {
        TaskOrder::Oldest => "t.seq",
        TaskOrder::Newest => "t.seq DESC",
        TaskOrder::Priority => "t.priority, t.seq",
    };
    let page = format!("{}{sql} ORDER BY {order} LIMIT ? OFFSET ?", select_task!(""));
    values.extend([Value::Integer(query.limit.into()), Value::Integer(int(query.offset))]);
    let items = all(connection, &page, params_from_iter(&values), |row| row::task(connection, row))?;
    Ok(Page::new(items, total))
}

pub(super) fn scopes(connection: &Connection) -> Result<Vec<Scope>> {
    let mut names = BTreeSet::new();
    let sql = "SELECT scope FROM tasks WHERE scope > ?1 ORDER BY scope LIMIT 1";
    let mut last = String::new();
    while let Some(scope) = first(connection, sql, [&last], |row| row.get::<_, String>(0).map_err(failed))? {
        last.clone_from(&scope);
        names.insert(scope);
    }
    // One step of the index for each kind of record and scope.
    let sql = "SELECT kind, scope FROM records WHERE (kind, scope) > (?1, ?2) ORDER BY kind, scope LIMIT 1";
    let pair = |row: &Row<'_>| {
        Ok((row.get::<_, String>(0).map_err(failed)?, row.get::<_, String>(1).map_err(failed)?))
    };
    let mut last = (String::new(), String::new());
    while let Some(next) = first(connection, sql, [&last.0, &last.1], pair)? {
        // Records of the whole store have no scope.
        if !next.1.is_empty() {
            names.insert(next.1.clone());
        }
        last = next;
    }
    names.into_iter().map(|name| Scope::new(name).map_err(damaged)).collect()
}

pub(super) fn queue_counts(connection: &Connection, scope: &Scope) -> Result<QueueCounts> {
    let mut counts = QueueCounts::default();
    let sql = "SELECT queue, count(*) FROM tasks WHERE scope = ?1 GROUP BY queue";
    for (queue, number) in all(connection, sql, [scope.as_str()], word_and_number)? {
        counts.queues.insert(queue.parse::<Queue>().map_err(damaged)?, number);
    }
    let sql = "SELECT count(*) FROM tasks WHERE scope = ?1 AND queue = 'backlog' AND state IS NOT NULL";
    let in_states = first(connection, sql, [scope.as_str()], |row| unsigned(row, 0))?.unwrap_or_default();
    if in_states > 0 {
        let aside = counts.in_queue(Queue::Backlog) - in_states;
        counts.queues.insert(Queue::Custom, in_states);
        counts.queues.insert(Queue::Backlog, aside);
    }
    let sql = "SELECT role, count(*) FROM tasks WHERE scope = ?1 AND claimable_for = ?2 GROUP BY role";
    let by_role =
        |purpose| all(connection, sql, params![scope.as_str(), purpose_name(purpose)], word_and_number);
    for (role, number) in by_role(Purpose::Work)? {
        counts.incoming_by_role.insert(RoleName::new(role).map_err(damaged)?, number);
    }
    let sum = |roles: Vec<(String, u64)>| roles.into_iter().map(|(_, number)| number).sum();
    counts.to_review = sum(by_role(Purpose::Review)?);
    counts.to_land = sum(by_role(Purpose::Land)?);
    let sql = "SELECT count(*) FROM tasks WHERE scope = ?1 AND queue = 'provisional' AND hold = 'person'";
    counts.to_decide = first(connection, sql, [scope.as_str()], |row| unsigned(row, 0))?.unwrap_or_default();
    Ok(counts)
}

fn word_and_number(row: &Row<'_>) -> Result<(String, u64)> {
    Ok((row.get(0).map_err(damaged)?, unsigned(row, 1)?))
}

fn unsigned(row: &Row<'_>, index: usize) -> Result<u64> {
    u64::try_from(row.get::<_, i64>(index).map_err(damaged)?).map_err(damaged)
}

pub(super) fn run(connection: &Connection, scope: &Scope, id: &RunId) -> Result<Option<Run>> {
    let sql = format!("SELECT {} FROM runs WHERE scope = ?1 AND id = ?2", row::RUN);
    first(connection, &sql, [scope.as_str(), id.as_str()], row::run)
}

pub(super) fn runs(
    connection: &Connection,
    scope: Option<&Scope>,
    after: u64,
    limit: u32,
) -> Result<Vec<(u64, Run)>> {
    let filter = if scope.is_some() { "scope = ?1" } else { "?1 IS NULL" };
    let columns = row::RUN;
    let sql =
        format!("SELECT place, {columns} FROM runs WHERE {filter} AND place > ?2 ORDER BY place LIMIT ?3");
    let params = params![scope.map(Scope::as_str), int(after), limit];
    all(connection, &sql, params, |row| Ok((unsigned(row, 0)?, row::run_from(row, 1)?)))
}

pub(super) fn list_runs(connection: &Connection, query: &RunQuery) -> Result<Vec<Run>> {
    let task = if query.task.is_some() { "AND task = ?2" } else { "AND ?2 IS NULL" };
    let unsettled = if query.unsettled { "AND stage <> 'settled'" } else { "" };
    let columns = row::RUN;
    let sql = format!(
        "SELECT {columns} FROM runs WHERE scope = ?1 {task} {unsettled} ORDER BY place DESC LIMIT ?3"
    );
    let task = query.task.as_ref().map(TaskId::as_str);
    all(connection, &sql, params![query.scope.as_str(), task, query.limit], row::run)
}

pub(super) fn usage(connection: &Connection, query: &UsageQuery) -> Result<Usage> {
    let task = if query.task.is_some() { "AND task = ?2" } else { "AND ?2 IS NULL" };
    let since = if query.since.is_some() { "AND started_at >= ?3" } else { "AND ?3 IS NULL" };
    let sql = format!(
        "SELECT sum(turns), sum(input_tokens), sum(output_tokens), total(cost_usd) FROM runs
          WHERE scope = ?1 {task} {since}"
    );
    let params = params![
        query.scope.as_str(),
        query.task.as_ref().map(TaskId::as_str),
        query.since.map(|since| since.as_millis())
    ];
    let sum = first(connection, &sql, params, |row| {
        let whole = |index| row.get::<_, Option<i64>>(index).map(Option::unwrap_or_default).map_err(damaged);
        let input = u64::try_from(whole(1)?).map_err(damaged)?;
        let output = u64::try_from(whole(2)?).map_err(damaged)?;
        Ok(Usage::default()
            .with_turns(u32::try_from(whole(0)?).unwrap_or(u32::MAX))
            .with_tokens(input, output)
            .with_cost_usd(row.get(3).map_err(damaged)?))
    })?;
    Ok(sum.unwrap_or_default())
}

pub(super) fn messages(
    connection: &Connection,
    scope: &Scope,
    task: Option<&TaskId>,
) -> Result<Vec<Message>> {
    let filter = if task.is_some() { "task = ?2" } else { "?2 IS NULL" };
    let columns = row::MESSAGE;
    let sql = format!("SELECT {columns} FROM messages WHERE scope = ?1 AND {filter} ORDER BY id");
    all(connection, &sql, params![scope.as_str(), task.map(TaskId::as_str)], row::message)
}

pub(super) fn message(connection: &Connection, scope: &Scope, id: u64) -> Result<Option<Message>> {
    let sql = format!("SELECT {} FROM messages WHERE id = ?1 AND scope = ?2", row::MESSAGE);
    first(connection, &sql, params![int(id), scope.as_str()], row::message)
}

pub(super) fn events(connection: &Connection, query: &EventQuery) -> Result<Vec<Event>> {
    // The whole feed is read along its numbers; the `+` keeps the planner from sorting the scope's index instead.
    let filter = match (&query.scope, &query.task) {
        (Some(_), Some(_)) => "scope = ?1 AND task = ?2",
        (Some(_), None) => "+scope = ?1 AND ?2 IS NULL",
        (None, Some(_)) => "?1 IS NULL AND task = ?2",
        (None, None) => "?1 IS NULL AND ?2 IS NULL",
    };
    let columns = row::EVENT;
    let sql = format!("SELECT {columns} FROM events WHERE {filter} AND seq > ?3 ORDER BY seq LIMIT ?4");
    let task = query.task.as_ref().map(TaskId::as_str);
    let scope = query.scope.as_ref().map(Scope::as_str);
    all(connection, &sql, params![scope, task, int(query.after), query.limit], row::event)
}

pub(super) fn last_event(connection: &Connection) -> Result<u64> {
    let newest = first(connection, "SELECT coalesce(max(seq), 0) FROM events", (), |row| unsigned(row, 0))?;
    Ok(newest.unwrap_or_default())
}

/// When the newest event happened.
pub(super) fn newest_moment(connection: &Connection) -> Result<Option<Timestamp>> {
    let sql = "SELECT at FROM events ORDER BY seq DESC LIMIT 1";
    first(connection, sql, (), |row| Ok(Timestamp::from_millis(row.get(0).map_err(failed)?)))
}
