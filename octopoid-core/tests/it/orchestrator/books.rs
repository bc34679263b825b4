//! The books: what an agent used is on record, with every end of its run (I34).

use super::setting::Setting;
use async_trait::async_trait;
use octopoid_core::model::{AgentName, Policy, RoleName, Scope, SessionId, StopReason, Usage};
use octopoid_core::orchestrator::{AgentSettings, Limits, Orchestrator};
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable,
};
use octopoid_core::store::UsageQuery;
use octopoid_core::testing::PlainRole;
use octopoid_core::transition::{Actor, Command};
use octopoid_store::MemoryStore;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// How an agent ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Completed,
    Crashed,
    /// Its runner breaks off in the middle.
    Panicked,
    Limited,
    Overloaded,
    TimedOut,
    /// It only ends when it is stopped.
    Never,
}

/// Agents that keep books of their own.
#[derive(Debug)]
struct Bookkeeper {
    random: Mutex<StdRng>,
    used: Mutex<Usage>,
    /// Told of each agent that waits to be stopped.
    waits: UnboundedSender<String>,
}

impl Bookkeeper {
    fn end(&self) -> End {
        const ENDS: [End; 7] = [
            End::Completed,
            End::Crashed,
            End::Panicked,
            End::Limited,
            End::Overloaded,
            End::TimedOut,
            End::Never,
        ];
        ENDS[self.random.lock().unwrap().random_range(0..ENDS.len())]
    }

    fn turns(&self) -> u32 {
        self.random.lock().unwrap().random_range(1..6)
    }
}

#[async_trait]
impl Runner for Bookkeeper {
    fn name(&self) -> &str {
        "bookkeeper"
    }

    fn resumes_sessions(&self) -> bool {
        true
    }

    async fn check(&self, _request: &RunnerCheck) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        let session = SessionId::new(format!("session-{}", request.run)).unwrap();
        sink.event(AgentEvent::Session(session.clone()));
        let mut usage = Usage::default();
        let mut turn = || {
            let one = Usage::default().with_turns(1).with_tokens(1000, 10).with_cost_usd(0.25);
            usage += one;
            *self.used.lock().unwrap() += one;
            sink.event(AgentEvent::Usage(usage));
        };
        (0..self.turns()).for_each(|_| turn());
        let end = self.end();
        let stop = match end {
            End::Completed => StopReason::Completed,
            End::Crashed => StopReason::Crashed { reason: "exit status 1".into() },
            End::Panicked => panic!("the runner broke off"),
            End::Limited => StopReason::RateLimited { retry_at: None, message: "429".into() },
            End::Overloaded => StopReason::Overloaded { retry_at: None, message: "529".into() },
            End::TimedOut => StopReason::TimedOut,
            End::Never => {
                let _ = self.waits.send(request.task.to_string());
                request.cancel.cancelled().await;
                // One more message, as real programs print when they are interrupted.
                turn();
                StopReason::Cancelled
            }
        };
        let mut report = AgentReport::stopped(stop);
        (report.usage, report.session) = (usage, Some(session));
        if end == End::Completed {
            report.result = Some(json!({ "outcome": "failed", "reason": "it cannot be done" }));
        }
        report
    }
}

async fn recorded(setting: &Setting) -> Usage {
    setting.store.usage(&UsageQuery::new(Scope::single())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn i34_the_sums_of_runs_are_what_agents_used_however_each_of_them_ended() {
    for seed in 0..12 {
        let mut setting = Setting::new(|_| unreachable!());
        setting.settings.limits = Limits::default().with_cost_usd(1e6, 1e6);
        setting.store = Arc::new(MemoryStore::new(setting.clock.clone(), Policy::default().with_attempts(4)));
        let (waits, mut waiting) = unbounded_channel();
        let runner = Arc::new(Bookkeeper {
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            used: Mutex::default(),
            waits,
        });
        for number in 0..3 {
            setting.enqueue(&format!("Task {number}")).await;
        }
        let mut random = StdRng::seed_from_u64(seed + 1000);
        for start in 0..4 {
            let agents = (1..=2).map(|number| {
                let name = AgentName::new(format!("worker-{number}")).unwrap();
                AgentSettings::new(name, RoleName::implement()).with_runner("bookkeeper")
            });
            let orchestrator = Orchestrator::builder()
                .store(setting.store.clone())
                .repository(setting.repository.path())
                .settings(setting.settings.clone())
                .seed(seed * 10 + start)
                .role(Arc::new(PlainRole::implement()))
                .runner(runner.clone())
                .agents(agents)
                .allow_unserved()
                .build()
                .await
                .unwrap();
            let handle = orchestrator.handle();
            let running = tokio::spawn(orchestrator.run_once());
            tokio::pin!(running);
            loop {
                tokio::select! {
                    ended = &mut running => {
                        ended.unwrap().unwrap();
                        break;
                    }
                    Some(task) = waiting.recv() => match random.random_range(0..3) {
                        0 => handle.stop(),
                        1 => {
                            let _ = handle.cancel(&task.parse().unwrap(), "never mind").await;
                        }
                        _ => {
                            // A person takes it away.
                            let by = Actor::Person("ada".into());
                            let command = Command::Requeue { actor: by, reason: "let another try".into() };
                            let _ = setting.store.apply(&Scope::single(), &task.parse().unwrap(), command).await;
                        }
                    },
                }
            }
        }
        let recorded = recorded(&setting).await;
        let used = *runner.used.lock().unwrap();
        assert!(used.turns > 0);
        assert_eq!(recorded, used, "seed {seed}");
        for run in
            setting.store.list_runs(&octopoid_core::store::RunQuery::new(Scope::single())).await.unwrap()
        {
            assert!(run.session.is_some() || run.usage.turns == 0, "seed {seed}: {run:?}");
        }
    }
}
