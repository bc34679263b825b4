//! One entry of a list.

use serde::{Deserialize, Serialize};

/// Entry of a list: a task to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedTask {
    /// Number of its first line, from 1.
    pub line: usize,
    /// Title.
    pub title: String,
    /// Description; the title, if the list says no more.
    pub description: String,
    /// Whether its box is ticked: somebody has done it.
    pub ticked: bool,
}

/// Error returned when a text is no list of tasks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
#[non_exhaustive]
pub struct ListProblem {
    /// Number of the line, from 1.
    pub line: usize,
    /// Problem.
    pub problem: String,
}

impl ListProblem {
    pub(super) fn new(line: usize, problem: impl Into<String>) -> Self {
        Self { line, problem: problem.into() }
    }
}

/// The longest title, in characters, as the state machine has it.
const LONGEST_TITLE: usize = 300;

impl ListedTask {
    /// Makes an entry of its first line and the lines below it.
    pub(super) fn new(line: usize, first: &str, below: &[&str]) -> Result<Self, ListProblem> {
        let first = first.trim();
        let (ticked, title) = match first.split_at_checked(3) {
            Some(("[ ]", rest)) if is_apart(rest) => (false, rest.trim()),
            Some(("[x]" | "[X]", rest)) if is_apart(rest) => (true, rest.trim()),
            _ => (false, first),
        };
        if title.is_empty() {
            return Err(ListProblem::new(line, "the entry says nothing"));
        }
        if title.chars().count() > LONGEST_TITLE {
            let problem = format!(
                "the title is longer than {LONGEST_TITLE} characters; put the rest below it, indented"
            );
            return Err(ListProblem::new(line, problem));
        }
        let description = body(below);
        let description = if description.is_empty() { title.to_owned() } else { description };
        Ok(Self { line, title: title.to_owned(), description, ticked })
    }
}

/// Returns whether a text does not go on a word.
fn is_apart(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with([' ', '\t'])
}

/// Returns the lines without the indentation that they share, and without blank lines around them.
fn body(lines: &[&str]) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let shared = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let lines: Vec<_> = lines.iter().map(|line| line.get(shared..).unwrap_or("").trim_end()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}
