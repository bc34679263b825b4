//! `octopoid sync`: synchronises task files.

use crate::assembly::Roles;
use crate::assembly::Workers;
use crate::context::Context;
use crate::error::{CliError, Kind, Result};
use crate::output::{style, text};
use crate::task_files::{folder, sync, words};

pub(super) async fn run(context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let workers = Workers::of(&Roles::load(&installation, &context.environment).await);
    let report = sync(&installation, &*store, &workers, &context.environment, &context.author()).await?;
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
    output.note(format_args!("{files} in {}", folder(&installation).display()));
    if report.problems.is_empty() { Ok(()) } else { Err(CliError::said(Kind::Configuration)) }
}
