//! `octopoid doctor`: one line for each check, with the fix where it fails.

mod machine;
mod programs;
mod storage;

use crate::assembly::Roles;
use crate::checks;
use crate::context::Context;
use crate::error::{CliError, Kind, Result};
use crate::installation::Installation;
use crate::installation::{Orphan, TAKEN_UP};
use crate::output::style::{self, paint};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::orchestrator::running_pid;
use serde::Serialize;
use serde_json::json;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    Good,
    /// It works, but a person may want to know.
    Doubtful,
    Bad,
}

/// One check.
#[derive(Debug, Serialize)]
struct Check {
    name: String,
    health: Health,
    detail: String,
    fix: Option<String>,
}

impl Check {
    fn good(name: &str, detail: impl Into<String>) -> Self {
        Self { name: name.to_owned(), health: Health::Good, detail: detail.into(), fix: None }
    }

    fn doubtful(name: &str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { health: Health::Doubtful, fix: Some(fix.into()), ..Self::good(name, detail) }
    }

    fn bad(name: &str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { health: Health::Bad, fix: Some(fix.into()), ..Self::good(name, detail) }
    }
}

pub(super) async fn run(context: &Context) -> Result<()> {
    let checks = look(context).await;
    let output = context.output;
    let healthy = checks.iter().all(|check| check.health != Health::Bad);
    output.json(&json!({ "healthy": healthy, "checks": checks }));
    for check in &checks {
        let (mark, colour) = match check.health {
            Health::Good => ("✓", style::GOOD),
            Health::Doubtful => ("!", style::ATTENTION),
            Health::Bad => ("✗", style::BAD),
        };
        output.line(format_args!("{} {:<14} {}", paint(colour, mark), check.name, check.detail));
        if let Some(fix) = &check.fix {
            output.line(format_args!("  {:<14} {} {fix}", "", paint(style::HINT, "fix:")));
        }
    }
    if healthy { Ok(()) } else { Err(CliError::said(Kind::Failure)) }
}

async fn look(context: &Context) -> Vec<Check> {
    let mut checks = vec![machine::git(context)];
    let root = match context.find() {
        Ok(root) => root,
        Err(error) => {
            let fix = error.hint.unwrap_or_default();
            checks.push(Check::bad("installation", error.message, fix));
            checks.extend(programs::without_installation(context));
            return checks;
        }
    };
    checks.push(Check::good("installation", root.join(crate::installation::FOLDER).display().to_string()));
    let installation = match Installation::read(&root) {
        Ok(installation) => installation,
        Err(problems) => {
            checks.extend(
                problems
                    .into_iter()
                    .map(|problem| Check::bad("configuration", problem.to_string(), problem.fix)),
            );
            return checks;
        }
    };
    let roles = Roles::load(&installation, &context.environment).await;
    let problems = checks::problems(&installation, &roles, &context.environment);
    if problems.is_empty() {
        checks.push(Check::good("configuration", "config.yaml and agents.yaml are right"));
    }
    checks.extend(
        problems.into_iter().map(|problem| Check::bad("configuration", problem.to_string(), problem.fix)),
    );
    checks.extend(machine::repository(&installation, context));
    checks.extend(programs::of_agents(&installation, &roles, context).await);
    checks.push(machine::folder(&installation));
    checks.push(machine::disk(&installation));
    checks.extend(storage::queue(&installation, context).await);
    checks.push(machine::clock(&installation));
    checks.push(match running_pid(&installation.layout) {
        Some(pid) => Check::good("orchestrator", format!("runs, process {pid}")),
        None => Check::good("orchestrator", "does not run; `octopoid start` starts it"),
    });
    let now = SystemClock.now();
    let orphans = Orphan::find(&installation, now);
    checks.extend(orphans.iter().map(|orphan| Check::doubtful("run", orphan.words(now), TAKEN_UP)));
    checks
}
