//! What runs used.

use super::{Setting, agent, machine};
use octopoid_core::model::{AgentName, NewProject, NewTask, RoleName, Run, Task, Usage};
use octopoid_core::ops::{CostBy, CostOf, CostQuery, Costs, costs};
use octopoid_core::store::{ProjectStore, RunStore, TaskStore};
use std::time::Duration;

async fn record(
    setting: &Setting,
    task: &Task,
    number: u32,
    agent: &AgentName,
    role: Option<&str>,
    cost: f64,
) {
    let now = octopoid_core::clock::Clock::now(&*setting.clock);
    let role = role.map(|role| RoleName::new(role).unwrap());
    let (scope, task) = (setting.scope(), task.id.clone());
    let mut run = Run::new(scope, task, number, agent.clone(), role, machine(), now);
    run.usage = Usage::default().with_turns(1).with_cost_usd(cost);
    setting.store.save_run(&run).await.unwrap();
}

fn sums(costs: &Costs) -> Vec<(String, u64, f64)> {
    costs.rows.iter().map(|row| (row.of.to_string(), row.runs, row.usage.cost_usd)).collect()
}

fn sum(of: &str, runs: u64, cost: f64) -> (String, u64, f64) {
    (of.to_owned(), runs, cost)
}

#[tokio::test]
async fn runs_are_added_up_by_each_of_what_they_belong_to() {
    let setting = Setting::new();
    let project = NewProject::new(setting.scope(), "Dark mode", "main");
    let project = setting.store.create_project(project).await.unwrap();
    let mut new = NewTask::new("One", "Do it.");
    new.attributes.project = Some(project.id.clone());
    let one = setting.store.create_task(new).await.unwrap();
    let two = setting.create("Two").await;
    let other = AgentName::new("reviewer").unwrap();
    record(&setting, &one, 1, &agent(), Some("implement"), 1.0).await;
    let midnight = octopoid_core::clock::Clock::now(&*setting.clock) + Duration::from_secs(24 * 3600);
    setting.clock.advance(Duration::from_secs(24 * 3600));
    record(&setting, &one, 2, &other, Some("review"), 0.5).await;
    record(&setting, &two, 1, &agent(), Some("implement"), 2.0).await;
    record(&setting, &one, 3, &agent(), None, 0.0).await;

    let by = async |by| costs(setting.store(), &CostQuery::new(setting.scope(), by)).await.unwrap();
    let all = by(CostBy::Role).await;
    assert_eq!((all.runs, all.total.cost_usd, all.total.turns), (4, 3.5, 4));
    assert_eq!(sums(&all), [sum("implement", 2, 3.0), sum("review", 1, 0.5), sum("landing", 1, 0.0)]);
    assert_eq!(sums(&by(CostBy::Agent).await), [sum("reviewer", 1, 0.5), sum("worker", 3, 3.0)]);
    assert_eq!(sums(&by(CostBy::Task).await), [sum("task-1", 3, 1.5), sum("task-2", 1, 2.0)]);
    assert_eq!(
        sums(&by(CostBy::Project).await),
        [sum(project.id.as_str(), 3, 1.5), sum("no project", 1, 2.0)]
    );
    let days = by(CostBy::Day).await;
    assert_eq!(days.rows.iter().map(|row| row.runs).collect::<Vec<_>>(), [1, 3]);
    assert!(matches!(&days.rows[0].of, CostOf::Day(day) if day.len() == "2026-03-01".len()), "{days:?}");

    let since = CostQuery::new(setting.scope(), CostBy::Task).since(midnight);
    assert_eq!(
        sums(&costs(setting.store(), &since).await.unwrap()),
        [sum("task-1", 2, 0.5), sum("task-2", 1, 2.0)]
    );
    let until = CostQuery::new(setting.scope(), CostBy::Task).until(midnight);
    assert_eq!(sums(&costs(setting.store(), &until).await.unwrap()), [sum("task-1", 1, 1.0)]);
}

#[tokio::test]
async fn no_run_is_left_out_where_there_are_more_than_a_store_lists_at_once() {
    let setting = Setting::new();
    for number in 0..3 {
        let task = setting.create(&format!("Task {number}")).await;
        for run in 1..=200 {
            record(&setting, &task, run, &agent(), None, 0.5).await;
        }
    }
    let all = costs(setting.store(), &CostQuery::new(setting.scope(), CostBy::Task)).await.unwrap();
    assert_eq!((all.runs, all.total.cost_usd), (600, 300.0));
}

#[tokio::test]
async fn runs_without_a_known_model_are_a_sum_of_their_own() {
    let setting = Setting::new();
    let task = setting.create("One").await;
    record(&setting, &task, 1, &agent(), None, 0.0).await;
    for (number, model) in [(2, "large"), (3, "small"), (4, "large")] {
        let now = octopoid_core::clock::Clock::now(&*setting.clock);
        let mut run = Run::new(
            setting.scope(),
            task.id.clone(),
            number,
            agent(),
            Some(RoleName::implement()),
            machine(),
            now,
        );
        run.model = Some(model.to_owned());
        run.usage.cost_usd = 1.5;
        setting.store.save_run(&run).await.unwrap();
    }
    let costs = costs(setting.store(), &CostQuery::new(setting.scope(), CostBy::Model)).await.unwrap();
    assert_eq!(sums(&costs), [sum("large", 2, 3.0), sum("small", 1, 1.5), sum("unknown model", 1, 0.0)]);
}
