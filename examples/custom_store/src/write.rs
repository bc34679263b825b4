//! What can be asked of a store that changes it, as it stands in a line.

use octopoid_core::model::{
    ActionDraft, ActionStatus, DraftPatch, Heartbeat, MachineStatus, MessageDraft, NewDraft, NewProject,
    NewTask, OrchestratorId, ProjectId, ProjectPatch, Registration, RoleRegistration, Run, Scope, TaskId,
    Timestamp,
};
use octopoid_core::store::{ClaimRequest, PruneRequest, RequestKey, Result, Store, StoreError};
use octopoid_core::transition::Command;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line: what was asked for, when, and for which request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    pub(crate) request: Option<Key>,
    pub(crate) write: Write,
    /// The newest event afterwards, to see that doing it again comes to the same.
    pub(crate) newest: u64,
}

/// The key of one write of a request that may come twice.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Key {
    pub(crate) key: String,
    pub(crate) digest: [u8; 32],
}

impl From<Key> for RequestKey {
    fn from(key: Key) -> Self {
        RequestKey { key: key.key, digest: key.digest }
    }
}

/// Every method that writes, with its arguments.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Write {
    CreateTask(Box<NewTask>),
    Claim(ClaimRequest),
    Apply { scope: Scope, id: TaskId, command: Command },
    ApplyAll { scope: Scope, id: TaskId, version: Option<u64>, commands: Vec<Command> },
    DeleteTask { scope: Scope, id: TaskId, actor: String },
    ExpireLeases { scope: Scope, spare: Option<OrchestratorId> },
    SaveRun(Run),
    PostMessage { scope: Scope, task: TaskId, message: MessageDraft },
    CreateProject(NewProject),
    UpdateProject { scope: Scope, id: ProjectId, patch: ProjectPatch },
    DeleteProject { scope: Scope, id: ProjectId },
    CreateDraft(NewDraft),
    UpdateDraft { scope: Scope, id: u64, patch: DraftPatch },
    DeleteDraft { scope: Scope, id: u64 },
    ProposeAction { scope: Scope, draft: ActionDraft },
    RequestAction { scope: Scope, id: String },
    UpdateAction { scope: Scope, id: String, status: Option<ActionStatus>, result: Option<String> },
    PutFlow { scope: Scope, name: String, states: Vec<String>, transitions: Vec<Value> },
    DeleteFlow { scope: Scope, name: String },
    RegisterRoles { scope: Scope, orchestrator: OrchestratorId, roles: Vec<RoleRegistration> },
    Register(Registration),
    Heartbeat { scope: Scope, id: OrchestratorId, heartbeat: Heartbeat },
    SetMachineStatus { scope: Scope, id: OrchestratorId, status: MachineStatus },
    ForgetRequests { before: Timestamp },
    Prune(PruneRequest),
}

impl Write {
    /// Carries it out, now or again. The answer is in the form in which it can wait for its type.
    pub(crate) async fn carry_out(self, store: &dyn Store) -> Result<Value> {
        match self {
            Write::CreateTask(new) => json(store.create_task(*new).await),
            Write::Claim(request) => json(store.claim(&request).await),
            Write::Apply { scope, id, command } => json(store.apply(&scope, &id, command).await),
            Write::ApplyAll { scope, id, version, commands } => {
                json(store.apply_all(&scope, &id, version, commands).await)
            }
            Write::DeleteTask { scope, id, actor } => json(store.delete_task(&scope, &id, &actor).await),
            Write::ExpireLeases { scope, spare } => json(store.expire_leases(&scope, spare.as_ref()).await),
            Write::SaveRun(run) => json(store.save_run(&run).await),
            Write::PostMessage { scope, task, message } => {
                json(store.post_message(&scope, &task, message).await)
            }
            Write::CreateProject(new) => json(store.create_project(new).await),
            Write::UpdateProject { scope, id, patch } => json(store.update_project(&scope, &id, patch).await),
            Write::DeleteProject { scope, id } => json(store.delete_project(&scope, &id).await),
            Write::CreateDraft(new) => json(store.create_draft(new).await),
            Write::UpdateDraft { scope, id, patch } => json(store.update_draft(&scope, id, patch).await),
            Write::DeleteDraft { scope, id } => json(store.delete_draft(&scope, id).await),
            Write::ProposeAction { scope, draft } => json(store.propose_action(&scope, draft).await),
            Write::RequestAction { scope, id } => json(store.request_action(&scope, &id).await),
            Write::UpdateAction { scope, id, status, result } => {
                json(store.update_action(&scope, &id, status, result).await)
            }
            Write::PutFlow { scope, name, states, transitions } => {
                json(store.put_flow(&scope, &name, states, transitions).await)
            }
            Write::DeleteFlow { scope, name } => json(store.delete_flow(&scope, &name).await),
            Write::RegisterRoles { scope, orchestrator, roles } => {
                json(store.register_roles(&scope, &orchestrator, roles).await)
            }
            Write::Register(registration) => json(store.register(registration).await),
            Write::Heartbeat { scope, id, heartbeat } => json(store.heartbeat(&scope, &id, heartbeat).await),
            Write::SetMachineStatus { scope, id, status } => {
                json(store.set_machine_status(&scope, &id, status).await)
            }
            Write::ForgetRequests { before } => json(store.forget_requests(before).await),
            Write::Prune(request) => json(store.prune(&request).await),
        }
    }

    /// Whether it found nothing to do. Idle orchestrators ask often, and that is not worth a line.
    pub(crate) fn is_idle(&self, answer: &Value) -> bool {
        match self {
            Write::Claim(_) => answer.is_null(),
            Write::ExpireLeases { .. } => answer.as_array().is_some_and(Vec::is_empty),
            _ => false,
        }
    }
}

fn json<T: Serialize>(answer: Result<T>) -> Result<Value> {
    serde_json::to_value(answer?)
        .map_err(|error| StoreError::internal("an answer cannot be written as JSON").with_source(error))
}
