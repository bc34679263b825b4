//! `octopoid stop`: stops the orchestrator.

use crate::args::Stop;
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use crate::installation::Installation;
use crate::installation::running_status;
use crate::installation::{Orphan, TAKEN_UP};
use crate::output::{on_terminal, style, text};
use indicatif::{ProgressBar, ProgressStyle};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::orchestrator::running_pid;
use serde_json::json;
use std::time::Duration;

/// How often the other process is checked for its end: it is not a child, whose end could be awaited.
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn run(args: &Stop, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let output = context.output;
    let Some(pid) = running_pid(&installation.layout) else {
        let now = SystemClock.now();
        let orphans = Orphan::find(&installation, now);
        output.line("no orchestrator runs here");
        for orphan in &orphans {
            output.line(format_args!("  {}", orphan.words(now)));
        }
        if !orphans.is_empty() {
            output.note(format_args!("  {TAKEN_UP}"));
        }
        output.json(&json!({ "stopped": false, "pid": null, "orphans": orphans }));
        return Ok(());
    };
    let signal = if args.now { Signal::SIGQUIT } else { Signal::SIGTERM };
    let target = i32::try_from(pid)
        .map(Pid::from_raw)
        .map_err(|_| CliError::failure(format!("{pid} is no process")))?;
    kill(target, signal)
        .map_err(std::io::Error::from)
        .doing(format_args!("stop process {pid}"))
        .map_err(|error| error.hint("it may belong to another user"))?;

    let begun = SystemClock.now();
    let bar = (on_terminal() && !output.json && !output.quiet).then(spinner);
    if bar.is_none() {
        output.note(format_args!("asked process {pid} to end; {}", waiting_for(&installation)));
    }
    let mut look = tokio::time::interval(LOOK);
    let mut said = waiting_for(&installation);
    while running_pid(&installation.layout) == Some(pid) {
        look.tick().await;
        let waiting = waiting_for(&installation);
        if let Some(bar) = &bar {
            bar.set_message(format!("{waiting}  (Ctrl-C leaves it to that; --now stops the agents)"));
            bar.tick();
        } else if waiting != said {
            output.note(&waiting);
            said = waiting;
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let span = SystemClock.now().since(begun);
    output.line(format_args!("{} after {}", style::paint(style::GOOD, "stopped"), text::exact_span(span)));
    output.json(&json!({ "stopped": true, "pid": pid }));
    Ok(())
}

fn spinner() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(style)
}

fn waiting_for(installation: &Installation) -> String {
    let Some(status) = running_status(installation) else { return "it is ending".to_owned() };
    let busy: Vec<_> = status
        .agents
        .iter()
        .filter_map(|agent| Some(format!("{} on {}", agent.name, agent.work.as_ref()?.task)))
        .chain(status.landings.iter().map(|work| format!("the landing of {}", work.task)))
        .collect();
    if busy.is_empty() {
        "nothing runs any more".to_owned()
    } else {
        format!("waiting for {}", busy.join(", "))
    }
}
