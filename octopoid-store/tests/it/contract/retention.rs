//! How long the server keeps the past.

use super::setting::Setting;
use octopoid_core::model::{NewTask, Queue, Scope};
use octopoid_core::store::{EventLog, TaskStore};
use octopoid_core::store::{EventQuery, Retention, StoreExt};
use octopoid_core::transition::{Actor, Command};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn history_after_a_year(retention: Retention) -> usize {
    let s = Setting::with(|server| server.with_retention(retention)).await;
    for number in 0..3 {
        let new = NewTask::new(format!("Task {number}"), "Do it.");
        let task = s.store.create_task(new).await.unwrap();
        let (actor, reason) = (Actor::Person("ada".to_owned()), "done".to_owned());
        let finish = Command::Force { actor, to: Queue::Done.into(), reason };
        s.store.apply(&task.scope, &task.id, finish).await.unwrap();
    }
    s.clock.advance(DAY * 365);
    let open = s.store.create_task(NewTask::new("Open", "Do it.")).await.unwrap();
    s.a_round_of_housekeeping().await;
    assert_eq!(s.store.history(&Scope::single(), &open.id).await.unwrap().len(), 1);
    s.store.events(&EventQuery::after(Scope::single(), 0)).await.unwrap().len()
}

#[tokio::test]
async fn the_server_takes_old_history_away_by_its_own_settings() {
    assert_eq!(history_after_a_year(Retention::default()).await, 1);
    assert_eq!(history_after_a_year(Retention::forever()).await, 7);
}
