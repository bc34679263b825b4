//! What is taken away because of its age.

use crate::orchestrator::setting::{Setting, content};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{NewTask, Queue, Scope};
use octopoid_core::orchestrator::Layout;
use octopoid_core::store::{Retention, StoreExt, UsageQuery};
use octopoid_core::testing::ManualClock;
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_history_of_finished_tasks_go_with_time_and_those_of_others_stay() {
    for (retention, goes) in [(Retention::default(), true), (Retention::forever(), false)] {
        let clock = Arc::new(ManualClock::new());
        clock.set(SystemClock.now());
        let mut setting = Setting::with_clock(clock.clone(), |scene| match scene.task() {
            "task-2" => scene.result(serde_json::json!({ "outcome": "needs_input", "question": "Why?" })),
            _ => content(scene),
        });
        setting.settings = setting.settings.clone().with_retention(retention);
        let (done, open) = (setting.enqueue("Done").await, setting.enqueue("Open").await);
        setting.run_until_idle().await;
        assert_eq!(setting.task(&done).await.queue(), Queue::Done);
        assert_eq!(setting.task(&open).await.queue(), Queue::NeedsContinuation);
        let layout = Layout::new(setting.repository.path().join(".octopoid"));
        for run in ["task-1.1", "task-2.1"] {
            let folder = layout.runtime().join("set-aside").join(run).join("leftovers");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("file"), "x").unwrap();
        }
        let open_history = setting.history(&open).await;
        let cost = setting.store.usage(&UsageQuery::new(Scope::single())).await.unwrap();

        // Nothing is old yet.
        clock.advance(DAY);
        setting.run_until_idle().await;
        assert!(layout.attempt_log(&done, 1).exists() && !setting.history(&done).await.is_empty());

        clock.advance(DAY * 100);
        // The newest event of all is never taken away.
        setting.create(NewTask::new("Later", "Some day.").in_backlog()).await;
        setting.run_until_idle().await;
        let set_aside = |run: &str| layout.runtime().join("set-aside").join(run).exists();
        for (what, is_there) in [
            ("the task's log", layout.task_log(&done).exists()),
            ("its attempts", layout.attempt_log(&done, 1).exists()),
            ("their folder", layout.logs().join("tasks/task-1").exists()),
            ("what was set aside", set_aside("task-1.1")),
            ("history", !setting.store.history(&Scope::single(), &done).await.unwrap().is_empty()),
        ] {
            assert_eq!(is_there, !goes, "{what}");
        }
        assert!(layout.task_log(&open).exists() && layout.attempt_log(&open, 1).exists());
        assert!(set_aside("task-2.1"));
        assert_eq!(setting.history(&open).await, open_history);
        assert_eq!(setting.store.usage(&UsageQuery::new(Scope::single())).await.unwrap(), cost);
    }
}
