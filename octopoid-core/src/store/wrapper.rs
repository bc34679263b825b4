//! Wrappers: stores that delegate to another store.

use super::{
    ActionQuery, ActionStore, ClaimRequest, DraftQuery, DraftStore, EventFeed, EventLog, EventQuery,
    FlowStore, Interest, MachineQuery, MachineStore, MessageStore, NewReview, Page, ProjectQuery,
    ProjectStore, PruneRequest, Pruned, QueueCounts, Result, RetentionStore, ReviewStore, RunQuery, RunStore,
    Store, TaskQuery, TaskStore, UsageQuery,
};
use crate::model::{
    Action, ActionDraft, ActionStatus, Draft, DraftPatch, Event, FlowRecord, Heartbeat, Machine,
    MachineStatus, Message, MessageDraft, NewDraft, NewProject, NewReviewComment, NewTask, OrchestratorId,
    Policy, Project, ProjectId, ProjectPatch, Registration, ReviewComment, ReviewCommentPatch, RoleRecord,
    RoleRegistration, Run, RunId, Scope, Task, TaskId, Usage,
};
use crate::transition::Command;
use async_trait::async_trait;
use serde_json::Value;
use std::fmt::Debug;
use std::sync::Arc;

/// Defines the trait with a default for each method, and implements the store traits for every implementor.
macro_rules! wrapper {
    ($(#[$docs:meta])* $($of:ident { $($name:ident($($argument:ident: $type:ty),*) -> $returned:ty;)* })*) => {
        $(#[$docs])*
        #[async_trait]
        pub trait StoreWrapper: Send + Sync + Debug {
            /// Returns the store inside.
            fn inner(&self) -> &Arc<dyn Store>;

            /// Delegates to [`TaskStore::expires_leases`].
            fn expires_leases(&self) -> bool {
                self.inner().expires_leases()
            }

            /// Delegates to [`TaskStore::policy`].
            fn policy(&self) -> &Policy {
                self.inner().policy()
            }

            /// Delegates to [`EventLog::subscribe`].
            fn subscribe(&self, interest: &Interest, after: u64) -> Option<Box<dyn EventFeed>> {
                self.inner().subscribe(interest, after)
            }

            $($(
                #[doc = concat!("Delegates to [`", stringify!($of), "::", stringify!($name), "`].")]
                async fn $name(&self $(, $argument: $type)*) -> $returned {
                    self.inner().$name($($argument),*).await
                }
            )*)*
        }

        $(wrapper!(@impl $of { $($name($($argument: $type),*) -> $returned;)* });)*
    };
    (@impl $of:ident { $($name:ident($($argument:ident: $type:ty),*) -> $returned:ty;)* }) => {
        #[async_trait]
        impl<T: StoreWrapper> $of for T {
            wrapper!(@sync $of);
            $(
                async fn $name(&self $(, $argument: $type)*) -> $returned {
                    StoreWrapper::$name(self $(, $argument)*).await
                }
            )*
        }
    };
    (@sync TaskStore) => {
        fn expires_leases(&self) -> bool {
            StoreWrapper::expires_leases(self)
        }

        fn policy(&self) -> &Policy {
            StoreWrapper::policy(self)
        }
    };
    (@sync EventLog) => {
        fn subscribe(&self, interest: &Interest, after: u64) -> Option<Box<dyn EventFeed>> {
            StoreWrapper::subscribe(self, interest, after)
        }
    };
    (@sync $of:ident) => {};
}

wrapper! {
    /// Wrapper of a store: an implementor is a [`Store`] that delegates every method to the inner one, except those it overrides.
    ///
    /// # Behavior
    /// - An override must fulfil the contract of the method it replaces.
    /// - One call of a store is never turned into another on the way: [`TaskStore::apply_all`] does not go through
    ///   [`TaskStore::apply`]. The methods of [`StoreExt`](super::StoreExt) go through the methods they name.
    /// - A feed that the inner store filters ([`EventLog::subscribe`]) reads its events directly, not through
    ///   [`EventLog::events`]; a wrapper that hides or changes events overrides both.
    ///
    /// # Examples
    ///
    /// A wrapper that counts claims:
    ///
    /// ```
    /// use async_trait::async_trait;
    /// use octopoid_core::model::{NewTask, Task};
    /// use octopoid_core::store::{ClaimRequest, Result, Store, StoreWrapper, TaskStore};
    /// # use octopoid_core::model::{AgentName, ClaimToken, Holder, OrchestratorId, Policy, Scope};
    /// # use octopoid_core::transition::Purpose;
    /// # use octopoid_store::MemoryStore;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// # use std::time::Duration;
    ///
    /// #[derive(Debug)]
    /// struct CountingStore {
    ///     inner: Arc<dyn Store>,
    ///     claims: Arc<AtomicU64>,
    /// }
    ///
    /// #[async_trait]
    /// impl StoreWrapper for CountingStore {
    ///     fn inner(&self) -> &Arc<dyn Store> {
    ///         &self.inner
    ///     }
    ///
    ///     async fn claim(&self, request: &ClaimRequest) -> Result<Option<Task>> {
    ///         let claimed = self.inner.claim(request).await?;
    ///         self.claims.fetch_add(u64::from(claimed.is_some()), Ordering::Relaxed);
    ///         Ok(claimed)
    ///     }
    /// }
    ///
    /// # let inner: Arc<dyn Store> =
    /// #     Arc::new(MemoryStore::new(Arc::new(octopoid_core::clock::SystemClock), Policy::default()));
    /// # let holder = Holder::new(OrchestratorId::new("here")?, AgentName::new("agent")?);
    /// # let lease = Duration::from_secs(60);
    /// # let request = ClaimRequest::new(Scope::single(), Purpose::Work, holder, ClaimToken::new("token")?, lease);
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let claims = Arc::new(AtomicU64::new(0));
    /// let store: Arc<dyn Store> = Arc::new(CountingStore { inner, claims: claims.clone() });
    /// store.create_task(NewTask::new("Say hello", "Write hello.txt")).await?;
    /// store.claim(&request).await?;
    /// assert_eq!(claims.load(Ordering::Relaxed), 1);
    /// # Ok::<(), octopoid_core::store::StoreError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    TaskStore {
        create_task(new: NewTask) -> Result<Task>;
        task(scope: &Scope, id: &TaskId) -> Result<Task>;
        list_tasks(query: &TaskQuery) -> Result<Page<Task>>;
        claim(request: &ClaimRequest) -> Result<Option<Task>>;
        apply(scope: &Scope, id: &TaskId, command: Command) -> Result<Task>;
        apply_all(scope: &Scope, id: &TaskId, version: Option<u64>, commands: Vec<Command>) -> Result<Task>;
        delete_task(scope: &Scope, id: &TaskId, actor: &str) -> Result<()>;
        expire_leases(scope: &Scope, spare: Option<&OrchestratorId>) -> Result<Vec<Task>>;
        scopes() -> Result<Vec<Scope>>;
        queue_counts(scope: &Scope) -> Result<QueueCounts>;
    }
    RunStore {
        save_run(run: &Run) -> Result<()>;
        run(scope: &Scope, id: &RunId) -> Result<Run>;
        list_runs(query: &RunQuery) -> Result<Vec<Run>>;
        usage(query: &UsageQuery) -> Result<Usage>;
    }
    MessageStore {
        post_message(scope: &Scope, task: &TaskId, message: MessageDraft) -> Result<Message>;
        messages(scope: &Scope, task: &TaskId) -> Result<Vec<Message>>;
    }
    ReviewStore {
        add_review_comments(scope: &Scope, task: &TaskId, comments: Vec<NewReviewComment>) -> Result<Vec<ReviewComment>>;
        review_comments(scope: &Scope, task: &TaskId) -> Result<Vec<ReviewComment>>;
        edit_review_comment(scope: &Scope, task: &TaskId, id: u64, patch: ReviewCommentPatch) -> Result<ReviewComment>;
        delete_review_comment(scope: &Scope, task: &TaskId, id: u64) -> Result<()>;
        resolve_review_comments(scope: &Scope, task: &TaskId, ids: Vec<u64>, resolved: bool, by: &str) -> Result<Vec<ReviewComment>>;
        send_review(scope: &Scope, task: &TaskId, review: NewReview) -> Result<Task>;
    }
    EventLog {
        events(query: &EventQuery) -> Result<Vec<Event>>;
        last_event() -> Result<u64>;
        wait_for_event(after: u64) -> Result<()>;
    }
    ProjectStore {
        create_project(new: NewProject) -> Result<Project>;
        project(scope: &Scope, id: &ProjectId) -> Result<Project>;
        list_projects(query: &ProjectQuery) -> Result<Page<Project>>;
        update_project(scope: &Scope, id: &ProjectId, patch: ProjectPatch) -> Result<Project>;
        delete_project(scope: &Scope, id: &ProjectId) -> Result<()>;
    }
    DraftStore {
        create_draft(new: NewDraft) -> Result<Draft>;
        draft(scope: &Scope, id: u64) -> Result<Draft>;
        list_drafts(query: &DraftQuery) -> Result<Page<Draft>>;
        update_draft(scope: &Scope, id: u64, patch: DraftPatch) -> Result<Draft>;
        delete_draft(scope: &Scope, id: u64) -> Result<()>;
    }
    ActionStore {
        propose_action(scope: &Scope, draft: ActionDraft) -> Result<Action>;
        list_actions(query: &ActionQuery) -> Result<Page<Action>>;
        request_action(scope: &Scope, id: &str) -> Result<Action>;
        update_action(
            scope: &Scope,
            id: &str,
            status: Option<ActionStatus>,
            result: Option<String>
        ) -> Result<Action>;
    }
    FlowStore {
        put_flow(scope: &Scope, name: &str, states: Vec<String>, transitions: Vec<Value>) -> Result<FlowRecord>;
        flows(scope: &Scope) -> Result<Vec<FlowRecord>>;
        delete_flow(scope: &Scope, name: &str) -> Result<()>;
        register_roles(
            scope: &Scope,
            orchestrator: &OrchestratorId,
            roles: Vec<RoleRegistration>
        ) -> Result<Vec<RoleRecord>>;
        roles(scope: &Scope) -> Result<Vec<RoleRecord>>;
    }
    MachineStore {
        register(registration: Registration) -> Result<(Machine, bool)>;
        heartbeat(scope: &Scope, id: &OrchestratorId, heartbeat: Heartbeat) -> Result<Machine>;
        machines(query: &MachineQuery) -> Result<Vec<Machine>>;
        set_machine_status(scope: &Scope, id: &OrchestratorId, status: MachineStatus) -> Result<Machine>;
    }
    RetentionStore {
        prune(request: &PruneRequest) -> Result<Pruned>;
    }
}
