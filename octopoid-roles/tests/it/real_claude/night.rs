//! A short night: the real Claude Code under the real orchestrator, against a scripted Messages API. An account meets its limit, a
//! connection is dropped, an agent never commits, and the orchestrator is stopped and started again.
//!
//! What is compared with the books of the API, and how exactly:
//! - Turns and tokens of every run are what the API has served in it, exactly. Where the program was interrupted, an answer that was
//!   on its way may be missing, unless a later request repeats it; and tokens written may be missing altogether, since the program
//!   (2.1.330) then ends at times without the event that has them.
//! - Money is not compared: the program prices it by a list of its own.

#![expect(clippy::print_stdout, reason = "who lets it run looks on")]

use super::api::{Api, Books, Fate, Faults, REPORT, Work};
use crate::support::{Place, environment};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{
    AgentName, NewTask, OrchestratorId, Policy, Queue, RoleName, Run, RunId, Scope, StopReason, Task, TaskId,
    Usage,
};
use octopoid_core::orchestrator::{AgentSettings, Builder, Limits, Notice, Orchestrator, Settings};
use octopoid_core::runner::{Runner, RunnerCheck};
use octopoid_core::store::{RunQuery, Store, StoreExt, TaskQuery, UsageQuery};
use octopoid_roles::claude::ClaudeRunner;
use octopoid_roles::folder::builtin_roles;
use octopoid_store::MemoryStore;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Turns without a commit after which an agent is burnt out.
const BURNOUT: u32 = 6;
/// No night takes that long.
const GUARD: Duration = Duration::from_secs(180);
const TASKS: u64 = 8;
/// The task whose agent never commits, and the one that waits for it.
const IDLER: u64 = 4;
const BEHIND_IDLER: u64 = 8;
const FAULTS: Faults = Faults {
    dropped: "task-1",
    held: "task-2",
    limited: "task-5",
    limited_review: "task-3",
    idler: ("task-4", BURNOUT as usize),
};

/// Which task waits for which.
const BLOCKERS: [(u64, &[u64]); 4] = [(5, &[1]), (6, &[2]), (7, &[5, 6]), (BEHIND_IDLER, &[IDLER])];

/// Variables that an agent is given beside those that every child process is given.
const VARIABLES: [&str; 5] = [
    "ANTHROPIC_BASE_URL",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "DISABLE_AUTOUPDATER",
    "DISABLE_TELEMETRY",
    "NO_PROXY",
];
/// The credential of the implementers, a subscription's, and that of the reviewer.
const SUBSCRIPTION: &str = "CLAUDE_CODE_OAUTH_TOKEN";
const KEY: &str = "ANTHROPIC_API_KEY";

/// What is there all night.
struct Night {
    place: Place,
    store: Arc<dyn Store>,
    api: Api,
    runner: ClaudeRunner,
    environment: BTreeMap<String, String>,
    starts: u64,
}

