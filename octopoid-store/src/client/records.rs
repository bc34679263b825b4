//! Records beside the tasks.

use super::HttpStore;
use super::call::{Answer, Call};
use super::store::{read, read_all};
use crate::limits;
use crate::wire::{
    ActionBody, ActionUpdate, Actions, DraftBody, DraftUpdate, Drafts, Flag, FlowBody, Flows, HeartbeatBody,
    MachineBody, MachineUpdate, Machines, NewActionBody, NewDraftBody, NewProjectBody, ProjectUpdate,
    Projects, PutFlow, RegisterMachine, RegisterRoles, Registered, RoleEntry, Roles,
};
use async_trait::async_trait;
use octopoid_core::model::{
    Action, ActionDraft, ActionStatus, Draft, DraftPatch, FlowRecord, Heartbeat, Machine, MachineStatus,
    NewDraft, NewProject, OrchestratorId, Project, ProjectId, ProjectPatch, Registration, RoleRecord,
    RoleRegistration, Scope,
};
use octopoid_core::store::{
    ActionQuery, ActionStore, DraftQuery, DraftStore, FlowStore, MachineQuery, MachineStore, Page,
    ProjectQuery, ProjectStore, Result,
};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

#[async_trait]
impl ProjectStore for HttpStore {
    async fn create_project(&self, new: NewProject) -> Result<Project> {
        let body = NewProjectBody {
            id: new.id.map(Into::into),
            title: Some(new.title),
            description: new.description,
            status: Some(new.status),
            branch: new.branch,
            base_branch: Some(new.base_branch),
            auto_accept: Some(Flag(new.auto_accept)),
            created_by: new.created_by,
            original: new.original,
            scope: Some(new.scope.into()),
        };
        self.post("projects", &body).await
    }

    async fn project(&self, scope: &Scope, id: &ProjectId) -> Result<Project> {
        self.get(Call::get(format!("projects/{id}")).with("scope", scope)).await
    }

    async fn list_projects(&self, query: &ProjectQuery) -> Result<Page<Project>> {
        limits::check_page(query.limit)?;
        let call = Call::get("projects")
            .with("scope", &query.scope)
            .with_some("status", query.status.map(|status| status.as_str()))
            .with_some("created_by", query.created_by.as_ref())
            .with_some("after", query.after.as_ref())
            .with("offset", query.offset)
            .with("limit", query.limit);
        let page: Projects = self.get(call).await?;
        Ok(Page::new(page.projects, page.total))
    }

    async fn update_project(&self, scope: &Scope, id: &ProjectId, patch: ProjectPatch) -> Result<Project> {
        let body = ProjectUpdate {
            title: patch.title,
            description: patch.description,
            status: patch.status,
            branch: patch.branch,
            base_branch: patch.base_branch,
            auto_accept: patch.auto_accept.map(Flag),
            completed_at: patch.completed_at,
            original: patch.original,
            scope: Some(scope.to_string()),
        };
        Ok(self.put(Method::PATCH, format!("projects/{id}"), &body).await?.body)
    }

    async fn delete_project(&self, scope: &Scope, id: &ProjectId) -> Result<()> {
        self.delete(format!("projects/{id}"), scope).await
    }
}

#[async_trait]
impl DraftStore for HttpStore {
    async fn create_draft(&self, new: NewDraft) -> Result<Draft> {
        let made: DraftBody = self.post("drafts", &NewDraftBody::of(new)).await?;
        read(made)
    }

    async fn draft(&self, scope: &Scope, id: u64) -> Result<Draft> {
        let body: DraftBody = self.get(Call::get(format!("drafts/{id}")).with("scope", scope)).await?;
        read(body)
    }

    async fn list_drafts(&self, query: &DraftQuery) -> Result<Page<Draft>> {
        limits::check_page(query.limit)?;
        let call = Call::get("drafts")
            .with("scope", &query.scope)
            .with_some("status", query.status.map(|status| status.as_str()))
            .with_some("author", query.author.as_ref())
            .with_some("domain", query.domain.as_ref())
            .with_some("linked_task_id", query.linked_task.as_ref())
            .with_some("linked_project_id", query.linked_project.as_ref())
            .with_some("slug", query.slug.as_ref())
            .with_some("after", query.after)
            .with("offset", query.offset)
            .with("limit", query.limit);
        let page: Drafts = self.get(call).await?;
        Ok(Page::new(read_all(page.drafts)?, page.total))
    }

    async fn update_draft(&self, scope: &Scope, id: u64, patch: DraftPatch) -> Result<Draft> {
        let body = DraftUpdate {
            title: patch.title,
            author: patch.author,
            status: patch.status,
            domain: patch.domain,
            file_path: patch.file_path,
            body: patch.body,
            linked_task_id: patch.linked_task.map(Into::into),
            linked_project_id: patch.linked_project.map(Into::into),
            tags: patch.tags,
            original: patch.original,
            scope: Some(scope.to_string()),
        };
        let Answer { body, .. } = self.put::<DraftBody>(Method::PATCH, format!("drafts/{id}"), &body).await?;
        read(body)
    }

    async fn delete_draft(&self, scope: &Scope, id: u64) -> Result<()> {
        self.delete(format!("drafts/{id}"), scope).await
    }
}

