//! Store traits for the records beside the tasks: projects, drafts, actions, flows, machines and keys.

use super::{ActionQuery, DraftQuery};
use super::{MachineQuery, Page, ProjectQuery, RequestKey, Result};
use crate::model::{
    Action, ActionDraft, ActionStatus, ApiKey, Draft, DraftPatch, FlowRecord, Heartbeat, KeyDigest, Machine,
    MachineStatus, NewDraft, NewProject, OrchestratorId, Project, ProjectId, ProjectPatch, Registration,
    RoleRecord, RoleRegistration, Scope,
};
use async_trait::async_trait;
use serde_json::Value;
use std::fmt::Debug;
use std::sync::Arc;

/// Store of projects.
#[async_trait]
pub trait ProjectStore: Send + Sync + Debug {
    /// Creates a project; without an id, one is derived from the title.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Invalid` for an empty title or base branch.
    async fn create_project(&self, new: NewProject) -> Result<Project>;

    /// Reads a project.
    ///
    /// # Errors
    /// `NotFound`.
    async fn project(&self, scope: &Scope, id: &ProjectId) -> Result<Project>;

    /// Lists projects, newest first.
    ///
    /// # Errors
    /// `Invalid` for the limit, and for an `after` that no longer exists.
    async fn list_projects(&self, query: &ProjectQuery) -> Result<Page<Project>>;

    /// Changes a project's fields.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a patch that changes nothing, an empty title or an empty base branch.
    async fn update_project(&self, scope: &Scope, id: &ProjectId, patch: ProjectPatch) -> Result<Project>;

    /// Deletes a project.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while tasks belong to it.
    async fn delete_project(&self, scope: &Scope, id: &ProjectId) -> Result<()>;
}

/// Store of drafts.
#[async_trait]
pub trait DraftStore: Send + Sync + Debug {
    /// Creates a draft.
    ///
    /// # Errors
    /// `Invalid` for an empty title or author.
    async fn create_draft(&self, new: NewDraft) -> Result<Draft>;

    /// Reads a draft by its id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn draft(&self, scope: &Scope, id: u64) -> Result<Draft>;

    /// Lists drafts, newest first.
    ///
    /// # Errors
    /// `Invalid` for the limit.
    async fn list_drafts(&self, query: &DraftQuery) -> Result<Page<Draft>>;

    /// Changes a draft's fields.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a patch that changes nothing, an empty title or an empty author.
    async fn update_draft(&self, scope: &Scope, id: u64, patch: DraftPatch) -> Result<Draft>;

    /// Deletes a draft.
    ///
    /// # Errors
    /// `NotFound`.
    async fn delete_draft(&self, scope: &Scope, id: u64) -> Result<()>;
}

/// Store of actions proposed to people.
#[async_trait]
pub trait ActionStore: Send + Sync + Debug {
    /// Proposes an action.
    ///
    /// # Errors
    /// `Invalid` for an empty label.
    async fn propose_action(&self, scope: &Scope, draft: ActionDraft) -> Result<Action>;

    /// Lists actions, newest first, without expired ones.
    ///
    /// # Errors
    /// `Invalid` for the limit, and for an `after` that never existed.
    async fn list_actions(&self, query: &ActionQuery) -> Result<Page<Action>>;

    /// Requests an action on behalf of a person; of two concurrent requests, one succeeds.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the field `status` when it is not `proposed`, for `expires_at` when it has expired.
    async fn request_action(&self, scope: &Scope, id: &str) -> Result<Action>;

    /// Updates an action's status or result.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when neither is given.
    async fn update_action(
        &self,
        scope: &Scope,
        id: &str,
        status: Option<ActionStatus>,
        result: Option<String>,
    ) -> Result<Action>;
}

/// Store of registered flows and roles.
#[async_trait]
pub trait FlowStore: Send + Sync + Debug {
    /// Registers a flow, or replaces it.
    ///
    /// # Errors
    /// `Invalid` for the field `states` when a built-in one is missing.
    async fn put_flow(
        &self,
        scope: &Scope,
        name: &str,
        states: Vec<String>,
        transitions: Vec<Value>,
    ) -> Result<FlowRecord>;

    /// Returns all flows of a scope, by name.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn flows(&self, scope: &Scope) -> Result<Vec<FlowRecord>>;

