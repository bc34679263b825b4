//! What an event changes, and what is to follow. Pure.

mod items;
mod keys;
mod overlays;
mod review;
mod sending;

use super::content;
use super::event::{Data, Effect, Event, Wanted, Written};
use super::layout::Focus;
use super::model::{Model, Overlay, Said};
use super::pane::Pane;
use octopoid_core::model::TaskId;
use octopoid_core::ops::Attention;
use std::collections::BTreeSet;

impl Model {
    /// Changes the screen by an event. Returns what is to be done.
    pub(super) fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => self.key(key),
            Event::Paste(text) => {
                self.paste(&text);
                Vec::new()
            }
            Event::Resize(width, height) => {
                self.size = (width, height);
                self.fit();
                Vec::new()
            }
            Event::Tick(now) => {
                self.now = now;
                self.show();
                // No event of the queue tells of other people's projects and drafts.
                self.load_items()
            }
            Event::Snapshot { snapshot, changed, now } => {
                self.now = now;
                self.snapshot = *snapshot;
                self.know(changed.as_ref())
            }
            Event::Loaded(wanted, data) => {
                if wanted == self.wanted {
                    self.data = Some(data);
                    self.show();
                }
                Vec::new()
            }
            Event::Logged(wanted, lines) => {
                self.log(&wanted, lines);
                Vec::new()
            }
            Event::Done { text, number } => {
                self.arrived(number, true);
                self.said = Some(Said { text, is_bad: false });
                let mut effects = vec![Effect::Refresh];
                effects.extend(self.load_items());
                effects.extend(self.leave_if_due());
                effects
            }
            Event::Failed { message, hint, number } => {
                self.arrived(number, false);
                self.decided = None;
                let text = hint.map_or_else(|| message.clone(), |hint| format!("{message}: {hint}"));
                self.said = Some(Said { text, is_bad: true });
                vec![Effect::Bell]
            }
            Event::Edited(Written::Draft(id), text) => self.draft_written(id, text),
            Event::Edited(Written::Prompt, text) => {
                if let Overlay::Prompt(prompt) = &mut self.overlay {
                    prompt.field = super::field::Field::new(text.trim_end());
                }
                self.fit();
                Vec::new()
            }
        }
    }

    /// Takes up what is new about the queue.
    fn know(&mut self, changed: Option<&BTreeSet<TaskId>>) -> Vec<Effect> {
        let is_first = !std::mem::replace(&mut self.is_loaded, true);
        let height = self.list_height();
        self.list.set(&self.snapshot, height);
        if is_first {
            self.list.jump(false, &self.snapshot, height);
        }
        self.follow_decision();
        let shown = self.wanted.task.as_ref();
        let is_new = match (changed, shown) {
            (None, _) => true,
            (Some(changed), Some(task)) => changed.contains(task),
            (Some(changed), None) => !changed.is_empty(),
        };
        if self.wanted.pane.is_of_task() && self.list.task() != self.wanted.task.as_ref() {
            return self.want(self.wanted.pane, None);
        }
        self.show();
        match is_new {
            true => vec![Effect::Load(self.wanted.clone())],
            false => Vec::new(),
        }
    }

    /// Selects the next task that needs a person, once the one that was decided on needs none any more.
    fn follow_decision(&mut self) {
        let Some((task, at)) = self.decided.clone() else { return };
        let still = self.snapshot.entry(&task).is_some_and(|entry| entry.group == Attention::NeedsYou);
        if still {
            return;
        }
        self.decided = None;
        if self.list.task() == Some(&task) {
            let height = self.list_height();
            self.list.select_near(Attention::NeedsYou, at, &self.snapshot, height);
        }
    }

    /// Shows a pane of the selected task.
    pub(super) fn want(&mut self, pane: Pane, attempt: Option<u32>) -> Vec<Effect> {
        let task = self.list.task().cloned().filter(|_| pane.is_of_task());
        let wanted = Wanted { pane, task, attempt, since_review: false };
        let keeps = matches!(self.data, Some(Data::Details { .. })) && wanted.task == self.wanted.task;
        let is_other = wanted.pane != self.wanted.pane || wanted.task != self.wanted.task;
        if !keeps || !matches!(pane, Pane::Task | Pane::Thread | Pane::Runs | Pane::Graph) {
            self.data = None;
        }
        if is_other || attempt.is_some() {
            self.pane.restart(pane == Pane::Log, pane.has_cursor());
        }
        self.load(wanted)
    }

    /// Has what is wanted read.
    pub(super) fn load(&mut self, wanted: Wanted) -> Vec<Effect> {
        self.wanted = wanted;
        self.show();
        vec![Effect::Load(self.wanted.clone())]
    }

    /// Has projects or drafts read again, where they are shown.
    fn load_items(&self) -> Vec<Effect> {
        match self.wanted.pane {
            Pane::Projects | Pane::Drafts => vec![Effect::Load(self.wanted.clone())],
            _ => Vec::new(),
        }
    }

    /// Adds lines to the log that is shown.
    fn log(&mut self, wanted: &Wanted, lines: Vec<String>) {
        let height = self.pane_height();
        if *wanted != self.wanted {
            return;
        }
        if let Some(Data::Log(log)) = &mut self.data
            && let Some((_, known)) = &mut log.attempt
        {
            let rows = lines.iter().map(|line| content::log_row(line)).collect();
            known.extend(lines);
            self.pane.append(rows, height);
        }
    }

    fn paste(&mut self, text: &str) {
        match &mut self.overlay {
            Overlay::Prompt(prompt) => {
                let text = match prompt.subject.has_lines() {
                    true => text.to_owned(),
                    false => text.split_whitespace().collect::<Vec<_>>().join(" "),
                };
                prompt.field.insert(&text);
                prompt.missing = None;
            }
            Overlay::Search(field) => {
                field.insert(&text.split_whitespace().collect::<Vec<_>>().join(" "));
                let words = field.text().to_owned();
                self.filter(words);
            }
            Overlay::None | Overlay::Help { .. } => {}
        }
        self.fit();
    }

    /// Shows only the tasks with these words.
    pub(super) fn filter(&mut self, words: String) {
        self.list.filter = words;
        let height = self.list_height();
        self.list.set(&self.snapshot, height);
    }

    /// Gives the keys to the list or to the pane.
    pub(super) fn focus(&mut self, focus: Focus) {
        self.focus = focus;
        self.fit();
    }
}