impl Night {
    /// None where there is no program.
    async fn begin() -> Option<Self> {
        let place = Place::new();
        let api = Api::start(FAULTS).await;
        let mut environment = environment(place.path());
        let more = [
            ("ANTHROPIC_BASE_URL", format!("http://{}", api.address)),
            ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1".to_owned()),
            ("DISABLE_AUTOUPDATER", "1".to_owned()),
            ("DISABLE_TELEMETRY", "1".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
            ("TMPDIR", place.path().display().to_string()),
            (SUBSCRIPTION, "sk-ant-oat01-test".to_owned()),
            (KEY, "sk-ant-test".to_owned()),
        ];
        environment.extend(more.map(|(name, value)| (name.to_owned(), value)));
        let runner = program().map_or_else(ClaudeRunner::new, |path| ClaudeRunner::new().with_program(path));
        let check = RunnerCheck::new(Vec::new(), environment.clone());
        if let Err(unavailable) = runner.check(&check).await {
            println!("left out: {unavailable}");
            println!("`npm install --prefix DIR @anthropic-ai/claude-code@2.1.330` installs it, and then");
            println!("OCTOPOID_TEST_CLAUDE=DIR/node_modules/.bin/claude names it");
            return None;
        }
        let policy = Policy::default().with_turns(BURNOUT, 100);
        let store = Arc::new(MemoryStore::new(Arc::new(SystemClock), policy));
        Some(Self { place, store, api, runner, environment, starts: 0 })
    }

    async fn enqueue(&self) {
        for number in 1..=TASKS {
            let new = NewTask::new(format!("Task {number}"), "Write down that it is done.");
            let blockers =
                BLOCKERS.iter().find(|(task, _)| *task == number).map_or(&[][..], |(_, list)| list);
            let blockers = blockers.iter().copied().map(TaskId::numbered);
            let new = new.with_id(TaskId::numbered(number)).with_blocked_by(blockers);
            self.store.create_task(new).await.unwrap();
        }
    }

    fn builder(&mut self) -> Builder {
        self.starts += 1;
        let agent = |name: &str, role, credential: &str| {
            let mut agent = AgentSettings::new(AgentName::new(name).unwrap(), role).with_runner("claude");
            agent.model = Some("claude-sonnet-4-5".to_owned());
            agent.env = VARIABLES.into_iter().chain([credential]).map(str::to_owned).collect();
            agent
        };
        let settings = Settings::new(OrchestratorId::new("local-night").unwrap(), "main")
            .with_environment(self.environment.clone())
            .with_limits(Limits::default().with_cost_usd(1e6, 1e6));
        Orchestrator::builder()
            .store(self.store.clone())
            .repository(self.place.repository())
            .settings(settings)
            .seed(self.starts)
            .roles(builtin_roles())
            .runner(Arc::new(self.runner.clone()))
            .agents(["worker-1", "worker-2"].map(|name| agent(name, RoleName::implement(), SUBSCRIPTION)))
            .agent(agent("reviewer", RoleName::review(), KEY))
    }

    /// Lets an orchestrator work until all its agents wait for an answer that does not come, and stops it then.
    async fn stop_while_all_wait(&mut self) {
        let orchestrator = self.builder().build().await.unwrap();
        let (handle, mut events, mut books) =
            (orchestrator.handle(), orchestrator.events(), self.api.watch());
        let running = tokio::spawn(orchestrator.run());
        let mut active: BTreeMap<RunId, Work> = BTreeMap::new();
        loop {
            tokio::select! {
                notice = events.next() => match notice.expect("it goes on until it is stopped") {
                    Notice::RunStarted { run, task, role: Some(role), .. } => {
                        active.insert(run, (task.to_string(), role.to_string()));
                    }
                    Notice::RunSettled { run, .. } => drop(active.remove(&run)),
                    _ => {}
                },
                changed = books.changed() => changed.expect("the API is there"),
            }
            let books = books.borrow();
            if books.holding && active.values().cloned().collect::<BTreeSet<_>>() == books.held() {
                break;
            }
        }
        handle.stop();
        running.await.unwrap().unwrap();
        self.api.let_go();
    }

    async fn finish(&mut self) {
        let summary = self.builder().build().await.unwrap().run_until_idle().await.unwrap();
        assert_eq!(summary.waiting, [], "all that could be done is done");
    }

    async fn tasks(&self) -> Vec<Task> {
        self.store.all_tasks(&TaskQuery::new(Scope::single())).await.unwrap()
    }

    /// All runs of agents, oldest first.
    async fn runs(&self) -> Vec<Run> {
        let mut runs = self.store.list_runs(&RunQuery::new(Scope::single())).await.unwrap();
        runs.retain(|run| run.role.is_some());
        runs.reverse();
        runs
    }
}

#[expect(clippy::disallowed_methods, reason = "the developer says where the program is")]
fn program() -> Option<String> {
    std::env::var("OCTOPOID_TEST_CLAUDE").ok().filter(|path| !path.is_empty())
}

fn work_of(run: &Run) -> Work {
    (run.task.to_string(), run.role.as_ref().unwrap().to_string())
}

/// All that could be done is done, and no task was charged for what was not its agent's fault.
fn all_is_done(tasks: &[Task], subjects: &[String]) {
    for task in tasks {
        let expected = match task.id {
            ref id if *id == TaskId::numbered(IDLER) => Queue::NeedsContinuation,
            ref id if *id == TaskId::numbered(BEHIND_IDLER) => Queue::Blocked,
            _ => Queue::Done,
        };
        assert_eq!(task.queue(), expected, "{task:#?}");
        assert_eq!(task.counters.attempts, 0, "{task:#?}");
        let landed = subjects.iter().filter(|subject| **subject == format!("Do {}", task.id)).count();
        assert_eq!(landed, usize::from(expected == Queue::Done), "{subjects:?}");
    }
}

/// An interrupted agent went on in its conversation, and none that had reported was asked again.
fn nothing_is_asked_twice(books: &Books, runs: &[Run]) {
    let works: BTreeSet<Work> = books.entries.iter().map(|entry| entry.work.clone()).collect();
    for work in &works {
        let entries: Vec<_> = books.of(work).collect();
        let sessions: BTreeSet<_> = entries.iter().map(|entry| entry.session.as_str()).collect();
        assert_eq!(sessions.len(), 1, "{work:?} is one conversation: {entries:#?}");
        let known = runs.iter().filter(|run| work_of(run) == *work);
        for run in known {
            let session = run.session.as_ref().map(ToString::to_string);
            assert_eq!(session.as_deref(), sessions.first().copied(), "{work:?}: {run:#?}");
        }
        let mut reported = false;
        for (earlier, entry) in entries.iter().enumerate() {
            assert!(!reported, "{work:?} was asked again: {entries:#?}");
            if let Fate::Served { tool, .. } = &entry.fate {
                reported = tool == REPORT;
            }
            for before in &entries[..earlier] {
                let gone = before.repeats.difference(&entry.repeats).count();
                assert_eq!(gone, 0, "{work:?} was forgotten in part: {entries:#?}");
            }
        }
    }
}

/// What the store says was used, by each run and in all, is what the API served.
async fn the_books_agree(night: &Night, runs: &[Run]) {
    let books = night.api.books();
    for run in runs {
        let span = run.started_at..=run.finished_at.unwrap();
        let (out, mut received) = books.used(&work_of(run), span);
        if matches!(run.stopped, Some(StopReason::Cancelled | StopReason::BurntOut)) {
            // It ends at times without its last event, and nothing else says what was written.
            received.output_tokens = 0;
        }
        for ((used, received), out) in numbers(run.usage).into_iter().zip(numbers(received)).zip(numbers(out))
        {
            assert!((received..=out).contains(&used), "{}: {received} <= {used} <= {out}", run.id);
        }
    }
    println!("turns, tokens read and written: the API has served {:?}", numbers(books.served()));
    drop(books);
    let stored = night.store.usage(&UsageQuery::new(Scope::single())).await.unwrap();
    println!("                                     the store holds {:?}", numbers(stored));
    assert_eq!(numbers(stored), numbers(runs.iter().map(|run| run.usage).sum()));
}

fn numbers(usage: Usage) -> [u64; 3] {
    [u64::from(usage.turns), usage.input_tokens, usage.output_tokens]
}

/// Everything that was to go wrong did, and was told apart.
fn all_accidents_happened(books: &Books, runs: &[Run]) {
    let runs_that = |fits: fn(&StopReason) -> bool| {
        runs.iter().filter_map(|run| run.stopped.as_ref()).filter(|stop| fits(stop)).count()
    };
    assert_eq!(runs_that(|stop| *stop == StopReason::BurntOut), 1);
    assert!(
        runs_that(|stop| *stop == StopReason::Cancelled) >= 2,
        "both workers were at work when it was stopped"
    );
    // A subscription says when its limit lifts, a key does not.
    assert!(runs_that(|stop| matches!(stop, StopReason::RateLimited { retry_at: Some(_), .. })) >= 1);
    assert_eq!(runs_that(|stop| matches!(stop, StopReason::RateLimited { retry_at: None, .. })), 1);
    assert_eq!(books.entries.iter().filter(|entry| entry.fate == Fate::Dropped).count(), 1);
    assert_eq!(books.strays, [] as [String; 0]);
}

/// No task goes on before the limit that its agent met lifts.
fn limits_are_heeded(runs: &[Run]) {
    for (place, run) in runs.iter().enumerate() {
        let Some(StopReason::RateLimited { retry_at: Some(until), .. }) = run.stopped else { continue };
        let next = runs[place + 1..].iter().find(|next| work_of(next) == work_of(run)).unwrap();
        assert!(next.started_at >= until, "{} began before {until}", next.id);
    }
}

/// Prints what happened.
fn tell(runs: &[Run], books: &Books) {
    for run in runs {
        let Usage { turns, input_tokens, output_tokens, .. } = run.usage;
        let why = run.stopped.as_ref().map_or_else(|| "came to its end".to_owned(), StopReason::describe);
        let (task, role) = work_of(run);
        println!(
            "{task:7} {role:9} {:8} {turns} turns, {input_tokens}+{output_tokens} tokens: it {why}",
            run.agent
        );
    }
    let count = |fits: fn(&Fate) -> bool| books.entries.iter().filter(|entry| fits(&entry.fate)).count();
    println!(
        "{} requests: {} served, {} limited, {} dropped, {} held",
        books.entries.len(),
        count(|fate| matches!(fate, Fate::Served { .. })),
        count(|fate| *fate == Fate::Limited),
        count(|fate| *fate == Fate::Dropped),
        count(|fate| matches!(fate, Fate::Held { .. })),
    );
}

async fn play() {
    let begun = SystemClock.now();
    let Some(mut night) = Night::begin().await else { return };
    night.enqueue().await;
    night.stop_while_all_wait().await;
    println!("stopped after {:.1?}", SystemClock.now().since(begun));
    night.finish().await;
    println!("finished after {:.1?}", SystemClock.now().since(begun));
    let runs = night.runs().await;
    tell(&runs, &night.api.books());
    all_is_done(&night.tasks().await, &night.place.subjects());
    all_accidents_happened(&night.api.books(), &runs);
    limits_are_heeded(&runs);
    nothing_is_asked_twice(&night.api.books(), &runs);
    the_books_agree(&night, &runs).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Claude Code"]
async fn i34_a_short_night_with_the_real_program() {
    tokio::time::timeout(GUARD, play()).await.expect("the night ends");
}
