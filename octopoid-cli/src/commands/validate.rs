//! `octopoid validate`: checks the configuration.

use crate::assembly::Roles;
use crate::assembly::Workers;
use crate::assembly::flows::{Flows, skipped};
use crate::checks;
use crate::config::Problem;
use crate::context::Context;
use crate::error::{CliError, Kind, Result};
use crate::installation::Installation;
use crate::output::{Output, style, text};
use crate::task_files;
use serde_json::json;

pub(super) async fn run(context: &Context) -> Result<()> {
    let root = context.find()?;
    let (problems, warnings, agents) = match Installation::read(&root) {
        Ok(installation) => {
            let roles = Roles::load(&installation, &context.environment).await;
            let mut problems = checks::problems(&installation, &roles, &context.environment);
            // They stop nothing else, so `start` only names them.
            let workers = Workers::of(&roles);
            problems.extend(task_files::problems(&installation, &workers, &context.environment));
            let flows = Flows::load(installation.layout.root(), &roles);
            let warnings = skipped(&flows, &installation, &context.environment);
            (problems, warnings, installation.agent_settings().len())
        }
        Err(problems) => (problems, Vec::new(), 0),
    };
    let output = context.output;
    output.json(&json!({ "valid": problems.is_empty(), "problems": problems, "warnings": warnings }));
    if problems.is_empty() {
        let agents = text::count(agents as u64, "agent");
        output.line(format_args!("{} the configuration is right: {agents}", style::paint(style::GOOD, "✓")));
    }
    for problem in &problems {
        say(problem, "", output);
    }
    for warning in &warnings {
        say(warning, &format!("{} ", style::paint(style::WARNING, "warning:")), output);
    }
    if problems.is_empty() { Ok(()) } else { Err(CliError::said(Kind::Configuration)) }
}

fn say(problem: &Problem, before: &str, output: Output) {
    output.line(format_args!("{before}{problem}"));
    output.line(format_args!("  {} {}", style::paint(style::HINT, "fix:"), problem.fix));
}
