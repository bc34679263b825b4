//! Choice of the next task to claim for work or for review.

use super::columns::int;
use super::driver::params;
use super::error::failed;
use super::prefetch::{Prefetch, Tasks};
use super::query_ext::QueryExt;
use super::row::{self, select_task};
use super::transaction::SqliteTransaction;
use octopoid_core::model::{RoleName, Scope, Task};
use octopoid_core::store::Result;
use octopoid_core::transition::Purpose;

/// Returns a purpose as the column `claimable_for` has it.
pub(super) const fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Work => "work",
        Purpose::Review => "review",
        Purpose::Land => "land",
    }
}

impl SqliteTransaction<'_> {
    /// Returns the most urgent, then oldest task that can be claimed for work or for review.
    pub(super) fn next_to_do(
        &mut self,
        scope: &Scope,
        claimable_for: &'static str,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        if !types.is_empty() {
            return self.next_of_types(scope, claimable_for, roles, types);
        }
        if let [role] = roles {
            return self.next_of_role(scope, claimable_for, role.as_str());
        }
        let roles = match roles {
            [] => self.roles(scope, claimable_for)?,
            some => some.iter().map(|role| role.as_str().to_owned()).collect(),
        };
        let mut best: Option<Task> = None;
        for role in roles {
            let found = self.first_of_role(scope, claimable_for, &role, 1)?;
            best = best
                .into_iter()
                .chain(found.into_iter().map(|task| *task))
                .min_by_key(|task| (task.priority, task.seq));
        }
        Ok(best)
    }

    /// Lists the first tasks that can be claimed for a purpose, of one role.
    fn first_of_role(&self, scope: &Scope, claimable_for: &str, role: &str, most: usize) -> Result<Tasks> {
        let sql = select_task!(
            "WHERE t.scope = ?1 AND t.claimable_for = ?2 AND t.role = ?3 ORDER BY t.priority, t.seq LIMIT ?4"
        );
        self.all(sql, params![scope.as_str(), claimable_for, role, int(most as u64)], |row| {
            row::task(self, row).map(Box::new)
        })
    }

    /// Returns the first task for a purpose and role, from what was read ahead where that continues.
    fn next_of_role(
        &mut self,
        scope: &Scope,
        claimable_for: &'static str,
        role: &str,
    ) -> Result<Option<Task>> {
        let mut prefetch = match self.prefetch.take() {
            Some(prefetch) if prefetch.continues(scope, claimable_for, role) => prefetch,
            _ => Prefetch::new(
                scope,
                claimable_for,
                role,
                self.first_of_role(scope, claimable_for, role, self.waiting)?,
            ),
        };
        let next = prefetch.next();
        self.prefetch = Some(prefetch);
        Ok(next)
    }

    /// Returns the first task for a purpose, of certain types and of any of the roles. The index has the tasks of each type and role
    /// in order, so each pair is one step of it.
    fn next_of_types(
        &self,
        scope: &Scope,
        claimable_for: &str,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        let roles = match roles {
            [] => self.roles(scope, claimable_for)?,
            some => some.iter().map(|role| role.as_str().to_owned()).collect(),
        };
        let sql = select_task!(
            "WHERE t.scope = ?1 AND t.claimable_for = ?2 AND t.type = ?3 AND t.role = ?4
              ORDER BY t.priority, t.seq LIMIT 1"
        );
        let mut best: Option<Task> = None;
        for (kind, role) in types.iter().flat_map(|kind| roles.iter().map(move |role| (kind, role))) {
            let found = self
                .first(sql, params![scope.as_str(), claimable_for, kind, role], |row| row::task(self, row))?;
            best = best.into_iter().chain(found).min_by_key(|task| (task.priority, task.seq));
        }
        Ok(best)
    }

    /// Lists the roles that have a task for a purpose: one step of the index each, however many tasks there are.
    fn roles(&self, scope: &Scope, claimable_for: &str) -> Result<Vec<String>> {
        let sql = "SELECT role FROM tasks WHERE scope = ?1 AND claimable_for = ?2 AND role > ?3 ORDER BY role LIMIT 1";
        let mut roles: Vec<String> = Vec::new();
        loop {
            let last = roles.last().map_or("", String::as_str);
            match self
                .first(sql, params![scope.as_str(), claimable_for, last], |row| row.get(0).map_err(failed))?
            {
                Some(role) => roles.push(role),
                None => return Ok(roles),
            }
        }
    }
}
