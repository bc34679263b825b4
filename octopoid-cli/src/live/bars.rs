//! The progress lines.

use super::lines::action;
use crate::output::text;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use octopoid_core::model::{RunId, Usage};
use octopoid_core::orchestrator::Notice;
use octopoid_core::runner::AgentEvent;
use std::collections::BTreeMap;
use std::time::Duration;

/// One line for each run under way.
#[derive(Debug)]
pub(super) struct Bars {
    all: MultiProgress,
    runs: BTreeMap<RunId, Bar>,
}

#[derive(Debug)]
struct Bar {
    bar: ProgressBar,
    head: String,
    used: Usage,
    last: String,
}

impl Bars {
    pub(super) fn new() -> Self {
        Self { all: MultiProgress::new(), runs: BTreeMap::new() }
    }

    /// Prints something above the progress lines.
    pub(super) fn above(&self, print: impl FnOnce()) {
        self.all.suspend(print);
    }

    pub(super) fn update(&mut self, notice: &Notice) {
        match notice {
            Notice::RunStarted { run, task, title, agent, .. } => {
                let bar = self.all.add(ProgressBar::new_spinner().with_style(style()));
                bar.enable_steady_tick(Duration::from_millis(120));
                let head = format!("{agent:<16} {task:<9} {}", text::one_line(title, 32));
                let bar = Bar { bar, head, used: Usage::default(), last: String::new() };
                bar.draw();
                self.runs.insert(run.clone(), bar);
            }
            Notice::Agent { run, event, .. } => {
                let Some(bar) = self.runs.get_mut(run) else { return };
                if let AgentEvent::Usage(used) = event {
                    bar.used = *used;
                } else if let Some(words) = action(event) {
                    bar.last = words;
                }
                bar.draw();
            }
            Notice::Step { run, step, .. } => {
                let Some(bar) = self.runs.get_mut(run) else { return };
                bar.last = format!("{}: {}", step.name, text::one_line(&step.detail, 60));
                bar.draw();
            }
            Notice::RunSettled { run, .. } => {
                if let Some(bar) = self.runs.remove(run) {
                    bar.bar.finish_and_clear();
                    self.all.remove(&bar.bar);
                }
            }
            _ => {}
        }
    }

    pub(super) fn clear(self) {
        for bar in self.runs.into_values() {
            bar.bar.finish_and_clear();
        }
        // The screen may be gone; then there is nothing to clear.
        let _ = self.all.clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Bar {
    fn draw(&self) {
        let used = text::usage(&self.used);
        let parts = [self.head.as_str(), used.as_str(), self.last.as_str()];
        let shown: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        self.bar.set_message(shown.join("  "));
    }
}
