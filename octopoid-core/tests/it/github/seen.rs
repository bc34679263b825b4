//! Merges whose commit GitHub does not name: the work is known by what it changes (I12).

use super::place::{Place, pending, waits};
use crate::orchestrator::setting::content;
use octopoid_core::model::Queue;
use octopoid_core::orchestrator::MergeStrategy;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn i12_a_merge_by_hand_is_known_by_its_changes_where_its_commit_is_not_named() {
    for (method, named) in [("squash", Value::Null), ("rebase", json!("1".repeat(40)))] {
        let place = Place::new(MergeStrategy::Squash, content).await;
        {
            let mut world = place.server.world.lock().unwrap();
            world.checks = Some(pending);
            world.merged_as = Some(named);
        }
        let id = place.setting.enqueue("By hand").await;
        let mut running = place.begin().await;
        waits(&mut running).await;
        // So that the merge cannot be the proposed commit itself.
        place.remote.commit_to("main", "other.txt", "other\n", "Something else");
        let merged = place.server.merge(1, method).unwrap();
        place.run_until(running, Queue::Done).await;
        place.assert_landed(&id).await;
        let task = place.setting.task(&id).await;
        let landed = json!(task.state)["landed"].clone();
        assert_eq!(landed, json!(merged), "{method}: {:?}", task.state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_a_merge_that_is_not_ours_is_none_until_the_base_branch_shows_the_work() {
    let place = Place::new(MergeStrategy::Squash, content).await;
    let (id, mut running) = place.waiting("Elsewhere").await;
    // It says that it is merged, perhaps into another branch; this one has only somebody else's commit, in the same file.
    place.remote.commit_to("main", "task-1.txt", "not ours\n", "Something else");
    {
        let mut world = place.server.world.lock().unwrap();
        let pull = &mut world.pulls[0];
        (pull["state"], pull["merged_at"]) = (json!("closed"), json!("2026-01-01T00:00:00Z"));
        pull["merge_commit_sha"] = json!("2".repeat(40));
    }
    let why = waits(&mut running).await;
    assert!(why.contains("/pull/1 is merged, but main of origin does not show it"), "{why}");
    assert_eq!(place.setting.task(&id).await.queue(), Queue::Provisional);
    // Once it is there, it has landed.
    let here = place.remote.git(&["rev-parse", "main"]);
    let ours = place.server.world.lock().unwrap().pulls[0]["head"]["sha"].as_str().unwrap().to_owned();
    let (here, tree) = (here.trim(), format!("{ours}^{{tree}}"));
    let identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.invalid"];
    let make = ["commit-tree", &tree, "-p", here, "-p", &ours, "-m", "Merge it after all"];
    let commit = place.remote.git(&[&identity[..], &make].concat());
    place.remote.git(&["update-ref", "refs/heads/main", commit.trim()]);
    place.run_until(running, Queue::Done).await;
    place.assert_landed(&id).await;
}
