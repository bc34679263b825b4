//! The line of a key in a YAML text. The parser keeps no positions of values, and an answer that is sometimes the line
//! of the section instead of the key is good enough for people.

/// One step to a key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'a> {
    /// Into a mapping.
    Key(&'a str),
    /// To an item of a list, from 0.
    Item(usize),
}

/// The line, from 1, of the deepest step that is found.
pub(crate) fn line_of(text: &str, path: &[Step<'_>]) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let mut range = 0..lines.len();
    let mut found = None;
    for step in path {
        let Some((line, inside)) = (match step {
            Step::Key(key) => find_key(&lines, range.clone(), key),
            Step::Item(number) => find_item(&lines, range.clone(), *number),
        }) else {
            break;
        };
        found = Some(line + 1);
        range = inside;
    }
    found
}

type Found = (usize, std::ops::Range<usize>);

fn find_key(lines: &[&str], range: std::ops::Range<usize>, key: &str) -> Option<Found> {
    let level = range.clone().filter_map(|at| indent(lines[at])).min()?;
    range.clone().find_map(|at| {
        let own = indent(lines[at])?;
        let content = entry(lines[at]);
        let is_it =
            own == level && content.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'));
        // `{ key: … }` on the section's own line.
        is_it.then(|| (at, inner(lines, at, range.end, own)))
    })
}

fn find_item(lines: &[&str], range: std::ops::Range<usize>, number: usize) -> Option<Found> {
    let is_item = |at: &usize| lines[*at].trim_start().starts_with('-');
    let dash = |at: usize| lines[at].len() - lines[at].trim_start().len();
    let level = range.clone().filter(is_item).map(dash).min()?;
    let starts: Vec<_> = range.clone().filter(is_item).filter(|at| dash(*at) == level).collect();
    let start = *starts.get(number)?;
    let end = starts.get(number + 1).copied().unwrap_or(range.end);
    Some((start, start..end))
}

/// The lines that belong to a key: its own, so that a flow mapping is searched too, is left out.
fn inner(lines: &[&str], at: usize, end: usize, own: usize) -> std::ops::Range<usize> {
    let stop = (at + 1..end)
        .find(|next| {
            indent(lines[*next])
                .is_some_and(|deep| deep <= own && !lines[*next].trim_start().starts_with('-'))
        })
        .unwrap_or(end);
    at + 1..stop
}

/// How deep a line's content is, with a list's dash as part of the indentation; none for blanks and comments.
fn indent(line: &str) -> Option<usize> {
    let content = entry(line);
    (!content.is_empty() && !content.starts_with('#')).then(|| line.len() - content.len())
}

/// A line without its indentation and dashes.
fn entry(line: &str) -> &str {
    line.trim_start_matches([' ', '-'])
}

#[cfg(test)]
mod tests {
    use super::Step::{Item, Key};
    use super::*;

    const TEXT: &str = "\
# a comment
agents:
  - name: one
    role: implement

  - role: reveiw
    name: two
limits: { agents: 4 }
";

    #[test]
    fn keys_and_items_are_found_whatever_their_order() {
        assert_eq!(line_of(TEXT, &[Key("agents")]), Some(2));
        assert_eq!(line_of(TEXT, &[Key("agents"), Item(0), Key("role")]), Some(4));
        assert_eq!(line_of(TEXT, &[Key("agents"), Item(1), Key("role")]), Some(6));
        assert_eq!(line_of(TEXT, &[Key("agents"), Item(1), Key("name")]), Some(7));
    }

    #[test]
    fn what_is_not_found_gives_the_section() {
        assert_eq!(line_of(TEXT, &[Key("limits"), Key("agents")]), Some(8));
        assert_eq!(line_of(TEXT, &[Key("agents"), Item(0), Key("model")]), Some(3));
        assert_eq!(line_of(TEXT, &[Key("nothing")]), None);
    }
}
