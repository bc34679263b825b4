//! The store: the tables, the journal, and every trait.

use super::clock::WriteClock;
use super::journal::Journal;
use super::write::{Key, Line, Write};
use async_trait::async_trait;
use octopoid_core::clock::{Clock, SteadyClock};
use octopoid_core::model::*;
use octopoid_core::store::*;
use octopoid_core::transition::Command;
use octopoid_store::MemoryStore;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::runtime::Handle;
use tokio::sync::{RwLock, RwLockReadGuard};

/// A store in one file of JSON lines. Needs tokio's runtime, whose blocking threads wait for the disk.
#[derive(Debug)]
pub struct JournalStore {
    shared: Arc<Shared>,
    /// Whose writes these are, where they may come twice.
    request: Option<Request>,
}

#[derive(Debug)]
struct Shared {
    memory: Arc<MemoryStore>,
    clock: Arc<WriteClock>,
    /// Held for writing while the tables and the file differ.
    journal: RwLock<Journal>,
}

/// One request, and how many writes it has made.
#[derive(Debug)]
struct Request {
    key: RequestKey,
    writes: AtomicU32,
}

/// The tables while nothing is written to them: what they say is on the disk.
struct Settled<'a> {
    memory: &'a MemoryStore,
    _journal: RwLockReadGuard<'a, Journal>,
}

impl Deref for Settled<'_> {
    type Target = MemoryStore;

    fn deref(&self) -> &MemoryStore {
        self.memory
    }
}

impl JournalStore {
    /// Opens a file, or makes it, and does everything again that stands in it.
    ///
    /// # Errors
    /// `Unavailable` where the file cannot be used or another process has it open; `Invalid` for another policy than it
    /// was written under; `Internal` where its lines cannot be read, or do not come to the same.
    pub async fn open(path: impl AsRef<Path>, clock: Arc<dyn Clock>, policy: Policy) -> Result<Self> {
        let (path, bounds) = (path.as_ref().to_owned(), policy.clone());
        let opened = tokio::task::spawn_blocking(move || Journal::open(&path, &bounds)).await;
        let (journal, lines) = opened.map_err(ended)??;
        // Leases are measured by it, so it goes on from the last line, even if the machine's clock was set since.
        let steady = SteadyClock::new(clock);
        lines.last().into_iter().for_each(|line| steady.at_least(line.at));
        let clock = Arc::new(WriteClock::new(Arc::new(steady)));
        let memory = Arc::new(MemoryStore::with_exact_clock(clock.clone(), policy));
        let shared = Shared { memory, clock, journal: RwLock::new(journal) };
        // The second line is the first write.
        for (line, number) in lines.into_iter().zip(2..) {
            let newest = line.newest;
            // What was refused is refused again.
            let _ = shared.carry_out(line).await;
            if shared.memory.last_event().await? != newest {
                return Err(shared.journal.into_inner().differs(number));
            }
        }
        Ok(Self { shared: Arc::new(shared), request: None })
    }

    /// Carries a write out, and gives its answer when it is on the disk.
    async fn write<T: DeserializeOwned>(&self, write: Write) -> Result<T> {
        let request = self.request.as_ref().map(Request::next);
        let shared = Arc::clone(&self.shared);
        // On a thread where waiting is allowed, and where a caller that gives up cannot stop it half-way.
        let done = tokio::task::spawn_blocking(move || shared.commit(request, write)).await;
        serde_json::from_value(done.map_err(ended)??)
            .map_err(|error| StoreError::internal("an answer cannot be read").with_source(error))
    }

    /// What can be read.
    async fn settled(&self) -> Result<Settled<'_>> {
        let journal = self.shared.journal.read().await;
        journal.is_whole()?;
        Ok(Settled { memory: &self.shared.memory, _journal: journal })
    }
}

impl Shared {
    fn commit(&self, request: Option<Key>, write: Write) -> Result<Value> {
        let mut journal = self.journal.blocking_write();
        journal.is_whole()?;
        let mut line = Line { at: self.clock.now(), request, write, newest: 0 };
        let result = Handle::current().block_on(self.carry_out(line.clone()));
        let nothing_new = match &result {
            Ok(answer) => line.write.is_idle(answer),
            // A refusal changes nothing, but a request that comes again is to be refused again.
            Err(_) => line.request.is_none(),
        };
        if !nothing_new {
            line.newest = Handle::current().block_on(self.memory.last_event())?;
            journal.append(&line)?;
        }
        result
    }

