//! `octopoid validate`

use crate::config::Problem;
use crate::error::{CliError, Kind, Result};
use crate::flows::{Flows, skipped};
use crate::output::{Output, style, text};
use crate::project::{Context, Project};
use crate::roles::Roles;
use crate::task_files::{self, Workers};
use serde_json::json;

pub(super) async fn run(context: &Context) -> Result<()> {
    let root = context.find()?;
    let (problems, warnings, agents) = match Project::read(&root) {
        Ok(project) => {
            let roles = Roles::load(&project, &context.environment).await;
            let mut problems = project.problems(&roles, &context.environment);
            // They stop nothing else, so `start` only names them.
            let workers = Workers::of(&roles);
            problems.extend(task_files::problems(&project, &workers, &context.environment));
            let flows = Flows::load(project.layout.root(), &roles);
            let warnings = skipped(&flows, &project, &context.environment);
            (problems, warnings, project.agent_settings().len())
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
