//! Problems with the files as one error.

use crate::config::Problem;
use crate::error::CliError;

/// Returns one error for all problems.
pub(crate) fn wrong(problems: &[Problem]) -> CliError {
    let mut message = String::from("the configuration is wrong");
    for problem in problems {
        message.push_str(&format!("\n  {problem}\n    fix: {}", problem.fix));
    }
    CliError::configuration(message).hint("fix it, and check it with `octopoid validate`")
}
