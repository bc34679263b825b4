//! The traits for what is kept beside the tasks, over the engine: the same for every backend that has it.

/// Implements them for a store with `write(work)`, `look(work)`, `now()`, `with_request(key)`, where `work` gets the
/// backend's batch.
macro_rules! records_over_engine {
    ($store:ty) => {
        const _: () = {
            use async_trait::async_trait;
            use octopoid_core::model::{
                Action, ActionDraft, ActionStatus, ApiKey, Draft, DraftPatch, FlowRecord, Heartbeat,
                KeyDigest, Machine, MachineStatus, NewDraft, NewProject, OrchestratorId, Project, ProjectId,
                ProjectPatch, Registration, RoleRecord, RoleRegistration, Scope, Timestamp,
            };
            use octopoid_core::store::{
                ActionQuery, ActionStore, DraftQuery, DraftStore, FleetStore, FlowStore, KeyStore,
                MachineQuery, Page, ProjectQuery, ProjectStore, PruneRequest, Pruned, RequestKey, RequestLog,
                Result, RetentionStore, Store,
            };
            use serde_json::Value;
            use std::sync::Arc;
            use $crate::engine;

            #[async_trait]
            impl ProjectStore for $store {
                async fn create_project(&self, new: NewProject) -> Result<Project> {
                    self.write(move |batch, context| engine::create_project(batch, &new, context)).await
                }

                async fn project(&self, scope: &Scope, id: &ProjectId) -> Result<Project> {
                    let (scope, id) = (scope.clone(), id.clone());
                    self.look(move |batch| engine::project(batch, &scope, &id)).await
                }

                async fn list_projects(&self, query: &ProjectQuery) -> Result<Page<Project>> {
                    let query = query.clone();
                    self.look(move |batch| engine::list_projects(batch, &query)).await
                }

                async fn update_project(
                    &self,
                    scope: &Scope,
                    id: &ProjectId,
                    patch: ProjectPatch,
                ) -> Result<Project> {
                    let (scope, id) = (scope.clone(), id.clone());
                    self.write(move |batch, context| {
                        engine::update_project(batch, &scope, &id, &patch, context)
                    })
                    .await
                }

                async fn delete_project(&self, scope: &Scope, id: &ProjectId) -> Result<()> {
                    let (scope, id) = (scope.clone(), id.clone());
                    self.write(move |batch, _| engine::delete_project(batch, &scope, &id)).await
                }
            }

            #[async_trait]
            impl DraftStore for $store {
                async fn create_draft(&self, new: NewDraft) -> Result<Draft> {
                    self.write(move |batch, context| engine::create_draft(batch, &new, context)).await
                }

                async fn draft(&self, scope: &Scope, id: u64) -> Result<Draft> {
                    let scope = scope.clone();
                    self.look(move |batch| engine::draft(batch, &scope, id)).await
                }

                async fn list_drafts(&self, query: &DraftQuery) -> Result<Page<Draft>> {
                    let query = query.clone();
                    self.look(move |batch| engine::list_drafts(batch, &query)).await
                }

                async fn update_draft(&self, scope: &Scope, id: u64, patch: DraftPatch) -> Result<Draft> {
                    let scope = scope.clone();
                    self.write(move |batch, context| engine::update_draft(batch, &scope, id, &patch, context))
                        .await
                }

                async fn delete_draft(&self, scope: &Scope, id: u64) -> Result<()> {
                    let scope = scope.clone();
                    self.write(move |batch, _| engine::delete_draft(batch, &scope, id)).await
                }
            }

            #[async_trait]
            impl ActionStore for $store {
                async fn propose_action(&self, scope: &Scope, draft: ActionDraft) -> Result<Action> {
                    let scope = scope.clone();
                    self.write(move |batch, context| engine::propose_action(batch, &scope, &draft, context))
                        .await
                }

                async fn list_actions(&self, query: &ActionQuery) -> Result<Page<Action>> {
                    let (query, now) = (query.clone(), self.now());
                    self.look(move |batch| engine::list_actions(batch, &query, now)).await
                }

                async fn request_action(&self, scope: &Scope, id: &str) -> Result<Action> {
                    let (scope, id) = (scope.clone(), id.to_owned());
                    self.write(move |batch, context| engine::request_action(batch, &scope, &id, context))
                        .await
                }

                async fn update_action(
                    &self,
                    scope: &Scope,
                    id: &str,
                    status: Option<ActionStatus>,
                    result: Option<String>,
                ) -> Result<Action> {
                    let (scope, id) = (scope.clone(), id.to_owned());
                    self.write(move |batch, _| {
                        engine::update_action(batch, &scope, &id, status, result.as_deref())
                    })
                    .await
                }
            }

            #[async_trait]
            impl FlowStore for $store {
                async fn put_flow(
                    &self,
                    scope: &Scope,
                    name: &str,
                    states: Vec<String>,
                    transitions: Vec<Value>,
                ) -> Result<FlowRecord> {
                    let (scope, name) = (scope.clone(), name.to_owned());
                    self.write(move |batch, context| {
                        let (states, transitions) = (states.clone(), transitions.clone());
                        engine::put_flow(batch, &scope, &name, states, transitions, context)
                    })
                    .await
                }

                async fn flows(&self, scope: &Scope) -> Result<Vec<FlowRecord>> {
                    let scope = scope.clone();
                    self.look(move |batch| engine::flows(batch, &scope)).await
                }

                async fn delete_flow(&self, scope: &Scope, name: &str) -> Result<()> {
                    let (scope, name) = (scope.clone(), name.to_owned());
                    self.write(move |batch, _| engine::delete_flow(batch, &scope, &name)).await
                }

                async fn register_roles(
                    &self,
                    scope: &Scope,
                    orchestrator: &OrchestratorId,
                    roles: Vec<RoleRegistration>,
                ) -> Result<Vec<RoleRecord>> {
                    let (scope, orchestrator) = (scope.clone(), orchestrator.clone());
                    self.write(move |batch, context| {
                        engine::register_roles(batch, &scope, &orchestrator, roles.clone(), context)
                    })
                    .await
                }

                async fn roles(&self, scope: &Scope) -> Result<Vec<RoleRecord>> {
                    let scope = scope.clone();
                    self.look(move |batch| engine::roles(batch, &scope)).await
                }
            }

            #[async_trait]
            impl FleetStore for $store {
                async fn register(&self, registration: Registration) -> Result<(Machine, bool)> {
                    self.write(move |batch, context| engine::register(batch, &registration, context)).await
                }

                async fn heartbeat(
                    &self,
                    scope: &Scope,
                    id: &OrchestratorId,
                    heartbeat: Heartbeat,
                ) -> Result<Machine> {
                    let (scope, id) = (scope.clone(), id.clone());
                    self.write(move |batch, context| {
                        engine::heartbeat(batch, &scope, &id, &heartbeat, context)
                    })
                    .await
                }

                async fn machines(&self, query: &MachineQuery) -> Result<Vec<Machine>> {
                    let (query, now) = (query.clone(), self.now());
                    self.look(move |batch| engine::machines(batch, &query, now)).await
                }

                async fn set_machine_status(
                    &self,
                    scope: &Scope,
                    id: &OrchestratorId,
                    status: MachineStatus,
                ) -> Result<Machine> {
                    let (scope, id) = (scope.clone(), id.clone());
                    self.write(move |batch, _| engine::set_machine_status(batch, &scope, &id, status)).await
                }
            }

            #[async_trait]
            impl KeyStore for $store {
                async fn add_key(
                    &self,
                    scope: &Scope,
                    label: &str,
                    digest: KeyDigest,
                    replace: bool,
                ) -> Result<ApiKey> {
                    let (scope, label) = (scope.clone(), label.to_owned());
                    self.write(move |batch, context| {
                        engine::add_key(batch, &scope, &label, &digest, replace, context)
                    })
                    .await
                }

                async fn add_first_key(
                    &self,
                    scope: &Scope,
                    label: &str,
                    digest: KeyDigest,
                ) -> Result<Option<ApiKey>> {
                    let (scope, label) = (scope.clone(), label.to_owned());
                    self.write(move |batch, context| {
                        engine::add_first_key(batch, &scope, &label, &digest, context)
                    })
                    .await
                }

                fn keys_for_request(self: Arc<Self>, request: RequestKey) -> Arc<dyn KeyStore> {
                    Arc::new(self.with_request(request))
                }

                async fn keys(&self, scope: Option<&Scope>) -> Result<Vec<ApiKey>> {
                    let scope = scope.cloned();
                    self.look(move |batch| engine::keys(batch, scope.as_ref())).await
                }

                async fn revoke_key(&self, id: &str) -> Result<ApiKey> {
                    let id = id.to_owned();
                    self.write(move |batch, context| engine::revoke_key(batch, &id, context)).await
                }
            }

            #[async_trait]
            impl RequestLog for $store {
                fn for_request(self: Arc<Self>, request: RequestKey) -> Arc<dyn Store> {
                    Arc::new(self.with_request(request))
                }

                async fn forget_requests(&self, before: Timestamp) -> Result<u64> {
                    self.write(move |batch, _| engine::Batch::forget_requests(batch, before)).await
                }
            }

            #[async_trait]
            impl RetentionStore for $store {
                async fn prune(&self, request: &PruneRequest) -> Result<Pruned> {
                    let request = request.clone();
                    self.write(move |batch, context| engine::prune(batch, &request, context)).await
                }
            }
        };
    };
}
pub(crate) use records_over_engine;
