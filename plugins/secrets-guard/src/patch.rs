//! Parsing a unified diff, line by line: the added lines, and their positions.

/// The meaning of a line of a diff.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// A file of this name is new.
    New(String),
    /// A line is added. It has no number where the diff does not say one.
    Added(Option<u64>, &'a str),
    /// Anything else.
    Other,
}

/// The state between two lines.
#[derive(Debug, Default)]
pub(crate) struct Patch {
    /// The file of the lines that follow.
    pub(crate) path: String,
    was_missing: bool,
    hunk: Option<Hunk>,
}

/// What is still to come of a hunk. Only the counts tell an added line `++ x` from the name of a file.
#[derive(Debug)]
struct Hunk {
    /// Lines of each side before: one, or one for each parent of a merge.
    before: Vec<u64>,
    after: u64,
    /// The number of the next line in the file.
    number: u64,
}

impl Patch {
    /// Takes the next line.
    pub(crate) fn line<'a>(&mut self, line: &'a str) -> Said<'a> {
        if let Some(hunk) = &mut self.hunk {
            let said = hunk.line(line);
            if hunk.is_over() {
                self.hunk = None;
            }
            return said;
        }
        if let Some(hunk) = Hunk::parse(line) {
            self.hunk = Some(hunk).filter(|hunk| !hunk.is_over());
            return Said::Other;
        }
        self.header(line)
    }

    fn header<'a>(&mut self, line: &'a str) -> Said<'a> {
        if line.starts_with("diff --") {
            (self.path, self.was_missing) = (String::new(), false);
        } else if let Some(name) = line.strip_prefix("--- ") {
            self.was_missing = name == "/dev/null";
        } else if let Some(name) = line.strip_prefix("+++ ") {
            self.path = path(name);
            if self.was_missing && !self.path.is_empty() {
                return Said::New(self.path.clone());
            }
        } else if let Some(name) = line.strip_prefix("rename to ").or_else(|| line.strip_prefix("copy to ")) {
            return Said::New(unquoted(name));
        } else if let Some(names) = line.strip_prefix("Binary files /dev/null and ") {
            return Said::New(path(names.strip_suffix(" differ").unwrap_or(names)));
        } else if let Some(added) = line.strip_prefix('+') {
            // Where there are no hunks, a line is better looked at without its number than not at all.
            return Said::Added(None, added);
        }
        Said::Other
    }
}

impl Hunk {
    /// `@@ -1,2 +1,3 @@ …`, or `@@@ -1,2 -1,2 +1,3 @@@ …` of a merge.
    fn parse(line: &str) -> Option<Self> {
        let signs = line.bytes().take_while(|&byte| byte == b'@').count();
        if signs < 2 {
            return None;
        }
        let mut before = Vec::new();
        for word in line[signs..].split_whitespace() {
            let range = |text: &str| {
                let (start, count) = text.split_once(',').unwrap_or((text, "1"));
                Some((start.parse::<u64>().ok()?, count.parse::<u64>().ok()?))
            };
            if let Some(text) = word.strip_prefix('-') {
                before.push(range(text)?.1);
            } else if let Some(text) = word.strip_prefix('+') {
                let (number, after) = range(text)?;
                return (before.len() + 1 == signs).then_some(Self { before, after, number });
            } else {
                return None;
            }
        }
        None
    }

    fn is_over(&self) -> bool {
        self.after == 0 && self.before.iter().all(|&lines| lines == 0)
    }

    fn line<'a>(&mut self, line: &'a str) -> Said<'a> {
        if line.starts_with('\\') {
            // "No newline at end of file".
            return Said::Other;
        }
        let columns = self.before.len();
        let signs = line.as_bytes().get(..columns).unwrap_or_default();
        let text = line.get(columns..).unwrap_or_default();
        let is_gone = signs.contains(&b'-');
        for (side, lines) in self.before.iter_mut().enumerate() {
            // A line that is gone was there where it says so, one that stays was there unless it says otherwise.
            let sign = signs.get(side).copied().unwrap_or(b' ');
            if if is_gone { sign == b'-' } else { sign != b'+' } {
                *lines = lines.saturating_sub(1);
            }
        }
        if is_gone {
            return Said::Other;
        }
        let number = self.number;
        self.after = self.after.saturating_sub(1);
        self.number += 1;
        // In a merge, what one side had already came from there.
        let is_added = !signs.is_empty() && signs.iter().all(|&sign| sign == b'+');
        if is_added { Said::Added(Some(number), text) } else { Said::Other }
    }
}

