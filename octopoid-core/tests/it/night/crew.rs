//! Agents that work through a night: they take their time, meet limits, lose their line, outlive an orchestrator and die with a
//! machine. They keep books of their own.

use crate::orchestrator::pace::Pace;
use async_trait::async_trait;
use octopoid_core::clock::Clock;
use octopoid_core::model::{SessionId, StopReason, TaskId, Timestamp, Usage};
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// The time of one turn.
const TURN: Duration = Duration::from_secs(120);

/// What an agent was asked, and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) task: TaskId,
    pub(crate) role: String,
    pub(crate) resume: Option<SessionId>,
    pub(crate) session: SessionId,
    pub(crate) stop: Option<StopReason>,
}

/// An agent program under way.
#[derive(Debug)]
struct Agent {
    /// Its place among what was asked.
    number: usize,
    used: Mutex<Usage>,
    ended: watch::Sender<Option<AgentReport>>,
    killed: watch::Sender<bool>,
}

/// All agents, on the far side of their runner.
#[derive(Debug)]
pub(crate) struct Crew {
    pub(crate) pace: Arc<Pace>,
    /// When each account is closed.
    windows: BTreeMap<String, Vec<(Timestamp, Timestamp)>>,
    random: Mutex<StdRng>,
    agents: Mutex<BTreeMap<PathBuf, Arc<Agent>>>,
    asked: Mutex<Vec<Asked>>,
    /// The task whose agent says nothing any more, and that whose agent never commits.
    pub(crate) silent: TaskId,
    pub(crate) idler: TaskId,
}

fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Crew {
    pub(crate) fn new(pace: Arc<Pace>, windows: BTreeMap<String, Vec<(Timestamp, Timestamp)>>) -> Self {
        let (silent, idler) = (TaskId::numbered(13), TaskId::numbered(27));
        let random = Mutex::new(StdRng::seed_from_u64(4));
        Self { pace, windows, random, agents: Mutex::default(), asked: Mutex::default(), silent, idler }
    }

    /// Everything that agents were asked, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        open(&self.asked).clone()
    }

    /// What all agents have used.
    pub(crate) fn used(&self) -> Usage {
        open(&self.agents).values().map(|agent| *open(&agent.used)).sum()
    }

    /// Kills the agents, as the end of their machine does.
    pub(crate) fn kill_all(&self) {
        let agents = open(&self.agents);
        for agent in agents.values().filter(|agent| agent.ended.borrow().is_none()) {
            agent.killed.send_replace(true);
        }
    }

    fn limit(&self, account: &str) -> Option<Timestamp> {
        let now = self.pace.clock.now();
        let windows = self.windows.get(account)?;
        windows.iter().find(|(from, until)| *from <= now && now < *until).map(|(_, until)| *until)
    }

    /// Plays one start of a program to its end.
    async fn play(
        &self,
        request: &AgentRequest,
        agent: &Agent,
        sink: &mut (dyn FnMut(Usage) + Send),
    ) -> StopReason {
        let account = request.agent.as_str().split('-').next().unwrap_or_default();
        let mut turns = open(&self.random).random_range(3..12);
        if request.task == self.idler && request.role.as_str() == "implement" {
            turns = 1000;
        }
        for _ in 0..turns {
            if let Some(until) = self.limit(account) {
                return StopReason::RateLimited { retry_at: Some(until), message: "5-hour limit".into() };
            }
            let mut killed = agent.killed.subscribe();
            let stopped = async {
                tokio::select! {
                    () = request.cancel.cancelled() => {}
                    _ = killed.wait_for(|killed| *killed) => {}
                }
            };
            if !self.pace.work(&request.run, TURN, stopped).await {
                return StopReason::Cancelled;
            }
            let turn = Usage::default().with_turns(1).with_tokens(1000, 50).with_cost_usd(0.0625);
            *open(&agent.used) += turn;
            sink(turn);
            match open(&self.random).random_range(0..100) {
                0 => {
                    return StopReason::Overloaded { retry_at: None, message: "the line was dropped".into() };
                }
                1 => return StopReason::RateLimited { retry_at: None, message: "429".into() },
                _ => {}
            }
            if request.task == self.silent && request.role.as_str() == "implement" {
                self.pace.work(&request.run, request.idle_timeout, request.cancel.cancelled()).await;
                return StopReason::Silent;
            }
        }
        StopReason::Completed
    }
}