    /// Does what a line says, at the moment that it says.
    async fn carry_out(&self, line: Line) -> Result<Value> {
        let memory = Arc::clone(&self.memory);
        let store: Arc<dyn Store> = match line.request {
            None => memory,
            Some(key) => memory.for_request(key.into()),
        };
        self.clock.hold(Some(line.at));
        let result = line.write.carry_out(&*store).await;
        self.clock.hold(None);
        result
    }
}

impl Request {
    /// The key of its next write. The writes of a request come in a fixed order, so each has a key of its own.
    fn next(&self) -> Key {
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        Key { key: format!("{number}#{}", self.key.key), digest: self.key.digest }
    }
}

fn ended(error: tokio::task::JoinError) -> StoreError {
    StoreError::internal("a write ended by a defect").with_source(error)
}

#[async_trait]
impl TaskStore for JournalStore {
    async fn create_task(&self, new: NewTask) -> Result<Task> {
        self.write(Write::CreateTask(Box::new(new))).await
    }

    async fn task(&self, scope: &Scope, id: &TaskId) -> Result<Task> {
        self.settled().await?.task(scope, id).await
    }

    async fn list_tasks(&self, query: &TaskQuery) -> Result<Page<Task>> {
        self.settled().await?.list_tasks(query).await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Task>> {
        self.write(Write::Claim(request.clone())).await
    }

    async fn apply(&self, scope: &Scope, id: &TaskId, command: Command) -> Result<Task> {
        self.write(Write::Apply { scope: scope.clone(), id: id.clone(), command }).await
    }

    async fn apply_all(
        &self,
        scope: &Scope,
        id: &TaskId,
        version: Option<u64>,
        commands: Vec<Command>,
    ) -> Result<Task> {
        self.write(Write::ApplyAll { scope: scope.clone(), id: id.clone(), version, commands }).await
    }

    async fn delete_task(&self, scope: &Scope, id: &TaskId, actor: &str) -> Result<()> {
        let (scope, id, actor) = (scope.clone(), id.clone(), actor.to_owned());
        self.write(Write::DeleteTask { scope, id, actor }).await
    }

    async fn expire_leases(&self, scope: &Scope, spare: Option<&OrchestratorId>) -> Result<Vec<Task>> {
        self.write(Write::ExpireLeases { scope: scope.clone(), spare: spare.cloned() }).await
    }

    async fn scopes(&self) -> Result<Vec<Scope>> {
        self.settled().await?.scopes().await
    }

    async fn queue_counts(&self, scope: &Scope) -> Result<QueueCounts> {
        self.settled().await?.queue_counts(scope).await
    }

    fn policy(&self) -> &Policy {
        self.shared.memory.policy()
    }
}

#[async_trait]
impl RunStore for JournalStore {
    async fn save_run(&self, run: &Run) -> Result<()> {
        self.write(Write::SaveRun(run.clone())).await
    }

    async fn run(&self, scope: &Scope, id: &RunId) -> Result<Run> {
        self.settled().await?.run(scope, id).await
    }

    async fn list_runs(&self, query: &RunQuery) -> Result<Vec<Run>> {
        self.settled().await?.list_runs(query).await
    }

    async fn usage(&self, query: &UsageQuery) -> Result<Usage> {
        self.settled().await?.usage(query).await
    }
}

#[async_trait]
impl MessageStore for JournalStore {
    async fn post_message(&self, scope: &Scope, task: &TaskId, message: MessageDraft) -> Result<Message> {
        self.write(Write::PostMessage { scope: scope.clone(), task: task.clone(), message }).await
    }

    async fn messages(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Message>> {
        self.settled().await?.messages(scope, task).await
    }
}

#[async_trait]
impl EventLog for JournalStore {
    async fn events(&self, query: &EventQuery) -> Result<Vec<Event>> {
        self.settled().await?.events(query).await
    }

    async fn last_event(&self) -> Result<u64> {
        self.settled().await?.last_event().await
    }

    async fn wait_for_event(&self, after: u64) -> Result<()> {
        // Whoever wakes reads next, and that waits until the event is on the disk.
        self.shared.memory.wait_for_event(after).await
    }
}

#[async_trait]
impl ProjectStore for JournalStore {
    async fn create_project(&self, new: NewProject) -> Result<Project> {
        self.write(Write::CreateProject(new)).await
    }

    async fn project(&self, scope: &Scope, id: &ProjectId) -> Result<Project> {
        self.settled().await?.project(scope, id).await
    }

    async fn list_projects(&self, query: &ProjectQuery) -> Result<Page<Project>> {
        self.settled().await?.list_projects(query).await
    }

    async fn update_project(&self, scope: &Scope, id: &ProjectId, patch: ProjectPatch) -> Result<Project> {
        self.write(Write::UpdateProject { scope: scope.clone(), id: id.clone(), patch }).await
    }

