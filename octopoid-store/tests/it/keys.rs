//! The keys that open scopes, on each backend. They are no part of the suite: only what stands under a server has them.

use octopoid_core::clock::Clock;
use octopoid_core::model::{ApiKey, KeyDigest, Policy, Scope};
use octopoid_core::store::{ErrorKind, KeyStore, StoreError};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{MemoryStore, SqliteStore};
use std::sync::Arc;
use std::time::Duration;

/// A store of each kind, with its clock.
fn stores(folder: &tempfile::TempDir) -> Vec<(Box<dyn KeyStore>, Arc<SteppedClock>)> {
    let (one, two) = (Arc::new(SteppedClock::new()), Arc::new(SteppedClock::new()));
    let memory = MemoryStore::new(one.clone(), Policy::default());
    let path = folder.path().join("keys.db");
    let sqlite = SqliteStore::open(path, two.clone(), Policy::default()).unwrap();
    let mut stores: Vec<(Box<dyn KeyStore>, _)> = vec![(Box::new(memory), one), (Box::new(sqlite), two)];
    #[cfg(feature = "postgres")]
    if let Some(cluster) = crate::postgres::cluster::shared() {
        let three = Arc::new(SteppedClock::new());
        let options = octopoid_store::PostgresOptions::new().with_clock(three.clone());
        let url = cluster.url().parse().unwrap();
        let postgres = octopoid_store::PostgresStore::connect(url, Policy::default(), options).unwrap();
        stores.push((Box::new(postgres), three));
    }
    stores
}

fn scope(name: &str) -> Scope {
    Scope::new(name).unwrap()
}

fn digest(letter: char) -> KeyDigest {
    KeyDigest::new(letter.to_string().repeat(64)).unwrap()
}

fn kind<T: std::fmt::Debug>(result: Result<T, StoreError>) -> ErrorKind {
    result.unwrap_err().kind().clone()
}

/// The ids of the keys that still open something.
async fn working(store: &dyn KeyStore) -> Vec<String> {
    let keys = store.keys(None).await.unwrap();
    keys.into_iter().filter(|key| key.revoked_at.is_none()).map(|key| key.id).collect()
}

#[tokio::test]
async fn keys_are_added_and_listed_by_scope() {
    let folder = tempfile::tempdir().unwrap();
    for (store, clock) in stores(&folder) {
        assert_eq!(store.keys(None).await.unwrap(), []);
        let first = store.add_key(&scope("one"), " laptop ", digest('a'), false).await.unwrap();
        let should = ApiKey::new("key-1", scope("one"), "laptop", digest('a'), clock.now());
        assert_eq!(first, should);
        clock.advance(Duration::from_secs(5));
        let second = store.add_key(&scope("two"), "laptop", digest('b'), false).await.unwrap();
        let third = store.add_key(&scope("one"), "server", digest('c'), false).await.unwrap();
        assert_eq!((third.id.as_str(), third.created_at), ("key-3", clock.now()));
        // The oldest first.
        assert_eq!(store.keys(Some(&scope("one"))).await.unwrap(), [first.clone(), third.clone()]);
        assert_eq!(store.keys(Some(&scope("two"))).await.unwrap(), std::slice::from_ref(&second));
        assert_eq!(store.keys(Some(&scope("three"))).await.unwrap(), []);
        assert_eq!(store.keys(None).await.unwrap(), [first, second, third]);
    }
}

#[tokio::test]
async fn a_key_is_revoked_once() {
    let folder = tempfile::tempdir().unwrap();
    for (store, clock) in stores(&folder) {
        let key = store.add_key(&scope("one"), "laptop", digest('a'), false).await.unwrap();
        let other = store.add_key(&scope("one"), "server", digest('b'), false).await.unwrap();
        clock.advance(Duration::from_secs(5));
        let revoked = store.revoke_key(&key.id).await.unwrap();
        let mut should = key;
        should.revoked_at = Some(clock.now());
        assert_eq!(revoked, should);
        clock.advance(Duration::from_secs(5));
        // Again, because the answer was lost: it says when that was.
        assert_eq!(store.revoke_key(&revoked.id).await.unwrap(), revoked);
        assert_eq!(store.keys(Some(&scope("one"))).await.unwrap(), [revoked, other]);
        assert_eq!(kind(store.revoke_key("key-3").await), ErrorKind::NotFound);
        assert_eq!(working(&*store).await, ["key-2"]);
    }
}

