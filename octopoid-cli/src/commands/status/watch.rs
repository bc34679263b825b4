//! `octopoid status --watch`: the overview, drawn again whenever something happens.

use super::{as_json, page};
use crate::context::Context;
use crate::error::{Kind, Result};
use crate::installation::Installation;
use crate::output::styled;
use crate::overview::Overview;
use crate::watch::FolderWatch;
use octopoid_core::store::Store;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

/// The least time between two drawings: many events in a row are one.
const AT_LEAST: Duration = Duration::from_millis(200);
/// The pause before a queue that is away is asked again.
const AWAY: Duration = Duration::from_secs(2);

/// Shows the overview until Ctrl-C. It is gathered again after an event of the queue, a change of what the orchestrator here does,
/// and now and then, because spans of time grow.
pub(super) async fn run(installation: &Installation, context: &Context) -> Result<()> {
    let store = installation.store(&context.environment).await?;
    let runtime = installation.layout.runtime();
    // Nothing may have run here yet; the folder is that of what will.
    let mut files = runtime.is_dir().then(|| FolderWatch::new(&runtime).for_days());
    let mut screen = Screen::begin(context);
    let shown = tokio::select! {
        shown = follow(installation, &store, files.as_mut(), &mut screen, context) => shown,
        stopped = tokio::signal::ctrl_c() => {
            // Without a handler for the signal, the signal itself ends this.
            let _ = stopped;
            Ok(())
        }
    };
    screen.end();
    shown
}

async fn follow(
    installation: &Installation,
    store: &Arc<dyn Store>,
    mut files: Option<&mut FolderWatch>,
    screen: &mut Screen,
    context: &Context,
) -> Result<()> {
    loop {
        // The cursor comes first: what happens while the overview is gathered is seen by the wait.
        let gathered = match store.last_event().await {
            Ok(cursor) => Overview::gather(installation, &context.environment, &**store)
                .await
                .map(|view| (view, cursor)),
            Err(error) => Err(error.into()),
        };
        match gathered {
            Ok((view, cursor)) => {
                if screen.show(&view, context).is_err() {
                    return Ok(());
                }
                tokio::time::sleep(AT_LEAST).await;
                let changed = async {
                    match files.as_mut() {
                        Some(files) => files.changed().await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = changed => {}
                    // An error is seen again by the next look, which says it.
                    _ = store.wait_for_event(cursor) => {}
                }
            }
            Err(error) if error.kind == Kind::Unavailable => {
                if screen.show(&Overview::without_queue(installation, error.message), context).is_err() {
                    return Ok(());
                }
                tokio::time::sleep(AWAY).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Where the overview is shown.
#[derive(Debug)]
enum Screen {
    /// A terminal, on whose other screen it is drawn in place.
    Terminal,
    /// Anything else: each overview that differs from the last is printed below it.
    Lines {
        /// What was printed last.
        last: String,
    },
}

/// The other screen, without a cursor, and with long lines cut off.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";
/// The upper left corner; the rest of a line; the rest of the screen.
const HOME: &str = "\x1b[H";
const END_OF_LINE: &str = "\x1b[K";
const BELOW: &str = "\x1b[J";

impl Screen {
    fn begin(context: &Context) -> Self {
        if context.output.json || !std::io::stdout().is_terminal() {
            return Screen::Lines { last: String::new() };
        }
        // A terminal that is gone is noticed by the first drawing.
        let _ = write(ENTER);
        Screen::Terminal
    }

    /// Shows an overview.
    ///
    /// # Errors
    /// The reader has gone away.
    fn show(&mut self, view: &Overview, context: &Context) -> std::io::Result<()> {
        let output = context.output;
        match self {
            Screen::Lines { last } => {
                let text = if output.json {
                    format!("{}\n", as_json(view))
                } else {
                    format!("{}\n\n", page::render(view))
                };
                if *last == text {
                    return Ok(());
                }
                *last = text;
                output.raw(last)
            }
            Screen::Terminal => {
                let rows = crossterm::terminal::size().map_or(24, |(_, rows)| usize::from(rows));
                write(&drawn(&styled(&page::render(view)), rows))
            }
        }
    }

    fn end(self) {
        if matches!(self, Screen::Terminal) {
            // A terminal that is gone needs no restoring.
            let _ = write(LEAVE);
        }
    }
}

/// Returns what draws a text over the last one, on a screen with so many rows.
fn drawn(text: &str, rows: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    let room = rows.saturating_sub(1);
    let cut = lines.len() > room;
    let shown = lines.len().min(if cut { room.saturating_sub(1) } else { room });
    let mut drawn = String::from(HOME);
    for line in &lines[..shown] {
        drawn.push_str(&format!("{line}{END_OF_LINE}\n"));
    }
    if cut {
        let more = format!("… {} more lines; Ctrl-C ends", lines.len() - shown);
        drawn.push_str(&format!("{more}{END_OF_LINE}\n"));
    }
    drawn.push_str(BELOW);
    drawn
}

/// Writes to the terminal, also what controls it where colours are not wanted.
fn write(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_off_and_what_stood_there_is_gone() {
        assert_eq!(drawn("a\nb", 24), "\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J");
        let text = drawn("a\nb\nc\nd\ne", 4);
        let lines: Vec<_> = text.split('\n').collect();
        assert_eq!(lines.len(), 4, "{text:?}");
        assert!(lines[1].starts_with('b') && lines[2].contains("3 more lines"), "{text:?}");
    }
}
