//! What a running orchestrator does, as it does it: a line for each notice, and on a terminal a line that moves for each
//! agent at work.

mod bars;
mod lines;
mod log;

use crate::output::{Output, on_terminal};
use bars::Bars;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::orchestrator::Notice;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Shows it until told to end.
#[derive(Debug)]
pub(crate) struct Live {
    task: JoinHandle<()>,
    over: CancellationToken,
}

impl Live {
    /// Begins to show what comes.
    pub(crate) fn begin(notices: Receiver<Notice>, output: Output) -> Self {
        let over = CancellationToken::new();
        let bars = (on_terminal() && !output.json && !output.quiet).then(Bars::new);
        let task = tokio::spawn(follow(notices, Printer { output, bars }, over.clone()));
        Self { task, over }
    }

    /// Shows what has come so far, and ends.
    pub(crate) async fn end(self) {
        self.over.cancel();
        // A defect in showing must not hide what was shown.
        let _ = self.task.await;
    }
}

async fn follow(mut notices: Receiver<Notice>, mut printer: Printer, over: CancellationToken) {
    loop {
        tokio::select! {
            biased;
            notice = notices.recv() => match notice {
                Ok(notice) => printer.show(&notice),
                Err(RecvError::Lagged(missed)) => printer.missed(missed),
                Err(RecvError::Closed) => break,
            },
            () = over.cancelled() => break,
        }
    }
    loop {
        match notices.try_recv() {
            Ok(notice) => printer.show(&notice),
            Err(TryRecvError::Lagged(missed)) => printer.missed(missed),
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
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

    fn missed(&self, number: u64) {
        tracing::debug!(number, "notices were missed by the display");
    }
}
