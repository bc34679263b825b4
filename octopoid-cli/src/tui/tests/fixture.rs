//! Queues to look at.

use crate::overview::Agent;
use crate::tui::entry::entries;
use crate::tui::event::{Changes, Data, Effect, Event, ProjectView, Wanted};
use crate::tui::model::Model;
use crate::tui::pane::Mark;
use crate::tui::snapshot::{Here, Limits, Snapshot};
use crate::tui::theme::Theme;
use crate::tui::view;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use octopoid_core::model::{
    Anchor, Approval, Blocker, Claim, ClaimToken, CommentAuthor, CommitId, Diff, Draft, FileDiff, Hold,
    Holder, LineRange, Machine, MachineStatus, Message, NewProject, NewReviewComment, NewTask, PlacedComment,
    Policy, Position, Priority, ProjectStatus, Provisional, Registration, Run, Scope, Side, State, Task,
    TaskId, Timestamp, Usage,
};
use octopoid_core::ops::project::Progress;
use octopoid_core::ops::{Landing, OrchestratorState, Situation};
use octopoid_core::orchestrator::{Idle, Status, Work};
use octopoid_core::transition::{Context, Placement, create};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::json;

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const MINUTE: i64 = 60_000;

pub(super) fn before(minutes: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() - minutes * MINUTE)
}

fn claim(agent: &str) -> Claim {
    let holder = Holder::new("local-1".parse().unwrap(), agent.parse().unwrap());
    Claim::new(ClaimToken::new("t").unwrap(), holder, before(12), NOW)
}

fn provisional(approved: bool, hold: Hold) -> State {
    let approval = approved.then(|| Approval::new("reviewer", before(3), false));
    State::Provisional(Provisional::new(approval, hold))
}

/// A task of a number, in a state.
pub(super) fn task(number: u64, title: &str, state: State) -> Task {
    let new = NewTask::new(title, format!("{title}, in full.\n\nWith a second paragraph that says more."));
    let placement = Placement::new(TaskId::numbered(number), number, Vec::new());
    let policy = Policy::default();
    let mut task = create(&new, placement, Context::new(before(90), &policy)).unwrap().task;
    task.state = state;
    task
}

/// Three tasks: one to decide, one at work, and one that waits for it.
pub(super) fn three() -> Vec<Task> {
    let reason = "3 review rounds were not enough; the last: the empty list is not handled".to_owned();
    let mut decide = task(
        7,
        "Cache the index, so that the search starts at once",
        provisional(false, Hold::Person { reason }),
    );
    decide.updated_at = before(25);
    let mut waits = task(9, "Use the new index in the command line", State::Blocked);
    waits.blockers = vec![Blocker::new(TaskId::numbered(8), false)];
    waits.priority = Priority::P1;
    vec![decide, task(8, "Store the index", State::Claimed { claim: claim("worker.1") }), waits]
}

/// Five hundred tasks in all states.
pub(super) fn many() -> Vec<Task> {
    let state = |number: u64| match number % 10 {
        0 => State::NeedsContinuation { reason: "which colour?".to_owned() },
        1 | 2 => State::Claimed { claim: claim("worker.2") },
        3 => provisional(true, Hold::Free),
        4 => State::Done { landed: Some(CommitId::new("0123456789".repeat(4)).unwrap()), at: before(100) },
        5 => State::Failed { reason: "cancelled by ada".to_owned() },
        _ => State::Incoming,
    };
    (1..=500)
        .map(|number| {
            task(
                number,
                &format!("Task of the number {number}, with a title that is not short"),
                state(number),
            )
        })
        .collect()
}

fn work() -> Work {
    let work = json!({
        "run": "task-8.1", "task": "task-8", "title": "Store the index", "since": before(12),
        "usage": { "turns": 14, "input_tokens": 120_000, "output_tokens": 8000, "cost_usd": 0.41 },
        "last": "Edit src/index.rs",
    });
    serde_json::from_value(work).unwrap()
}

