//! Carrying out the script.

use super::dialect::{Dialect, Finish, Report};
use super::directive::Directive;
use super::environment::Environment;
use super::git::Git;
use octopoid_core::model::Usage;
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The reason that the work ends early.
#[derive(Debug)]
pub(super) enum Stop {
    Finish(Finish),
    /// The agent failed.
    Broken(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<String> for Stop {
    fn from(error: String) -> Self {
        Self::Broken(error)
    }
}

/// The agent at work.
pub(super) struct Actor<'a> {
    pub(super) environment: &'a Environment,
    pub(super) dialect: &'a mut dyn Dialect,
    pub(super) usage: Usage,
    /// The report, once that is decided.
    report: Option<Report>,
    /// The parts of the summary.
    notes: Vec<String>,
}

impl<'a> Actor<'a> {
    pub(super) fn new(environment: &'a Environment, dialect: &'a mut dyn Dialect) -> Self {
        Self { environment, dialect, usage: Usage::default(), report: None, notes: Vec::new() }
    }

    /// Carries out all directives, and returns the report.
    pub(super) fn perform(&mut self, directives: &[Directive]) -> Result<Report, Stop> {
        self.say(&format!("{} {}", self.environment.role, self.environment.task.id))?;
        if self.environment.conflict() {
            self.settle_conflict()?;
        }
        for directive in directives {
            self.follow(directive)?;
        }
        if !directives.iter().any(Directive::is_work)
            && !self.environment.conflict()
            && !self.environment.is_review()
        {
            self.default_work()?;
        }
        Ok(self.report.take().unwrap_or_else(|| self.default_report()))
    }

    fn default_report(&self) -> Report {
        let text = self.notes.join("; ");
        Report::Object(if self.environment.is_review() {
            let text = if text.is_empty() { "looks right".to_owned() } else { text };
            json!({ "outcome": "approved", "feedback": text })
        } else {
            json!({ "outcome": "submitted", "summary": text })
        })
    }

    fn default_work(&mut self) -> Result<(), Stop> {
        let name = format!("{}.txt", self.environment.task.id);
        let line = match self.environment.sent_back() {
            None => self.environment.task.title.clone(),
            Some(message) => {
                let first = message.body.lines().next().unwrap_or_default();
                format!("round {}: {first}", self.environment.round())
            }
        };
        if self.environment.round() == 1 {
            self.follow(&Directive::Write { path: name, text: line })?;
        } else {
            self.follow(&Directive::Append { path: name, text: line })?;
        }
        self.follow(&Directive::Commit { message: self.environment.task.title.clone() })
    }

