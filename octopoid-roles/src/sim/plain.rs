//! The dialect of the command protocol.

use super::dialect::{Dialect, Finish, Report};
use octopoid_core::model::Usage;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::PathBuf;

/// Prints in the command protocol.
pub(super) struct Plain<'a> {
    pub(super) stdout: &'a mut dyn Write,
    pub(super) stderr: &'a mut dyn Write,
    pub(super) result: PathBuf,
    pub(super) session: String,
}

impl Plain<'_> {
    fn line(&mut self, value: &Value) -> io::Result<()> {
        writeln!(self.stdout, "{value}")?;
        self.stdout.flush()
    }

    fn report(&self, report: Report, usage: &Usage) -> io::Result<()> {
        let report = match report {
            Report::Object(mut value) => {
                if let Value::Object(fields) = &mut value {
                    fields.entry("turns").or_insert(usage.turns.into());
                    fields.entry("tokens").or_insert(tokens(usage));
                    fields.entry("cost_usd").or_insert(usage.cost_usd.into());
                    fields.entry("session_id").or_insert(self.session.clone().into());
                }
                Report::Object(value)
            }
            other => other,
        };
        report.write(&self.result)
    }
}

fn tokens(usage: &Usage) -> Value {
    json!({ "input": usage.input_tokens, "output": usage.output_tokens })
}

impl Dialect for Plain<'_> {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.line(&json!({ "type": "progress", "text": text }))
    }

    fn tool(&mut self, name: &str, input: &str) -> io::Result<bool> {
        writeln!(self.stdout, "[{name}] {input}")?;
        self.stdout.flush().map(|()| true)
    }

    fn deny(&mut self, tool: &str) -> io::Result<()> {
        self.tool(tool, "denied").map(|_| ())
    }

    fn count(&mut self, usage: &Usage) -> io::Result<()> {
        self.line(&json!({
            "type": "progress", "turns": usage.turns, "tokens": tokens(usage), "cost_usd": usage.cost_usd
        }))
    }

    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdout.write_all(bytes)?;
        self.stdout.flush()
    }

    fn finish(&mut self, usage: &Usage, finish: Finish) -> io::Result<u8> {
        let (code, text) = match finish {
            Finish::Done(report) => {
                self.report(report, usage)?;
                (0, String::new())
            }
            Finish::Exit { code, text, report } => {
                self.report(report, usage)?;
                (code, text)
            }
            Finish::MaxTurns => (1, "the limit of turns is reached".to_owned()),
            Finish::Budget => (1, "the budget is used up".to_owned()),
            Finish::Api { text, .. } => (75, text),
        };
        if !text.is_empty() {
            writeln!(self.stderr, "{text}")?;
        }
        Ok(code)
    }
}
