//! What keys do.

use crate::tui::actions::Action;
use crate::tui::binding::{Verb, key_of, verb};
use crate::tui::event::{Data, Effect, Wanted};
use crate::tui::field::Field;
use crate::tui::layout::Focus;
use crate::tui::model::{Model, Overlay, Said};
use crate::tui::pane::Pane;
use crate::tui::prompt::{Prompt, Subject};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use octopoid_core::model::Priority;
use octopoid_core::ops::Attention;

/// Columns by which long lines are moved.
const SHIFT: isize = 8;

impl Model {
    pub(super) fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match (&self.overlay, key.code) {
            // Whatever is open: a person who wants to leave can.
            (_, KeyCode::Char('z')) if ctrl => vec![Effect::Suspend],
            (Overlay::Prompt(_), _) => self.key_of_prompt(key),
            (Overlay::Search(_), _) => self.key_of_search(key),
            (Overlay::Help { .. }, _) => self.key_of_help(key),
            (Overlay::None, _) => match verb(key) {
                Some(verb) => {
                    self.said = None;
                    self.verb(verb)
                }
                None => {
                    let help = key_of(Verb::Help);
                    self.refuse(format!("this key does nothing; {help} shows those that do"))
                }
            },
        }
    }

    fn refuse(&mut self, text: impl Into<String>) -> Vec<Effect> {
        self.said = Some(Said { text: text.into(), is_bad: true });
        Vec::new()
    }

    pub(super) fn verb(&mut self, verb: Verb) -> Vec<Effect> {
        match verb {
            Verb::Approve
            | Verb::Reject
            | Verb::Retry
            | Verb::Requeue
            | Verb::Cancel
            | Verb::Unblock
            | Verb::Force
            | Verb::Comment
            | Verb::Answer
            | Verb::Tell
            | Verb::Revert => self.ask_about_task(verb),
            Verb::Raise => self.reprioritise(-1),
            Verb::Lower => self.reprioritise(1),
            Verb::Edit => self.run("edit"),
            Verb::Worktree => self.run("open"),
            Verb::Enqueue => self.ask(Prompt::enqueue()),
            Verb::Pause => self.pause(),
            Verb::Show(pane) => {
                let effects = self.want(pane, None);
                if self.areas().pane.is_none() {
                    self.focus(Focus::Pane);
                }
                effects
            }
            Verb::Search => {
                self.overlay = Overlay::Search(Field::new(self.list.filter.clone()));
                if self.areas().list.is_none() {
                    self.focus(Focus::List);
                }
                Vec::new()
            }
            Verb::SinceReview => self.since_review(),
            Verb::Next => self.next(true),
            Verb::Previous => self.next(false),
            Verb::Older => self.attempt(false),
            Verb::Newer => self.attempt(true),
            Verb::PaneDown => self.scroll_pane(true),
            Verb::PaneUp => self.scroll_pane(false),
            Verb::Zoom => {
                self.zoom = !self.zoom;
                // What is zoomed is what one reads.
                self.focus(if self.zoom { Focus::Pane } else { self.focus });
                Vec::new()
            }
            Verb::Switch => {
                self.focus(match self.focus {
                    Focus::List => Focus::Pane,
                    Focus::Pane => Focus::List,
                });
                Vec::new()
            }
            Verb::Open => {
                self.focus(Focus::Pane);
                Vec::new()
            }
            Verb::Back => self.back(),
            Verb::Help => {
                self.overlay = Overlay::Help { top: 0 };
                Vec::new()
            }
            Verb::Refresh => vec![Effect::Repaint, Effect::Refresh, Effect::Load(self.wanted.clone())],
            Verb::Suspend => vec![Effect::Suspend],
            Verb::Quit => vec![Effect::Quit],
            Verb::Up => self.step(-1),
            Verb::Down => self.step(1),
            Verb::PageUp => self.page(-1),
            Verb::PageDown => self.page(1),
            Verb::First => self.jump(false),
            Verb::Last => self.jump(true),
            Verb::Left => {
                self.pane.shift(-SHIFT);
                Vec::new()
            }
            Verb::Right => {
                self.pane.shift(SHIFT);
                Vec::new()
            }
        }
    }

    fn ask_about_task(&mut self, verb: Verb) -> Vec<Effect> {
        if let Some(project) = self.project() {
            return match verb {
                Verb::Approve => self.ask(Prompt::for_project(&project.id.clone())),
                _ => self.refuse("a project is approved here; `octopoid project` does the rest"),
            };
        }
        let Some(entry) = self.selected() else {
            return self.refuse("no task is selected");
        };
        match Prompt::for_task(verb, entry, self.thread(), &self.snapshot, self.now) {
            Ok(Some(prompt)) => self.ask(prompt),
            Ok(None) => Vec::new(),
            Err(reason) => self.refuse(reason),
        }
    }

    /// Opens a prompt, with what was typed for the same before.
    fn ask(&mut self, mut prompt: Prompt) -> Vec<Effect> {
        if let Some(at) = self.drafts.iter().position(|(subject, _)| *subject == prompt.subject) {
            prompt.field = self.drafts.remove(at).1;
        }
        self.overlay = Overlay::Prompt(Box::new(prompt));
        self.fit();
        Vec::new()
    }

    fn reprioritise(&mut self, by: i8) -> Vec<Effect> {
        let Some(entry) = self.selected() else {
            return self.refuse("no task is selected");
        };
        let all = Priority::ALL;
        let at = all.iter().position(|priority| *priority == entry.task.priority).unwrap_or_default();
        let Some(priority) = at.checked_add_signed(by.into()).and_then(|at| all.get(at)) else {
            let text = format!("{} is {} already", entry.task.id, entry.task.priority);
            return self.refuse(text);
        };
        let action = Action::Priority { task: Box::new(entry.task.clone()), priority: *priority };
        vec![Effect::Act(Box::new(action), None)]
    }

    fn pause(&mut self) -> Vec<Effect> {
        match &self.snapshot.here {
            Some(here) => vec![Effect::Act(Box::new(Action::Pause(!here.paused)), None)],
            None => self.refuse(
                "an orchestrator is paused on its own machine; `octopoid machines drain` takes one out of service from anywhere",
            ),
        }
    }

    /// Gives the terminal to a command about the selected task.
    fn run(&mut self, command: &str) -> Vec<Effect> {
        match self.list.task() {
            Some(task) => vec![Effect::Run(vec![command.to_owned(), task.to_string()])],
            None => self.refuse("no task is selected"),
        }
    }

    /// Shows the diff since the last review, or the whole one again.
    fn since_review(&mut self) -> Vec<Effect> {
        let was = self.wanted.pane == Pane::Diff && self.wanted.since_review;
        let mut effects = self.verb(Verb::Show(Pane::Diff));
        if !was {
            self.data = None;
            let wanted = Wanted { since_review: true, ..self.wanted.clone() };
            effects.extend(self.load(wanted));
        }
        effects
    }

    /// Goes to the attempt or the round after the one that is shown, or before it.
    fn attempt(&mut self, forwards: bool) -> Vec<Effect> {
        let (shown, all): (u32, Vec<u32>) = match &self.data {
            Some(Data::Log(log)) => match &log.attempt {
                Some((shown, _)) => (*shown, log.attempts.clone()),
                None => return self.refuse("there are no attempts yet"),
            },
            Some(Data::Diff(changes)) => (changes.round, (1..=changes.newest).collect()),
            _ => return self.refuse("attempts are in the log, and rounds in the diff"),
        };
        let found = match forwards {
            true => all.iter().find(|number| **number > shown),
            false => all.iter().rev().find(|number| **number < shown),
        };
        match found.copied() {
            Some(number) => self.want(self.wanted.pane, Some(number)),
            None => self.refuse(if forwards { "this is the newest" } else { "this is the first" }),
        }
    }

    /// Goes to the next head of the pane, or to the one before.
    fn next(&mut self, forwards: bool) -> Vec<Effect> {
        let height = self.pane_height();
        if !self.pane.to_head(forwards, height) {
            return self.refuse(if forwards { "nothing follows" } else { "nothing stands before" });
        }
        Vec::new()
    }

    fn scroll_pane(&mut self, down: bool) -> Vec<Effect> {
        let height = self.pane_height();
        let half = isize::try_from(height / 2).unwrap_or_default().max(1);
        self.pane.scroll(if down { half } else { -half }, height);
        Vec::new()
    }

    fn step(&mut self, by: isize) -> Vec<Effect> {
        match self.focus {
            Focus::List => {
                let height = self.list_height();
                self.list.step(by, &self.snapshot, height);
                self.selection_moved()
            }
            Focus::Pane => {
                let height = self.pane_height();
                self.pane.scroll(by, height);
                Vec::new()
            }
        }
    }

    fn page(&mut self, by: isize) -> Vec<Effect> {
        match self.focus {
            Focus::List => {
                let page = isize::try_from(self.list_height() / 2).unwrap_or_default().max(1);
                self.step(by * page)
            }
            Focus::Pane => {
                let page = isize::try_from(self.pane_height().saturating_sub(2)).unwrap_or_default().max(1);
                self.step(by * page)
            }
        }
    }

    fn jump(&mut self, to_end: bool) -> Vec<Effect> {
        match self.focus {
            Focus::List => {
                let height = self.list_height();
                self.list.jump(to_end, &self.snapshot, height);
                self.selection_moved()
            }
            Focus::Pane => {
                let height = self.pane_height();
                if to_end {
                    self.pane.to_end(height)
                } else {
                    self.pane.to_start()
                }
                Vec::new()
            }
        }
    }

    /// Shows the task that is selected now, where the pane is of a task.
    pub(super) fn selection_moved(&mut self) -> Vec<Effect> {
        if !self.wanted.pane.is_of_task() {
            return Vec::new();
        }
        // Between two projects the task stays none, and something else is shown all the same.
        if self.wanted.task.as_ref() == self.list.task() {
            self.show();
            return Vec::new();
        }
        self.want(self.wanted.pane, None)
    }

    fn back(&mut self) -> Vec<Effect> {
        if self.zoom {
            self.zoom = false;
            self.focus(Focus::List);
        } else if self.focus == Focus::Pane {
            self.focus(Focus::List);
        } else if !self.list.filter.is_empty() {
            self.filter(String::new());
            return self.selection_moved();
        }
        Vec::new()
    }

    fn key_of_help(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Overlay::Help { top } = &mut self.overlay else { return Vec::new() };
        match verb(key) {
            Some(Verb::Down) => *top = top.saturating_add(1),
            Some(Verb::Up) => *top = top.saturating_sub(1),
            Some(Verb::PageDown) => *top = top.saturating_add(10),
            Some(Verb::PageUp) => *top = top.saturating_sub(10),
            Some(Verb::First) => *top = 0,
            _ => self.overlay = Overlay::None,
        }
        Vec::new()
    }

    fn key_of_search(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Overlay::Search(field) = &mut self.overlay else { return Vec::new() };
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => self.overlay = Overlay::None,
            KeyCode::Esc => {
                self.overlay = Overlay::None;
                self.filter(String::new());
            }
            KeyCode::Char('c') if ctrl => {
                self.overlay = Overlay::None;
                self.filter(String::new());
            }
            KeyCode::Up => return self.step(-1),
            KeyCode::Down => return self.step(1),
            _ => {
                field.key(key);
                let words = field.text().to_owned();
                self.filter(words);
            }
        }
        self.selection_moved()
    }

    fn key_of_prompt(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Overlay::Prompt(prompt) = &mut self.overlay else { return Vec::new() };
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let is_newline =
            key.modifiers.contains(KeyModifiers::ALT) || (key.code == KeyCode::Char('j') && ctrl);
        let effects = match key.code {
            KeyCode::Esc => self.give_up(),
            KeyCode::Char('c') if ctrl => self.give_up(),
            KeyCode::Char('e') if ctrl => vec![Effect::Edit(prompt.field.text().to_owned())],
            KeyCode::Enter if !is_newline => self.send(),
            _ if is_newline && !prompt.subject.has_lines() => Vec::new(),
            _ => {
                prompt.missing = None;
                prompt.field.key(key);
                Vec::new()
            }
        };
        self.fit();
        effects
    }

    /// Closes the prompt. What was typed is kept for the next time.
    fn give_up(&mut self) -> Vec<Effect> {
        if let Overlay::Prompt(prompt) = std::mem::replace(&mut self.overlay, Overlay::None)
            && !prompt.field.text().trim().is_empty()
        {
            self.drafts.push((prompt.subject, prompt.field));
            self.said =
                Some(Said { text: "not sent; the text is kept for the next time".to_owned(), is_bad: false });
        }
        Vec::new()
    }

    fn send(&mut self) -> Vec<Effect> {
        let Overlay::Prompt(prompt) = &mut self.overlay else { return Vec::new() };
        let action = match prompt.action() {
            Ok(action) => action,
            Err(missing) => {
                prompt.missing = Some(missing);
                return Vec::new();
            }
        };
        let (subject, field) = (prompt.subject.clone(), prompt.field.clone());
        self.overlay = Overlay::None;
        let is_decision = !matches!(
            subject,
            Subject::Comment(_)
                | Subject::Answer(..)
                | Subject::Tell(_)
                | Subject::Revert(_)
                | Subject::Enqueue
        );
        let needed = self.selected().filter(|entry| entry.group == Attention::NeedsYou);
        self.decided = match (is_decision, needed, self.list.at) {
            (true, Some(entry), Some(at)) => Some((entry.task.id.clone(), at)),
            _ => None,
        };
        // Kept until it is known that it arrived.
        self.drafts.push((subject.clone(), field));
        vec![Effect::Act(Box::new(action), Some(subject))]
    }
}
