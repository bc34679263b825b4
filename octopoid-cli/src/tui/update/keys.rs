//! What keys do.

use crate::tui::actions::Action;
use crate::tui::binding::{Verb, key_of, verb};
use crate::tui::event::Effect;
use crate::tui::field::Field;
use crate::tui::layout::Focus;
use crate::tui::model::{Model, Overlay, Said};
use crate::tui::prompt::Prompt;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use octopoid_core::model::Priority;

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
                    if verb != Verb::Quit {
                        self.leaving = false;
                    }
                    self.verb(verb)
                }
                None => {
                    let help = key_of(Verb::Help);
                    self.refuse(format!("this key does nothing; {help} shows those that do"))
                }
            },
        }
    }

    pub(super) fn refuse(&mut self, text: impl Into<String>) -> Vec<Effect> {
        self.said = Some(Said { text: text.into(), is_bad: true });
        Vec::new()
    }

    pub(super) fn verb(&mut self, verb: Verb) -> Vec<Effect> {
        if let Some(effects) = self.verb_of_item(verb) {
            return effects;
        }
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
            | Verb::Revert => self.ask_about(verb),
            Verb::Review => self.review(None),
            Verb::Range => match self.focus == Focus::Pane && self.pane.toggle_range() {
                true => Vec::new(),
                false => self.refuse("a range of lines begins at the cursor of the diff"),
            },
            Verb::Resolve => self.resolve(),
            Verb::Discard => self.discard(),
            Verb::Raise => self.reprioritise(-1),
            Verb::Lower => self.reprioritise(1),
            Verb::Edit => match self.list.task() {
                Some(task) => vec![Effect::EditTask(task.clone())],
                None => self.refuse("no task is selected"),
            },
            Verb::Worktree => self.run("open"),
            Verb::Enqueue => self.ask(Prompt::enqueue()),
            Verb::Pause => self.pause(),
            Verb::Show(pane) => {
                let effects = self.want(pane, None);
                // What is listed there is what keys are about.
                if self.areas().pane.is_none() || pane.has_items() {
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
            Verb::Split => self.toggle_split(),
            Verb::Quit => self.leave(),
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

    pub(super) fn ask_about_task(&mut self, verb: Verb) -> Vec<Effect> {
        if let Some(project) = self.project() {
            return match verb {
                Verb::Approve => self.verb_of_project(verb, &project.id.clone()).unwrap_or_default(),
                _ => self.refuse("a project is approved here; `octopoid project` does the rest"),
            };
        }
        let Some(entry) = self.selected() else {
            return self.refuse("no task is selected");
        };
        match Prompt::for_task(verb, entry, self.thread(), &self.snapshot, self.now) {
            Ok(Some(mut prompt)) => {
                prompt.head = entry.task.submission.as_ref().and_then(|work| work.head.clone());
                self.ask(prompt)
            }
            Ok(None) => Vec::new(),
            Err(reason) => self.refuse(reason),
        }
    }

    /// Opens a prompt, with what was typed for the same before.
    pub(super) fn ask(&mut self, mut prompt: Prompt) -> Vec<Effect> {
        if let Some(kept) = self.take_kept(&prompt.subject) {
            prompt.field = kept;
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
        let now = self.priority_of(&entry.task);
        let at = all.iter().position(|priority| *priority == now).unwrap_or_default();
        let Some(priority) = at.checked_add_signed(by.into()).and_then(|at| all.get(at)) else {
            let text = format!("{} is {now} already", entry.task.id);
            return self.refuse(text);
        };
        let action = Action::Priority { task: entry.task.id.clone(), priority: *priority };
        vec![self.act(action, None)]
    }

    fn pause(&mut self) -> Vec<Effect> {
        match &self.snapshot.here {
            Some(here) => {
                let action = Action::Pause(!here.paused);
                vec![self.act(action, None)]
            }
            None => self.refuse(
                "an orchestrator is paused on its own machine; at a machine in the pane of machines, this key takes it out of service",
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

    /// Goes to the next head of the pane, or to the one before.
    fn next(&mut self, forwards: bool) -> Vec<Effect> {
        let height = self.pane_height();
        if !self.pane.show_head(forwards, height) {
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

    pub(super) fn step(&mut self, by: isize) -> Vec<Effect> {
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
                    self.pane.show_end(height)
                } else {
                    self.pane.show_start()
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
        if self.pane.from.take().is_some() {
            return Vec::new();
        }
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
}
