//! Parsing files strictly, with the line of each mistake.

use super::original;
use super::problem::{Problem, closest};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// A parsed file with its text.
#[derive(Debug, Clone)]
pub(crate) struct Document<T> {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) value: T,
}

/// Reads a YAML file.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Document<T>, Problem> {
    let problem = |line, problem: String, fix: String| Problem { file: path.to_owned(), line, problem, fix };
    let bytes = octopoid_roles::regular_file::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => problem(
            None,
            "the file is missing".to_owned(),
            "`octopoid init --force` writes a new one".to_owned(),
        ),
        std::io::ErrorKind::InvalidInput => {
            problem(None, format!("the file cannot be read: {error}"), "put the file itself there".to_owned())
        }
        _ => problem(None, format!("the file cannot be read: {error}"), "check its permissions".to_owned()),
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
        problem(Some(line), "the text is not valid UTF-8".to_owned(), "save the file as UTF-8".to_owned())
    })?;
    let value = parse(path, &text)?;
    Ok(Document { path: path.to_owned(), text, value })
}

/// Parses the YAML text of a file.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Problem> {
    serde_yaml::from_str(text).map_err(|error| {
        let message = error.to_string();
        let line = line_of_error(text, &message).or_else(|| error.location().map(|at| at.line()));
        let words = without_location(&message);
        Problem { file: path.to_owned(), line, problem: in_short(words), fix: fix_for(words) }
    })
}

/// The parser gives an unknown key the place of the mapping around it; the key itself is what people look for.
fn line_of_error(text: &str, message: &str) -> Option<usize> {
    let word = quoted(message.split_once("unknown field ")?.1)?;
    let mut lines = text.lines().enumerate().filter(|(_, line)| {
        let line = line.trim_start_matches([' ', '-', '{']);
        line.strip_prefix(word).is_some_and(|rest| rest.trim_start().starts_with(':'))
    });
    match (lines.next(), lines.next()) {
        (Some((at, _)), None) => Some(at + 1),
        _ => None,
    }
}

/// `… at line 3 column 5` is said in our own way.
fn without_location(message: &str) -> &str {
    message.split(" at line ").next().unwrap_or(message)
}

/// The known words are part of the fix, where they help.
fn in_short(message: &str) -> String {
    let short = message.split(", expected one of ").next().unwrap_or(message);
    short.replace("unknown field", "unknown key").replace("missing field", "missing key")
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('`')?.split('`').next()
}

/// Returns the fix for a message of the parser.
fn fix_for(message: &str) -> String {
    for start in ["unknown field ", "unknown variant "] {
        let Some((_, rest)) = message.split_once(start) else { continue };
        let Some(word) = quoted(rest) else { continue };
        if let Some(fix) = original::fix_for_key(word) {
            return fix.to_owned();
        }
        let known: Vec<_> = rest.split('`').skip(3).step_by(2).collect();
        return match closest(word, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => format!("remove `{word}`"),
            None => format!("use one of {}", known.join(", ")),
        };
    }
    if let Some((_, rest)) = message.split_once("missing field ")
        && let Some(word) = quoted(rest)
    {
        return format!("add `{word}: …`");
    }
    if message.contains("duplicate") {
        return "keep one of the two".to_owned();
    }
    if message.contains("agents: invalid type: map") {
        return original::AGENTS_ARE_A_LIST.to_owned();
    }
    if message.contains("invalid type") || message.contains("invalid value") {
        return "give a value of the expected kind".to_owned();
    }
    "fix the YAML there: indentation with spaces, `key: value`, quotes around special characters".to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{AgentsFile, ConfigFile};
    use super::*;

    fn refused<T: DeserializeOwned + std::fmt::Debug>(text: &[u8]) -> Problem {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.yaml");
        std::fs::write(&path, text).unwrap();
        read::<T>(&path).unwrap_err()
    }

    #[test]
    fn i24_an_unknown_key_is_refused_with_its_line_and_what_was_meant() {
        let problem = refused::<ConfigFile>(b"repo:\n  base_branch: main\n  rmote: origin\n");
        assert_eq!(problem.line, Some(3), "{problem}");
        assert!(problem.problem.contains("unknown key `rmote`"), "{problem}");
        assert_eq!(problem.fix, "did you mean `remote`?");
    }

    #[test]
    fn i24_broken_yaml_is_refused_with_its_line() {
        let problem = refused::<ConfigFile>(b"repo:\n  base_branch: main\n bad: [\n");
        assert!(problem.line.is_some_and(|line| line >= 3), "{problem:?}");
    }

    #[test]
    fn i24_an_empty_file_is_not_an_empty_configuration() {
        assert!(refused::<AgentsFile>(b"").problem.contains("agents"), "{:?}", refused::<AgentsFile>(b""));
        assert!(refused::<AgentsFile>(b"# nothing\n").fix.contains("agents"));
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused_with_its_line() {
        assert_eq!(refused::<AgentsFile>(b"agents:\n  - name: \xff\n").line, Some(2));
    }

    #[test]
    fn a_wrong_word_is_refused_with_the_right_ones() {
        let problem = refused::<ConfigFile>(b"repo: { base_branch: main }\nmerge:\n  strategy: rebas\n");
        assert_eq!(problem.fix, "did you mean `rebase`?");
        assert_eq!(problem.line, Some(3));
    }
}
