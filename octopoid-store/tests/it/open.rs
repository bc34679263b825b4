//! Stores by their URLs.

use octopoid_core::clock::Clock;
use octopoid_core::model::{NewTask, Scope};
use octopoid_core::testing::ManualClock;
use octopoid_store::{OpenOptions, StoreUrl, open};
use std::sync::Arc;

fn options() -> OpenOptions {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new());
    OpenOptions::new(clock)
}

#[tokio::test]
async fn a_file_that_is_opened_again_by_its_url_has_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let url: StoreUrl = format!("sqlite:{}", folder.path().join("a b%20c.db").display()).parse().unwrap();
    let first = open(&url, options()).await.unwrap();
    let task = first.create_task(NewTask::new("A task", "Do it.")).await.unwrap();
    drop(first);
    assert_eq!(open(&url, options()).await.unwrap().task(&Scope::single(), &task.id).await.unwrap(), task);
    assert!(folder.path().join("a b%20c.db").is_file(), "the path is taken as it is written");
}

#[tokio::test]
async fn two_stores_in_memory_have_nothing_in_common() {
    let url: StoreUrl = "memory:".parse().unwrap();
    let task =
        open(&url, options()).await.unwrap().create_task(NewTask::new("A task", "Do it.")).await.unwrap();
    let other = open(&url, options()).await.unwrap();
    assert!(other.task(&Scope::single(), &task.id).await.unwrap_err().is_not_found());
}

#[test]
fn urls_are_written_as_they_are_read_and_others_are_refused() {
    for text in [
        "memory:",
        "sqlite:/var/lib/octopoid.db",
        "sqlite:octopoid.db",
        "https://octopoid.example.org",
        "postgres://ada@db:5433/queue",
    ] {
        assert_eq!(text.parse::<StoreUrl>().unwrap().to_string(), text);
    }
    for text in ["", "memory:x", "sqlite", "sqlite:", "http:", "http://", "octopoid.db", "mysql://x"] {
        let error = text.parse::<StoreUrl>().unwrap_err();
        assert!(error.to_string().starts_with("url: must be"), "{text}: {error}");
    }
}