#[async_trait]
impl ActionStore for HttpStore {
    async fn propose_action(&self, scope: &Scope, draft: ActionDraft) -> Result<Action> {
        let made: ActionBody = self.post("actions", &NewActionBody::of(scope, draft)).await?;
        read(made)
    }

    async fn list_actions(&self, query: &ActionQuery) -> Result<Page<Action>> {
        limits::check_page(query.limit)?;
        let call = Call::get("actions")
            .with("scope", &query.scope)
            .with_some("entity_type", query.entity_type.as_ref())
            .with_some("entity_id", query.entity_id.as_ref())
            .with_some("status", query.status.map(|status| status.as_str()))
            .with_some("after", query.after.as_ref())
            .with("offset", query.offset)
            .with("limit", query.limit);
        let page: Actions = self.get(call).await?;
        Ok(Page::new(read_all(page.actions)?, page.total))
    }

    async fn request_action(&self, scope: &Scope, id: &str) -> Result<Action> {
        let body = ActionUpdate { scope: Some(scope.to_string()), ..ActionUpdate::default() };
        let action: ActionBody = self.post(format!("actions/{id}/execute"), &body).await?;
        read(action)
    }

    async fn update_action(
        &self,
        scope: &Scope,
        id: &str,
        status: Option<ActionStatus>,
        result: Option<String>,
    ) -> Result<Action> {
        let body = ActionUpdate { status, result, scope: Some(scope.to_string()) };
        let Answer { body, .. } =
            self.put::<ActionBody>(Method::PATCH, format!("actions/{id}"), &body).await?;
        read(body)
    }
}

#[async_trait]
impl FlowStore for HttpStore {
    async fn put_flow(
        &self,
        scope: &Scope,
        name: &str,
        states: Vec<String>,
        transitions: Vec<Value>,
    ) -> Result<FlowRecord> {
        let body =
            PutFlow { states: Some(states), transitions: Some(transitions), scope: Some(scope.to_string()) };
        let Answer { body, .. } = self.put::<FlowBody>(Method::PUT, format!("flows/{name}"), &body).await?;
        read(body)
    }

    async fn flows(&self, scope: &Scope) -> Result<Vec<FlowRecord>> {
        let body: Flows = self.get(Call::get("flows").with("scope", scope)).await?;
        read_all(body.flows)
    }

    async fn delete_flow(&self, scope: &Scope, name: &str) -> Result<()> {
        self.delete(format!("flows/{name}"), scope).await
    }

    async fn register_roles(
        &self,
        scope: &Scope,
        orchestrator: &OrchestratorId,
        roles: Vec<RoleRegistration>,
    ) -> Result<Vec<RoleRecord>> {
        let entry = |role: RoleRegistration| RoleEntry {
            name: Some(role.name.into()),
            claims_from: Some(role.claims_from),
            description: role.description,
        };
        let body = RegisterRoles {
            orchestrator_id: Some(orchestrator.to_string()),
            roles: Some(roles.into_iter().map(entry).collect()),
            scope: Some(scope.to_string()),
        };
        let roles: Roles = self.post("roles/register", &body).await?;
        read_all(roles.roles)
    }

    async fn roles(&self, scope: &Scope) -> Result<Vec<RoleRecord>> {
        let body: Roles = self.get(Call::get("roles").with("scope", scope)).await?;
        read_all(body.roles)
    }
}

#[derive(Deserialize)]
struct Heard {
    orchestrator: MachineBody,
}

#[async_trait]
impl MachineStore for HttpStore {
    async fn register(&self, registration: Registration) -> Result<(Machine, bool)> {
        let body = RegisterMachine::of(registration);
        let Answer { status, body } =
            self.put::<Registered>(Method::POST, "orchestrators/register", &body).await?;
        Ok((read(body.orchestrator)?, status == StatusCode::CREATED))
    }

    async fn heartbeat(&self, scope: &Scope, id: &OrchestratorId, heartbeat: Heartbeat) -> Result<Machine> {
        let body = HeartbeatBody {
            agents: heartbeat.agents,
            installation: heartbeat.installation,
            scope: Some(scope.to_string()),
            ..HeartbeatBody::default()
        };
        let heard: Heard = self.post(format!("orchestrators/{id}/heartbeat"), &body).await?;
        read(heard.orchestrator)
    }

    async fn machines(&self, query: &MachineQuery) -> Result<Vec<Machine>> {
        let statuses: Vec<_> = query.statuses.iter().map(|status| status.as_str()).collect();
        let call = Call::get("orchestrators")
            .with("scope", &query.scope)
            .with_some("cluster", query.cluster.as_ref())
            .with_list("status", &statuses);
        let body: Machines = self.get(call).await?;
        read_all(body.orchestrators)
    }

    async fn set_machine_status(
        &self,
        scope: &Scope,
        id: &OrchestratorId,
        status: MachineStatus,
    ) -> Result<Machine> {
        let body = MachineUpdate { status: Some(status), scope: Some(scope.to_string()) };
        let path = format!("orchestrators/{id}");
        let Answer { body, .. } = self.put::<MachineBody>(Method::PATCH, path, &body).await?;
        read(body)
    }
}
