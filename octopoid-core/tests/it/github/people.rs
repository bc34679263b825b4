//! What people do at a pull request.

use super::place::{Place, adds_later, waits};
use crate::orchestrator::setting::content;
use octopoid_core::model::{CommentAuthor, MessageKind, Queue, Scope};
use octopoid_core::orchestrator::MergeStrategy;
use serde_json::{Value, json};

fn review(id: u64, who: &str, state: &str) -> Value {
    json!({
        "id": id, "user": { "login": who }, "state": state, "body": "", "author_association": "MEMBER",
        "html_url": format!("https://github.com/acme/tool/pull/1#review-{id}"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_the_approvals_it_needs() {
    let mut place = Place::new(MergeStrategy::Squash, content).await;
    place.github.required_approvals = 2;
    place.server.world.lock().unwrap().reviews = vec![review(1, "ann", "APPROVED")];
    let id = place.setting.enqueue("Approved by two").await;
    let mut running = place.begin().await;
    let why = waits(&mut running).await;
    assert!(why.ends_with("/pull/1: it has 1 of the 2 approvals it needs"), "{why}");
    place.server.world.lock().unwrap().reviews.push(review(2, "bob", "APPROVED"));
    place.run_until(running, Queue::Done).await;
    place.assert_landed(&id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i23_remarks_on_lines_come_back_to_the_agent_and_the_next_round_waits_for_who_asked() {
    let place = Place::new(MergeStrategy::Squash, adds_later("shorter.txt", "Shorter")).await;
    {
        let mut world = place.server.world.lock().unwrap();
        world.reviews = vec![review(1, "ann", "CHANGES_REQUESTED")];
        world.remarks = vec![json!({
            "user": { "login": "ann" }, "body": "too long", "path": "task-1.txt", "line": 1,
            "html_url": "https://github.com/acme/tool/pull/1#r1", "pull_request_review_id": 1,
            "author_association": "MEMBER",
        })];
    }
    let id = place.setting.enqueue("Shorter, please").await;
    let mut running = place.begin().await;
    let why = waits(&mut running).await;
    assert!(why.contains("ann asked for changes and has the new work to look at"), "{why}");
    let thread = place.setting.thread(&id).await;
    let told: Vec<_> = thread.iter().filter(|message| message.kind == MessageKind::Feedback).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].body.contains("asks for changes"), "{}", told[0].body);
    assert!(told[0].body.contains("ann on `task-1.txt` line 1"), "{}", told[0].body);
    let comments = place.setting.store.review_comments(&Scope::single(), &id).await.unwrap();
    assert_eq!(comments.len(), 1, "{comments:#?}");
    let ann = CommentAuthor::Forge { forge: "github".into(), user: "ann".into() };
    assert_eq!((&comments[0].author, &*comments[0].body), (&ann, "too long"));
    let anchor = comments[0].anchor.as_ref().unwrap();
    assert_eq!(
        (&*anchor.path, anchor.lines.map(|lines| lines.first), &*anchor.text),
        ("task-1.txt", Some(1), "done")
    );
    assert!(place.remote.git(&["ls-tree", "-r", "--name-only", &head(&place)]).contains("shorter.txt"));
    place.server.world.lock().unwrap().reviews.push(review(2, "ann", "APPROVED"));
    place.run_until(running, Queue::Done).await;
    place.assert_landed(&id).await;
    assert_eq!(place.setting.task(&id).await.counters.rejections, 1);
}

fn head(place: &Place) -> String {
    place.server.world.lock().unwrap().pulls[0]["head"]["sha"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_somebody_pushes_past_the_forge_has_landed_and_its_pull_request_does_not_stay_open() {
    let place = Place::new(MergeStrategy::Squash, content).await;
    let (id, running) = place.waiting("Past it").await;
    // The same change under another id, so that the forge does not know what it is.
    place.remote.commit_to("main", "other.txt", "other\n", "Something else");
    place.remote.commit_to("main", "task-1.txt", "done\n", "Do it by hand");
    place.server.world.lock().unwrap().checks = None;
    place.run_until(running, Queue::Done).await;
    place.assert_landed(&id).await;
    assert_eq!(place.remote.git(&["log", "-1", "--format=%s", "main"]).trim(), "Do it by hand");
    let world = place.server.world.lock().unwrap();
    assert!(!world.calls.iter().any(|call| call.starts_with("PUT")), "{:?}", world.calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_somebody_adds_to_it_lands_too() {
    let place = Place::new(MergeStrategy::Squash, content).await;
    let (id, running) = place.waiting("Together").await;
    let branch = place.server.world.lock().unwrap().pulls[0]["branch"].as_str().unwrap().to_owned();
    place.remote.commit_to(&branch, "by-hand.txt", "by ann\n", "Help a little");
    place.server.world.lock().unwrap().checks = None;
    place.run_until(running, Queue::Done).await;
    place.assert_landed(&id).await;
    assert_eq!(place.remote.git(&["show", "main:by-hand.txt"]), "by ann\n");
}