/// A snapshot of an installation whose orchestrator runs.
pub(super) fn snapshot(tasks: &[Task]) -> Snapshot {
    let mut situation = Situation::default();
    situation.orchestrator = OrchestratorState::Running;
    situation.blockers = tasks.iter().map(|task| (task.id.clone(), task.queue())).collect();
    let status: Status = serde_json::from_value(json!({
        "orchestrator": "local-1", "pid": 4711, "started_at": before(130), "at": NOW, "paused": false,
        "stopping": false, "agents": [], "landings": [], "waiting": {}, "warnings": [],
        "accounts": [{ "account": "claude:1f2e", "agents": ["reviewer"], "until": before(-30),
                       "reason": "the limit of five hours is reached" }],
    }))
    .unwrap();
    let mut idle = Idle::new("the account is limited");
    idle.until = Some(before(-30));
    let agent = |name: &str, role: &str, work, idle| Agent {
        name: name.to_owned(),
        role: role.to_owned(),
        runner: Some("claude".to_owned()),
        work,
        idle,
    };
    Snapshot {
        name: "project".to_owned(),
        entries: entries(tasks, &situation, &[work()]),
        here: Some(Here {
            status: Some(status),
            paused: false,
            agents: vec![
                agent("worker.1", "implement", Some(work()), None),
                agent("reviewer", "review", None, Some(idle)),
            ],
            orphans: Vec::new(),
            landing: Landing::new("main").with_tests(true),
            limits: Limits { day: 50.0, task: 5.0 },
        }),
        machines: machines(),
        ready: Vec::new(),
        today: 3.5,
        away: None,
    }
}

/// Two machines, one of them out of service.
fn machines() -> Vec<Machine> {
    let machine = |id: &str, status| {
        let registration = Registration::new(Scope::single(), "local", id, "");
        let mut machine = Machine::new(id.parse().unwrap(), registration, before(600));
        (machine.status, machine.last_heartbeat) = (status, before(1));
        machine
    };
    vec![machine("local-1", MachineStatus::Active), machine("local-2", MachineStatus::Maintenance)]
}

/// The projects: one under way, and one that waits for a person.
pub(super) fn projects() -> Data {
    let view = |id: &str, title: &str, done, total| {
        let mut new = NewProject::new(Scope::single(), title, "main");
        new.status = ProjectStatus::Active;
        new.branch = Some(format!("feature/{id}"));
        new.description = Some(format!("{title}, for all who search."));
        let mut progress = Progress::default();
        (progress.done, progress.total) = (done, total);
        let mut used = Usage::default();
        used.cost_usd = 1.25;
        ProjectView { project: new.at(id.parse().unwrap(), before(50)), progress, used }
    };
    Data::Projects(vec![view("index", "The new index", 1, 3), view("colours", "Colours", 2, 2)])
}

/// Two drafts, of which one has become a task.
pub(super) fn drafts() -> Data {
    let draft = |id: u64, title: &str, status: &str, task: Option<&str>| {
        serde_json::from_value::<Draft>(json!({
            "id": id, "slug": title.to_lowercase().replace(' ', "-"), "scope": "default", "title": title, "status": status,
            "author": "ada", "domain": "search", "tags": null, "file_path": null,
            "body": "The index is read again for each search.\n\nIt could be kept.",
            "linked_task": task, "linked_project": null, "created_at": before(80), "updated_at": before(70), "original": null,
        }))
        .unwrap()
    };
    Data::Drafts(
        vec![draft(4, "Cache the index", "review", None), draft(3, "Add a flag", "approved", Some("task-9"))],
        0,
    )
}

/// A screen, with what it asked to be done.
pub(super) struct Screen {
    pub(super) model: Model,
    pub(super) effects: Vec<Effect>,
}

impl Screen {
    pub(super) fn new(size: (u16, u16), tasks: &[Task]) -> Self {
        Self::with_theme(size, tasks, Theme::new(true, true))
    }

    pub(super) fn with_theme(size: (u16, u16), tasks: &[Task], theme: Theme) -> Self {
        let mut screen = Self { model: Model::new(theme, size, NOW), effects: Vec::new() };
        screen.knows(snapshot(tasks));
        screen
    }

    pub(super) fn send(&mut self, event: Event) -> &mut Self {
        self.effects.extend(self.model.update(event));
        self
    }

    pub(super) fn knows(&mut self, snapshot: Snapshot) -> &mut Self {
        self.send(Event::Snapshot { snapshot: Box::new(snapshot), changed: None, now: NOW })
    }

    /// Gives the pane what it asked for last.
    pub(super) fn reads(&mut self, data: Data) -> &mut Self {
        let wanted = self.wanted();
        self.send(Event::Loaded(wanted, data))
    }

    pub(super) fn wanted(&self) -> Wanted {
        self.model.wanted.clone()
    }

    pub(super) fn press(&mut self, code: KeyCode) -> &mut Self {
        self.send(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    pub(super) fn ctrl(&mut self, letter: char) -> &mut Self {
        self.send(Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)))
    }

