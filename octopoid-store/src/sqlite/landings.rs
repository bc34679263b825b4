//! Choice of the next task to land.

use super::driver::params;
use super::error::failed;
use super::query_ext::QueryExt;
use super::transaction::SqliteTransaction;
use octopoid_core::model::{RoleName, Scope, Task};
use octopoid_core::store::Result;

/// Branch of a task; none is the configured one.
type Branch = Option<String>;

impl SqliteTransaction<'_> {
    /// Returns the place of the task that is landing on a branch.
    pub(super) fn landing(&self, scope: &Scope, branch: Option<&str>) -> Result<Option<u64>> {
        let sql = "SELECT seq FROM tasks INDEXED BY tasks_landing
                    WHERE scope = ?1 AND branch IS ?2 AND hold = 'claimed' AND approved_by IS NOT NULL LIMIT 1";
        self.number(sql, params![scope.as_str(), branch])
    }

    /// Returns the most urgent, then oldest task that can land, of those on whose branch no other is landing. Each branch is a
    /// few steps of an index, however many tasks wait behind its landing.
    pub(super) fn next_to_land(
        &self,
        scope: &Scope,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        let mut best: Option<(i64, u64)> = None;
        for branch in self.branches_to_land(scope)? {
            if self.landing(scope, branch.as_deref())?.is_some() {
                continue;
            }
            let roles = match roles {
                [] => self.roles_to_land(scope, &branch)?,
                some => some.iter().map(|role| role.as_str().to_owned()).collect(),
            };
            for role in roles {
                let first = match types {
                    [] => self.first_to_land(scope, &branch, &role, None)?,
                    some => {
                        let of = |kind: &String| self.first_to_land(scope, &branch, &role, Some(kind));
                        some.iter().map(of).collect::<Result<Vec<_>>>()?.into_iter().flatten().min()
                    }
                };
                best = best.into_iter().chain(first).min();
            }
        }
        best.map_or(Ok(None), |(_, seq)| self.task_at(seq))
    }

    /// Lists the branches on which a task can land; one step of the index each.
    fn branches_to_land(&self, scope: &Scope) -> Result<Vec<Branch>> {
        // NULL comes first, and is not greater than anything.
        let first = "SELECT branch FROM tasks INDEXED BY tasks_to_land
                      WHERE scope = ?1 AND hold = 'free' AND approved_by IS NOT NULL ORDER BY branch LIMIT 1";
        let next = "SELECT branch FROM tasks INDEXED BY tasks_to_land
                     WHERE scope = ?1 AND branch > ?2 AND hold = 'free' AND approved_by IS NOT NULL
                     ORDER BY branch LIMIT 1";
        let mut branches: Vec<Branch> = Vec::new();
        loop {
            let scope = scope.as_str();
            let found = match branches.last() {
                None => self.first(first, [scope], |row| row.get(0).map_err(failed))?,
                Some(last) => {
                    let last = last.as_deref().unwrap_or_default();
                    self.first(next, [scope, last], |row| row.get(0).map_err(failed))?
                }
            };
            match found {
                Some(branch) => branches.push(branch),
                None => return Ok(branches),
            }
        }
    }

    /// Lists the roles of the tasks that can land on a branch.
    fn roles_to_land(&self, scope: &Scope, branch: &Branch) -> Result<Vec<String>> {
        let sql = "SELECT role FROM tasks INDEXED BY tasks_to_land
                    WHERE scope = ?1 AND branch IS ?2 AND role > ?3 AND hold = 'free' AND approved_by IS NOT NULL
                    ORDER BY role LIMIT 1";
        let mut roles: Vec<String> = Vec::new();
        loop {
            let last = roles.last().map_or("", String::as_str);
            let role =
                self.first(sql, params![scope.as_str(), branch, last], |row| row.get(0).map_err(failed))?;
            match role {
                Some(role) => roles.push(role),
                None => return Ok(roles),
            }
        }
    }

    /// Returns the first task of a role, and of a type where one is asked for, that can land on a branch, as its priority and its
    /// place.
    fn first_to_land(
        &self,
        scope: &Scope,
        branch: &Branch,
        role: &str,
        kind: Option<&String>,
    ) -> Result<Option<(i64, u64)>> {
        let sql = "SELECT priority, seq FROM tasks INDEXED BY tasks_to_land
                    WHERE scope = ?1 AND branch IS ?2 AND role = ?3 AND hold = 'free' AND approved_by IS NOT NULL
                      AND (?4 IS NULL OR type = ?4)
                    ORDER BY priority, seq LIMIT 1";
        self.first(sql, params![scope.as_str(), branch, role, kind], |row| {
            let seq: i64 = row.get(1).map_err(failed)?;
            Ok((row.get(0).map_err(failed)?, u64::try_from(seq).unwrap_or_default()))
        })
    }
}
