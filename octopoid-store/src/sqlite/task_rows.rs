//! Writes of a task's rows.

use super::columns::{self, int};
use super::driver::{ToSqlOutput, params, params_from_iter};
use super::error::{failed, is_not_unique};
use super::statements::Key;
use super::transaction::SqliteTransaction;
use crate::backend::token_in_use;
use octopoid_core::model::{Review, Task, Timestamp};
use octopoid_core::store::{Result, StoreError};

impl SqliteTransaction<'_> {
    /// Adds a task.
    pub(super) fn insert_task(&mut self, task: &Task) -> Result<()> {
        self.prefetch = None;
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

    /// Writes what differs between a task as it was read and as it is now.
    pub(super) fn update_task(&mut self, before: &Task, after: &Task) -> Result<()> {
        if !self.prefetch.as_mut().is_some_and(|prefetch| prefetch.survives(after)) {
            self.prefetch = None;
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
                .map_err(|error| if is_not_unique(&error) { token_in_use(None) } else { failed(error) })
        });
        if written.is_err() {
            // It is not what it was read ahead for.
            self.prefetch = None;
        }
        written.map(drop)
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

    pub(super) fn write_submission(&self, task: &Task) -> Result<()> {
        let Some(submission) = &task.submission else {
            return self.execute("DELETE FROM submissions WHERE task = ?1", [int(task.seq)]);
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
        self.execute(sql, params)
    }
}
