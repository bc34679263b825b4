//! Changes of a task: any field, whether or not it has a rule of its own.

use super::create::{keep_free_word, keep_role};
use super::decide::{Change, keep};
use super::overlay::{Overlay, stands};
use super::place::shown;
use super::request::Incoming;
use super::{Context, Reply};
use crate::server::api::problem::Problem;
use crate::server::api::routes::patch_commands;
use crate::wire::{PatchTask, Viewer};
use octopoid_core::model::{Complexity, Place, Priority, Task, TaskPatch, Timestamp};
use octopoid_core::transition::{Actor, Command};
use serde_json::{Map, Value};
use std::time::Duration;

/// Suffix of the reasons of moves that leave no message in the task's thread.
pub(super) const BY_PATCH: &str = "by a program of the original server";

/// Writable fields that the model sets by its own rules.
const KEPT: [&str; 6] =
    ["commits_count", "turns_used", "attempt_count", "rejection_count", "submitted_at", "completed_at"];
/// Every writable field.
const WRITABLE: [&str; 33] = [
    "title",
    "queue",
    "priority",
    "complexity",
    "role",
    "type",
    "branch",
    "blocked_by",
    "claimed_by",
    "claimed_at",
    "lease_expires_at",
    "commits_count",
    "turns_used",
    "attempt_count",
    "has_plan",
    "plan_id",
    "project_id",
    "auto_accept",
    "rejection_count",
    "pr_number",
    "pr_url",
    "checks",
    "check_results",
    "needs_rebase",
    "last_rebase_attempt_at",
    "staging_url",
    "submitted_at",
    "completed_at",
    "hooks",
    "flow",
    "flow_overrides",
    "content",
    "needs_intervention",
];
/// Fields of a claim.
const CLAIM: [&str; 3] = ["claimed_by", "claimed_at", "lease_expires_at"];
/// Fields that can be cleared, although the model always has a value for them.
const ALWAYS: [&str; 3] = ["title", "content", "priority"];

impl Context {
    pub(super) async fn patch_task(&self, id: &str, request: Incoming) -> Result<Reply, Problem> {
        if !WRITABLE.iter().any(|field| request.body.contains_key(*field)) {
            self.task("update", id, &request).await?;
            return Err(Problem::invalid("body", "No fields to update"));
        }
        self.change("update", id, &request, Change::Fields).await
    }

    /// Returns the commands of a change: to the task's fields, its claim, and its place.
    pub(super) async fn changes(
        &self,
        before: &Task,
        mut request: Incoming,
    ) -> Result<Vec<Command>, Problem> {
        let kept = Overlay::of(before.attributes.original.as_deref());
        let mut overlay = kept.clone();
        request.body.remove("scope");
        request.body.remove("version");
        let named = request.body.remove("queue").filter(|queue| !queue.is_null());
        let to = match named.as_ref().map(|queue| queue.as_str().unwrap_or_default()) {
            None => None,
            Some("done") => {
                let words =
                    "Cannot set queue to \"done\" by PATCH. Use POST /api/v1/tasks/{id}/accept instead.";
                return Err(Problem::invalid("queue", words));
            }
            Some(name) => Some(self.place(&before.scope, before.attributes.flow.as_deref(), name).await?),
        };
        let to = to.filter(|to| *to != before.place() && to.to_string() != shown(before));
        let stays = to.is_none();
        let place = to.as_ref().map_or_else(|| shown(before), ToString::to_string);
        let there = stands(&place, before.counters.runs.into());

        let own = own_values(before)?;
        for field in ALWAYS {
            let empty = |value: &Value| value.is_null() || value == "";
            if let Some(value) = request.body.get(field).filter(|value| empty(value)).cloned() {
                request.body.remove(field);
                overlay.show(field, value, own.get(field).cloned().unwrap_or_default());
            } else if request.body.contains_key(field) {
                overlay.remove(field);
            }
        }
        if request.body.contains_key("role") {
            keep_role(&mut request, &mut overlay, before.role.as_str());
        }
        let priorities = Priority::ALL.map(Priority::as_str);
        keep_free_word(&mut request, &mut overlay, "priority", &priorities, before.priority.as_str());
        let complexity = before.complexity.map(|size| Value::from(size.as_str())).unwrap_or_default();
        if !request.body.get("complexity").is_some_and(Value::is_null) {
            let sizes = Complexity::ALL.map(Complexity::as_str);
            keep_free_word(&mut request, &mut overlay, "complexity", &sizes, complexity);
        }
        for field in KEPT {
            if let Some(value) = request.body.remove(field) {
                overlay.show(field, value, own.get(field).cloned().unwrap_or_default());
            }
        }
        let flag =
            request.body.contains_key("needs_intervention").then(|| request.given("needs_intervention"));
        request.body.remove("needs_intervention");
        let mut commands = Vec::new();
        let held = before.state.claim().filter(|_| stays);
        for field in CLAIM {
            let Some(value) = request.body.remove(field) else { continue };
            match (field, held) {
                ("lease_expires_at", Some(claim)) if !value.is_null() => {
                    let lease = self.lease_until(&value)?;
                    commands.push(Command::Renew { token: claim.token.clone(), lease });
                }
                ("claimed_by", Some(claim)) if value == claim.holder.agent.as_str() => overlay.remove(field),
                ("claimed_by", Some(claim)) if value.is_null() => {
                    let reason = format!("its holder was taken away {BY_PATCH}");
                    commands.push(Command::Release { token: claim.token.clone(), reason });
                }
                _ if value.is_null() => overlay.remove(field),
                _ => overlay.show_while(field, value, &there),
            }
        }
        let rest: PatchTask = serde_json::from_value(Value::Object(request.body))
            .map_err(|error| Problem::invalid("body", error.to_string()))?;
        let mut says = patch_commands(&*self.app.store, before, rest).await?;
        if overlay != kept {
            says.push(keep(by(), &overlay));
        }
        says.extend(commands);
        says.extend(to.map(|to| moved(to, &place)));
        // A move takes the flag away, so that it is set after it.
        if let Some(flag) = flag.filter(|flag| *flag != (before.attributes.needs_intervention && stays)) {
            let mut patch = TaskPatch::default();
            patch.attributes.insert("needs_intervention".to_owned(), Value::Bool(flag));
            says.push(Command::Update { actor: by(), patch });
        }
        Ok(says)
    }

    /// Returns the lease that ends at a time, clamped to the policy's bounds.
    fn lease_until(&self, until: &Value) -> Result<Duration, Problem> {
        let wrong = || Problem::invalid("lease_expires_at", "lease_expires_at: is not a time");
        let until: Timestamp = until.as_str().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
        let lease = until.since(self.app.clock.now());
        // One that is over is over at once.
        Ok(lease.clamp(Duration::from_millis(1), self.app.store.policy().max_lease))
    }
}

fn by() -> Actor {
    Actor::Person("api".to_owned())
}

/// Returns the command that moves a task.
fn moved(to: Place, name: &str) -> Command {
    let reason = format!("set to `{name}` {BY_PATCH}");
    Command::Force { actor: by(), to, reason }
}

/// Returns the fields of a task as the routes answer them.
fn own_values(task: &Task) -> Result<Map<String, Value>, Problem> {
    let body = Viewer::default().task(task.clone(), None);
    match serde_json::to_value(body).map_err(Problem::internal)? {
        Value::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}