    /// Deletes a flow.
    ///
    /// # Errors
    /// `NotFound`.
    async fn delete_flow(&self, scope: &Scope, name: &str) -> Result<()>;

    /// Registers roles, or replaces them; returns all roles that this machine has registered.
    ///
    /// # Errors
    /// `Invalid` for the field `orchestrator_id` when the machine is not registered in the scope, for `claims_from` when
    /// it is empty.
    async fn register_roles(
        &self,
        scope: &Scope,
        orchestrator: &OrchestratorId,
        roles: Vec<RoleRegistration>,
    ) -> Result<Vec<RoleRecord>>;

    /// Returns all registered roles of a scope, by name.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn roles(&self, scope: &Scope) -> Result<Vec<RoleRecord>>;
}

/// Store of machines.
#[async_trait]
pub trait MachineStore: Send + Sync + Debug {
    /// Registers a machine, for the first time or again; the second value tells whether it was new.
    ///
    /// The machine is active from then on, unless it is in maintenance.
    ///
    /// # Behavior
    /// - The id belongs to the installation that registered with it, until that one has been silent for its lease (at most the
    ///   policy's maximum lease). The check and the write are one atomic step (I37).
    /// - The same installation is accepted at any time, also after its restart.
    /// - A registration that names no installation is refused like another installation's while an installation holds the id.
    ///
    /// # Errors
    /// `Invalid` when cluster and machine do not form a valid id, or form that of another machine. `Conflict` while another
    /// installation holds the id; the message names that installation, since when it holds the id and when the id becomes free.
    async fn register(&self, registration: Registration) -> Result<(Machine, bool)>;

    /// Records a heartbeat of a machine, at the current time of the store's clock.
    ///
    /// # Errors
    /// `NotFound` for a machine that is not registered, or for an installation that does not hold the id while no other one is
    /// heard from. `Conflict` while another installation holds the id, as for [`register`](MachineStore::register).
    async fn heartbeat(&self, scope: &Scope, id: &OrchestratorId, heartbeat: Heartbeat) -> Result<Machine>;

    /// Lists machines, the most recent heartbeat first. A machine without a heartbeat for [`SILENCE`](super::SILENCE) is
    /// offline, by the store's clock.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn machines(&self, query: &MachineQuery) -> Result<Vec<Machine>>;

    /// Puts a machine into maintenance, or back into service.
    ///
    /// # Errors
    /// `NotFound`.
    async fn set_machine_status(
        &self,
        scope: &Scope,
        id: &OrchestratorId,
        status: MachineStatus,
    ) -> Result<Machine>;
}

/// Store of the API keys of scopes. Not a part of [`Store`](super::Store): only a server's storage holds keys.
#[async_trait]
pub trait KeyStore: Send + Sync + Debug {
    /// Adds a key to a scope. With `replace`, every other key of the scope is revoked in the same transaction.
    ///
    /// # Errors
    /// `Conflict` for a digest that is already there; `Invalid` for the label.
    async fn add_key(&self, scope: &Scope, label: &str, digest: KeyDigest, replace: bool) -> Result<ApiKey>;

    /// Adds the first key of a scope; returns `None` and adds nothing if the scope has had one, even a revoked one.
    ///
    /// # Errors
    /// As [`KeyStore::add_key`].
    async fn add_first_key(&self, scope: &Scope, label: &str, digest: KeyDigest) -> Result<Option<ApiKey>>;

    /// Returns the keys as one request sees them, as [`IdempotentStore::for_request`](super::IdempotentStore::for_request) does.
    ///
    /// A repetition that adds a key returns the one that was added first, with its digest: its secret is no longer known.
    fn keys_for_request(self: Arc<Self>, request: RequestKey) -> Arc<dyn KeyStore>;

    /// Lists keys, including revoked ones, oldest first; without a scope, those of all scopes.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn keys(&self, scope: Option<&Scope>) -> Result<Vec<ApiKey>>;

    /// Revokes a key.
    ///
    /// # Errors
    /// `NotFound`.
    async fn revoke_key(&self, id: &str) -> Result<ApiKey>;

    /// Makes a key read-only for good: its holder reads everything in the scope and changes nothing.
    ///
    /// # Errors
    /// `NotFound`.
    async fn restrict_key(&self, id: &str) -> Result<ApiKey>;
}
