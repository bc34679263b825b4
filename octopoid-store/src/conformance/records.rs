//! Runs and threads.

use super::setting::{Setting, holder};
use super::verdict::{Verdict, Wrong, holds, invalid, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{
    CommitId, EventKind, Finding, MessageDraft, MessageKind, Outcome, RoleName, Run, RunStage, SessionId,
    StepRecord, StepStatus, StopReason, Task, Usage,
};
use octopoid_core::store::{RunQuery, UsageQuery};
use std::time::Duration;

fn run(s: &Setting, task: &Task, number: u32) -> Verdict<Run> {
    let who = holder("machine")?;
    let role = Some(RoleName::implement());
    Ok(Run::new(s.scope.clone(), task.id.clone(), number, who.agent, role, who.orchestrator, s.clock.now()))
}

pub(super) async fn the_last_write_of_a_run_counts(s: Setting) -> Verdict {
    let task = s.create("A task").await?;
    let mut run = run(&s, &task, 1)?;
    s.store.save_run(&run).await?;
    same(&s.store.run(&s.scope, &run.id).await?, &run)?;
    run.stage = RunStage::Settled;
    run.finished_at = Some(s.clock.now());
    run.outcome = Some(Outcome::Rejected {
        feedback: "no \"tests\"\n🐙".into(),
        findings: vec![Finding::new("🐙").at("a.rs", 3, None)],
    });
    run.stopped =
        Some(StopReason::RateLimited { retry_at: Some(s.clock.now()), message: "5-hour limit".into() });
    run.last_words = Some("next I will \"test\" 🐙".into());
    run.note = Some("it is over".into());
    run.usage = Usage::default().with_turns(3).with_tokens(5_000_000_000, 7).with_cost_usd(0.1);
    run.commits = 2;
    run.head = Some(CommitId::new("a".repeat(40)).map_err(Wrong::from)?);
    run.model = Some("a-model".into());
    run.base = Some(CommitId::new("b".repeat(40)).map_err(Wrong::from)?);
    run.session = Some(SessionId::new("session").map_err(Wrong::from)?);
    let step = |name: &str, status| StepRecord::new(name, status, "ok", s.clock.now());
    run.steps = vec![step("rebase", StepStatus::Done), step("test", StepStatus::Refused)];
    s.store.save_run(&run).await?;
    same(&s.store.run(&s.scope, &run.id).await?, &run)?;
    let recorded = vec![EventKind::Created, EventKind::RunRecorded, EventKind::RunRecorded];
    same(s.kinds(&task.id).await?, recorded.clone())?;
    // The same write again, because its answer was lost, is not another event.
    s.store.save_run(&run).await?;
    same(s.kinds(&task.id).await?, recorded)?;
    same(s.read(&task.id).await?, task)?;
    run.usage.cost_usd = f64::NAN;
    invalid(s.store.save_run(&run).await, "usage.cost_usd")?;
    Ok(())
}

pub(super) async fn runs_are_listed_newest_first(s: Setting) -> Verdict {
    let (one, two) = (s.create("One").await?, s.create("Two").await?);
    let runs = [run(&s, &one, 1)?, run(&s, &two, 1)?, run(&s, &one, 2)?];
    for run in &runs {
        s.store.save_run(run).await?;
    }
    let mut settled = runs[0].clone();
    settled.stage = RunStage::Settled;
    s.store.save_run(&settled).await?;
    let ids = async |query: RunQuery| -> Verdict<Vec<String>> {
        Ok(s.store.list_runs(&query).await?.into_iter().map(|run| run.id.to_string()).collect())
    };
    let all = RunQuery::new(s.scope.clone());
    same(ids(all.clone()).await?, vec!["task-1.2".into(), "task-2.1".into(), "task-1.1".to_owned()])?;
    same(ids(all.clone().of_task(one.id)).await?, vec!["task-1.2".into(), "task-1.1".to_owned()])?;
    let mut unsettled = all.clone();
    unsettled.unsettled = true;
    same(ids(unsettled).await?, vec!["task-1.2".into(), "task-2.1".to_owned()])?;
    let mut first = all;
    first.limit = 1;
    same(ids(first).await?, vec!["task-1.2".to_owned()])
}

pub(super) async fn usage_is_added_up(s: Setting) -> Verdict {
    let (one, two) = (s.create("One").await?, s.create("Two").await?);
    same(s.store.usage(&UsageQuery::new(s.scope.clone())).await?, Usage::default())?;
    for (task, number, turns) in [(&one, 1, 1), (&two, 1, 10), (&one, 2, 100)] {
        let mut run = run(&s, task, number)?;
        run.usage =
            Usage::default().with_turns(turns).with_tokens(4_000_000_000, turns.into()).with_cost_usd(0.25);
        s.store.save_run(&run).await?;
        s.clock.advance(Duration::from_secs(60));
    }
    let mut query = UsageQuery::new(s.scope.clone());
    let sum = |turns: u32, runs: u32| {
        Usage::default()
            .with_turns(turns)
            .with_tokens(4_000_000_000 * u64::from(runs), turns.into())
            .with_cost_usd(0.25 * f64::from(runs))
    };
    same(s.store.usage(&query).await?, sum(111, 3))?;
    query.since = Some(s.clock.now() - Duration::from_secs(120));
    same(s.store.usage(&query).await?, sum(110, 2))?;
    query.task = Some(one.id);
    same(s.store.usage(&query).await?, sum(100, 1))?;
    query.since = None;
    same(s.store.usage(&query).await?, sum(101, 2))
}

pub(super) async fn a_thread_keeps_its_order(s: Setting) -> Verdict {
    let (task, other) = (s.create("A task").await?, s.create("Other").await?);
    let mut posted = Vec::new();
    for number in 0..20 {
        let message = |body| MessageDraft::new(MessageKind::Comment, "ada", body);
        posted.push(s.store.post_message(&s.scope, &task.id, message(format!("number {number}"))).await?);
        s.store.post_message(&s.scope, &other.id, message("elsewhere".into())).await?;
    }
    same(&s.store.messages(&s.scope, &task.id).await?, &posted)?;
    holds(posted.is_sorted_by(|a, b| a.id < b.id), "ids grow")?;
    same((&posted[0].task, posted[0].at), (&task.id, s.clock.now()))?;
    same(s.kinds(&task.id).await?.len(), 21)?;
    same(s.read(&task.id).await?, task)
}

pub(super) async fn unusable_messages_are_refused(s: Setting) -> Verdict {
    let task = s.create("A task").await?;
    for body in [String::new(), " \n\t".to_owned(), "x".repeat((1 << 20) + 1)] {
        let message = MessageDraft::new(MessageKind::Comment, "ada", body);
        invalid(s.store.post_message(&s.scope, &task.id, message).await, "body")?;
    }
    holds(s.store.messages(&s.scope, &task.id).await?.is_empty(), "nothing was posted")?;
    same(s.kinds(&task.id).await?, vec![EventKind::Created])
}
