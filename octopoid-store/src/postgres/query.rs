//! Queries whose text depends on what is asked for, or that are large.

use super::error::damaged;
use super::reader::comparable;
use super::row::{self, int, number, purpose_name, text};
use super::transaction::PostgresTransaction;
use crate::backend::StoredReply;
use octopoid_core::model::{
    Event, OrchestratorId, ProjectId, Queue, RoleName, Run, Scope, Task, TaskId, Timestamp, Usage,
};
use octopoid_core::store::{
    EventQuery, Page, QueueCounts, Result, RunQuery, TaskOrder, TaskQuery, UsageQuery,
};
use octopoid_core::transition::Purpose;
use std::collections::VecDeque;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// A `WHERE` with its parameters.
struct Filter {
    sql: String,
    values: Vec<Box<dyn ToSql + Sync>>,
}

impl Filter {
    fn of(query: &TaskQuery) -> Self {
        let mut filter =
            Self { sql: "WHERE scope = $1".to_owned(), values: vec![Box::new(query.scope.to_string())] };
        filter.place(query);
        if !query.priorities.is_empty() {
            let priorities: Vec<i16> = query.priorities.iter().map(|priority| *priority as i16).collect();
            filter.and("priority = ANY(?)", priorities);
        }
        if !query.roles.is_empty() {
            filter.and(
                "role = ANY(?)",
                query.roles.iter().map(|role| role.as_str().to_owned()).collect::<Vec<_>>(),
            );
        }
        if let Some(orchestrator) = &query.claimed_by {
            filter.and(
                "claim_token IS NOT NULL AND claim_orchestrator = ?",
                OrchestratorId::as_str(orchestrator).to_owned(),
            );
        }
        if let Some(agent) = &query.agent {
            filter.and("claim_agent = ?", agent.as_str().to_owned());
        }
        if !query.types.is_empty() {
            filter.and("type = ANY(?)", query.types.iter().map(|kind| comparable(kind)).collect::<Vec<_>>());
        }
        if let Some(project) = &query.project {
            filter.and("project = ?", ProjectId::as_str(project).to_owned());
        }
        if let Some(needed) = query.needs_person {
            filter.and("needs_person = ?", needed);
        }
        if let Some(words) = &query.search {
            filter.and(
                "(position(? in title) > 0 OR position(? in lower(id)) > 0)",
                comparable(&words.to_ascii_lowercase()),
            );
        }
        if let Some(after) = query.after {
            let later = if query.order == TaskOrder::Newest { "seq < ?" } else { "seq > ?" };
            filter.and(later, int(after));
        }
        filter
    }

    /// Where a task stands: in one of the queues or of the states.
    fn place(&mut self, query: &TaskQuery) {
        let queues: Vec<String> = query.queues.iter().map(|queue| queue.as_str().to_owned()).collect();
        let states: Vec<String> = query.states.iter().map(|state| state.as_str().to_owned()).collect();
        match (queues.is_empty(), states.is_empty()) {
            (true, true) => {}
            (false, true) => self.and("queue = ANY(?)", queues),
            (true, false) => self.and("flow_state = ANY(?)", states),
            (false, false) => {
                self.values.push(Box::new(queues));
                let queues = self.values.len();
                self.and(&format!("(queue = ANY(${queues}) OR flow_state = ANY(?))"), states);
            }
        }
    }

    /// Adds a condition, in which `?` stands for a value.
    fn and(&mut self, condition: &str, value: impl ToSql + Sync + 'static) {
        let place = self.add(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &place));
    }

    fn add(&mut self, value: impl ToSql + Sync + 'static) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.values.len())
    }

    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.values.iter().map(AsRef::as_ref).collect()
    }
}

pub(super) fn list_tasks(transaction: &mut PostgresTransaction<'_>, query: &TaskQuery) -> Result<Page<Task>> {
    let mut filter = Filter::of(query);
    let count = format!("SELECT count(*) FROM tasks {}", filter.sql);
    let total = transaction.first(&count, &filter.values(), |row| number(row, 0))?.unwrap_or_default();
    let order = match query.order {
        TaskOrder::Oldest => "seq",
        TaskOrder::Newest => "seq DESC",
        TaskOrder::Priority => "priority, seq",
    };
    let (limit, offset) = (filter.add(i64::from(query.limit)), filter.add(int(query.offset)));
    let page = format!(
        "SELECT body, description FROM tasks {} ORDER BY {order} LIMIT {limit} OFFSET {offset}",
        filter.sql
    );
    let items = transaction.all(&page, &filter.values(), row::task)?;
    Ok(Page::new(items, total))
}

