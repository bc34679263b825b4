//! A patch in the colours of git.

use crate::output::style::{self, paint};
use crate::output::text;
use octopoid_core::model::Diff;
use octopoid_core::ops::diff::facts;

/// Renders a diff with colours, and with nothing in it that could control a terminal.
pub(super) fn render(diff: &Diff) -> String {
    let files = diff.files.iter().map(|file| {
        let mut in_hunk = false;
        let mut lines: Vec<_> =
            file.patch.split_terminator('\n').map(|line| line_of(line, &mut in_hunk)).collect();
        let facts = facts(file);
        if !facts.is_empty() {
            // Behind the first line, which names the file.
            lines.insert(1.min(lines.len()), paint(style::ATTENTION, facts.join(", ")));
        }
        lines.join("\n")
    });
    files.collect::<Vec<_>>().join("\n")
}

fn line_of(line: &str, in_hunk: &mut bool) -> String {
    // The second header of a file that changed its type.
    *in_hunk &= !line.starts_with("diff --git ");
    let shown = text::visible_part(line);
    if line.starts_with("@@") {
        *in_hunk = true;
        // The text behind the numbers is where the change is.
        return match shown.get(2..).and_then(|rest| rest.find("@@")).map(|at| at + 4) {
            Some(end) => format!("{}{}", paint(style::BUSY, &shown[..end]), &shown[end..]),
            None => paint(style::BUSY, shown),
        };
    }
    match line.chars().next() {
        Some('+') if *in_hunk => paint(style::GOOD, shown),
        Some('-') if *in_hunk => paint(style::BAD, shown),
        _ if !*in_hunk => paint(style::HEADING, shown),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use octopoid_core::model::{Change, FileDiff};

    #[test]
    fn lines_are_coloured_as_git_does_and_control_nothing() {
        let patch =
            "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@ fn a\n--- old\n+\u{1b}[31mnew\r\n same\n";
        let file = FileDiff::new("a", Change::Modified).with_patch(1, 1, patch);
        let text = render(&Diff::new(vec![file]));
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].starts_with(&style::HEADING.to_string()), "{text:?}");
        assert!(
            lines[4].starts_with(&style::BAD.to_string()),
            "a removed line that begins with dashes: {text:?}"
        );
        assert_eq!(lines[5], paint(style::GOOD, "+^[[31mnew^M"));
        assert_eq!(lines[6], " same");
        assert!(lines[3].ends_with("@@\u{1b}[0m fn a"), "{text:?}");
    }
}