/// The near side: what the orchestrator starts, and finds again.
#[derive(Debug, Clone)]
pub(crate) struct CrewRunner(pub(crate) Arc<Crew>);

#[async_trait]
impl Runner for CrewRunner {
    fn name(&self) -> &str {
        "crew"
    }

    fn resumes_sessions(&self) -> bool {
        true
    }

    async fn check(&self, _request: &RunnerCheck) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        let crew = &self.0;
        let known = open(&crew.agents).get(&request.files).filter(|agent| !*agent.killed.borrow()).cloned();
        let agent = known.unwrap_or_else(|| self.start(request));
        let session = open(&crew.asked)[agent.number].session.clone();
        sink.event(AgentEvent::Session(session));
        let mut ended = agent.ended.subscribe();
        loop {
            sink.event(AgentEvent::Usage(*open(&agent.used)));
            tokio::select! {
                report = ended.wait_for(Option::is_some) => {
                    let report = report.unwrap().clone().unwrap();
                    sink.event(AgentEvent::Usage(report.usage));
                    return report;
                }
                () = crew.pace.clock.sleep(TURN) => {}
            }
        }
    }
}

impl CrewRunner {
    /// Starts a program, which lives on its own from here.
    fn start(&self, request: &AgentRequest) -> Arc<Agent> {
        let crew = self.0.clone();
        // What an earlier start of the same call has used, which its machine went down under.
        let before = open(&crew.agents).remove(&request.files);
        let (used, number) =
            (before.as_ref().map(|agent| *open(&agent.used)), before.map(|agent| agent.number));
        let mut asked = open(&crew.asked);
        let session = match number {
            Some(number) => asked[number].session.clone(),
            None => request
                .resume
                .clone()
                .unwrap_or_else(|| SessionId::new(format!("s-{}", request.run)).expect("a valid name")),
        };
        let agent = Arc::new(Agent {
            number: asked.len(),
            used: Mutex::new(used.unwrap_or_default()),
            ended: watch::Sender::new(None),
            killed: watch::Sender::new(false),
        });
        asked.push(Asked {
            task: request.task.clone(),
            role: request.role.to_string(),
            resume: number.map(|_| session.clone()).or_else(|| request.resume.clone()),
            session: session.clone(),
            stop: None,
        });
        drop(asked);
        open(&crew.agents).insert(request.files.clone(), agent.clone());
        let (request, playing) = (request.clone(), agent.clone());
        tokio::spawn(async move {
            let stop = crew.play(&request, &playing, &mut |_| ()).await;
            if *playing.killed.borrow() {
                return;
            }
            let mut report = AgentReport::stopped(stop.clone());
            if stop == StopReason::Completed {
                report.result = Some(finish(&crew.pace, &request).await);
            }
            (report.usage, report.session) = (*open(&playing.used), Some(session));
            open(&crew.asked)[playing.number].stop = Some(stop);
            playing.ended.send_replace(Some(report));
        });
        agent
    }
}

/// Does the work, and gives the result.
async fn finish(pace: &Pace, request: &AgentRequest) -> serde_json::Value {
    if request.role.as_str() == "review" {
        return json!({ "outcome": "approved", "feedback": "fine" });
    }
    let file = request.directory.join(format!("{}.txt", request.task));
    // On a full disk it tries again and again.
    while std::fs::write(&file, "done\n").is_err()
        || std::fs::read(&file).is_ok_and(|written| written.is_empty())
    {
        pace.work(&request.run, Duration::from_secs(60), std::future::pending()).await;
    }
    let request = request.clone();
    let work = move || {
        for arguments in [&["add", "-A"][..], &["commit", "-q", "-m", &format!("Do {}", request.task)]] {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=Crew", "-c", "user.email=crew@example.invalid"]).args(arguments);
            let status = git.envs(&request.environment).current_dir(&request.directory).status();
            assert!(status.expect("git is installed").success(), "git {arguments:?}");
        }
    };
    tokio::task::spawn_blocking(work).await.expect("the work is done");
    json!({ "outcome": "submitted", "summary": "did it" })
}