/// The roles that have a task for a purpose (`$2`): one step of the index each, however many tasks there are.
const ROLES: &str = "WITH RECURSIVE found (role) AS (
        (SELECT role FROM tasks WHERE scope = $1 AND claimable_for = $2 ORDER BY role LIMIT 1)
        UNION ALL
        SELECT (SELECT t.role FROM tasks t WHERE t.scope = $1 AND t.claimable_for = $2 AND t.role > found.role
                 ORDER BY t.role LIMIT 1) FROM found WHERE found.role IS NOT NULL),
    roles (role) AS (SELECT role FROM found WHERE role IS NOT NULL)";

/// Returns the first tasks that can be claimed for work or for review, at most so many. No roles and no types take any.
pub(super) fn next_claimable(
    transaction: &mut PostgresTransaction<'_>,
    scope: &Scope,
    purpose: Purpose,
    roles: &[String],
    types: &[String],
    most: i64,
) -> Result<VecDeque<Task>> {
    let with =
        if roles.is_empty() { ROLES } else { "WITH roles (role) AS (SELECT DISTINCT unnest($4::text[]))" };
    let (kinds, of_kind) = match types {
        [] => ("", ""),
        _ => ("CROSS JOIN (SELECT DISTINCT unnest($5::text[])) AS kinds (kind)", "AND t.type = kinds.kind"),
    };
    // The parameters that the text does not use are named, so that their number is the same.
    let sql = format!(
        "{with} SELECT next.body, next.description FROM roles {kinds} CROSS JOIN LATERAL (
            SELECT t.body, t.description, t.priority, t.seq FROM tasks t
             WHERE t.scope = $1 AND t.claimable_for = $2 {of_kind} AND t.role = roles.role
             ORDER BY t.priority, t.seq LIMIT $3) AS next
          WHERE $4::text[] IS NOT NULL AND $5::text[] IS NOT NULL
          ORDER BY next.priority, next.seq LIMIT $3"
    );
    let purpose = purpose_name(purpose);
    let found = transaction.all(&sql, &[&scope.as_str(), &purpose, &most, &roles, &types], row::task)?;
    Ok(found.into())
}

/// Returns the most urgent, then oldest task that can land, of those on whose branch no other is landing. Each branch is a few
/// steps of an index, however many tasks wait behind its landing.
pub(super) fn next_to_land(
    transaction: &mut PostgresTransaction<'_>,
    scope: &Scope,
    roles: &[String],
    types: &[String],
) -> Result<Option<Task>> {
    let sql = "WITH RECURSIVE found (branch) AS (
            (SELECT branch FROM tasks WHERE scope = $1 AND claimable_for = 'land' ORDER BY branch LIMIT 1)
            UNION ALL
            SELECT (SELECT t.branch FROM tasks t WHERE t.scope = $1 AND t.claimable_for = 'land' AND t.branch > found.branch
                     ORDER BY t.branch LIMIT 1) FROM found WHERE found.branch IS NOT NULL)
        SELECT next.body, next.description FROM found CROSS JOIN LATERAL (
            SELECT t.body, t.description, t.priority, t.seq FROM tasks t
             WHERE t.scope = $1 AND t.claimable_for = 'land' AND t.branch = found.branch
               AND (cardinality($2::text[]) = 0 OR t.role = ANY($2)) AND (cardinality($3::text[]) = 0 OR t.type = ANY($3))
             ORDER BY t.priority, t.seq LIMIT 1) AS next
         WHERE found.branch IS NOT NULL
           AND NOT EXISTS (SELECT FROM tasks l WHERE l.scope = $1 AND l.branch = found.branch AND l.landing)
         ORDER BY next.priority, next.seq LIMIT 1";
    transaction.first(sql, &[&scope.as_str(), &roles, &types], row::task)
}

/// Returns the text of a query for the scopes that a table has: one step of its index each.
fn scopes_of(table: &str) -> String {
    format!(
        "WITH RECURSIVE found (scope) AS (
            (SELECT scope FROM {table} WHERE scope > '' ORDER BY scope LIMIT 1)
            UNION ALL
            SELECT (SELECT t.scope FROM {table} t WHERE t.scope > found.scope ORDER BY t.scope LIMIT 1)
              FROM found WHERE found.scope IS NOT NULL)
         SELECT scope FROM found WHERE scope IS NOT NULL"
    )
}

pub(super) fn scopes(transaction: &mut PostgresTransaction<'_>) -> Result<Vec<Scope>> {
    let mut names = transaction.all(&scopes_of("tasks"), &[], |row| text(row, 0))?;
    names.extend(transaction.all(&scopes_of("records"), &[], |row| text(row, 0))?);
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| Scope::new(name).map_err(damaged)).collect()
}

