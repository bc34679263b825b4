//! A review as a text for the editor.

use super::quoted::{QUOTE, Quoted};
use crate::args::CodePlace;
use octopoid_core::model::{CommitId, ReviewVerdict, Severity, Side};

/// What becomes of the comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They are sent with this verdict.
    Send(ReviewVerdict),
    /// They are kept as drafts.
    Draft,
}

impl Verdict {
    fn parse(word: &str) -> Result<Self, String> {
        match word {
            "approve" => Ok(Verdict::Send(ReviewVerdict::Approve)),
            "request-changes" => Ok(Verdict::Send(ReviewVerdict::RequestChanges)),
            "comment" => Ok(Verdict::Send(ReviewVerdict::Comment)),
            "draft" => Ok(Verdict::Draft),
            _ => Err(format!("there is no verdict `{word}`: use approve, request-changes, comment or draft")),
        }
    }
}

/// A comment that was written below a quoted line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FormComment {
    /// The line, or the file below one of its headers.
    pub(super) place: CodePlace,
    pub(super) severity: Severity,
    pub(super) body: String,
    pub(super) replacement: Option<String>,
}

/// A review that was written in the editor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) verdict: Verdict,
    pub(super) summary: String,
    pub(super) comments: Vec<FormComment>,
}

const VERDICT: &str = "Verdict:";
/// What the lines of the form itself begin with.
const HINT: &str = "#:";
/// The line that names the commit whose lines are quoted.
const HEAD: &str = "#: the work at ";
const SUGGESTION: &str = "```suggestion";
const FENCE: &str = "```";

/// Renders the text to begin with, about the work whose newest commit is `head`.
pub(super) fn render(title: &str, head: &CommitId, quoted: &Quoted, drafts: usize) -> String {
    let drafts = match drafts {
        0 => String::new(),
        1 => format!("{HINT} Your draft is sent too.\n"),
        count => format!("{HINT} Your {count} drafts are sent too.\n"),
    };
    let lines: Vec<_> = quoted.lines.iter().map(|line| line.text.as_str()).collect();
    format!(
        "{VERDICT} comment\n{HINT} {title}\n{HEAD}{head}\n{HINT} The verdict is approve, request-changes, comment or draft.\n{drafts}\
         {HINT} Words about the work as a whole stand here:\n\n\n\
         {HINT} Write below a quoted line what you say about it, and below the headers of a file what you say about\n\
         {HINT} the file. Begin with `must:` or `nit:` where it is not `should:`. Lines between {SUGGESTION} and\n\
         {HINT} {FENCE} are to replace the quoted one. Lines that begin with {HINT} are left out. Leave it as it is to\n\
         {HINT} send nothing.\n\n{}\n",
        lines.join("\n")
    )
}

impl Form {
    pub(super) fn is_empty(&self) -> bool {
        self.comments.is_empty()
            && self.summary.is_empty()
            && self.verdict == Verdict::Send(ReviewVerdict::Comment)
    }

    /// Parses the text, which quotes the work whose newest commit is `head`.
    ///
    /// # Errors
    /// What is wrong, each with its place.
    pub(super) fn parse(text: &str, head: &CommitId, quoted: &Quoted) -> Result<Self, String> {
        let named = text.lines().find_map(|line| line.strip_prefix(HEAD)).map(str::trim);
        if let Some(named) = named.filter(|named| *named != head.as_str()) {
            return Err(format!(
                "the review is of the work at {named}, and the newest is at {head}: its lines may be others by now"
            ));
        }
        let mut form = Self {
            verdict: Verdict::Send(ReviewVerdict::Comment),
            summary: String::new(),
            comments: Vec::new(),
        };
        let mut problems = Vec::new();
        // What was written since the last quoted line, which is none for the summary.
        let (mut at, mut written): (Option<usize>, Vec<&str>) = (None, Vec::new());
        let mut suggestion: Option<usize> = None;
        for (number, line) in (1..).zip(text.lines()) {
            if suggestion.is_some() {
                if line.trim_end() == FENCE {
                    suggestion = None;
                }
                written.push(line);
            } else if line.starts_with(QUOTE) {
                problems.extend(form.take(at, &written, quoted).err());
                written.clear();
                at = Some(find(line, at, quoted).ok_or_else(|| {
                    format!("line {number}: the quoted line is not one of the diff: {line}")
                })?);
            } else if at.is_none() && line.starts_with(VERDICT) {
                form.verdict = Verdict::parse(line[VERDICT.len()..].trim())?;
            } else if !line.starts_with(HINT) {
                suggestion = (line.trim_end() == SUGGESTION).then_some(number);
                written.push(line);
            }
        }
        if let Some(number) = suggestion {
            return Err(format!("line {number}: the suggestion has no end: put {FENCE} behind it"));
        }
        problems.extend(form.take(at, &written, quoted).err());
        if problems.is_empty() { Ok(form) } else { Err(problems.join("; ")) }
    }

    /// Takes what was written below a line as a comment, or as the summary.
    fn take(&mut self, at: Option<usize>, written: &[&str], quoted: &Quoted) -> Result<(), String> {
        let text = written.join("\n");
        let text = text.trim();
        let Some(at) = at else {
            text.clone_into(&mut self.summary);
            return Ok(());
        };
        if text.is_empty() {
            return Ok(());
        }
        let place = quoted.lines[at].place.clone();
        let (severity, text) = weighed(text);
        let (body, replacement) = suggestion(text);
        if replacement.is_some() && (place.lines.is_none() || place.side == Side::Old) {
            return Err(format!("{place}: the replacement has no line of the work to replace"));
        }
        self.comments.push(FormComment { place, severity, body, replacement });
        Ok(())
    }
}

/// Finds a quoted line behind the one that was found last: parts of the diff may have been removed.
fn find(line: &str, after: Option<usize>, quoted: &Quoted) -> Option<usize> {
    let from = after.map_or(0, |at| at + 1);
    let line = line.trim_end();
    quoted.lines.iter().skip(from).position(|one| one.text == line).map(|at| at + from)
}

/// Returns the weight that a comment begins with, and the rest of it.
fn weighed(text: &str) -> (Severity, &str) {
    let named = Severity::ALL.into_iter().find_map(|severity| {
        let rest = text.strip_prefix(severity.as_str())?.strip_prefix(':')?;
        Some((severity, rest.trim_start()))
    });
    named.unwrap_or((Severity::default(), text))
}

/// Takes the replacement out of a comment.
fn suggestion(text: &str) -> (String, Option<String>) {
    let lines: Vec<_> = text.lines().collect();
    let Some(from) = lines.iter().position(|line| line.trim_end() == SUGGESTION) else {
        return (text.to_owned(), None);
    };
    let length =
        lines[from + 1..].iter().position(|line| line.trim_end() == FENCE).unwrap_or(lines.len() - from - 1);
    let to = from + 1 + length;
    let rest: Vec<_> = lines[..from].iter().chain(lines.get(to + 1..).unwrap_or_default()).copied().collect();
    (rest.join("\n").trim().to_owned(), Some(lines[from + 1..to].join("\n")))
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
