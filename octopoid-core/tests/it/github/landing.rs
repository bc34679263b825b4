//! What becomes of a task whose pull request is merged, refused, closed, or hard to reach.

use super::place::{Place, adds_later, pending, waits};
use super::server::Trouble;
use crate::orchestrator::setting::{content, wait_for};
use axum::http::Method;
use octopoid_core::model::{MessageKind, Queue};
use octopoid_core::orchestrator::{MergeStrategy, Notice};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn i12_each_strategy_merges_through_a_pull_request_and_is_seen_in_the_base_branch() {
    for strategy in [MergeStrategy::Merge, MergeStrategy::Squash, MergeStrategy::Rebase] {
        let place = Place::new(strategy, content).await;
        let id = place.setting.enqueue("Land it").await;
        place.run_until(place.begin().await, Queue::Done).await;
        place.assert_landed(&id).await;
        let world = place.server.world.lock().unwrap();
        let body = world.pulls[0]["body"].as_str().unwrap();
        assert!(body.contains("Please: Land it") && body.contains("did it"), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_checks_go_back_to_the_agent_and_the_mended_round_lands() {
    let place = Place::new(MergeStrategy::Squash, adds_later("mended.txt", "Mend it")).await;
    place.server.world.lock().unwrap().checks = Some(|files| {
        let good = files.contains("mended.txt");
        json!([{
            "name": "build", "status": "completed", "conclusion": if good { "success" } else { "failure" },
            "html_url": "https://ci.example/1", "output": { "title": null, "summary": "mended.txt is missing" },
        }])
    });
    let id = place.setting.enqueue("Build it").await;
    place.run_until(place.begin().await, Queue::Done).await;
    place.assert_landed(&id).await;
    let told = place.told_once(&id).await;
    assert!(told.contains("mended.txt is missing") && told.contains("https://ci.example/1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_comes_back_to_the_agent_once() {
    let place = Place::new(MergeStrategy::Squash, |scene| {
        if scene.role() != "review" && scene.request().attempt > 1 {
            scene.write("more.txt", "more\n");
            scene.commit("More");
        }
        content(scene)
    })
    .await;
    let url = "https://github.com/acme/tool/pull/1#r1";
    {
        let mut world = place.server.world.lock().unwrap();
        let by = |login: &str, association: &str| {
            json!({
                "id": 1, "user": { "login": login }, "state": "COMMENTED", "body": format!("{login} wants more"),
                "html_url": format!("{url}-{login}"), "author_association": association,
            })
        };
        world.reviews = vec![by("ann", "MEMBER"), by("stranger", "NONE")];
    }
    let id = place.setting.enqueue("Review it").await;
    place.run_until(place.begin().await, Queue::Done).await;
    place.assert_landed(&id).await;
    let thread = place.setting.thread(&id).await;
    let told: Vec<_> = thread.iter().filter(|message| message.kind == MessageKind::Feedback).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].body.contains("ann wants more") && !told[0].body.contains("stranger"));
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_by_hand_a_person_decides() {
    let place = Place::new(MergeStrategy::Squash, content).await;
    place.server.world.lock().unwrap().checks = Some(pending);
    let id = place.setting.enqueue("Not wanted").await;
    let mut running = place.begin().await;
    let why = waits(&mut running).await;
    assert!(why.contains("checks are under way: build"), "{why}");
    place.server.world.lock().unwrap().pulls[0]["state"] = json!("closed");
    place.run_until(running, Queue::NeedsContinuation).await;
    let task = place.setting.task(&id).await;
    assert!(format!("{:?}", task.state).contains("closed without merging"), "{:?}", task.state);
    assert_eq!(place.remote.git(&["log", "--format=%s", "main"]).lines().count(), 1);
    assert!(place.server.world.lock().unwrap().unchanged > 0, "what has not changed is asked for cheaply");
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_by_hand_it_has_landed() {
    for method in ["merge", "squash", "rebase"] {
        let place = Place::new(MergeStrategy::Squash, content).await;
        place.server.world.lock().unwrap().checks = Some(pending);
        let id = place.setting.enqueue("By hand").await;
        let mut running = place.begin().await;
        waits(&mut running).await;
        place.server.merge(1, method).unwrap();
        place.run_until(running, Queue::Done).await;
        place.assert_landed(&id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_deleted_by_hand_is_pushed_again() {
    let place = Place::new(MergeStrategy::Squash, content).await;
    let (id, running) = place.waiting("Deleted").await;
    place.server.delete_branch_of(1);
    place.server.world.lock().unwrap().checks = None;
    place.run_until(running, Queue::Done).await;
    place.assert_landed_by(&id, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_makes_no_second_pull_request_and_no_second_merge() {
    let place = Place::new(MergeStrategy::Squash, content).await;
    place.server.world.lock().unwrap().trouble =
        vec![Trouble::LostAnswer(Method::POST), Trouble::LostAnswer(Method::PUT)];
    let id = place.setting.enqueue("Lost").await;
    place.run_until(place.begin().await, Queue::Done).await;
    let task = place.setting.task(&id).await;
    assert_eq!(task.queue(), Queue::Done);
    let world = place.server.world.lock().unwrap();
    assert_eq!(world.pulls.len(), 1);
    assert_eq!(world.calls.iter().filter(|call| call.starts_with("PUT")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn i17_trouble_over_there_is_waited_out_and_charged_to_nobody() {
    let troubles = [Trouble::Status(500), Trouble::RateLimit, Trouble::Nonsense];
    let place = Place::new(MergeStrategy::Squash, content).await;
    place.server.world.lock().unwrap().trouble = troubles.to_vec();
    let id = place.setting.enqueue("Patience").await;
    place.run_until(place.begin().await, Queue::Done).await;
    let task = place.setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.attempts, task.counters.rejections), (Queue::Done, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_status_counts_as_a_check_does() {
    let place = Place::new(MergeStrategy::Rebase, adds_later("mended.txt", "Mend it")).await;
    place.server.world.lock().unwrap().statuses = Some(|files| {
        let state = if files.contains("mended.txt") { "success" } else { "failure" };
        json!([{ "context": "ci/build", "state": state, "description": "no mended.txt", "target_url": null }])
    });
    let id = place.setting.enqueue("Build it").await;
    place.run_until(place.begin().await, Queue::Done).await;
    place.assert_landed(&id).await;
    let told = place.told_once(&id).await;
    assert!(told.contains("- `ci/build`: failure\nno mended.txt"), "{}", told);
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_are_given_time_to_begin() {
    let mut place = Place::new(MergeStrategy::Squash, content).await;
    place.github.checks_grace = Duration::from_secs(1);
    let id = place.setting.enqueue("Slow to begin").await;
    let mut running = place.begin().await;
    let why = waits(&mut running).await;
    assert!(why.ends_with("/pull/1: no check has begun yet"), "{why}");
    place.run_until(running, Queue::Done).await;
    place.assert_landed(&id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i17_a_token_that_is_taken_away_is_said_and_the_landing_goes_on_once_there_is_one() {
    for (status, what) in [(401, "the token is not valid"), (403, "the token may not do that")] {
        let place = Place::new(MergeStrategy::Squash, content).await;
        place.server.world.lock().unwrap().trouble = vec![Trouble::Status(status)];
        let id = place.setting.enqueue("Let in").await;
        let mut running = place.begin().await;
        let why = wait_for(&mut running.events, |notice| match notice {
            Notice::RunSettled { queue: Some(Queue::Provisional), note: Some(note), .. } => {
                note.contains("GitHub refuses").then(|| note.clone())
            }
            _ => None,
        })
        .await;
        assert!(why.contains(what), "{why}");
        place.run_until(running, Queue::Done).await;
        place.assert_landed(&id).await;
        assert_eq!(place.setting.task(&id).await.counters.attempts, 0);
    }
}
