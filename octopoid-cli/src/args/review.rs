//! `review` and `comments`

use super::words::one_of;
use clap::Args;
use octopoid_core::model::{LineRange, Severity, Side, TaskId, place_name};
use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;

/// `review`
#[derive(Debug, Args)]
#[command(after_help = "\
Without options, on a terminal, the newest round is opened in the editor of $VISUAL or $EDITOR: write below a line of the diff what you \
say about it. A review sends everything at once, the drafts that you have written before too; the next attempt gets the comments with \
their places and lines.

A place is FILE:LINE or FILE:FIRST-LAST of the file as the work has it; FILE:LINE:old is of the file as it was. FILE alone is the file \
as such: its name, its mode, what is binary. Comments need the repository here, or the diff that was kept; a verdict alone works wherever \
the queue is.

A review that was refused is kept in a file; once it is right, `--from` sends it.

Examples:
  octopoid review task-3
  octopoid review task-3 --approve
  octopoid review task-3 --request-changes -m \"Handle the empty list\"
  octopoid review task-3 --request-changes -c src/list.rs:12 \"This panics\" -c a.md:3-5 \"Why?\"
  octopoid review task-3 --comment src/list.rs:40 \"Rename it\" --severity nit --draft
  octopoid review task-3 --comment logo.png \"Too large\" --draft")]
pub(crate) struct Review {
    /// The task.
    pub(crate) id: TaskId,
    /// Approve the work, so that it lands.
    #[arg(long, conflicts_with_all = ["request_changes", "draft"])]
    pub(crate) approve: bool,
    /// Send the work back with the comments.
    #[arg(long, conflicts_with = "draft")]
    pub(crate) request_changes: bool,
    /// Comment on lines of the work, or on a file; may be repeated.
    #[arg(long, short, num_args = 2, value_names = ["FILE[:LINE]", "TEXT"])]
    pub(crate) comment: Vec<String>,
    /// Words about the work as a whole.
    #[arg(long, short = 'm', value_name = "TEXT", default_value = "", conflicts_with = "draft")]
    pub(crate) message: String,
    /// How much the comments weigh: must, should or nit.
    #[arg(long, value_name = "WEIGHT", default_value = "should", value_parser = severity)]
    pub(crate) severity: Severity,
    /// Send a review that was written before, with quoted lines as the editor shows them.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["approve", "request_changes", "comment", "message", "draft"])]
    pub(crate) from: Option<PathBuf>,
    /// Delete your drafts on the task, and send nothing.
    #[arg(long, conflicts_with_all = ["approve", "request_changes", "comment", "message", "draft", "from"])]
    pub(crate) discard_drafts: bool,
    /// Keep the comments as drafts: your next review sends them.
    #[arg(long)]
    pub(crate) draft: bool,
}

/// `comments`
#[derive(Debug, Args)]
#[command(after_help = "\
Where a comment is by now is looked up in the repository here: at the same lines, moved, or outdated, because the lines were changed; then \
they are shown as they were. Works with a queue on a server too; without the repository the places are those of the time of the comment.

Examples:
  octopoid comments task-3
  octopoid comments task-3 --all --json
  octopoid comments task-3 --reply 4 \"Good point\"
  octopoid comments task-3 --resolve 4 --resolve 5")]
pub(crate) struct Comments {
    /// The task.
    pub(crate) id: TaskId,
    /// Show those that are resolved too.
    #[arg(long, short)]
    pub(crate) all: bool,
    /// Mark a comment as dealt with; may be repeated.
    #[arg(long, value_name = "N", conflicts_with_all = ["reopen", "reply", "delete"])]
    pub(crate) resolve: Vec<u64>,
    /// Open a resolved comment again; may be repeated.
    #[arg(long, value_name = "N", conflicts_with_all = ["reply", "delete"])]
    pub(crate) reopen: Vec<u64>,
    /// Reply to a comment.
    #[arg(long, num_args = 2, value_names = ["N", "TEXT"], conflicts_with = "delete")]
    pub(crate) reply: Vec<String>,
    /// Delete a draft; may be repeated.
    #[arg(long, value_name = "N")]
    pub(crate) delete: Vec<u64>,
}

impl Comments {
    /// Returns whether anything is to be changed.
    pub(crate) fn changes(&self) -> bool {
        !(self.resolve.is_empty()
            && self.reopen.is_empty()
            && self.reply.is_empty()
            && self.delete.is_empty())
    }
}

fn severity(word: &str) -> Result<Severity, String> {
    one_of(word, &Severity::ALL, Severity::as_str)
}

/// A place in the work: `src/a.rs:12`, `src/a.rs:12-15`, `src/a.rs:12:old`, or the file as such: `src/a.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodePlace {
    pub(crate) path: String,
    /// None for the file as such.
    pub(crate) lines: Option<LineRange>,
    pub(crate) side: Side,
}

impl Display for CodePlace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let side = if self.side == Side::Old { ":old" } else { "" };
        write!(f, "{}{side}", place_name(&self.path, self.lines))
    }
}

impl FromStr for CodePlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rest, side) = match text.strip_suffix(":old") {
            Some(rest) => (rest, Side::Old),
            None => (text, Side::New),
        };
        let are_lines = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_digit())
                && text.chars().all(|c| c.is_ascii_digit() || c == '-')
        };
        let named = rest.rsplit_once(':').filter(|(_, lines)| are_lines(lines));
        let (path, lines) = named.map_or((rest, None), |(path, lines)| (path, Some(lines)));
        let path = path.strip_prefix("./").unwrap_or(path);
        let range = |text: &str| {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            LineRange::new(first.parse().ok()?, last.parse().ok()?)
        };
        let lines = lines.map(|text| range(text).ok_or(())).transpose();
        match lines {
            Ok(lines) if !path.is_empty() => Ok(Self { path: path.to_owned(), lines, side }),
            _ => {
                Err(format!("`{text}` is no place: write FILE:LINE, FILE:FIRST-LAST, FILE:LINE:old or FILE"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_with_lines_on_a_side() {
        let read = |text: &str| {
            let place = text.parse::<CodePlace>()?;
            let lines = place.lines.map_or_else(|| "-".to_owned(), |lines| lines.to_string());
            Ok::<_, String>((place.path, lines, place.side))
        };
        assert_eq!(read("src/a.rs:12"), Ok(("src/a.rs".to_owned(), "12".to_owned(), Side::New)));
        assert_eq!(read("./a b:3-5:old"), Ok(("a b".to_owned(), "3-5".to_owned(), Side::Old)));
        assert_eq!(read("c:d:7"), Ok(("c:d".to_owned(), "7".to_owned(), Side::New)));
        assert_eq!(read("logo.png"), Ok(("logo.png".to_owned(), "-".to_owned(), Side::New)));
        assert_eq!(read("gone.png:old"), Ok(("gone.png".to_owned(), "-".to_owned(), Side::Old)));
        assert_eq!(read("a:x"), Ok(("a:x".to_owned(), "-".to_owned(), Side::New)));
        for text in ["", "a:0", "a:5-3", ":3", "a:3--"] {
            assert!(read(text).unwrap_err().contains("FILE:LINE"), "{text}");
        }
    }
}
