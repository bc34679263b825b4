//! The records beside the tasks.

use super::BackendStore;
use crate::backend::{Access, Backend, engine};
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
use serde_json::Value;

#[async_trait]
impl<B: Backend> ProjectStore for BackendStore<B> {
    async fn create_project(&self, new: NewProject) -> Result<Project> {
        let access = Access::to_scope(&new.scope);
        self.write(access, move |transaction, context| engine::create_project(transaction, &new, context))
            .await
    }

    async fn project(&self, scope: &Scope, id: &ProjectId) -> Result<Project> {
        let (scope, id) = (scope.clone(), id.clone());
        self.read(move |reader| engine::project(reader, &scope, &id)).await
    }

    async fn list_projects(&self, query: &ProjectQuery) -> Result<Page<Project>> {
        let query = query.clone();
        self.read(move |reader| engine::list_projects(reader, &query)).await
    }

    async fn update_project(&self, scope: &Scope, id: &ProjectId, patch: ProjectPatch) -> Result<Project> {
        let access = Access::to_scope(scope);
        let (scope, id) = (scope.clone(), id.clone());
        self.write(access, move |transaction, context| {
            engine::update_project(transaction, &scope, &id, &patch, context)
        })
        .await
    }

    async fn delete_project(&self, scope: &Scope, id: &ProjectId) -> Result<()> {
        let access = Access::to_scope(scope);
        let (scope, id) = (scope.clone(), id.clone());
        self.write(access, move |transaction, _| engine::delete_project(transaction, &scope, &id)).await
    }
}

#[async_trait]
impl<B: Backend> DraftStore for BackendStore<B> {
    async fn create_draft(&self, new: NewDraft) -> Result<Draft> {
        let access = Access::to_scope(&new.scope);
        self.write(access, move |transaction, context| engine::create_draft(transaction, &new, context)).await
    }

    async fn draft(&self, scope: &Scope, id: u64) -> Result<Draft> {
        let scope = scope.clone();
        self.read(move |reader| engine::draft(reader, &scope, id)).await
    }

    async fn list_drafts(&self, query: &DraftQuery) -> Result<Page<Draft>> {
        let query = query.clone();
        self.read(move |reader| engine::list_drafts(reader, &query)).await
    }

    async fn update_draft(&self, scope: &Scope, id: u64, patch: DraftPatch) -> Result<Draft> {
        let access = Access::to_scope(scope);
        let scope = scope.clone();
        self.write(access, move |transaction, context| {
            engine::update_draft(transaction, &scope, id, &patch, context)
        })
        .await
    }

    async fn delete_draft(&self, scope: &Scope, id: u64) -> Result<()> {
        let access = Access::to_scope(scope);
        let scope = scope.clone();
        self.write(access, move |transaction, _| engine::delete_draft(transaction, &scope, id)).await
    }
}

#[async_trait]
impl<B: Backend> ActionStore for BackendStore<B> {
    async fn propose_action(&self, scope: &Scope, draft: ActionDraft) -> Result<Action> {
        let access = Access::to_scope(scope);
        let scope = scope.clone();
        self.write(access, move |transaction, context| {
            engine::propose_action(transaction, &scope, &draft, context)
        })
        .await
    }

    async fn list_actions(&self, query: &ActionQuery) -> Result<Page<Action>> {
        let query = query.clone();
        self.read(move |reader| engine::list_actions(reader, &query)).await
    }

    async fn request_action(&self, scope: &Scope, id: &str) -> Result<Action> {
        let access = Access::to_scope(scope);
        let (scope, id) = (scope.clone(), id.to_owned());
        self.write(access, move |transaction, context| {
            engine::request_action(transaction, &scope, &id, context)
        })
        .await
    }

    async fn update_action(
        &self,
        scope: &Scope,
        id: &str,
        status: Option<ActionStatus>,
        result: Option<String>,
    ) -> Result<Action> {
        let access = Access::to_scope(scope);
        let (scope, id) = (scope.clone(), id.to_owned());
        self.write(access, move |transaction, _| {
            engine::update_action(transaction, &scope, &id, status, result.as_deref())
        })
        .await
    }
}

#[async_trait]
impl<B: Backend> FlowStore for BackendStore<B> {
    async fn put_flow(
        &self,
        scope: &Scope,
        name: &str,
        states: Vec<String>,
        transitions: Vec<Value>,
    ) -> Result<FlowRecord> {
        let access = Access::to_scope(scope);
        let (scope, name) = (scope.clone(), name.to_owned());
        self.write(access, move |transaction, context| {
            let (states, transitions) = (states.clone(), transitions.clone());
            engine::put_flow(transaction, &scope, &name, states, transitions, context)
        })
        .await
    }

    async fn flows(&self, scope: &Scope) -> Result<Vec<FlowRecord>> {
        let scope = scope.clone();
        self.read(move |reader| engine::flows(reader, &scope)).await
    }

    async fn delete_flow(&self, scope: &Scope, name: &str) -> Result<()> {
        let access = Access::to_scope(scope);
        let (scope, name) = (scope.clone(), name.to_owned());
        self.write(access, move |transaction, _| engine::delete_flow(transaction, &scope, &name)).await
    }

    async fn register_roles(
        &self,
        scope: &Scope,
        orchestrator: &OrchestratorId,
        roles: Vec<RoleRegistration>,
    ) -> Result<Vec<RoleRecord>> {
        let access = Access::to_scope(scope);
        let (scope, orchestrator) = (scope.clone(), orchestrator.clone());
        self.write(access, move |transaction, context| {
            engine::register_roles(transaction, &scope, &orchestrator, roles.clone(), context)
        })
        .await
    }

    async fn roles(&self, scope: &Scope) -> Result<Vec<RoleRecord>> {
        let scope = scope.clone();
        self.read(move |reader| engine::roles(reader, &scope)).await
    }
}

#[async_trait]
impl<B: Backend> MachineStore for BackendStore<B> {
    async fn register(&self, registration: Registration) -> Result<(Machine, bool)> {
        let access = Access::to_scope(&registration.scope);
        self.write(access, move |transaction, context| engine::register(transaction, &registration, context))
            .await
    }

    async fn heartbeat(&self, scope: &Scope, id: &OrchestratorId, heartbeat: Heartbeat) -> Result<Machine> {
        let access = Access::to_scope(scope);
        let (scope, id) = (scope.clone(), id.clone());
        self.write(access, move |transaction, context| {
            engine::heartbeat(transaction, &scope, &id, &heartbeat, context)
        })
        .await
    }

    async fn machines(&self, query: &MachineQuery) -> Result<Vec<Machine>> {
        let query = query.clone();
        self.read(move |reader| engine::machines(reader, &query)).await
    }

    async fn set_machine_status(
        &self,
        scope: &Scope,
        id: &OrchestratorId,
        status: MachineStatus,
    ) -> Result<Machine> {
        let access = Access::to_scope(scope);
        let (scope, id) = (scope.clone(), id.clone());
        self.write(access, move |transaction, _| engine::set_machine_status(transaction, &scope, &id, status))
            .await
    }
}
