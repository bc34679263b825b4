//! What was sent and has not arrived, and texts that were not sent.

use crate::tui::actions::Action;
use crate::tui::event::Effect;
use crate::tui::field::Field;
use crate::tui::model::{Model, Overlay, Said, Sent};
use crate::tui::prompt::Subject;
use octopoid_core::model::{Priority, Task};

impl Model {
    /// Has an action carried out. The text that it was made of is kept until it is known that it arrived.
    pub(super) fn act(&mut self, action: Action, kept: Option<(Subject, Field)>) -> Effect {
        let priority = match &action {
            Action::Priority { task, priority } => Some((task.clone(), *priority)),
            _ => None,
        };
        self.acted += 1;
        self.sent.push(Sent { number: self.acted, kept, priority });
        Effect::Act(Box::new(action), self.acted)
    }

    /// Returns the priority of a task, as it is once everything has arrived.
    pub(super) fn priority_of(&self, task: &Task) -> Priority {
        let sent = self.sent.iter().rev().filter_map(|sent| sent.priority.as_ref());
        let last = sent.into_iter().find(|(id, _)| *id == task.id);
        last.map_or(task.priority, |(_, priority)| *priority)
    }

    /// Takes up that something has arrived, or has not, whose text is kept for the next time then.
    pub(super) fn arrived(&mut self, number: Option<u64>, is_there: bool) {
        let Some(at) = self.sent.iter().position(|sent| Some(sent.number) == number) else { return };
        let Some(kept) = self.sent.remove(at).kept.filter(|_| !is_there) else { return };
        match &mut self.overlay {
            Overlay::Prompt(prompt) if prompt.subject == kept.0 && prompt.field.text().is_empty() => {
                prompt.field = kept.1;
            }
            _ => self.drafts.push(kept),
        }
        self.leaving = false;
    }

    /// Takes the texts that were kept for something.
    pub(super) fn take_kept(&mut self, subject: &Subject) -> Option<Field> {
        let texts: Vec<_> = self
            .drafts
            .extract_if(.., |(kept, _)| kept == subject)
            .map(|(_, field)| field.text().trim_end().to_owned())
            .collect();
        (!texts.is_empty()).then(|| Field::new(texts.join("\n\n")))
    }

    /// Leaves, once what was sent has arrived; asked again, at once.
    pub(super) fn leave(&mut self) -> Vec<Effect> {
        if self.leaving {
            return vec![Effect::Quit];
        }
        let words = match (self.sent.is_empty(), self.drafts.last()) {
            (true, None) => return vec![Effect::Quit],
            (false, _) => "leaves when what was sent has arrived; once more leaves now".to_owned(),
            (true, Some(_)) => "what was typed and not sent is lost then; once more leaves".to_owned(),
        };
        self.leaving = true;
        self.said = Some(Said { text: words, is_bad: true });
        Vec::new()
    }

    /// Returns what follows once everything has arrived.
    pub(super) fn leave_if_due(&self) -> Option<Effect> {
        (self.leaving && self.sent.is_empty() && self.drafts.is_empty()).then_some(Effect::Quit)
    }
}
