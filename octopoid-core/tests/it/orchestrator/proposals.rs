//! Roles that have ideas.

use super::setting::Setting;
use octopoid_core::model::{DraftStatus, Queue, Scope, StepStatus};
use octopoid_core::store::DraftQuery;
use serde_json::json;

async fn drafts(setting: &Setting) -> Vec<(String, Option<String>, String)> {
    let page = setting.store.list_drafts(&DraftQuery::new(Scope::single())).await.unwrap();
    assert!(page.items.iter().all(|draft| draft.status == DraftStatus::Idea));
    let mut all: Vec<_> =
        page.items.into_iter().map(|draft| (draft.title, draft.body, draft.author)).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn ideas_are_filed_once_whoever_has_them_again_and_their_task_is_done() {
    let setting = Setting::new(|scene| {
        scene.result(json!({ "outcome": "proposed", "drafts": [
            { "title": " Update serde ", "body": "It is old." },
            { "title": "Update serde" },
            { "title": format!("Only in {}\nand more", scene.task()) },
        ] }))
    });
    let first = setting.enqueue("Look for work").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&first).await.queue(), Queue::Done);
    let steps = setting.runs(&first).await.remove(0).steps;
    assert_eq!((steps[0].name.as_str(), steps[0].status), ("propose", StepStatus::Done));
    assert_eq!(steps[0].detail, "2 drafts filed, 1 known before");
    // No merge, no branch, no worktree.
    assert_eq!(setting.log("main").len(), 1);
    assert!(setting.worktrees().is_empty());

    let second = setting.enqueue("Look again").await;
    setting.run_until_idle().await;
    let filed =
        |title: &str, body: Option<&str>| (title.to_owned(), body.map(str::to_owned), "implement".to_owned());
    assert_eq!(
        drafts(&setting).await,
        [
            filed("Only in task-1", None),
            filed("Only in task-2", None),
            filed("Update serde", Some("It is old.")),
        ]
    );
    assert_eq!(setting.task(&second).await.queue(), Queue::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn i14_an_empty_list_of_ideas_is_no_outcome() {
    let setting = Setting::new(|scene| scene.result(json!({ "outcome": "proposed", "drafts": [] })));
    let id = setting.enqueue("Look for work").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    assert!(task.note.as_ref().unwrap().contains("in `drafts`"), "{task:?}");
    assert!(drafts(&setting).await.is_empty());
}
