//! Everything that is printed. Colours only where a terminal is and `NO_COLOR` is not set; that is `anstream`'s work.

pub(crate) mod explained;
pub(crate) mod json;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod text;

use crate::error::CliError;
use serde::Serialize;
use std::fmt::Display;
use std::io::Write;

/// How to print.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Output {
    /// JSON on the standard output, and nothing else there.
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
}

impl Output {
    /// A line of the result. Nothing with `--json`.
    pub(crate) fn line(self, text: impl Display) {
        if !self.json {
            // A reader that has gone away, as `head` does, is no failure of ours.
            let _ = writeln!(anstream::stdout(), "{text}");
        }
    }

    /// A line beside the result. Nothing with `--json` or `--quiet`.
    pub(crate) fn note(self, text: impl Display) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// A line for the curious: with `--verbose` only.
    pub(crate) fn detail(self, text: impl Display) {
        if self.verbose {
            self.line(format_args!("{}{text}{}", style::DIM, style::RESET));
        }
    }

    /// A line of raw output, such as a log's. Tells a reader that has gone away.
    pub(crate) fn raw(self, text: &str) -> std::io::Result<()> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// A text exactly as it is, down to its last line's end. On a terminal it is shown instead, without characters that
    /// would steer it. Nothing with `--json`.
    pub(crate) fn exactly(self, text: &str) {
        use std::io::IsTerminal;
        if self.json {
            return;
        }
        let mut out = std::io::stdout().lock();
        // A reader that has gone away, as `head` does, is no failure of ours.
        let _ = if out.is_terminal() {
            text.lines().try_for_each(|line| writeln!(out, "{}", text::harmless(line)))
        } else {
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        };
    }

    /// Something that a person should know, on the standard error.
    pub(crate) fn warn(self, text: impl Display) {
        let (on, off) = (style::WARNING, style::RESET);
        let _ = writeln!(anstream::stderr(), "{on}warning:{off} {text}");
    }

    /// The result for programs. Nothing without `--json`.
    pub(crate) fn json(self, value: &impl Serialize) {
        if self.json
            && let Ok(text) = serde_json::to_string_pretty(value)
        {
            let _ = writeln!(anstream::stdout(), "{text}");
        }
    }

    /// One of many results for programs, on a line of its own.
    pub(crate) fn json_line(self, value: &impl Serialize) {
        if self.json
            && let Ok(text) = serde_json::to_string(value)
        {
            let _ = writeln!(anstream::stdout(), "{text}");
        }
    }

    /// What failed, why, and what to do next, on the standard error.
    pub(crate) fn error(self, error: &CliError) {
        if error.said {
            return;
        }
        let mut err = anstream::stderr();
        if self.json {
            let value = json::error(error);
            let _ = writeln!(err, "{value:#}");
            return;
        }
        let _ = writeln!(err, "{}error:{} {}", style::ERROR, style::RESET, error.message);
        if let Some(hint) = &error.hint {
            let _ = writeln!(err, "{}hint:{} {hint}", style::HINT, style::RESET);
        }
    }
}

/// Whether people watch the standard output.
pub(crate) fn on_terminal() -> bool {
    use std::io::IsTerminal;
    std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}
