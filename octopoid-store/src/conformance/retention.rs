//! What is kept of the past, and for how long.

use super::setting::Setting;
use super::verdict::{Verdict, holds, invalid, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{AgentName, EventKind, OrchestratorId, Run, RunStage, Task};
use octopoid_core::store::{
    EventQuery, PruneCursor, PruneRequest, Pruned, Result, Retention, RunQuery, UsageQuery,
};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn keeps(events: u32, runs: u32) -> Retention {
    Retention::forever().with_history(Some(DAY * events), Some(DAY * runs))
}

/// Takes all that is old, in steps of so many.
async fn prune(s: &Setting, retention: &Retention, limit: u32) -> Result<Pruned> {
    let mut request = PruneRequest::new(Some(s.scope.clone()), retention);
    request.limit = limit;
    let mut all = Pruned::default();
    loop {
        let step = s.store.prune(&request).await?;
        all.events += step.events;
        all.runs += step.runs;
        all.by_server |= step.by_server;
        if step.next.is_end() {
            return Ok(all);
        }
        request = request.after(step.next);
    }
}

/// A run of a task that cost a dollar.
async fn run(s: &Setting, task: &Task, number: u32) -> Verdict<Run> {
    let mut run = Run::new(
        s.scope.clone(),
        task.id.clone(),
        number,
        AgentName::new("agent")?,
        None,
        OrchestratorId::new("machine")?,
        s.clock.now(),
    );
    run.usage.cost_usd = 1.0;
    run.stage = RunStage::Settled;
    run.finished_at = Some(s.clock.now());
    s.store.save_run(&run).await?;
    Ok(run)
}

async fn events(s: &Setting) -> Result<Vec<(u64, EventKind)>> {
    let events = s.store.events(&EventQuery::after(s.scope.clone(), 0)).await?;
    Ok(events.into_iter().map(|event| (event.seq, event.kind)).collect())
}

async fn spent(s: &Setting, task: Option<&Task>) -> Result<f64> {
    let mut query = UsageQuery::new(s.scope.clone());
    query.task = task.map(|task| task.id.clone());
    Ok(s.store.usage(&query).await?.cost_usd)
}

pub(super) async fn old_history_goes_with_finished_tasks_and_stays_with_others(s: Setting) -> Verdict {
    let (done, open, gone) = (s.create("Done").await?, s.create("Open").await?, s.create("Gone").await?);
    run(&s, &done, 1).await?;
    run(&s, &open, 1).await?;
    s.finish(&done.id).await?;
    s.store.delete_task(&s.scope, &gone.id, "ada").await?;
    let open_history = s.history(&open.id).await?;
    s.clock.advance(DAY * 100);
    let fresh = s.create("Fresh").await?;
    let before = (events(&s).await?, s.store.last_event().await?);

    same(prune(&s, &Retention::forever(), 1000).await?.events, 0)?;
    same(&events(&s).await?, &before.0)?;
    let pruned = prune(&s, &keeps(90, 365), 1000).await?;
    if pruned.by_server {
        return same(events(&s).await?, before.0);
    }
    // Created, recorded, forced and deleted; of what is gone the creation went with it.
    same((pruned.events, pruned.runs), (4, 0))?;
    same(&s.history(&open.id).await?, &open_history)?;
    holds(s.history(&done.id).await?.is_empty(), "the history of what is done is gone")?;
    same(s.history(&fresh.id).await?.len(), 1)?;
    same(s.store.last_event().await?, before.1)?;
    // A reader who was away goes on with what there is.
    let mut query = EventQuery::after(s.scope.clone(), before.0[0].0);
    query.limit = 1;
    same(s.store.events(&query).await?[0].task.clone(), open.id.clone())?;

    same(spent(&s, None).await?, 2.0)?;
    s.clock.advance(DAY * 300);
    same(prune(&s, &keeps(1000, 365), 1000).await?.runs, 1)?;
    same((spent(&s, Some(&done)).await?, spent(&s, Some(&open)).await?), (0.0, 1.0))?;
    let runs = s.store.list_runs(&RunQuery::new(s.scope.clone())).await?;
    same(runs.into_iter().map(|run| run.task).collect(), vec![open.id.clone()])?;
    // It is as it was otherwise.
    same(s.read(&done.id).await?.is_done(), true)?;
    same(run(&s, &done, 1).await?.id, run(&s, &done, 1).await?.id)?;
    same(spent(&s, Some(&done)).await?, 1.0)
}

pub(super) async fn nothing_of_the_last_day_goes(s: Setting) -> Verdict {
    let task = s.create("Done").await?;
    run(&s, &task, 1).await?;
    s.finish(&task.id).await?;
    s.clock.advance(DAY - Duration::from_secs(1));
    let before = events(&s).await?;
    let nothing = Retention::forever().with_history(Some(Duration::ZERO), Some(Duration::ZERO));
    let pruned = prune(&s, &nothing, 1000).await?;
    same((pruned.events, pruned.runs), (0, 0))?;
    same(events(&s).await?, before)?;
    same(spent(&s, None).await?, 1.0)
}

pub(super) async fn a_task_that_was_finished_lately_keeps_its_old_history(s: Setting) -> Verdict {
    let task = s.create("Long").await?;
    run(&s, &task, 1).await?;
    s.clock.advance(DAY * 500);
    s.finish(&task.id).await?;
    s.clock.advance(DAY * 2);
    s.create("Another").await?;
    let pruned = prune(&s, &keeps(90, 90), 1000).await?;
    same((pruned.events, pruned.runs), (0, 0))
}

pub(super) async fn a_run_that_is_not_settled_stays(s: Setting) -> Verdict {
    let task = s.create("Done").await?;
    let mut unsettled = run(&s, &task, 1).await?;
    unsettled.stage = RunStage::Steps;
    s.store.save_run(&unsettled).await?;
    s.finish(&task.id).await?;
    s.clock.advance(DAY * 500);
    same(prune(&s, &keeps(1000, 90), 1000).await?.runs, 0)
}

pub(super) async fn the_newest_event_stays_so_that_numbers_grow(s: Setting) -> Verdict {
    let task = s.create("Done").await?;
    s.finish(&task.id).await?;
    let newest = s.store.last_event().await?;
    s.clock.advance(DAY * 500);
    let pruned = prune(&s, &keeps(90, 90), 1000).await?;
    if pruned.by_server {
        return Ok(());
    }
    same(events(&s).await?.into_iter().map(|(seq, _)| seq).collect(), vec![newest])?;
    same(s.store.last_event().await?, newest)?;
    s.create("Another").await?;
    holds(s.store.last_event().await? > newest, "numbers grow")
}

pub(super) async fn steps_are_bounded_and_come_to_an_end(s: Setting) -> Verdict {
    let kept = s.create("Open").await?;
    for number in 0..5 {
        let task = s.create(&format!("Task {number}")).await?;
        run(&s, &task, 1).await?;
        s.finish(&task.id).await?;
    }
    s.clock.advance(DAY * 500);
    s.create("Fresh").await?;
    let mut request = PruneRequest::new(Some(s.scope.clone()), &keeps(90, 90));
    request.limit = 2;
    let (mut events_gone, mut runs_gone, mut steps) = (0, 0, 0);
    loop {
        let step = s.store.prune(&request).await?;
        if step.by_server {
            return Ok(());
        }
        holds(step.events <= 2 && step.runs <= 2, "a step is bounded")?;
        (events_gone, runs_gone, steps) = (events_gone + step.events, runs_gone + step.runs, steps + 1);
        if step.next.is_end() {
            break;
        }
        request = request.after(step.next);
    }
    same((events_gone, runs_gone), (15, 5))?;
    holds(steps > 5 && steps < 20, "there is an end")?;
    same(events(&s).await?.len(), 2)?;
    same(s.history(&kept.id).await?.len(), 1)?;
    // With nothing left to look at, one step is all.
    let again = PruneRequest::new(Some(s.scope.clone()), &keeps(90, 90));
    same(s.store.prune(&again).await?, Pruned::new(0, 0, PruneCursor::at(None, None)))
}

pub(super) async fn other_scopes_keep_their_history(s: Setting) -> Verdict {
    let task = s.create("Done").await?;
    s.finish(&task.id).await?;
    s.clock.advance(DAY * 500);
    s.create("Fresh").await?;
    let other = "another".parse().map_err(super::verdict::Wrong::from)?;
    let request = PruneRequest::new(Some(other), &keeps(90, 90));
    same(s.store.prune(&request).await?.events, 0)?;
    let all = s.store.prune(&PruneRequest::new(None, &keeps(90, 90))).await?;
    holds(all.by_server || all.events == 2, "every scope, where none is named")
}

pub(super) async fn unusable_steps_are_refused(s: Setting) -> Verdict {
    for limit in [0, PruneRequest::MAX_LIMIT + 1] {
        let mut request = PruneRequest::new(Some(s.scope.clone()), &Retention::default());
        request.limit = limit;
        invalid(s.store.prune(&request).await, "limit")?;
    }
    Ok(())
}
