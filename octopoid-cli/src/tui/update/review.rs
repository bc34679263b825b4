//! What keys do in a diff and its review.

use crate::tui::actions::Action;
use crate::tui::binding::Verb;
use crate::tui::event::{Data, Effect, Wanted};
use crate::tui::layout::Focus;
use crate::tui::model::{Model, SPLIT, Said};
use crate::tui::pane::{CodePlace, Mark, Pane};
use crate::tui::prompt::Prompt;
use octopoid_core::model::{ReviewVerdict, TaskId};

impl Model {
    /// Asks about what is at the cursor, or else about what is selected.
    pub(super) fn ask_about(&mut self, verb: Verb) -> Vec<Effect> {
        let drafts = self.drafts_of_review();
        let head = match &self.data {
            Some(Data::Diff(changes)) => changes.head.clone(),
            _ => None,
        };
        match (verb, self.at_cursor()) {
            (Verb::Comment, Some((task, Mark::Code(place)))) => {
                let Some(head) = head else {
                    return self.refuse("it is not known of which commit these lines are");
                };
                let first = match self.pane.mark_of_start() {
                    Some(Mark::Code(from)) if from.path == place.path && from.side == place.side => from.line,
                    Some(_) => return self.refuse("a range is of lines of one file, all new or all old"),
                    None => place.line,
                };
                let (first, last) = (first.min(place.line), first.max(place.line));
                self.ask(Prompt::line(&task, CodePlace { line: last, ..place }, first, head))
            }
            (Verb::Answer, Some((task, Mark::Comment { id, .. }))) => self.ask(Prompt::reply(&task, id)),
            // What was found goes with the verdict.
            (Verb::Approve, _) if drafts > 0 => self.review(Some(ReviewVerdict::Approve)),
            (Verb::Reject, _) if drafts > 0 => self.review(Some(ReviewVerdict::RequestChanges)),
            _ => self.ask_about_task(verb),
        }
    }

    /// Returns what the line at the cursor stands for, with its task, where the keys go to the pane.
    pub(super) fn at_cursor(&self) -> Option<(TaskId, Mark)> {
        let is_newest = matches!(&self.data, Some(Data::Diff(changes)) if changes.is_newest());
        let mark = self.pane.mark().filter(|_| self.focus == Focus::Pane)?.clone();
        let is_code = matches!(mark, Mark::Code(_));
        (!is_code || is_newest).then_some((self.wanted.task.clone()?, mark))
    }

    pub(super) fn review(&mut self, verdict: Option<ReviewVerdict>) -> Vec<Effect> {
        let Some(entry) = self.selected() else {
            return self.refuse("no task is selected");
        };
        match Prompt::review(&entry.task, self.drafts_of_review(), verdict, &self.snapshot, self.now) {
            Ok(prompt) => self.ask(prompt),
            Err(reason) => self.refuse(reason),
        }
    }

    pub(super) fn resolve(&mut self) -> Vec<Effect> {
        match self.at_cursor() {
            Some((task, Mark::Comment { id, is_draft: false, is_resolved })) => {
                let action = Action::Resolve { task, comment: id, resolved: !is_resolved };
                vec![self.act(action, None)]
            }
            _ => self.refuse("there is no sent comment at the cursor of the diff"),
        }
    }

    pub(super) fn discard(&mut self) -> Vec<Effect> {
        match self.at_cursor() {
            Some((task, Mark::Comment { id, is_draft: true, .. })) => {
                vec![self.act(Action::Discard { task, comment: id }, None)]
            }
            _ => self.refuse("there is no draft at the cursor of the diff"),
        }
    }

    pub(super) fn toggle_split(&mut self) -> Vec<Effect> {
        self.split = !self.split;
        self.fit();
        if self.split && !self.is_split() {
            let words =
                format!("two columns are shown where the diff has {SPLIT} or more columns: z gives it all");
            self.said = Some(Said { text: words, is_bad: false });
        }
        Vec::new()
    }

    /// Shows the diff since the last review, or the whole one again.
    pub(super) fn since_review(&mut self) -> Vec<Effect> {
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
    pub(super) fn attempt(&mut self, forwards: bool) -> Vec<Effect> {
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
}