    fn settle_conflict(&mut self) -> Result<(), Stop> {
        let tip = self
            .environment
            .variables
            .get("OCTOPOID_BASE_TIP")
            .ok_or("OCTOPOID_BASE_TIP is not set".to_owned())?;
        self.tool("Bash", &format!("git rebase {tip}"))?;
        Git::new(self.environment).rebase(tip)?;
        self.notes.push("rebased and kept both sides".to_owned());
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<(), Stop> {
        self.dialect.say(text)?;
        self.turn()
    }

    fn tool(&mut self, name: &str, input: &str) -> Result<(), Stop> {
        let allowed = self.dialect.tool(name, input)?;
        self.turn()?;
        // Refused, it gives up.
        if allowed { Ok(()) } else { Err(Stop::Finish(Finish::Done(Report::Nothing))) }
    }

    /// Counts a turn, and ends the work if that exceeds a limit.
    fn turn(&mut self) -> Result<(), Stop> {
        let (turns, budget) = self.dialect.limits();
        self.usage.turns += 1;
        self.usage.input_tokens += 1000;
        self.usage.output_tokens += 100;
        self.usage.cost_usd += 0.001;
        self.dialect.count(&self.usage)?;
        if turns.is_some_and(|most| self.usage.turns > most) {
            return Err(Stop::Finish(Finish::MaxTurns));
        }
        if budget.is_some_and(|most| self.usage.cost_usd > most) {
            return Err(Stop::Finish(Finish::Budget));
        }
        Ok(())
    }

    fn follow(&mut self, directive: &Directive) -> Result<(), Stop> {
        match directive {
            Directive::Write { path, text } => {
                self.tool("Write", path)?;
                self.write(path, &format!("{text}\n"), false)?;
                self.notes.push(format!("wrote {path}"));
            }
            Directive::Append { path, text } => {
                self.tool("Edit", path)?;
                self.write(path, &format!("{text}\n"), true)?;
                self.notes.push(format!("added to {path}"));
            }
            Directive::Delete { path } => {
                self.tool("Bash", &format!("rm {path}"))?;
                std::fs::remove_file(self.environment.worktree.join(path))?;
            }
            Directive::Commit { message } => {
                self.tool("Bash", &format!("git commit -m {message:?}"))?;
                Git::new(self.environment).commit(message)?;
            }
            Directive::Git { arguments } => {
                self.tool("Bash", &format!("git {}", arguments.join(" ")))?;
                Git::new(self.environment).run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
            }
            Directive::Say(text) => self.say(text)?,
            Directive::Env(name) => {
                let seen = if self.environment.variables.contains_key(name) { "visible" } else { "absent" };
                let note = format!("env {name}: {seen}");
                self.say(&note)?;
                self.notes.push(note);
            }
            Directive::Turns(turns) => {
                while self.usage.turns < *turns {
                    self.turn()?;
                }
            }
            Directive::Cost(dollars) => {
                self.usage.cost_usd = dollars - 0.001;
                self.turn()?;
            }
            Directive::Work(span) => pause(*span),
            Directive::Hang => loop {
                pause(Duration::from_secs(3600));
            },
            Directive::Exit { code, text } => {
                let report = self.report.take().unwrap_or(Report::Nothing);
                return Err(Stop::Finish(Finish::Exit { code: *code, text: text.clone(), report }));
            }
            Directive::PrintMb(count) => self.print(*count, true)?,
            Directive::LongLine(count) => self.print(*count, false)?,
            Directive::InvalidUtf8 => self.dialect.raw(b"not \xff\xfe utf-8 \xc3\x28\n")?,
            Directive::SpawnOrphan => self.spawn_orphan()?,
            Directive::TouchConfig => {
                Git::new(self.environment).run(&["config", "octopoid.touched", "yes"])?;
            }
            Directive::NoResult => self.report = Some(Report::Nothing),
            Directive::RawResult(text) => self.report = Some(Report::Raw(text.clone())),
            Directive::Result(value) => self.report = Some(Report::Object(value.clone())),
            Directive::ApiError { status, text } => {
                let status = Some(*status).filter(|status| *status > 0);
                let finish = Finish::Api { status, text: text.clone(), resets_at: None, refusal: false };
                return Err(Stop::Finish(finish));
            }
            Directive::Limit { resets_at, text } => {
                let resets_at = Some(*resets_at).filter(|moment| *moment > 0);
                let finish = Finish::Api { status: Some(429), text: text.clone(), resets_at, refusal: false };
                return Err(Stop::Finish(finish));
            }
            Directive::Refuse(text) => {
                let finish = Finish::Api { status: None, text: text.clone(), resets_at: None, refusal: true };
                return Err(Stop::Finish(finish));
            }
            Directive::Deny(tool) => self.dialect.deny(tool)?,
            Directive::Permission { kind, options } => {
                let answer = self.dialect.permission(kind, options)?;
                self.say(&format!("permission: {answer}"))?;
            }
            Directive::Gate(path) => {
                // A named pipe: this waits until somebody opens it.
                std::fs::read(self.environment.worktree.join(path))?;
            }
            Directive::Novelties => self.dialect.novelties()?,
        }
        Ok(())
    }

    fn write(&self, path: &str, text: &str, append: bool) -> Result<(), Stop> {
        let path: PathBuf = self.environment.worktree.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(append).write(true).truncate(!append);
        Ok(options.open(path)?.write_all(text.as_bytes())?)
    }

    fn print(&mut self, megabytes: u64, lines: bool) -> Result<(), Stop> {
        let mut block = vec![b'x'; 1 << 20];
        if lines {
            block.iter_mut().skip(99).step_by(100).for_each(|byte| *byte = b'\n');
        }
        for _ in 0..megabytes {
            self.dialect.raw(&block)?;
        }
        Ok(self.dialect.raw(b"\n")?)
    }

    /// Starts a process in a session of its own, which does not end with this one.
    fn spawn_orphan(&self) -> Result<(), Stop> {
        let child = Command::new("setsid")
            .args(["sleep", "3600"])
            .env_clear()
            .envs(&self.environment.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(path) = self.environment.beside("orphan.pid") {
            std::fs::write(path, child.id().to_string())?;
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "this program's work is to take time")]
fn pause(span: Duration) {
    std::thread::sleep(span);
}
