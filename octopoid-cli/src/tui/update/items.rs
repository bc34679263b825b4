//! What keys do at a machine, a project or a draft.

use crate::commands::draft::form;
use crate::tui::actions::Action;
use crate::tui::binding::{Verb, key_of};
use crate::tui::event::{Data, Effect, Written};
use crate::tui::layout::Focus;
use crate::tui::model::Model;
use crate::tui::pane::{Mark, Pane};
use crate::tui::prompt::{Prompt, Subject};
use octopoid_core::model::{Draft, ProjectId};

impl Model {
    /// Carries a verb out where it is about what the pane lists. Returns `None` where it is not.
    pub(super) fn verb_of_item(&mut self, verb: Verb) -> Option<Vec<Effect>> {
        if self.focus != Focus::Pane || !self.wanted.pane.has_items() {
            return None;
        }
        let mark = self.pane.mark().cloned();
        match (self.wanted.pane, verb, mark) {
            (Pane::Machines, Verb::Pause, Some(Mark::Machine(id))) => {
                let machine = self.snapshot.machines.iter().find(|machine| machine.id == id)?;
                Some(self.ask(Prompt::machine(&machine.clone())))
            }
            (Pane::Projects, Verb::Enqueue, _) => Some(self.ask(Prompt::new_project())),
            (Pane::Projects, verb, Some(Mark::Project(id))) => self.verb_of_project(verb, &id),
            (Pane::Drafts, Verb::Enqueue, _) => Some(self.ask(Prompt::new_draft())),
            (Pane::Drafts, verb, Some(Mark::Draft(id))) => {
                let draft = self.draft(id)?.clone();
                self.verb_of_draft(verb, &draft)
            }
            _ => None,
        }
        .or_else(|| {
            let back = key_of(Verb::Back);
            let words = format!("that key is about a task: {back} goes back to the list");
            verb.is_about_task().then(|| self.refuse(words))
        })
    }

    pub(super) fn verb_of_project(&mut self, verb: Verb, id: &ProjectId) -> Option<Vec<Effect>> {
        match verb {
            Verb::Approve => {
                let effect = "what its tasks made lands on its base branch, through the gates of its flow";
                Some(self.ask(Prompt::for_project(id, effect)))
            }
            Verb::Cancel => Some(self.ask(Prompt::archive_project(id))),
            Verb::Open => {
                self.filter(id.to_string());
                self.zoom = false;
                self.focus(Focus::List);
                Some(self.verb(Verb::Show(Pane::Task)))
            }
            _ => None,
        }
    }

    fn verb_of_draft(&mut self, verb: Verb, draft: &Draft) -> Option<Vec<Effect>> {
        match verb {
            Verb::Approve => Some(self.ask(Prompt::approve_draft(draft))),
            Verb::Cancel => Some(self.ask(Prompt::archive_draft(draft))),
            Verb::Discard => Some(self.ask(Prompt::delete_draft(draft))),
            Verb::Edit => {
                // What was written and did not arrive comes first.
                let kept = self.take_kept(&Subject::Draft(draft.id));
                let text = kept.map_or_else(|| form::render(draft), |field| field.text().to_owned());
                Some(vec![Effect::Edit(Written::Draft(draft.id), text)])
            }
            _ => None,
        }
    }

    fn draft(&self, id: u64) -> Option<&Draft> {
        let Some(Data::Drafts(drafts, _)) = &self.data else { return None };
        drafts.iter().find(|draft| draft.id == id)
    }

    /// Takes up what the editor was left with for a draft.
    pub(super) fn draft_written(&mut self, id: u64, text: String) -> Vec<Effect> {
        if self.draft(id).is_some_and(|draft| form::render(draft) == text) {
            return Vec::new();
        }
        let field = crate::tui::field::Field::new(text.clone());
        let kept = Some((Subject::Draft(id), field));
        vec![self.act(Action::EditDraft { draft: id, text }, kept)]
    }
}
