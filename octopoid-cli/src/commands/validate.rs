//! `octopoid validate`

use crate::error::{CliError, Kind, Result};
use crate::output::{style, text};
use crate::project::{Context, Project};
use crate::roles::Roles;
use crate::task_files::{self, Workers};
use serde_json::json;

pub(super) async fn run(context: &Context) -> Result<()> {
    let root = context.find()?;
    let (problems, agents) = match Project::read(&root) {
        Ok(project) => {
            let roles = Roles::load(&project, &context.environment).await;
            let mut problems = project.problems(&roles, &context.environment);
            // They stop nothing else, so `start` only names them.
            let workers = Workers::of(&roles);
            problems.extend(task_files::problems(&project, &workers, &context.environment));
            (problems, project.agent_settings().len())
        }
        Err(problems) => (problems, 0),
    };
    let output = context.output;
    output.json(&json!({ "valid": problems.is_empty(), "problems": problems }));
    if problems.is_empty() {
        let agents = text::count(agents as u64, "agent");
        output.line(format_args!("{} the configuration is right: {agents}", style::paint(style::GOOD, "✓")));
        return Ok(());
    }
    for problem in &problems {
        output.line(problem);
        output.line(format_args!("  {} {}", style::paint(style::HINT, "fix:"), problem.fix));
    }
    Err(CliError::said(Kind::Configuration))
}
