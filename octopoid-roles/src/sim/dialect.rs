//! The dialect in which the agent prints: that of the command protocol, or that of Claude Code.

use octopoid_core::model::Usage;
use serde_json::Value;
use std::io;
use std::path::Path;

/// How the agent's work ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Finish {
    /// It came to its end, with a report.
    Done(Report),
    /// It exited with a status, and a text on stderr.
    Exit { code: u8, text: String, report: Report },
    /// It reached its limit of turns.
    MaxTurns,
    /// It reached its budget.
    Budget,
    /// The API failed.
    Api { status: Option<u16>, text: String, resets_at: Option<i64>, refusal: bool },
}

/// The report of the agent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Report {
    Nothing,
    Object(Value),
    /// A text as it is, JSON or not.
    Raw(String),
}

impl Report {
    /// Writes the report into the file for results.
    pub(super) fn write(self, path: &Path) -> io::Result<()> {
        match self {
            Report::Nothing => Ok(()),
            Report::Raw(text) => std::fs::write(path, text),
            Report::Object(value) => std::fs::write(path, value.to_string()),
        }
    }
}

/// A way to print what the agent does.
pub(super) trait Dialect {
    fn begin(&mut self) -> io::Result<()>;
    fn say(&mut self, text: &str) -> io::Result<()>;
    /// Prints the use of a tool, and returns whether it is allowed.
    fn tool(&mut self, name: &str, input: &str) -> io::Result<bool>;
    fn deny(&mut self, tool: &str) -> io::Result<()>;
    fn count(&mut self, usage: &Usage) -> io::Result<()>;
    /// Prints bytes as they are.
    fn raw(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Asks for permission with these options, each an id and a kind, and returns what was answered.
    fn permission(&mut self, kind: &str, options: &[(String, String)]) -> io::Result<String> {
        let _ = (kind, options);
        Ok("nobody to ask".to_owned())
    }
    /// Sends messages that no protocol knows yet.
    fn novelties(&mut self) -> io::Result<()> {
        Ok(())
    }
    /// Prints the end, and returns the exit status.
    fn finish(&mut self, usage: &Usage, finish: Finish) -> io::Result<u8>;
    /// Returns the limits of turns and of dollars.
    fn limits(&self) -> (Option<u32>, Option<f64>) {
        (None, None)
    }
}
