//! The terminal: taken over, and given back as it was, however this ends.

use crate::error::{CliError, IoContext, Result};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::any::Any;
use std::io::{BufWriter, IsTerminal, Stdout};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ThreadId;

/// What is drawn at once leaves in one piece, which matters over a slow line.
const BUFFER: usize = 64 << 10;

/// Terminal that shows the dashboard, until it is dropped.
#[derive(Debug)]
pub(super) struct Screen {
    pub(super) terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn open() -> Result<Self> {
        if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
            return Err(CliError::usage("the dashboard needs a terminal")
                .hint("`octopoid status` and `octopoid list` print the same as text, --json for programs"));
        }
        restore_on_panic();
        let taken = enter().doing("take over the terminal").and_then(|()| fresh());
        if taken.is_err() {
            leave();
        }
        Ok(Self { terminal: taken? })
    }

    /// Hands the terminal to another program.
    pub(super) fn leave(&mut self) {
        leave();
    }

    /// Takes the terminal back.
    pub(super) fn enter(&mut self) -> Result<()> {
        enter().doing("take over the terminal again")?;
        self.repaint()
    }

    /// Forgets what the terminal shows, so that all of it is drawn again.
    pub(super) fn repaint(&mut self) -> Result<()> {
        // Clearing by way of `Terminal` asks the terminal where its cursor is, and the answer may go to somebody else.
        execute!(std::io::stdout(), Clear(ClearType::All)).doing("clear the terminal")?;
        self.terminal = fresh()?;
        Ok(())
    }
}

/// Returns a terminal of which nothing is drawn yet.
fn fresh() -> Result<Terminal<CrosstermBackend<BufWriter<Stdout>>>> {
    let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, std::io::stdout()));
    Terminal::new(backend).doing("read the size of the terminal")
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

fn enter() -> std::io::Result<()> {
    enable_raw_mode()?;
    IS_TAKEN.store(true, Ordering::SeqCst);
    execute!(std::io::stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

fn leave() {
    // A terminal that has left the other screen already puts its cursor back, onto what was printed since.
    if !IS_TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // A terminal that is gone needs no order any more.
    let _ = execute!(std::io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, crossterm::cursor::Show);
    let _ = disable_raw_mode();
}

/// Whether the dashboard has the terminal.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);
/// The thread that draws.
static DRAWS: OnceLock<ThreadId> = OnceLock::new();

/// Has a panic's message appear on the ordinary screen, if the panic ends the dashboard. One elsewhere is caught there and said on
/// the dashboard, which goes on.
fn restore_on_panic() {
    if DRAWS.set(std::thread::current().id()).is_err() {
        return;
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_taken = IS_TAKEN.load(Ordering::SeqCst);
        let draws = DRAWS.get() == Some(&std::thread::current().id());
        if is_taken && draws {
            leave();
        }
        if !is_taken || draws {
            before(info);
        } else {
            tracing::error!(panic = %info, "a part of the dashboard ended by a defect");
        }
    }));
}

/// Returns what a panic said.
pub(super) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why")
}
