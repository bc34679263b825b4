//! What people do, over a real store.

mod board;
mod costs;
mod decide;
mod drafts;
mod edit;
mod enqueue;
mod explain;
mod projects;
mod rounds;
mod states;
mod task_list;
mod tell;

use octopoid_core::model::{
    AgentName, ClaimToken, Holder, NewTask, OrchestratorId, Policy, Scope, Submission, Task, TaskId,
};
use octopoid_core::store::{ClaimRequest, Store, StoreExt, TaskStore};
use octopoid_core::testing::ManualClock;
use octopoid_core::transition::{Actor, Purpose};
use octopoid_store::MemoryStore;
use std::sync::Arc;
use std::time::Duration;

/// A store with a clock that stands still, and shorthands for what machines do.
struct Setting {
    clock: Arc<ManualClock>,
    store: MemoryStore,
}

impl Setting {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let store = MemoryStore::new(clock.clone(), Policy::default());
        Self { clock, store }
    }

    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn scope(&self) -> Scope {
        Scope::single()
    }

    async fn create(&self, title: &str) -> Task {
        self.store.create_task(NewTask::new(title, "Do it.")).await.unwrap()
    }

    async fn task(&self, id: &TaskId) -> Task {
        self.store.task(&self.scope(), id).await.unwrap()
    }

    async fn claim(&self, id: &TaskId, purpose: Purpose) -> ClaimToken {
        let name = format!("{id}-{purpose:?}");
        let token = ClaimToken::new(name).unwrap();
        let holder = Holder::new(machine(), agent());
        let lease = Duration::from_secs(300);
        let request =
            ClaimRequest::new(self.scope(), purpose, holder, token.clone(), lease).with_task(id.clone());
        self.store.claim(&request).await.unwrap().unwrap();
        token
    }

    async fn submit(&self, id: &TaskId) -> Task {
        let token = self.claim(id, Purpose::Work).await;
        self.store.submit(&self.scope(), id, &token, Submission::new(1, 1)).await.unwrap()
    }
}

fn machine() -> OrchestratorId {
    OrchestratorId::new("prod-1").unwrap()
}

fn agent() -> AgentName {
    AgentName::new("worker").unwrap()
}

fn person() -> Actor {
    Actor::Person("ada".to_owned())
}
