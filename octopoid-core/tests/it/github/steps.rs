//! The steps that are about pull requests, by their names.

use super::place::{Place, pending, waits};
use crate::orchestrator::gates::compiled;
use crate::orchestrator::setting::content;
use octopoid_core::model::{Queue, StepStatus};
use octopoid_core::orchestrator::MergeStrategy;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// Shown before it is reviewed, with the review on it, and merged once its checks pass.
const FLOW: &str = r#"{"transitions": [
    {"from": "claimed", "to": "provisional", "steps": ["rebase", "run_tests", "create_pr"]},
    {"from": "provisional", "to": "shown", "conditions": [{"role": "review"}], "steps": ["comment_review", "wait_for_checks"]},
    {"from": "shown", "to": "done", "steps": ["rebase", "update_changelog", "run_tests", "push_branch", "merge", "cleanup"]}
]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn work_is_shown_before_its_review_and_the_review_is_on_it() {
    let seen = Arc::new(Mutex::new(None));
    let mut place = Place::new(MergeStrategy::Squash, {
        let seen = seen.clone();
        move |scene| {
            if scene.role() == "review" {
                let world: &Mutex<Option<Arc<Mutex<super::server::World>>>> = &seen;
                let world = world.lock().unwrap().clone().unwrap();
                assert_eq!(world.lock().unwrap().pulls.len(), 1, "people see it already");
                return scene.result(json!({
                    "outcome": "approved", "feedback": "I would merge this.",
                    "comments": [{ "path": "task-1.txt", "line": 1, "severity": "nit", "body": "A full stop?" }],
                }));
            }
            content(scene)
        }
    })
    .await;
    *seen.lock().unwrap() = Some(place.server.world.clone());
    place.setting.settings = place.setting.settings.clone().with_flow("default", compiled(FLOW).unwrap());
    place.server.world.lock().unwrap().checks = Some(pending);
    let id = place.setting.enqueue("Show it").await;
    let mut running = place.begin().await;
    let why = waits(&mut running).await;
    assert!(why.contains("checks are under way: build"), "{why}");
    let task = place.setting.task(&id).await;
    assert_eq!(task.submission.unwrap().review.state, None, "it has not passed its checks");
    place.server.world.lock().unwrap().checks = None;
    place.run_until(running, Queue::Done).await;
    place.assert_landed(&id).await;
    {
        let world = place.server.world.lock().unwrap();
        let said: Vec<_> = world.comments.iter().map(|one| one["body"].as_str().unwrap()).collect();
        assert_eq!(said, ["**reviewer** approves:\r\n\r\nI would merge this.\r\n"], "said once");
        let beside: Vec<_> = world.remarks.iter().map(|one| (&one["path"], &one["line"])).collect();
        assert_eq!(beside, [(&json!("task-1.txt"), &json!(1))], "beside the code, once");
        assert!(world.remarks[0]["body"].as_str().unwrap().contains("**review** (nit): A full stop?"));
        let opened = world.calls.iter().filter(|call| *call == "POST /repos/acme/tool/pulls").count();
        assert_eq!(opened, 1);
    }
    let runs = place.setting.runs(&id).await;
    let done = |name: &str| {
        let steps = runs.iter().flat_map(|run| &run.steps);
        steps.filter(|step| step.name == name && step.status == StepStatus::Done).count()
    };
    for (name, times) in [("comment_review", 2), ("wait_for_checks", 1), ("push_branch", 1), ("cleanup", 1)] {
        assert_eq!(done(name), times, "{name}: {runs:#?}");
    }
}
