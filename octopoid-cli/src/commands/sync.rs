//! `octopoid sync`

use crate::error::{CliError, Kind, Result};
use crate::output::{style, text};
use crate::project::Context;
use crate::roles::Roles;
use crate::task_files::{Workers, folder, sync, words};

pub(super) async fn run(context: &Context) -> Result<()> {
    let project = context.project()?;
    let store = project.store(context).await?;
    let workers = Workers::of(&Roles::load(&project, &context.environment).await);
    let report = sync(&project, &*store, &workers, &context.environment, &context.author()).await?;
    let output = context.output;
    output.json(&report);
    for taken in &report.taken {
        output.line(words(taken));
    }
    for problem in &report.problems {
        output.line(problem);
        output.line(format_args!("  {} {}", style::paint(style::HINT, "fix:"), problem.fix));
    }
    let files = text::count(report.files as u64, "task file");
    output.note(format_args!("{files} in {}", folder(&project).display()));
    if report.problems.is_empty() { Ok(()) } else { Err(CliError::said(Kind::Configuration)) }
}