/// The path in `b/path`; empty for a file that is gone.
fn path(name: &str) -> String {
    let name = unquoted(name.trim_end_matches('\t'));
    match name.as_str() {
        "/dev/null" => String::new(),
        name => name.strip_prefix("b/").unwrap_or(name).to_owned(),
    }
}

/// A name as git quotes it where it has to.
fn unquoted(name: &str) -> String {
    let Some(inner) = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) else {
        return name.to_owned();
    };
    let mut bytes = Vec::new();
    let mut rest = inner.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b't') => bytes.push(b'\t'),
            Some(b'n') => bytes.push(b'\n'),
            Some(b'r') => bytes.push(b'\r'),
            Some(first @ b'0'..=b'3') => {
                let digits = [Some(first), rest.next(), rest.next()];
                let value = digits
                    .into_iter()
                    .flatten()
                    .fold(0_u32, |value, digit| value * 8 + u32::from(digit.saturating_sub(b'0')));
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(diff: &str) -> Vec<(String, Option<u64>, String)> {
        let mut patch = Patch::default();
        let mut found = Vec::new();
        for line in diff.lines() {
            if let Said::Added(number, text) = patch.line(line) {
                let text = text.to_owned();
                found.push((patch.path.clone(), number, text));
            }
        }
        found
    }

    #[test]
    fn added_lines_have_the_numbers_of_the_new_file() {
        let diff = "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@ fn\n a\n-b\n+B\n+C\n d\n@@ -10,0 +12 @@\n+tail\n\\ No newline at end of file\n";
        let at = |number, text: &str| ("x".to_owned(), Some(number), text.to_owned());
        assert_eq!(added(diff), [at(2, "B"), at(3, "C"), at(12, "tail")]);
    }

    #[test]
    fn lines_that_look_like_headers_are_lines() {
        let diff = "--- a/x\n+++ b/x\n@@ -1 +1,3 @@\n--- a/y\n+++ b/y\n+@@ -1 +1 @@\n+diff --git\ndiff --git a/z b/z\n--- /dev/null\n+++ b/z\n@@ -0,0 +1 @@\n+z\n";
        let seen: Vec<_> = added(diff).into_iter().map(|(path, number, _)| (path, number)).collect();
        let x = |number| ("x".to_owned(), Some(number));
        assert_eq!(seen, [x(1), x(2), x(3), ("z".to_owned(), Some(1))]);
    }

    #[test]
    fn in_a_merge_only_what_neither_side_had_is_added() {
        let diff = "diff --cc x\n--- a/x\n+++ b/x\n@@@ -1,2 -1,2 +1,3 @@@\n- a\n -b\n +c\n+ d\n++e\ndiff --cc y\n+++ b/y\n@@@ -1 -1 +1 @@@\n--a\n++b\n";
        let at = |path: &str, number, text: &str| (path.to_owned(), Some(number), text.to_owned());
        assert_eq!(added(diff), [at("x", 3, "e"), at("y", 1, "b")]);
    }

    #[test]
    fn new_files_are_told() {
        let new = |lines: &[&str]| {
            let mut patch = Patch::default();
            lines
                .iter()
                .filter_map(|line| match patch.line(line) {
                    Said::New(path) => Some(path),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(new(&["--- /dev/null", "+++ b/a b\t"]), ["a b"]);
        assert_eq!(new(&["--- a/x", "+++ b/x"]), [""; 0]);
        assert_eq!(new(&["--- a/x", "+++ /dev/null"]), [""; 0]);
        assert_eq!(new(&["rename from x", "rename to id_rsa"]), ["id_rsa"]);
        assert_eq!(new(&["Binary files /dev/null and b/k.p12 differ"]), ["k.p12"]);
        assert_eq!(new(&["--- /dev/null", r#"+++ "b/\303\244\t\"x\\""#]), ["ä\t\"x\\"]);
    }

    #[test]
    fn a_diff_without_hunks_is_looked_at_all_the_same() {
        assert_eq!(added("+a\n"), [(String::new(), None, "a".to_owned())]);
    }
}
