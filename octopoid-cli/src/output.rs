//! Printing. `anstream` leaves colours out without a terminal, or with `NO_COLOR`.

pub(crate) mod explained;
pub(crate) mod json;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod text;

use crate::error::CliError;
use serde::Serialize;
use std::fmt::Display;
use std::io::Write;

/// The way to print.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Output {
    /// JSON on the standard output, and nothing else there.
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
}

impl Output {
    /// Prints a line of the result. Nothing with `--json`.
    pub(crate) fn line(self, text: impl Display) {
        if !self.json {
            // A reader that has gone away, as `head` does, is no failure of ours.
            let _ = writeln!(anstream::stdout(), "{text}");
        }
    }

    /// Prints a line beside the result. Nothing with `--json` or `--quiet`.
    pub(crate) fn note(self, text: impl Display) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Prints a detail, with `--verbose` only.
    pub(crate) fn detail(self, text: impl Display) {
        if self.verbose {
            self.line(format_args!("{}{text}{}", style::DIM, style::RESET));
        }
    }

    /// Prints raw output, such as a log's. Fails if the reader has gone away.
    pub(crate) fn raw(self, text: &str) -> std::io::Result<()> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Writes bytes as they are, for what reads a pipe. Nothing with `--json`.
    pub(crate) fn bytes(self, bytes: &[u8]) {
        if !self.json {
            let mut out = std::io::stdout().lock();
            // A reader that has gone away, as `head` does, is no failure of ours.
            let _ = out.write_all(bytes).and_then(|()| out.flush());
        }
    }

    /// Prints a text exactly as it is; on a terminal, without control characters. Nothing with `--json`.
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

    /// Prints a warning on the standard error.
    pub(crate) fn warn(self, text: impl Display) {
        let (on, off) = (style::WARNING, style::RESET);
        let _ = writeln!(anstream::stderr(), "{on}warning:{off} {text}");
    }

    /// Prints the result as JSON. Nothing without `--json`.
    pub(crate) fn json(self, value: &impl Serialize) {
        if self.json
            && let Ok(text) = serde_json::to_string_pretty(value)
        {
            let _ = writeln!(anstream::stdout(), "{text}");
        }
    }

    /// Prints one of many results as a line of JSON. Nothing without `--json`.
    pub(crate) fn json_line(self, value: &impl Serialize) {
        if self.json
            && let Ok(text) = serde_json::to_string(value)
        {
            let _ = writeln!(anstream::stdout(), "{text}");
        }
    }

    /// Prints an error and its hint on the standard error.
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

/// Returns a text with its styles, or without where the standard output gets none.
pub(crate) fn styled(text: &str) -> String {
    match anstream::AutoStream::choice(&std::io::stdout()) {
        anstream::ColorChoice::Never => anstream::adapter::strip_str(text).to_string(),
        _ => text.to_owned(),
    }
}

/// Returns whether the standard output is a terminal.
pub(crate) fn on_terminal() -> bool {
    use std::io::IsTerminal;
    std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}
