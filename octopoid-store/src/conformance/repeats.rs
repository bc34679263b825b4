//! Repeated requests for what is kept beside the tasks.

use super::machines::registration;
use super::requests::request;
use super::setting::IdempotentSetting;
use super::verdict::{Verdict, same};
use octopoid_core::model::{
    ActionDraft, ActionStatus, DraftPatch, DraftStatus, Heartbeat, MachineStatus, NewDraft, NewProject,
    OrchestratorId, ProjectId, ProjectPatch, ProjectStatus, RoleName, RoleRegistration,
};
use octopoid_core::store::{ActionQuery, DraftQuery, MachineQuery, ProjectQuery};
use std::time::Duration;

/// Asks, lets a while pass, and asks again: the answers must be the same. Gives the answer.
macro_rules! twice {
    ($s:ident, $key:literal, |$store:ident| $ask:expr) => {{
        let $store = request(&$s, $key);
        let first = $ask.await?;
        $s.clock.advance(Duration::from_secs(5));
        let $store = request(&$s, $key);
        same(&$ask.await?, &first)?;
        first
    }};
}

pub(super) async fn i04_repeated_requests_for_projects_have_one_effect(s: IdempotentSetting) -> Verdict {
    let scope = &s.scope;
    let new = NewProject::new(scope.clone(), "A project", "main");
    let made = twice!(s, "create", |store| store.create_project(new.clone()));
    same(made.id.as_str(), "a-project")?;
    let mut patch = ProjectPatch::default();
    patch.status = Some(ProjectStatus::Completed);
    let completed = twice!(s, "update", |store| store.update_project(scope, &made.id, patch.clone()));
    same(s.store.list_projects(&ProjectQuery::new(scope.clone())).await?.items, vec![completed])?;
    let id = ProjectId::new("a-project")?;
    twice!(s, "delete", |store| store.delete_project(scope, &id));
    same(s.store.list_projects(&ProjectQuery::new(scope.clone())).await?.total, 0)
}

pub(super) async fn i04_repeated_requests_for_drafts_have_one_effect(s: IdempotentSetting) -> Verdict {
    let scope = &s.scope;
    let mut new = NewDraft::new(scope.clone(), "A draft", "ada");
    new.tags = Some(vec!["one".into()]);
    let made = twice!(s, "create", |store| store.create_draft(new.clone()));
    same((made.id, made.slug.as_str()), (1, "a-draft"))?;
    let mut patch = DraftPatch::default();
    patch.status = Some(DraftStatus::Approved);
    let changed = twice!(s, "update", |store| store.update_draft(scope, 1, patch.clone()));
    same(s.store.list_drafts(&DraftQuery::new(scope.clone())).await?.items, vec![changed])?;
    twice!(s, "delete", |store| store.delete_draft(scope, 1));
    same(s.store.create_draft(new).await?.id, 2)
}

pub(super) async fn i04_repeated_requests_for_actions_have_one_effect(s: IdempotentSetting) -> Verdict {
    let scope = &s.scope;
    let draft = ActionDraft::new("draft", "7", "Do it", "planner");
    let made = twice!(s, "propose", |store| store.propose_action(scope, draft.clone()));
    // The one that succeeded succeeds again.
    let wanted = twice!(s, "want", |store| store.request_action(scope, &made.id));
    same(wanted.status, ActionStatus::ExecuteRequested)?;
    let result = || Some("done".to_owned());
    let done = Some(ActionStatus::Completed);
    let completed = twice!(s, "update", |store| store.update_action(scope, &made.id, done, result()));
    same(s.store.list_actions(&ActionQuery::new(scope.clone())).await?.items, vec![completed])
}

pub(super) async fn i04_repeated_requests_for_flows_and_roles_have_one_effect(
    s: IdempotentSetting,
) -> Verdict {
    let scope = &s.scope;
    let states: Vec<_> = ["incoming", "claimed", "done", "failed"].map(str::to_owned).to_vec();
    let flow = twice!(s, "put", |store| store.put_flow(scope, "flow", states.clone(), vec![]));
    same(s.store.flows(scope).await?, vec![flow])?;
    twice!(s, "delete", |store| store.delete_flow(scope, "flow"));
    let (machine, _) = s.store.register(registration(scope, "prod", "one")).await?;
    let role = |name: &str| -> Verdict<RoleRegistration> {
        let (name, claims_from) = (RoleName::new(name)?, "incoming".to_owned());
        Ok(RoleRegistration::new(name, claims_from))
    };
    let roles = vec![role("write")?];
    let register = async || request(&s, "roles").register_roles(scope, &machine.id, roles.clone()).await;
    let registered = register().await?;
    s.store.register_roles(scope, &machine.id, vec![role("review")?]).await?;
    // The roles of the first reply, as they are now.
    same(register().await?, registered)?;
    same(s.store.roles(scope).await?.len(), 2)
}

pub(super) async fn i04_repeated_requests_for_machines_have_one_effect(s: IdempotentSetting) -> Verdict {
    let scope = &s.scope;
    let asked = registration(scope, "prod", "one");
    let (_, new) = twice!(s, "register", |store| store.register(asked.clone()));
    same(new, true)?;
    let id = OrchestratorId::new("prod-one")?;
    let heard = twice!(s, "beat", |store| store.heartbeat(scope, &id, Heartbeat::default()));
    same(s.store.machines(&MachineQuery::new(scope.clone())).await?, vec![heard])?;
    let rest = MachineStatus::Maintenance;
    let set = async || request(&s, "set").set_machine_status(scope, &id, rest).await;
    set().await?;
    let active = s.store.set_machine_status(scope, &id, MachineStatus::Active).await?;
    same(set().await?, active)?;
    same(s.store.machines(&MachineQuery::new(scope.clone())).await?[0].status, MachineStatus::Active)
}
