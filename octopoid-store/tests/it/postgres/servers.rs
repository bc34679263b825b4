//! Several servers on one database.

use super::cluster::{Cluster, shared};
use super::open;
use octopoid_core::clock::Clock;
use octopoid_core::model::{ClaimToken, Holder, NewTask, Scope, Timestamp};
use octopoid_core::store::{ClaimRequest, EventLog, EventQuery, IdempotentStore, KeyStore, Store, TaskStore};
use octopoid_core::testing::ManualClock;
use octopoid_core::transition::Purpose;
use octopoid_store::conformance::SteppedClock;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind, serve, with_middleware};
use octopoid_store::server::{Access, Server, Shutdown, digest, generate_key};
use std::sync::Arc;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);

async fn claim(store: &dyn Store, token: &str) -> Option<octopoid_core::model::Task> {
    let holder = Holder::new("one".parse().unwrap(), "agent".parse().unwrap());
    let token = ClaimToken::new(token).unwrap();
    let request = ClaimRequest::new(Scope::single(), Purpose::Work, holder, token, LEASE);
    store.claim(&request).await.unwrap()
}

/// The database's clock, in milliseconds.
fn now(cluster: &Cluster) -> i64 {
    cluster.sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn i35_servers_whose_clocks_are_minutes_apart_measure_leases_by_the_database_alone() {
    let Some(cluster) = shared() else { return };
    let url = cluster.url();
    let [early, late] = [-600_i64, 600].map(|seconds| {
        let (store, clock) = (Arc::new(open(&url)), Arc::new(ManualClock::new()));
        clock.set(Timestamp::from_millis(now(cluster) + 1000 * seconds));
        let running = Server::new(store.clone(), clock.clone() as Arc<dyn Clock>).with_grace(Duration::ZERO);
        (store, running.start(Shutdown::default()), clock)
    });
    let housekeeping = [&early, &late].map(|server| tokio::spawn(server.1.housekeeping()));
    early.0.create_task(NewTask::new("A task", "Do it.")).await.unwrap();
    let before = now(cluster);
    let task = claim(&*late.0, "token-1").await.unwrap();
    let after = now(cluster);
    let ends = task.state.claim().unwrap().lease_expires_at.as_millis();
    let lease = i64::try_from(LEASE.as_millis()).unwrap();
    assert!((before + lease..=after + lease).contains(&ends), "{before} {ends} {after}");
    // Rounds of housekeeping of both servers later, nobody has taken it away.
    for _ in 0..5 {
        for (store, _, clock) in [&early, &late] {
            clock.advance(Duration::from_secs(1));
            assert_eq!(store.task(&task.scope, &task.id).await.unwrap(), task);
        }
    }
    assert_eq!(late.0.expire_leases(&task.scope, None).await.unwrap(), []);
    housekeeping.into_iter().for_each(|one| one.abort());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_servers_keeps_house_and_another_takes_over() {
    let Some(cluster) = shared() else { return };
    let url = cluster.url();
    let (one, two) = (open(&url), open(&url));
    assert!(one.is_housekeeper().await.unwrap());
    assert!(!two.is_housekeeper().await.unwrap());
    assert!(one.is_housekeeper().await.unwrap());
    one.close();
    let three = open(&url);
    assert!(three.is_housekeeper().await.unwrap());
    // One that is frozen does not renew it.
    let schema = url.rsplit('=').next().unwrap();
    cluster.sql(&format!("UPDATE {schema}.housekeeper SET until = 1"));
    assert!(open(&url).is_housekeeper().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_hears_of_the_events_of_another() {
    let Some(cluster) = shared() else { return };
    let url = cluster.url();
    let (one, two) = (Arc::new(open(&url)), open(&url));
    for number in 0..20 {
        let last = one.last_event().await.unwrap();
        let waiting = tokio::spawn({
            let one = Arc::clone(&one);
            async move { one.wait_for_event(last).await }
        });
        let task = two.create_task(NewTask::new(format!("Number {number}"), "Do it.")).await.unwrap();
        tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap().unwrap().unwrap();
        let events = one.events(&EventQuery::of_all_scopes(last)).await.unwrap();
        assert_eq!(events.last().unwrap().task, task.id);
    }
}

/// A server on a store, by its address.
async fn start(store: Arc<octopoid_store::PostgresStore>, clock: Arc<SteppedClock>) -> String {
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(store.clone(), clock).with_keys(store).with_access(Access::Keys);
    let router = with_middleware(server.start(Shutdown::default()).router(), MiddlewareOptions::new(address));
    tokio::spawn(serve(router, listener, ServeOptions::new(), std::future::pending()));
    format!("http://{address}/api/v1/tasks?scope=default")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_at_one_server_is_refused_by_all() {
    let Some(cluster) = shared() else { return };
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let (url, clock) = (cluster.url(), Arc::new(SteppedClock::new()));
    let stores = [(); 3].map(|()| Arc::new(open(&url)));
    let mut servers = Vec::new();
    for store in &stores {
        servers.push(start(Arc::clone(store), Arc::clone(&clock)).await);
    }
    let secret = generate_key();
    let key = stores[0].add_key(&Scope::single(), "laptop", digest(&secret), false).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |server: &String| {
        client.get(server).bearer_auth(&secret).send().await.unwrap().status().as_u16()
    };
    clock.advance(Duration::from_secs(3));
    for server in &servers {
        assert_eq!(ask(server).await, 200);
    }
    stores[2].revoke_key(&key.id).await.unwrap();
    clock.advance(Duration::from_secs(3));
    for server in &servers {
        assert_eq!(ask(server).await, 401);
    }
}