pub(super) fn queue_counts(transaction: &mut PostgresTransaction<'_>, scope: &Scope) -> Result<QueueCounts> {
    let mut counts = QueueCounts::default();
    let word_and_number = |row: &Row| Ok((text(row, 0)?, number(row, 1)?));
    let scope = scope.as_str();
    let sql = "SELECT queue, count(*) FROM tasks WHERE scope = $1 GROUP BY queue";
    for (queue, number) in transaction.all(sql, &[&scope], word_and_number)? {
        counts.queues.insert(queue.parse::<Queue>().map_err(damaged)?, number);
    }
    let by_role = "SELECT role, count(*) FROM tasks WHERE scope = $1 AND claimable_for = $2 GROUP BY role";
    let work = transaction.all(by_role, &[&scope, &purpose_name(Purpose::Work)], word_and_number)?;
    for (role, number) in work {
        counts.incoming_by_role.insert(RoleName::new(role).map_err(damaged)?, number);
    }
    let sql = "SELECT count(*) FILTER (WHERE claimable_for = 'review'), count(*) FILTER (WHERE claimable_for = 'land'),
                      count(*) FILTER (WHERE to_decide) FROM tasks WHERE scope = $1 AND queue = 'provisional'";
    let three =
        transaction.first(sql, &[&scope], |row| Ok([number(row, 0)?, number(row, 1)?, number(row, 2)?]))?;
    [counts.to_review, counts.to_land, counts.to_decide] = three.unwrap_or_default();
    Ok(counts)
}

pub(super) fn runs(
    transaction: &mut PostgresTransaction<'_>,
    scope: Option<&Scope>,
    after: u64,
    limit: u32,
) -> Result<Vec<(u64, Run)>> {
    let filter = if scope.is_some() { "scope = $1" } else { "$1::text IS NULL" };
    let sql = format!("SELECT place, body FROM runs WHERE {filter} AND place > $2 ORDER BY place LIMIT $3");
    let scope = scope.map(Scope::as_str);
    transaction.all(&sql, &[&scope, &int(after), &i64::from(limit)], row::run)
}

pub(super) fn list_runs(transaction: &mut PostgresTransaction<'_>, query: &RunQuery) -> Result<Vec<Run>> {
    let task = if query.task.is_some() { "AND task = $2" } else { "AND $2::text IS NULL" };
    let unsettled = if query.unsettled { "AND NOT settled" } else { "" };
    let sql = format!(
        "SELECT place, body FROM runs WHERE scope = $1 {task} {unsettled} ORDER BY place DESC LIMIT $3"
    );
    let task = query.task.as_ref().map(TaskId::as_str);
    let runs = transaction.all(&sql, &[&query.scope.as_str(), &task, &i64::from(query.limit)], row::run)?;
    Ok(runs.into_iter().map(|(_, run)| run).collect())
}

pub(super) fn usage(transaction: &mut PostgresTransaction<'_>, query: &UsageQuery) -> Result<Usage> {
    let task = if query.task.is_some() { "AND task = $2" } else { "AND $2::text IS NULL" };
    let since = if query.since.is_some() { "AND started_at >= $3" } else { "AND $3::bigint IS NULL" };
    let sql = format!(
        "SELECT coalesce(sum(turns), 0)::bigint, coalesce(sum(input_tokens), 0)::bigint,
                coalesce(sum(output_tokens), 0)::bigint, coalesce(sum(cost_usd), 0) FROM runs
          WHERE scope = $1 {task} {since}"
    );
    let (task, since) = (query.task.as_ref().map(TaskId::as_str), query.since.map(Timestamp::as_millis));
    let sum = transaction.first(&sql, &[&query.scope.as_str(), &task, &since], |row| {
        Ok(Usage::default()
            .with_turns(u32::try_from(number(row, 0)?).unwrap_or(u32::MAX))
            .with_tokens(number(row, 1)?, number(row, 2)?)
            .with_cost_usd(row.try_get(3).map_err(damaged)?))
    })?;
    Ok(sum.unwrap_or_default())
}

pub(super) fn events(transaction: &mut PostgresTransaction<'_>, query: &EventQuery) -> Result<Vec<Event>> {
    let filter = match (&query.scope, &query.task) {
        (Some(_), Some(_)) => "scope = $1 AND task = $2",
        (Some(_), None) => "scope = $1 AND $2::text IS NULL",
        (None, Some(_)) => "$1::text IS NULL AND task = $2",
        (None, None) => "$1::text IS NULL AND $2::text IS NULL",
    };
    let columns = row::EVENT;
    let sql = format!("SELECT {columns} FROM events WHERE {filter} AND seq > $3 ORDER BY seq LIMIT $4");
    let task = query.task.as_ref().map(TaskId::as_str);
    let scope = query.scope.as_ref().map(Scope::as_str);
    transaction.all(&sql, &[&scope, &task, &int(query.after), &i64::from(query.limit)], row::event)
}

/// Reads a reply from its columns `digest` and `body`.
pub(super) fn reply(row: &Row) -> Result<StoredReply> {
    let digest: Vec<u8> = row.try_get(0).map_err(damaged)?;
    let digest = digest.try_into().map_err(|_| damaged("a digest has another length"))?;
    Ok(StoredReply { digest, body: text(row, 1)? })
}
