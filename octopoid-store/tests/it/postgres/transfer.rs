//! Moving everything to another database and back.

use super::cluster::shared;
use super::open;
use crate::chaos::load::{Load, Scene, policy};
use octopoid_core::model::{
    ActionDraft, CommentAuthor, KeyDigest, NewDraft, NewProject, NewReviewComment, NewTask, Registration,
    Scope,
};
use octopoid_core::store::{
    ActionStore, DraftStore, ErrorKind, IdempotentStore, KeyStore, MachineStore, ProjectStore, RequestKey,
    ReviewStore, TaskStore,
};
use octopoid_store::backend::{Backend, BackendStore, Export};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{SqliteStore, transfer};
use std::path::Path;
use std::sync::Arc;

/// Everything in a database, as lines; replies of one moment are in no order.
async fn lines<B: Backend>(store: &BackendStore<B>) -> Vec<String>
where
    for<'a> B::Reader<'a>: Export,
{
    let (rows, written) = transfer::export(store, Vec::new()).await.unwrap();
    let text = String::from_utf8(written).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    assert_eq!(lines.len() as u64, rows.total() + 2);
    lines.sort_unstable();
    lines
}

/// A file in which everything has happened.
async fn filled(path: &Path) -> Arc<SqliteStore> {
    let clock = Arc::new(SteppedClock::new());
    let store = Arc::new(SqliteStore::open(path, clock.clone(), policy()).unwrap());
    let (server, scope) = (Arc::clone(&store), Scope::single());
    let scene = Scene {
        connect: Box::new(move |_| Box::pin(std::future::ready(server.clone() as Arc<dyn IdempotentStore>))),
        pass: Arc::new(move |span| clock.advance(span)),
        server: store.clone(),
        history: Arc::default(),
        streams: Vec::new(),
    };
    Load::new(4, 30, 1).prove(&scene).await;
    let other = Scope::new("other").unwrap();
    for (scope, letter) in [(&scope, "a"), (&other, "b")] {
        store.add_key(scope, "laptop", KeyDigest::new(letter.repeat(64)).unwrap(), false).await.unwrap();
        let draft = store.create_draft(NewDraft::new(scope.clone(), "Idea", "ada")).await.unwrap();
        let action = ActionDraft::new("draft", draft.id.to_string(), "Do it", "planner");
        store.propose_action(scope, action).await.unwrap();
        store.create_project(NewProject::new(scope.clone(), "A project", "main")).await.unwrap();
        store.register(Registration::new(scope.clone(), "prod", "one", "here")).await.unwrap();
        let request = RequestKey::new(format!("request of {scope}"), [7; 32]);
        let new = NewTask::new("Keyed", "Do it.").with_scope(scope.clone());
        let task = Arc::clone(&store).for_request(request).create_task(new).await.unwrap();
        let comment = NewReviewComment::new(CommentAuthor::person("ada"), "Why?");
        store.add_review_comments(scope, &task.id, vec![comment]).await.unwrap();
        let gone = store.create_task(NewTask::new("Gone", "Do it.").with_scope(scope.clone())).await.unwrap();
        store.delete_task(scope, &gone.id, "ada").await.unwrap();
    }
    store
}

async fn export_to<B: Backend>(store: &BackendStore<B>, path: &Path)
where
    for<'a> B::Reader<'a>: Export,
{
    transfer::export(store, std::fs::File::create(path).unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sqlite_to_postgres_and_back_everything_stays_as_it_is() {
    let Some(cluster) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let first = filled(&path("first.db")).await;
    let all = lines(&*first).await;
    export_to(&*first, &path("first.jsonl")).await;

    let second = open(&cluster.url());
    transfer::import(&second, path("first.jsonl"), false).await.unwrap();
    assert_eq!(lines(&second).await, all);
    assert_eq!(transfer::check(&second).await.unwrap().1, Vec::<String>::new());
    assert_eq!(second.check_integrity().await.unwrap(), Vec::<String>::new());
    export_to(&second, &path("second.jsonl")).await;

    let clock = Arc::new(SteppedClock::new());
    let third = SqliteStore::open(path("third.db"), clock, policy()).unwrap();
    transfer::import(&third, path("second.jsonl"), false).await.unwrap();
    assert_eq!(lines(&third).await, all);
    assert_eq!(transfer::check(&third).await.unwrap().1, Vec::<String>::new());
    // What comes next has the same numbers everywhere, and a repeated request its reply.
    let mut next = Vec::new();
    for store in [first as Arc<dyn IdempotentStore>, Arc::new(second), Arc::new(third)] {
        let store: Arc<dyn IdempotentStore> = store;
        let request = RequestKey::new("request of default", [7; 32]);
        let again = Arc::clone(&store)
            .for_request(request)
            .create_task(NewTask::new("Keyed", "Do it."))
            .await
            .unwrap();
        let task = store.create_task(NewTask::new("Next", "Do it.")).await.unwrap();
        let message = octopoid_core::model::MessageDraft::new(
            octopoid_core::model::MessageKind::Comment,
            "ada",
            "Hello.",
        );
        let message = store.post_message(&task.scope, &task.id, message).await.unwrap();
        let last = store.last_event().await.unwrap();
        next.push((again.id, task.seq, task.id, message.id, last));
    }
    assert_eq!((&next[1], &next[2]), (&next[0], &next[0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i02_an_import_is_taken_as_a_whole_or_not_at_all() {
    let Some(cluster) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let first = filled(&path("first.db")).await;
    export_to(&*first, &path("whole.jsonl")).await;
    let whole = std::fs::read_to_string(path("whole.jsonl")).unwrap();
    let lines_of = whole.lines().collect::<Vec<_>>();
    let twice = [&lines_of[..2], &lines_of[1..]]
        .concat()
        .join("\n")
        .replace(lines_of.last().unwrap(), &format!("{{\"rows\":{}}}", lines_of.len() - 1));
    let cases = [
        ("cut.jsonl", lines_of[..lines_of.len() / 2].join("\n")),
        ("short.jsonl", [&lines_of[..3], &lines_of[4..]].concat().join("\n")),
        ("other.jsonl", "{\"rows\":1}\n".to_owned()),
        ("newer.jsonl", whole.replacen("\"version\":1", "\"version\":99", 1)),
        ("twice.jsonl", twice),
    ];
    let second = open(&cluster.url());
    let kept = second.create_task(NewTask::new("Kept", "Do it.")).await.unwrap();
    for (name, text) in cases {
        std::fs::write(path(name), text).unwrap();
        let error = transfer::import(&second, path(name), true).await.unwrap_err();
        assert!(!error.is_retryable(), "{name}: {error}");
        assert_eq!(second.task(&kept.scope, &kept.id).await.unwrap(), kept, "{name}");
    }
    let refused = transfer::import(&second, path("whole.jsonl"), false).await.unwrap_err();
    assert_eq!(refused.kind(), &ErrorKind::Invalid { field: "database".to_owned() });
    transfer::import(&second, path("whole.jsonl"), true).await.unwrap();
    assert!(second.list_tasks(&octopoid_core::store::TaskQuery::new(kept.scope)).await.unwrap().total > 10);
}