    async fn delete_project(&self, scope: &Scope, id: &ProjectId) -> Result<()> {
        self.write(Write::DeleteProject { scope: scope.clone(), id: id.clone() }).await
    }
}

#[async_trait]
impl DraftStore for JournalStore {
    async fn create_draft(&self, new: NewDraft) -> Result<Draft> {
        self.write(Write::CreateDraft(new)).await
    }

    async fn draft(&self, scope: &Scope, id: u64) -> Result<Draft> {
        self.settled().await?.draft(scope, id).await
    }

    async fn list_drafts(&self, query: &DraftQuery) -> Result<Page<Draft>> {
        self.settled().await?.list_drafts(query).await
    }

    async fn update_draft(&self, scope: &Scope, id: u64, patch: DraftPatch) -> Result<Draft> {
        self.write(Write::UpdateDraft { scope: scope.clone(), id, patch }).await
    }

    async fn delete_draft(&self, scope: &Scope, id: u64) -> Result<()> {
        self.write(Write::DeleteDraft { scope: scope.clone(), id }).await
    }
}

#[async_trait]
impl ActionStore for JournalStore {
    async fn propose_action(&self, scope: &Scope, draft: ActionDraft) -> Result<Action> {
        self.write(Write::ProposeAction { scope: scope.clone(), draft }).await
    }

    async fn list_actions(&self, query: &ActionQuery) -> Result<Page<Action>> {
        self.settled().await?.list_actions(query).await
    }

    async fn request_action(&self, scope: &Scope, id: &str) -> Result<Action> {
        self.write(Write::RequestAction { scope: scope.clone(), id: id.to_owned() }).await
    }

    async fn update_action(
        &self,
        scope: &Scope,
        id: &str,
        status: Option<ActionStatus>,
        result: Option<String>,
    ) -> Result<Action> {
        let (scope, id) = (scope.clone(), id.to_owned());
        self.write(Write::UpdateAction { scope, id, status, result }).await
    }
}

#[async_trait]
impl FlowStore for JournalStore {
    async fn put_flow(
        &self,
        scope: &Scope,
        name: &str,
        states: Vec<String>,
        transitions: Vec<Value>,
    ) -> Result<FlowRecord> {
        let (scope, name) = (scope.clone(), name.to_owned());
        self.write(Write::PutFlow { scope, name, states, transitions }).await
    }

    async fn flows(&self, scope: &Scope) -> Result<Vec<FlowRecord>> {
        self.settled().await?.flows(scope).await
    }

    async fn delete_flow(&self, scope: &Scope, name: &str) -> Result<()> {
        self.write(Write::DeleteFlow { scope: scope.clone(), name: name.to_owned() }).await
    }

    async fn register_roles(
        &self,
        scope: &Scope,
        orchestrator: &OrchestratorId,
        roles: Vec<RoleRegistration>,
    ) -> Result<Vec<RoleRecord>> {
        let (scope, orchestrator) = (scope.clone(), orchestrator.clone());
        self.write(Write::RegisterRoles { scope, orchestrator, roles }).await
    }

    async fn roles(&self, scope: &Scope) -> Result<Vec<RoleRecord>> {
        self.settled().await?.roles(scope).await
    }
}

#[async_trait]
impl FleetStore for JournalStore {
    async fn register(&self, registration: Registration) -> Result<(Machine, bool)> {
        self.write(Write::Register(registration)).await
    }

    async fn heartbeat(&self, scope: &Scope, id: &OrchestratorId, heartbeat: Heartbeat) -> Result<Machine> {
        self.write(Write::Heartbeat { scope: scope.clone(), id: id.clone(), heartbeat }).await
    }

    async fn machines(&self, query: &MachineQuery) -> Result<Vec<Machine>> {
        self.settled().await?.machines(query).await
    }

    async fn set_machine_status(
        &self,
        scope: &Scope,
        id: &OrchestratorId,
        status: MachineStatus,
    ) -> Result<Machine> {
        self.write(Write::SetMachineStatus { scope: scope.clone(), id: id.clone(), status }).await
    }
}

#[async_trait]
impl RequestLog for JournalStore {
    fn for_request(self: Arc<Self>, key: RequestKey) -> Arc<dyn Store> {
        let request = Some(Request { key, writes: AtomicU32::new(0) });
        Arc::new(Self { shared: Arc::clone(&self.shared), request })
    }

    async fn forget_requests(&self, before: Timestamp) -> Result<u64> {
        self.write(Write::ForgetRequests { before }).await
    }
}

#[async_trait]
impl RetentionStore for JournalStore {
    async fn prune(&self, request: &PruneRequest) -> Result<Pruned> {
        self.write(Write::Prune(request.clone())).await
    }
}
