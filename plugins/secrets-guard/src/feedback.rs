//! The feedback for the author of the work: what was found, where, and how to remove it. It never shows the secret.

use crate::finding::{Finding, Findings};
use crate::scanner::Scanner;
use std::fmt::Write as _;

/// The most findings that are listed.
const MOST: usize = 50;

/// Returns the reason that the work is rejected.
pub(crate) fn rejection(
    findings: &Findings,
    base: Option<&str>,
    allow_inline: bool,
    scanner: &Scanner,
) -> String {
    let list = &findings.list;
    let count = if list.len() == 1 { "one place".to_owned() } else { format!("{} places", list.len()) };
    let mut text = format!("The work adds what looks like credentials, in {count}:\n\n");
    for finding in list.iter().take(MOST) {
        // Writing to a text does not fail.
        let _ = writeln!(text, "- {}", line(finding, scanner));
    }
    if list.len() > MOST {
        let _ = writeln!(text, "- and {} more", list.len() - MOST);
    }
    text.push_str(&remedy(base));
    text.push_str(&false_alarm(allow_inline));
    text
}

/// Returns a line such as `src/main.rs:12: AWS access key: "let key = "[hidden]";" (commit 0123456789)`.
fn line(finding: &Finding, scanner: &Scanner) -> String {
    let place = match (&finding.path, finding.line) {
        (Some(path), Some(line)) => format!("{}:{line}", scanner.clean(path)),
        (Some(path), None) => scanner.clean(path),
        (None, _) => "a commit message".to_owned(),
    };
    let commits = finding.commits.join(", ");
    let whence = match (finding.left, commits.as_str()) {
        (true, "") => String::new(),
        (true, commits) => format!(" (commit {commits})"),
        (false, commits) if finding.path.is_none() => format!(" (commit {commits})"),
        (false, commits) => {
            format!(" (commit {commits}; a later commit removes it, but this one would land too)")
        }
    };
    let excerpt = if finding.excerpt.is_empty() { String::new() } else { format!(": `{}`", finding.excerpt) };
    format!("{place}: {}{excerpt}{whence}", finding.kind)
}

fn remedy(base: Option<&str>) -> String {
    let base = base.map_or("BASE", |base| base.get(..10).unwrap_or(base));
    format!(
        "\nTake them out, and read them from the environment or from a file that is not in the repository. Take them out of \
         the commits too: the commits of this task land as they are, so a new commit that removes a secret is not enough.\n\n\
         - In the last commit only: remove it, `git add -A`, `git commit --amend --no-edit`.\n\
         - In earlier ones: `git reset --soft {base}`, remove it, and commit anew; or edit those commits with \
         `git rebase -i {base}`.\n\n\
         Where a secret was real, it must also be revoked where it was issued, because copies of it are in logs and clones: \
         say so in your summary, without the secret.\n"
    )
}

fn false_alarm(allow_inline: bool) -> String {
    let people = "a person can add a regular expression for the line to `allow`, or the file to `allow_files`, in this agent's settings";
    if allow_inline {
        format!(
            "\nIf it is none: use an obvious placeholder such as `<token>` or `changeme`, or put `secrets-guard: allow` and the \
             reason in a comment on the line; {people}.\n"
        )
    } else {
        format!("\nIf it is none: use an obvious placeholder such as `<token>` or `changeme`; {people}.\n")
    }
}

/// Returns the remarks on work that is accepted.
pub(crate) fn approval(findings: &Findings, files: usize, commits: Option<u64>, scanner: &Scanner) -> String {
    let commits = match commits {
        Some(1) => " and 1 commit".to_owned(),
        Some(commits) => format!(" and {commits} commits"),
        None => String::new(),
    };
    let mut text = format!("no credentials in {} added lines of {files} files{commits}", findings.lines);
    if !findings.allowed.is_empty() {
        let places = findings.allowed.iter().map(|(path, line)| {
            line.map_or_else(|| scanner.clean(path), |line| format!("{}:{line}", scanner.clean(path)))
        });
        let _ = write!(text, "; accepted as false alarms: {}", places.collect::<Vec<_>>().join(", "));
    }
    text
}
