//! Parsing the first line of a commit.

/// A parsed subject: `type(scope)!: text`, `room: text`, or a text alone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Subject<'a> {
    /// The words before the colon, in lower case: one type, or one room or several.
    pub(crate) names: Vec<String>,
    /// The same as it was written, without scope and mark.
    pub(crate) head: &'a str,
    /// What stands in parentheses.
    pub(crate) scope: Option<&'a str>,
    /// Whether it is marked as a breaking change.
    pub(crate) breaking: bool,
    /// What was done.
    pub(crate) text: &'a str,
}

impl<'a> Subject<'a> {
    pub(crate) fn parse(line: &'a str) -> Self {
        let line = line.trim();
        let plain = |names: &[&str]| Self {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            head: "",
            scope: None,
            breaking: false,
            text: line,
        };
        // As git itself and the forges word them.
        let merges =
            ["Merge branch ", "Merge pull request ", "Merge remote-tracking ", "Merge tag ", "Merge commit "];
        if merges.iter().any(|merge| line.starts_with(merge)) {
            return plain(&["merge"]);
        }
        if line.starts_with("Revert \"") {
            return plain(&["revert"]);
        }
        Self::prefixed(line).unwrap_or_else(|| plain(&[]))
    }

    fn prefixed(line: &'a str) -> Option<Self> {
        let (head, text) = line.split_once(": ")?;
        let (head, breaking) = head.strip_suffix('!').map_or((head, false), |head| (head, true));
        let (head, scope) = match head.strip_suffix(')') {
            Some(open) => {
                let (head, scope) = open.split_once('(')?;
                (head, Some(scope.trim()).filter(|scope| !scope.is_empty()))
            }
            None => (head, None),
        };
        let is_name = |name: &str| {
            !name.is_empty()
                && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        };
        let names: Vec<_> = head.split(',').map(|name| name.trim().to_lowercase()).collect();
        let text = text.trim();
        (names.iter().all(|name| is_name(name)) && !text.is_empty()).then_some(Self {
            names,
            head,
            scope,
            breaking,
            text,
        })
    }

    /// Returns whether git folds the commit into another one before it lands.
    pub(crate) fn is_folded(line: &str) -> bool {
        ["fixup! ", "squash! ", "amend! "].iter().any(|mark| line.starts_with(mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Vec<String>, Option<&str>, bool, &str) {
        let subject = Subject::parse(line);
        (subject.names, subject.scope, subject.breaking, subject.text)
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn types_scopes_marks_and_rooms_are_read() {
        assert_eq!(read("feat: add tea"), (names(&["feat"]), None, false, "add tea"));
        assert_eq!(read("Fix(cli, web)!: stop"), (names(&["fix"]), Some("cli, web"), true, "stop"));
        assert_eq!(read("feat!: go"), (names(&["feat"]), None, true, "go"));
        assert_eq!(
            read("store, cli: claims: measured"),
            (names(&["store", "cli"]), None, false, "claims: measured")
        );
        assert_eq!(read("plugins/sdk: x"), (names(&["plugins/sdk"]), None, false, "x"));
        assert_eq!(read("feat(): x"), (names(&["feat"]), None, false, "x"));
    }

    #[test]
    fn a_sentence_with_a_colon_has_no_type() {
        for line in ["Note to self: sleep", "It works", "feat:", "feat:x", ": x", "a(b: c", "see http://x: y"]
        {
            assert_eq!(read(line), (names(&[]), None, false, line), "{line}");
        }
    }

    #[test]
    fn merges_reverts_and_folded_commits_are_told_apart() {
        assert_eq!(read("Merge branch 'x' into main").0, ["merge"]);
        assert_eq!(read("Merge pull request #7 from a/b").0, ["merge"]);
        assert_eq!(read("Merge two lists into one").0, names(&[]));
        assert_eq!(read("Revert \"feat: tea\"").0, ["revert"]);
        assert!(Subject::is_folded("fixup! feat: tea") && !Subject::is_folded("feat: fixup! tea"));
    }
}
