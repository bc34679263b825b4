//! The feed: whoever waits is woken, whatever becomes of the connection.

use crate::chaos::http::served::{Served, connect, options};
use crate::chaos::proxy::{Cut, Fault, Proxy};
use octopoid_core::model::{NewTask, Policy};
use octopoid_core::store::{EventLog, Store, TaskStore};
use octopoid_store::MemoryStore;
use octopoid_store::conformance::SteppedClock;
use std::sync::Arc;
use std::time::Duration;

/// Long enough for everything but a wait that never ends.
const PATIENCE: Duration = Duration::from_secs(90);

struct Setting {
    store: Arc<MemoryStore>,
    _served: Served,
    proxy: Proxy,
    client: Arc<dyn Store>,
}

async fn setting() -> Setting {
    let clock = Arc::new(SteppedClock::new());
    let store = Arc::new(MemoryStore::new(clock.clone(), Policy::default()));
    let served = Served::start(store.clone(), clock.clone());
    let proxy = Proxy::start(served.address, 1);
    let client = connect(options(proxy.address(), "reader", clock)).await;
    Setting { store, _served: served, proxy, client }
}

/// Waits as an orchestrator does: a feed that is away is waited for again.
async fn woken(client: &dyn Store, after: u64) {
    while let Err(error) = client.wait_for_event(after).await {
        assert!(error.is_retryable(), "{error}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

impl Setting {
    async fn create(&self) -> u64 {
        self.store.create_task(NewTask::new("One", "Do it.")).await.unwrap();
        self.store.last_event().await.unwrap()
    }

    async fn woken(&self, after: u64) {
        tokio::time::timeout(PATIENCE, woken(&*self.client, after)).await.expect("woken");
    }

    /// Whether somebody waits for events by now.
    async fn hears(&self) {
        let last = self.create().await;
        self.woken(last - 1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_goes_on_however_its_connection_ends() {
    let setting = setting().await;
    setting.hears().await;
    for fault in [
        Fault::LoseRequest,
        Fault::LoseAnswer,
        Fault::CutAnswer,
        Fault::ResetRequest,
        Fault::ResetAnswer,
        Fault::HalfOpen,
    ] {
        // The present connection ends, and the one after it fails too.
        setting.proxy.plan("/events", fault);
        setting.proxy.cut(Cut::Refuse).await;
        setting.proxy.heal();
        let last = setting.create().await;
        setting.woken(last - 1).await;
        setting.hears().await;
        assert_eq!(setting.proxy.count(fault), 1, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_while_the_line_was_down_wakes_afterwards() {
    let setting = setting().await;
    setting.hears().await;
    for cut in [Cut::Refuse, Cut::Stall] {
        let before = setting.store.last_event().await.unwrap();
        setting.proxy.cut(cut).await;
        let waiting = tokio::spawn({
            let client = Arc::clone(&setting.client);
            async move { woken(&*client, before + 2).await }
        });
        for _ in 0..3 {
            setting.create().await;
        }
        assert!(!waiting.is_finished());
        setting.proxy.heal();
        tokio::time::timeout(PATIENCE, waiting).await.expect("woken").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_died_unnoticed_is_noticed() {
    let setting = setting().await;
    setting.hears().await;
    setting.proxy.silence();
    let last = setting.create().await;
    setting.woken(last - 1).await;
}
