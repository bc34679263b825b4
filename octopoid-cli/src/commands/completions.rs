//! `octopoid completions`

use crate::args::{Cli, Completions};
use crate::context::Context;
use crate::error::{IoContext, Result};
use clap::CommandFactory;
use serde_json::json;

pub(super) fn run(args: &Completions, context: &Context) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "octopoid", &mut script);
    let script = String::from_utf8_lossy(&script);
    if context.output.json {
        context.output.json(&json!({ "shell": args.shell.to_string(), "script": script }));
        return Ok(());
    }
    context.output.raw(&script).doing("print the script")
}
