//! A review as a text for the editor.

use super::quoted::Quoted;
use crate::args::CodePlace;
use octopoid_core::model::{ReviewVerdict, Severity};

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
    /// The line; none for a comment below the header of a file.
    pub(super) place: Option<CodePlace>,
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
const SUGGESTION: &str = "```suggestion";
const FENCE: &str = "```";

/// Renders the text to begin with.
pub(super) fn render(title: &str, quoted: &Quoted, drafts: usize) -> String {
    let drafts = match drafts {
        0 => String::new(),
        1 => "# Your draft is sent too.\n".to_owned(),
        count => format!("# Your {count} drafts are sent too.\n"),
    };
    let lines: Vec<_> = quoted.lines.iter().map(|line| line.text.as_str()).collect();
    format!(
        "{VERDICT} comment\n# {title}\n# The verdict is approve, request-changes, comment or draft.\n{drafts}# Words about the work as a \
         whole stand here:\n\n\n# Write below a quoted line what you say about it. Begin with `must:` or `nit:` where it is not\n# `should:`. \
         Lines between {SUGGESTION} and {FENCE} are to replace the quoted one. Lines that begin\n# with # are left out. Leave it as it is to \
         send nothing.\n\n{}\n",
        lines.join("\n")
    )
}

impl Form {
    pub(super) fn is_empty(&self) -> bool {
        self.comments.is_empty()
            && self.summary.is_empty()
            && self.verdict == Verdict::Send(ReviewVerdict::Comment)
    }

    /// Parses the text.
    ///
    /// # Errors
    /// What is wrong, with the number of the line.
    pub(super) fn parse(text: &str, quoted: &Quoted) -> Result<Self, String> {
        let mut verdict = Verdict::Send(ReviewVerdict::Comment);
        let mut comments = Vec::new();
        // What was written since the last quoted line, which is none for the summary.
        let (mut at, mut written, mut summary): (Option<usize>, Vec<&str>, String) =
            (None, Vec::new(), String::new());
        let mut suggests = false;
        for (number, line) in text.lines().enumerate() {
            if suggests {
                suggests = line.trim_end() != FENCE;
                written.push(line);
            } else if line.starts_with('>') {
                finish(at, &written, quoted, &mut summary, &mut comments)?;
                written.clear();
                at = Some(find(line, at, quoted).ok_or_else(|| {
                    format!("line {}: the quoted line is not one of the diff: {line}", number + 1)
                })?);
            } else if at.is_none() && line.starts_with(VERDICT) {
                verdict = Verdict::parse(line[VERDICT.len()..].trim())?;
            } else if !line.starts_with('#') {
                suggests = line.trim_end() == SUGGESTION;
                written.push(line);
            }
        }
        finish(at, &written, quoted, &mut summary, &mut comments)?;
        Ok(Self { verdict, summary, comments })
    }
}

/// Finds a quoted line behind the one that was found last: parts of the diff may have been removed.
fn find(line: &str, after: Option<usize>, quoted: &Quoted) -> Option<usize> {
    let from = after.map_or(0, |at| at + 1);
    let line = line.trim_end();
    quoted.lines.iter().skip(from).position(|one| one.text == line).map(|at| at + from)
}

/// Makes a comment, or the summary, of what was written below a line.
fn finish(
    at: Option<usize>,
    written: &[&str],
    quoted: &Quoted,
    summary: &mut String,
    comments: &mut Vec<FormComment>,
) -> Result<(), String> {
    let text = written.join("\n");
    let text = text.trim();
    let Some(at) = at else {
        text.clone_into(summary);
        return Ok(());
    };
    if text.is_empty() {
        return Ok(());
    }
    let line = &quoted.lines[at];
    let (severity, text) = weighed(text);
    let (body, replacement) = suggestion(text);
    if replacement.is_some() && line.place.is_none() {
        return Err(format!("the replacement below `{}` has no line to replace", line.text));
    }
    comments.push(FormComment { place: line.place.clone(), severity, body, replacement });
    Ok(())
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
mod tests {
    use super::*;
    use octopoid_core::model::{Change, Diff, FileDiff, Side};

    fn quoted() -> Quoted {
        let patch = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n";
        let file = FileDiff::new("a", Change::Modified).with_patch(1, 1, patch);
        Quoted::of(&Diff::new(vec![file]))
    }

    /// The form with something written below a line.
    fn below(line: &str, written: &str) -> Result<Form, String> {
        let text = render("t", &quoted(), 0).replace(&format!("{line}\n"), &format!("{line}\n{written}\n"));
        Form::parse(&text, &quoted())
    }

    fn place(form: &Form) -> (String, Side) {
        let place = form.comments[0].place.clone().unwrap();
        (format!("{}:{}", place.path, place.lines), place.side)
    }

    #[test]
    fn a_form_that_was_left_alone_says_nothing() {
        assert!(Form::parse(&render("t", &quoted(), 2), &quoted()).unwrap().is_empty());
    }

    #[test]
    fn what_stands_below_a_line_is_about_it() {
        let form = below("> +2", "must: Use a name.\n\nPlease.").unwrap();
        assert_eq!(place(&form), ("a:2".to_owned(), Side::New));
        assert_eq!(
            (form.comments[0].severity, form.comments[0].body.as_str()),
            (Severity::Must, "Use a name.\n\nPlease.")
        );
        assert_eq!(place(&below("> -two", "Why?").unwrap()), ("a:2".to_owned(), Side::Old));
        assert_eq!(place(&below(">  three", "Hm.").unwrap()), ("a:3".to_owned(), Side::New));
        assert_eq!(below("> +++ b/a", "The file.").unwrap().comments[0].place, None);
    }

    #[test]
    fn a_suggestion_is_taken_as_it_is() {
        let form = below("> +2", "nit: So?\n```suggestion\n# two\n  2\n```").unwrap();
        let comment = &form.comments[0];
        assert_eq!((comment.body.as_str(), comment.replacement.as_deref()), ("So?", Some("# two\n  2")));
        assert!(below("> +++ b/a", "```suggestion\nx\n```").unwrap_err().contains("no line to replace"));
    }

    #[test]
    fn the_head_has_the_verdict_and_the_words_about_the_whole() {
        let text = render("t", &quoted(), 0).replace("Verdict: comment", "Verdict: request-changes");
        let text = text.replace("stand here:\n", "stand here:\nAll of it.\n");
        let form = Form::parse(&text, &quoted()).unwrap();
        assert_eq!(
            (form.verdict, form.summary.as_str()),
            (Verdict::Send(ReviewVerdict::RequestChanges), "All of it.")
        );
        assert!(Form::parse("Verdict: maybe\n", &quoted()).unwrap_err().contains("no verdict `maybe`"));
    }

    #[test]
    fn parts_of_the_diff_may_be_removed_and_not_changed() {
        let form = Form::parse("> +2\nHm.\n", &quoted()).unwrap();
        assert_eq!(place(&form).0, "a:2");
        assert!(Form::parse("> +2\n> +3\n", &quoted()).unwrap_err().starts_with("line 2: "));
    }
}
