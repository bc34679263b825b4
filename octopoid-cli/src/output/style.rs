//! Colours and styles.

use anstyle::{AnsiColor, Color, Reset, Style};
use octopoid_core::model::{Queue, Task};
use std::fmt::Display;

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(colour)))
}

pub(crate) const RESET: Reset = Reset;
pub(crate) const ERROR: Style = colour(AnsiColor::Red).bold();
pub(crate) const WARNING: Style = colour(AnsiColor::Yellow).bold();
pub(crate) const HINT: Style = colour(AnsiColor::Cyan).bold();
pub(crate) const GOOD: Style = colour(AnsiColor::Green);
pub(crate) const BAD: Style = colour(AnsiColor::Red);
pub(crate) const ATTENTION: Style = colour(AnsiColor::Yellow);
pub(crate) const BUSY: Style = colour(AnsiColor::Cyan);
pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();

/// Returns a text in a style.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{RESET}")
}

/// Returns the colour of a queue.
pub(crate) const fn of_queue(queue: Queue) -> AnsiColor {
    match queue {
        Queue::Done => AnsiColor::Green,
        Queue::Claimed | Queue::Provisional => AnsiColor::Cyan,
        Queue::NeedsContinuation | Queue::Blocked => AnsiColor::Yellow,
        Queue::Failed => AnsiColor::Red,
        Queue::Backlog => AnsiColor::BrightBlack,
        _ => AnsiColor::White,
    }
}

/// Returns the name of a task's queue or state, in its colour.
pub(crate) fn place(task: &Task) -> String {
    paint(colour(of_queue(task.queue())), task.place())
}

/// Returns a queue's name in its colour.
pub(crate) fn queue(queue: Queue) -> String {
    paint(colour(of_queue(queue)), queue)
}
