//! Tests of this crate as its users see it.
#[tokio::test]
async fn smoke() {
    use octopoid_core::{clock::*, model::*, store::*, transition::Purpose};
    use std::{sync::Arc, time::Duration};
    #[derive(Debug)]
    struct C;
    #[async_trait::async_trait]
    impl Clock for C {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1000)
        }
        async fn sleep_until(&self, _: Timestamp) {}
    }
    let dir = tempfile::tempdir().unwrap();
    let store =
        octopoid_store::SqliteStore::open(dir.path().join("x.db"), Arc::new(C), Policy::default()).unwrap();
    let t = store.create_task(NewTask::new("a", "b")).await.unwrap();
    assert_eq!(store.task(&Scope::single(), &t.id).await.unwrap(), t);
    let h = Holder { orchestrator: OrchestratorId::new("o").unwrap(), agent: AgentName::new("a").unwrap() };
    let r = ClaimRequest::new(
        Scope::single(),
        Purpose::Work,
        h,
        ClaimToken::new("t").unwrap(),
        Duration::from_secs(10),
    );
    let c = store.claim(&r).await.unwrap().unwrap();
    assert_eq!(store.task(&Scope::single(), &t.id).await.unwrap(), c);
    assert_eq!(store.events(&EventQuery::after(Scope::single(), 0)).await.unwrap().len(), 2);
    store.wait_for_event(1).await.unwrap();
}
