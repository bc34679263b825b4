//! How the agent makes itself heard: two dialects, one story.

use octopoid_core::model::Usage;
use serde_json::Value;
use std::io;

/// How the agent's work ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Finish {
    /// By itself, with what it reports, if anything.
    Done(Report),
    /// With a status and words on stderr.
    Exit {
        code: u8,
        text: String,
        report: Report,
    },
    /// At a limit of its own.
    MaxTurns,
    Budget,
    /// The model's side failed.
    Api {
        status: Option<u16>,
        text: String,
        resets_at: Option<i64>,
        refusal: bool,
    },
}

/// What the agent reports.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Report {
    Nothing,
    Object(Value),
    /// As it is, JSON or not.
    Raw(String),
}

pub(super) trait Dialect {
    fn begin(&mut self) -> io::Result<()>;
    fn say(&mut self, text: &str) -> io::Result<()>;
    fn tool(&mut self, name: &str, input: &str) -> io::Result<()>;
    fn deny(&mut self, tool: &str) -> io::Result<()>;
    fn count(&mut self, usage: &Usage) -> io::Result<()>;
    /// Bytes as they are.
    fn raw(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// The last words. Gives the exit status.
    fn finish(&mut self, usage: &Usage, finish: Finish) -> io::Result<u8>;
    /// The most turns and the most dollars.
    fn limits(&self) -> (Option<u32>, Option<f64>) {
        (None, None)
    }
}