    /// Presses the keys of a text.
    pub(super) fn types(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            self.press(KeyCode::Char(letter));
        }
        self
    }

    /// What was asked to be done since the last look.
    pub(super) fn asked(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Returns the screen as text.
    pub(super) fn text(&self) -> String {
        self.drawn().backend().to_string()
    }

    /// Draws the screen.
    pub(super) fn drawn(&self) -> Terminal<TestBackend> {
        let (width, height) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view::draw(&self.model, frame)).unwrap();
        terminal
    }

    #[track_caller]
    pub(super) fn shows(&self, text: &str) {
        let screen = self.text();
        assert!(screen.contains(text), "{text:?} is not in\n{screen}");
    }
}

pub(super) fn message(id: u64, kind: &str, author: &str, text: &str) -> Message {
    serde_json::from_value(json!({
        "id": id, "scope": "default", "task": "task-7", "kind": kind, "author": author, "body": text,
        "at": before(20), "to": null, "parent": null, "label": null,
    }))
    .unwrap()
}

pub(super) fn details() -> Data {
    let run = |number: u32, role: &str, agent: &str, outcome: serde_json::Value, steps: serde_json::Value| {
        serde_json::from_value::<Run>(json!({
            "id": format!("task-7.{number}"), "scope": "default", "task": "task-7", "number": number, "agent": agent,
            "role": role, "orchestrator": "local-1", "stage": "settled", "started_at": before(60), "finished_at": before(41),
            "outcome": outcome, "note": null,
            "usage": { "turns": 9, "input_tokens": 52_000, "output_tokens": 2100, "cost_usd": 0.27 },
            "commits": 2, "head": null, "session": null, "steps": steps,
        }))
        .unwrap()
    };
    let tests = json!([
        { "name": "rebase", "status": "done", "detail": "up to date with main", "at": before(42) },
        { "name": "tests", "status": "done", "detail": "exit 0 after 12 s\n41 passed", "at": before(41) },
    ]);
    Data::Details {
        thread: vec![
            message(1, "summary", "worker.1", "The index is kept in a file beside the data."),
            message(2, "feedback", "reviewer", "The empty list is not handled.\nPlease add a test for it."),
        ],
        runs: vec![
            run(
                1,
                "implement",
                "worker.1",
                json!({ "outcome": "submitted", "summary": "The index is kept." }),
                tests,
            ),
            run(
                2,
                "review",
                "reviewer",
                json!({ "outcome": "rejected", "feedback": "The empty list." }),
                json!([]),
            ),
        ],
        comments: Vec::new(),
    }
}

/// The diff as one of several rounds.
pub(super) fn changes(round: u32, newest: u32) -> Changes {
    Changes { diff: diff(), round, newest, head: Some(commit("2")), ..Changes::default() }
}

fn diff() -> Diff {
    let patch = "diff --git a/src/index.rs b/src/index.rs\n--- a/src/index.rs\n+++ b/src/index.rs\n@@ -10,4 +10,5 @@ fn load() {\n     let file = open();\n-    read(file)\n+    let cached = read(file);\n+    cached.unwrap_or_default()\n }\n";
    let file = json!({
        "path": "src/index.rs", "old_path": null, "change": "modified", "added": 2, "removed": 1, "binary": false,
        "patch": patch,
    });
    let image = json!({
        "path": "docs/index.png", "old_path": null, "change": "added", "added": 0, "removed": 0, "binary": true,
        "patch": "Binary file docs/index.png differs\n",
    });
    let files: Vec<FileDiff> =
        vec![serde_json::from_value(image).unwrap(), serde_json::from_value(file).unwrap()];
    Diff::new(files)
}

/// A commit of which every digit is the same.
pub(super) fn commit(digit: &str) -> CommitId {
    CommitId::new(digit.repeat(40)).unwrap()
}

/// The diff of the newest round with one comment at a line, which may be a draft.
pub(super) fn reviewed(is_draft: bool) -> Changes {
    let file: String = (1..=13).map(|number| format!("line {number}\n")).collect();
    let commits = (commit("1"), commit("2"));
    let anchor = Anchor::of_file("src/index.rs", Side::New, LineRange::line(12), commits, &file).unwrap();
    let new = NewReviewComment::new(CommentAuthor::person("ada"), "What if it is empty?").at(anchor);
    let new = if is_draft { new.as_draft() } else { new };
    let comment = new.with_id(31, "default".parse().unwrap(), TaskId::numbered(7), before(5));
    let comments = vec![PlacedComment::new(comment, Some(Position::Same), Vec::new())];
    Changes { comments, ..changes(3, 3) }
}

/// Moves the cursor of the diff to the comment.
pub(super) fn to_comment(screen: &mut Screen) {
    screen.types("g");
    for _ in 0..40 {
        if matches!(screen.model.pane.mark(), Some(Mark::Comment { .. })) {
            return;
        }
        screen.types("j");
    }
    panic!("there is no comment in\n{}", screen.text());
}
