//! Steps that change what is kept beside the tasks.

use super::{Backend, Step, scope_of, text};
use octopoid_core::clock::Clock;
use octopoid_core::model::{
    ActionDraft, ActionStatus, AgentName, DraftPatch, DraftStatus, Heartbeat, KeyDigest, Load, MachineStatus,
    NewDraft, NewProject, OrchestratorId, ProjectId, ProjectPatch, ProjectStatus, Registration, RoleName,
    RoleRegistration, Scope, TaskId,
};
use octopoid_core::store::{ActionQuery, DraftQuery, MachineQuery, ProjectQuery, Store, TaskQuery};
use std::time::Duration;

/// How many kinds of steps there are.
pub(super) const KINDS: u8 = 12;

fn projects(number: u64) -> ProjectId {
    ProjectId::new(if number < 2 { "a-project".to_owned() } else { format!("a-project-{number}") }).unwrap()
}

fn machines(detail: u8) -> OrchestratorId {
    OrchestratorId::new(["prod-one", "prod-two", "a-b-c"][usize::from(detail % 3)]).unwrap()
}

/// Carries out a step that writes, as `store` sees it.
pub(super) async fn carry_out(kind: u8, step: &Step, store: &dyn Store, clock: &dyn Clock) -> String {
    let Step { task, other, detail, .. } = *step;
    let scope = &scope_of(step);
    let even = detail.is_multiple_of(2);
    match kind {
        0 => {
            let mut new = NewProject::new(
                scope.clone(),
                ["A project", " a PROJECT! ", ""][usize::from(detail % 3)],
                "main",
            );
            new.id = detail.is_multiple_of(5).then(|| projects(other));
            new.auto_accept = even;
            text(store.create_project(new).await)
        }
        1 if even => text(store.delete_project(scope, &projects(other)).await),
        1 => {
            let mut patch = ProjectPatch::default();
            patch.status = Some(ProjectStatus::ALL[usize::from(detail % 4)]);
            patch.base_branch = detail.is_multiple_of(3).then(String::new);
            text(store.update_project(scope, &projects(other), patch).await)
        }
        2 => {
            let mut new = NewDraft::new(scope.clone(), format!("Draft {}", detail % 3), "ada");
            new.linked_task = even.then(|| TaskId::numbered(task));
            text(store.create_draft(new).await)
        }
        3 if even => text(store.delete_draft(scope, other).await),
        3 => {
            let mut patch = DraftPatch::default();
            patch.tags = (!detail.is_multiple_of(3)).then(|| vec!["tag".to_owned(); usize::from(detail % 4)]);
            patch.status = match detail % 5 {
                0 => Some(DraftStatus::Review),
                1 | 2 => Some(DraftStatus::Approved),
                _ => None,
            };
            text(store.update_draft(scope, other, patch).await)
        }
        4 => {
            let mut draft = ActionDraft::new("draft", other.to_string(), "Do it", "planner");
            draft.expires_at = even.then(|| clock.now() + Duration::from_secs(detail.into()));
            text(store.propose_action(scope, draft).await)
        }
        5 if even => text(store.request_action(scope, &format!("act-{other}")).await),
        5 => {
            let status = detail.is_multiple_of(3).then(|| ActionStatus::ALL[usize::from(detail % 6)]);
            let result = detail.is_multiple_of(5).then(|| "so".to_owned());
            text(store.update_action(scope, &format!("act-{other}"), status, result).await)
        }
        6 => {
            let all = ["incoming", "claimed", "done", "failed", "reviewed"];
            let states = all.iter().skip(usize::from(detail.is_multiple_of(7))).map(|one| (*one).to_owned());
            let transitions = vec![serde_json::json!({"from": "incoming", "to": other})];
            text(store.put_flow(scope, &format!("flow-{}", task % 3), states.collect(), transitions).await)
        }
        7 => text(store.delete_flow(scope, &format!("flow-{}", task % 3)).await),
        8 => {
            let names = [("prod", "one"), ("prod", "two"), ("a-b", "c"), ("a", "b-c")];
            let (cluster, machine_id) = names[usize::from(detail % 4)];
            let mut registration =
                Registration::new(scope.clone(), cluster, machine_id, "https://example.org/repo.git");
            registration.hostname = even.then(|| "host".to_owned());
            text(store.register(registration).await)
        }
        9 => {
            let mut load = Load::new(AgentName::new("agent").unwrap(), RoleName::implement());
            load.task = Some(TaskId::numbered(task));
            let mut heartbeat = Heartbeat::default();
            heartbeat.agents = even.then(|| vec![load]);
            text(store.heartbeat(scope, &machines(detail), heartbeat).await)
        }
        10 => {
            let status = MachineStatus::ALL[usize::from(detail / 3 % 3)];
            text(store.set_machine_status(scope, &machines(detail), status).await)
        }
        _ => {
            let role = |name: String| RoleRegistration::new(RoleName::new(name).unwrap(), "incoming");
            let roles = vec![role(format!("role-{task}")), role(format!("role-{other}"))];
            text(store.register_roles(scope, &machines(detail), roles).await)
        }
    }
}

/// Adds and revokes keys, which no request repeats.
pub(super) async fn keys(step: &Step, backend: &Backend) -> String {
    let Step { other, detail, .. } = *step;
    if detail.is_multiple_of(3) {
        return text(backend.keys.revoke_key(&format!("key-{other}")).await);
    }
    let digest = KeyDigest::new(format!("{:064x}", detail / 2)).unwrap();
    text(backend.keys.add_key(&scope_of(step), "a key", digest, detail.is_multiple_of(5)).await)
}

/// Everything that can be read, of both scopes.
pub(super) async fn contents(backend: &Backend) -> Vec<String> {
    let store = &*backend.store;
    let mut all = vec![text(backend.keys.keys(None).await), text(store.scopes().await)];
    for scope in [Scope::single(), Scope::new("other").unwrap()] {
        let (offset, limit) = (1, 3);
        let mut waiting = TaskQuery::new(scope.clone());
        waiting.needs_person = Some(true);
        all.push(text(store.list_tasks(&waiting).await));
        let (mut projects, mut drafts, mut actions) = (
            ProjectQuery::new(scope.clone()),
            DraftQuery::new(scope.clone()),
            ActionQuery::new(scope.clone()),
        );
        (projects.offset, projects.limit) = (offset, limit);
        (drafts.offset, drafts.limit) = (offset, limit);
        (actions.offset, actions.limit) = (offset, limit);
        all.extend([
            text(store.list_projects(&ProjectQuery::new(scope.clone())).await),
            text(store.list_projects(&projects).await),
            text(store.list_drafts(&DraftQuery::new(scope.clone())).await),
            text(store.list_drafts(&drafts).await),
            text(store.list_actions(&ActionQuery::new(scope.clone())).await),
            text(store.list_actions(&actions).await),
            text(store.flows(&scope).await),
            text(store.roles(&scope).await),
            text(store.machines(&MachineQuery::new(scope.clone())).await),
            text(backend.keys.keys(Some(&scope)).await),
        ]);
    }
    all
}