#[tokio::test]
async fn a_replacement_stops_the_other_keys_of_its_scope_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (store, clock) in stores(&folder) {
        for (scope_name, letter) in [("one", 'a'), ("two", 'b'), ("one", 'c'), ("one", 'd')] {
            store.add_key(&scope(scope_name), "a key", digest(letter), false).await.unwrap();
        }
        let gone = store.revoke_key("key-1").await.unwrap();
        clock.advance(Duration::from_secs(5));
        let new = store.add_key(&scope("one"), "the only one", digest('e'), true).await.unwrap();
        assert_eq!(working(&*store).await, ["key-2", new.id.as_str()]);
        let keys = store.keys(Some(&scope("one"))).await.unwrap();
        let revoked: Vec<_> = keys.iter().map(|key| key.revoked_at).collect();
        // What was revoked before was revoked then.
        let now = Some(clock.now());
        assert_eq!(revoked, [gone.revoked_at, now, now, None]);
    }
}

#[tokio::test]
async fn the_same_digest_is_a_conflict_in_every_scope() {
    let folder = tempfile::tempdir().unwrap();
    for (store, _) in stores(&folder) {
        store.add_key(&scope("one"), "laptop", digest('a'), false).await.unwrap();
        store.add_key(&scope("two"), "laptop", digest('b'), false).await.unwrap();
        for name in ["one", "two"] {
            for replace in [false, true] {
                let again = store.add_key(&scope(name), "again", digest('a'), replace).await;
                assert_eq!(kind(again), ErrorKind::Conflict);
            }
        }
        assert_eq!(working(&*store).await, ["key-1", "key-2"]);
        // A key that was revoked does not come back.
        store.revoke_key("key-1").await.unwrap();
        let again = store.add_key(&scope("one"), "again", digest('a'), false).await;
        assert_eq!(kind(again), ErrorKind::Conflict);
        for label in ["", " ", "two\nlines", "a\0b"] {
            let unusable = store.add_key(&scope("one"), label, digest('c'), true).await;
            assert_eq!(kind(unusable), ErrorKind::Invalid { field: "label".to_owned() }, "{label:?}");
        }
        assert_eq!(working(&*store).await, ["key-2"]);
        assert_eq!(store.add_key(&scope("one"), "new", digest('c'), false).await.unwrap().id, "key-3");
    }
}

#[tokio::test]
async fn i28_a_digest_is_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    for (store, _) in stores(&folder) {
        let key = store.add_key(&scope("one"), "laptop", digest('a'), false).await.unwrap();
        let again = store.add_key(&scope("one"), "laptop", digest('a'), false).await.unwrap_err();
        for text in
            [format!("{key:?}"), format!("{key:#?}"), format!("{store:?}"), format!("{again:?} {again}")]
        {
            assert!(!text.contains("aaaa"), "{text}");
        }
        assert_eq!(key.digest.as_str(), "a".repeat(64));
    }
}

#[test]
fn a_digest_is_64_lower_case_digits() {
    for bad in ["", "a", &"a".repeat(63), &"a".repeat(65), &"A".repeat(64), &"g".repeat(64), &"ä".repeat(32)]
    {
        assert!(KeyDigest::new(bad).is_err(), "{bad}");
        assert!(serde_json::from_value::<KeyDigest>(bad.into()).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn a_restricted_key_stays_so_and_goes_on_opening_its_scope() {
    let folder = tempfile::tempdir().unwrap();
    for (store, _) in stores(&folder) {
        let key = store.add_key(&scope("one"), "a look", digest('a'), false).await.unwrap();
        assert!(!key.read_only);
        for _ in 0..2 {
            assert!(store.restrict_key(&key.id).await.unwrap().read_only);
        }
        assert!(store.keys(None).await.unwrap()[0].read_only);
        assert_eq!(working(&*store).await, [key.id]);
        assert_eq!(kind(store.restrict_key("key-9").await), ErrorKind::NotFound);
    }
}
