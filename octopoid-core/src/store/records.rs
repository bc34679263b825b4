//! The traits for what is kept beside the tasks.

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

/// Projects.
#[async_trait]
pub trait ProjectStore: Send + Sync + Debug {
    /// Creates a project; without an id, one is made from the title.
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
    /// `Invalid` for the limit, and for a place to go on after that is not there any more.
    async fn list_projects(&self, query: &ProjectQuery) -> Result<Page<Project>>;

    /// Changes a project.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a patch that changes nothing, an empty title or an empty base branch.
    async fn update_project(&self, scope: &Scope, id: &ProjectId, patch: ProjectPatch) -> Result<Project>;

    /// Removes a project.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while tasks belong to it.
    async fn delete_project(&self, scope: &Scope, id: &ProjectId) -> Result<()>;
}

/// Drafts.
#[async_trait]
pub trait DraftStore: Send + Sync + Debug {
    /// Creates a draft.
    ///
    /// # Errors
    /// `Invalid` for an empty title or author.
    async fn create_draft(&self, new: NewDraft) -> Result<Draft>;

    /// Reads a draft by its number.
    ///
    /// # Errors
    /// `NotFound`.
    async fn draft(&self, scope: &Scope, id: u64) -> Result<Draft>;

    /// Lists drafts, newest first.
    ///
    /// # Errors
    /// `Invalid` for the limit.
    async fn list_drafts(&self, query: &DraftQuery) -> Result<Page<Draft>>;

    /// Changes a draft.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a patch that changes nothing, an empty title or an empty author.
    async fn update_draft(&self, scope: &Scope, id: u64, patch: DraftPatch) -> Result<Draft>;

    /// Removes a draft.
    ///
    /// # Errors
    /// `NotFound`.
    async fn delete_draft(&self, scope: &Scope, id: u64) -> Result<()>;
}

/// Actions that are proposed to people.
#[async_trait]
pub trait ActionStore: Send + Sync + Debug {
    /// Proposes an action.
    ///
    /// # Errors
    /// `Invalid` for an empty label.
    async fn propose_action(&self, scope: &Scope, draft: ActionDraft) -> Result<Action>;

    /// Lists actions, newest first, without those that nobody wanted in time.
    ///
    /// # Errors
    /// `Invalid` for the limit, and for a place to go on after that never was there.
    async fn list_actions(&self, query: &ActionQuery) -> Result<Page<Action>>;

    /// A person wants it done; of two that want it at once, one succeeds.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the field `status` when it is not `proposed`, for `expires_at` when it is too late.
    async fn request_action(&self, scope: &Scope, id: &str) -> Result<Action>;

    /// Says how far it is.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when nothing is said.
    async fn update_action(
        &self,
        scope: &Scope,
        id: &str,
        status: Option<ActionStatus>,
        result: Option<String>,
    ) -> Result<Action>;
}

/// Registered flows and roles.
#[async_trait]
pub trait FlowStore: Send + Sync + Debug {
    /// Registers a flow, new or again.
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

    /// Every flow of a scope, by name.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn flows(&self, scope: &Scope) -> Result<Vec<FlowRecord>>;

    /// Removes a flow.
    ///
    /// # Errors
    /// `NotFound`.
    async fn delete_flow(&self, scope: &Scope, name: &str) -> Result<()>;

    /// Registers roles, new or again; gives all roles that this machine registered.
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

    /// Every registered role of a scope, by name.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn roles(&self, scope: &Scope) -> Result<Vec<RoleRecord>>;
}

/// The machines.
#[async_trait]
pub trait FleetStore: Send + Sync + Debug {
    /// A machine introduces itself, for the first time or again. It is active from then on, unless it is in
    /// maintenance. The second value says whether it was new.
    ///
    /// # Behavior
    /// - The id belongs to the installation that registered with it, until that one has been silent for its lease (at most
    ///   the policy's longest). The check and the write are one step (I37).
    /// - The same installation is accepted at any time, also after its restart.
    /// - A registration that names no installation is refused as another one's where an installation holds the id.
    ///
    /// # Errors
    /// `Invalid` when cluster and machine do not make an id, or make that of another machine. `Conflict` while another
    /// installation holds the id, with who it is, since when, and when the id is free.
    async fn register(&self, registration: Registration) -> Result<(Machine, bool)>;

    /// A machine says that it is there. Its last heartbeat is now, by the store's clock.
    ///
    /// # Errors
    /// `NotFound` for a machine that has not introduced itself, or an installation that does not hold the id, where no other
    /// one is heard from. `Conflict` while another installation holds the id, as for
    /// [`register`](FleetStore::register).
    async fn heartbeat(&self, scope: &Scope, id: &OrchestratorId, heartbeat: Heartbeat) -> Result<Machine>;

    /// Lists machines, those heard of last first. One that was silent for
    /// [`SILENCE`](super::SILENCE) is offline, by the store's clock.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn machines(&self, query: &MachineQuery) -> Result<Vec<Machine>>;

    /// Takes a machine out of service, or back.
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

/// The keys that open scopes. Not a part of [`Store`](super::Store): only what stands under a server keeps keys.
#[async_trait]
pub trait KeyStore: Send + Sync + Debug {
    /// Adds a key to a scope. With `replace`, every other key of the scope stops working in the same moment.
    ///
    /// # Errors
    /// `Conflict` for a digest that is already there; `Invalid` for the label.
    async fn add_key(&self, scope: &Scope, label: &str, digest: KeyDigest, replace: bool) -> Result<ApiKey>;

    /// Adds the first key of a scope; nothing where it has one already, be it a revoked one.
    ///
    /// # Errors
    /// As [`KeyStore::add_key`].
    async fn add_first_key(&self, scope: &Scope, label: &str, digest: KeyDigest) -> Result<Option<ApiKey>>;

    /// Returns the keys as one request sees them, as
    /// [`IdempotentStore::for_request`](super::IdempotentStore::for_request) does. A repetition that adds a key returns the one
    /// that was added first, with its digest: its secret is not known any more.
    fn keys_for_request(self: Arc<Self>, request: RequestKey) -> Arc<dyn KeyStore>;

    /// Lists keys, also revoked ones, oldest first; all scopes' without a scope.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn keys(&self, scope: Option<&Scope>) -> Result<Vec<ApiKey>>;

    /// Makes a key stop working.
    ///
    /// # Errors
    /// `NotFound`.
    async fn revoke_key(&self, id: &str) -> Result<ApiKey>;
}
