//! What keys do while something else than the screen itself has them: the help, the search, a prompt.

use crate::tui::binding::{Verb, verb};
use crate::tui::event::{Effect, Written};
use crate::tui::model::{Model, Overlay, Said};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use octopoid_core::ops::Attention;

impl Model {
    pub(super) fn key_of_help(&mut self, key: KeyEvent) -> Vec<Effect> {
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

    pub(super) fn key_of_search(&mut self, key: KeyEvent) -> Vec<Effect> {
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

    pub(super) fn key_of_prompt(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Overlay::Prompt(prompt) = &mut self.overlay else { return Vec::new() };
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let is_newline =
            key.modifiers.contains(KeyModifiers::ALT) || (key.code == KeyCode::Char('j') && ctrl);
        let effects = match key.code {
            KeyCode::Esc => self.give_up(),
            KeyCode::Char('c') if ctrl => self.give_up(),
            KeyCode::Tab => {
                prompt.next_verdict();
                Vec::new()
            }
            KeyCode::Char('e') if ctrl => vec![Effect::Edit(Written::Prompt, prompt.field.text().to_owned())],
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
        self.pane.from = None;
        let is_decision = subject.is_decision();
        let needed = self.selected().filter(|entry| entry.group == Attention::NeedsYou);
        self.decided = match (is_decision, needed, self.list.at) {
            (true, Some(entry), Some(at)) => Some((entry.task.id.clone(), at)),
            _ => None,
        };
        vec![self.act(action, Some((subject, field)))]
    }
}
