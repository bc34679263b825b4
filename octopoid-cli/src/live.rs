//! The live view of a running orchestrator: a line for each notice, and on a terminal a progress line for each agent at
//! work.

mod bars;
mod lines;
mod log;

use crate::output::{Output, on_terminal};
use bars::Bars;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::orchestrator::{Events, Notice};
use tokio::task::JoinHandle;

/// Shows notices until the orchestrator ends.
#[derive(Debug)]
pub(crate) struct Live {
    task: JoinHandle<()>,
}

impl Live {
    /// Starts to show notices.
    pub(crate) fn begin(events: Events, output: Output) -> Self {
        let bars = (on_terminal() && !output.json && !output.quiet).then(Bars::new);
        Self { task: tokio::spawn(follow(events, Printer { output, bars })) }
    }

    /// Waits until every notice is shown; called after the orchestrator has ended.
    pub(crate) async fn end(self) {
        // A defect in showing must not hide what was shown.
        let _ = self.task.await;
    }
}

async fn follow(mut events: Events, mut printer: Printer) {
    while let Some(notice) = events.next().await {
        printer.show(&notice);
    }
    if let Some(bars) = printer.bars {
        bars.clear();
    }
}

struct Printer {
    output: Output,
    bars: Option<Bars>,
}

impl Printer {
    fn show(&mut self, notice: &Notice) {
        let at = SystemClock.now();
        log::write(notice);
        if let Some(bars) = &mut self.bars {
            bars.update(notice);
        }
        if self.output.json {
            if let Some(value) = lines::json(notice, at, self.output.verbose) {
                self.output.json_line(&value);
            }
            return;
        }
        if let Some(line) = lines::line(notice, at, self.output.verbose) {
            let output = self.output;
            let print = || match notice {
                Notice::Warning { .. } => output.warn(line),
                _ => output.note(line),
            };
            match &self.bars {
                Some(bars) => bars.above(print),
                None => print(),
            }
        }
    }
}
