//! The store, asked by many callers at once.

use crate::queue::Stopwatch;
use crate::{Measured, WARM_UP, token};
use octopoid_core::model::{AgentName, ClaimToken, Holder, OrchestratorId, Policy, RoleName, Scope};
use octopoid_core::store::{ClaimRequest, TaskStore};
use octopoid_core::transition::Purpose;
use octopoid_store::SqliteStore;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) fn claim(path: &Path, callers: usize, claims: usize) -> Measured {
    let store = Arc::new(SqliteStore::open(path, Stopwatch::start(), Policy::default()).expect("a store"));
    let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    runtime.block_on(all(&store, callers, claims, WARM_UP));
    let start = Instant::now();
    let times = runtime.block_on(all(&store, callers, 0, claims));
    let elapsed = start.elapsed();
    Measured { rate: times.len() as f64 / elapsed.as_secs_f64(), times }
}

fn request(number: usize) -> ClaimRequest {
    let holder = Holder::new(
        OrchestratorId::new("bench-1").expect("an id"),
        AgentName::new("agent-1").expect("a name"),
    );
    let token = ClaimToken::new(token(number)).expect("a token");
    ClaimRequest::new(Scope::single(), Purpose::Work, holder, token, Duration::from_secs(300))
        .with_role(RoleName::implement())
}

/// Claims from many callers, with the tokens from the `first` on; how long each claim took.
async fn all(store: &Arc<SqliteStore>, callers: usize, first: usize, claims: usize) -> Vec<Duration> {
    let each = claims / callers;
    let callers: Vec<_> = (0..callers)
        .map(|caller| tokio::spawn(call(Arc::clone(store), first + caller * each, each)))
        .collect();
    let mut times = Vec::with_capacity(claims);
    for caller in callers {
        times.extend(caller.await.expect("a caller"));
    }
    times
}

async fn call(store: Arc<SqliteStore>, first: usize, claims: usize) -> Vec<Duration> {
    let mut times = Vec::with_capacity(claims);
    for number in first..first + claims {
        let request = request(number);
        let asked = Instant::now();
        store.claim(&request).await.expect("an answer").expect("a task");
        times.push(asked.elapsed());
    }
    times
}
