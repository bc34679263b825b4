//! Reading a list.

use super::entry::{ListProblem, ListedTask};
use std::collections::BTreeMap;

/// Reads the tasks of a Markdown text.
///
/// - Where the text consists of lists, each entry of a list is a task. What is indented below an entry, nested lists included, is its
///   description; headings only group the entries. A ticked box says that the entry is done.
/// - Where there is text below headings, each heading is a task and the text is its description. Headings of the second level are
///   the tasks if there are any, and those of the first otherwise; deeper ones belong to the description.
///
/// # Errors
/// [`ListProblem`] for a text without entries, an entry without a title or with one that is too long, and a title that is there
/// twice.
pub fn parse(text: &str) -> Result<Vec<ListedTask>, ListProblem> {
    let lines: Vec<&str> = text.lines().collect();
    let kinds = kinds(&lines);
    let level = if kinds.contains(&Kind::Heading(2)) { 2 } else { 1 };
    let tasks = if has_prose(&kinds, level) || !kinds.contains(&Kind::Entry) {
        sections(&lines, &kinds, level)?
    } else {
        entries(&lines, &kinds)?
    };
    if tasks.is_empty() {
        return Err(ListProblem::new(1, "there is neither a list nor a heading"));
    }
    let mut seen = BTreeMap::new();
    for task in &tasks {
        if let Some(first) = seen.insert(&task.title, task.line) {
            let problem = format!("the title is that of line {first}; say how the two differ");
            return Err(ListProblem::new(task.line, problem));
        }
    }
    Ok(tasks)
}

/// Kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A heading, with its level.
    Heading(usize),
    /// The first line of an entry of a list that is not nested.
    Entry,
    /// A line that belongs to the entry above it.
    Below,
    /// Text outside of lists.
    Prose,
    /// Nothing, or a comment or metadata.
    Blank,
}

/// Returns the kind of each line.
fn kinds(lines: &[&str]) -> Vec<Kind> {
    let mut kinds = Vec::with_capacity(lines.len());
    let mut rest = lines.iter();
    if lines.first().is_some_and(|line| line.trim_end() == "---") {
        let end = lines.iter().skip(1).position(|line| line.trim_end() == "---");
        let front = end.map_or(0, |end| end + 2);
        kinds.extend(vec![Kind::Blank; front]);
        rest = lines[front..].iter();
    }
    let (mut fenced, mut in_entry, mut after_blank) = (false, false, true);
    for line in rest {
        let text = line.trim_start();
        let indented = line.starts_with([' ', '\t']);
        let is_fence = text.starts_with("```") || text.starts_with("~~~");
        let kind = if fenced || is_fence {
            fenced ^= is_fence;
            if in_entry && (indented || kinds.last() == Some(&Kind::Below)) {
                Kind::Below
            } else {
                Kind::Prose
            }
        } else if text.is_empty() || text.starts_with("<!--") {
            if in_entry { Kind::Below } else { Kind::Blank }
        } else if let (false, Some(level)) = (indented, heading(text)) {
            Kind::Heading(level)
        } else if !indented && entry(text).is_some() {
            Kind::Entry
        } else if in_entry && (indented || !after_blank) {
            Kind::Below
        } else {
            Kind::Prose
        };
        in_entry = matches!(kind, Kind::Entry | Kind::Below);
        after_blank = text.is_empty();
        kinds.push(kind);
    }
    kinds
}

/// Returns the level of a heading.
fn heading(text: &str) -> Option<usize> {
    let level = text.len() - text.trim_start_matches('#').len();
    let rest = &text[level..];
    ((1..=6).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t']))).then_some(level)
}

/// Returns what an entry of a list says, without its mark.
fn entry(text: &str) -> Option<&str> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = match digits {
        0 => text.strip_prefix(['-', '*', '+'])?,
        1..=9 => text[digits..].strip_prefix(['.', ')'])?,
        _ => return None,
    };
    rest.starts_with([' ', '\t']).then(|| rest.trim_start())
}

/// Returns whether there is text outside of lists below a heading that could be a task. A single heading of the first level is the
/// title of the whole.
fn has_prose(kinds: &[Kind], level: usize) -> bool {
    let mut headings = kinds.iter().enumerate().filter(|(_, kind)| **kind == Kind::Heading(level));
    let Some((first, _)) = headings.next() else { return false };
    (level > 1 || headings.next().is_some()) && kinds[first..].contains(&Kind::Prose)
}

/// Returns each entry of the lists.
fn entries(lines: &[&str], kinds: &[Kind]) -> Result<Vec<ListedTask>, ListProblem> {
    let mut tasks = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(at, _)| kinds[*at] == Kind::Entry) {
        let below = kinds[at + 1..].iter().take_while(|kind| **kind == Kind::Below).count();
        let title = entry(line).unwrap_or_default();
        tasks.push(ListedTask::new(at + 1, title, &lines[at + 1..=at + below])?);
    }
    Ok(tasks)
}

/// Returns each section below a heading of a level.
fn sections(lines: &[&str], kinds: &[Kind], level: usize) -> Result<Vec<ListedTask>, ListProblem> {
    let mut tasks = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(at, _)| kinds[*at] == Kind::Heading(level)) {
        let ends = |kind: &&Kind| matches!(kind, Kind::Heading(one) if *one <= level);
        let below = kinds[at + 1..].iter().take_while(|kind| !ends(kind)).count();
        let title = line.trim().trim_matches('#');
        tasks.push(ListedTask::new(at + 1, title, &lines[at + 1..=at + below])?);
    }
    Ok(tasks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, String, String)> {
        parse(text).unwrap().into_iter().map(|task| (task.line, task.title, task.description)).collect()
    }

    fn task(line: usize, title: &str, description: &str) -> (usize, String, String) {
        (line, title.to_owned(), description.to_owned())
    }

    #[test]
    fn each_entry_of_a_list_is_a_task_with_what_is_indented_below_it() {
        let text = "# Next\n\nFor the release:\n\n- Cache the index\n  In memory.\n\n  - at most 64 MiB\n  - a flag\n\
                    * [ ] Second\n1. Third\ngoes on\n";
        assert_eq!(
            read(text),
            [
                task(5, "Cache the index", "In memory.\n\n- at most 64 MiB\n- a flag"),
                task(10, "Second", "Second"),
                task(11, "Third", "goes on"),
            ]
        );
    }

    #[test]
    fn headings_only_group_where_there_are_lists_alone_below_them() {
        let text = "# Plan\n## Backend\n- One\n- Two\n\n## Frontend\n- Three\n";
        assert_eq!(read(text), [task(3, "One", "One"), task(4, "Two", "Two"), task(7, "Three", "Three")]);
    }

    #[test]
    fn each_heading_is_a_task_where_there_is_text_below_headings() {
        let text =
            "# Plan\nIntro.\n## Cache the index\nIn memory:\n- 64 MiB\n### How\nAs you like.\n## Flag ##\n";
        assert_eq!(
            read(text),
            [
                task(3, "Cache the index", "In memory:\n- 64 MiB\n### How\nAs you like."),
                task(8, "Flag", "Flag"),
            ]
        );
        assert_eq!(read("# One\nText.\n# Two\n"), [task(1, "One", "Text."), task(3, "Two", "Two")]);
    }

    #[test]
    fn code_and_front_matter_are_no_entries() {
        let text = "---\ntitle: x\n- no\n---\n- One\n  ```sh\n  - no\n  # no\n  ```\n- Two\n";
        assert_eq!(read(text), [task(5, "One", "```sh\n- no\n# no\n```"), task(10, "Two", "Two")]);
    }

    #[test]
    fn a_ticked_box_says_that_it_is_done() {
        let tasks = parse("- [x] One\n- [ ] Two\n- [X] Three\n- [y] Four\n").unwrap();
        let ticked: Vec<_> = tasks.iter().map(|task| (task.title.as_str(), task.ticked)).collect();
        assert_eq!(ticked, [("One", true), ("Two", false), ("Three", true), ("[y] Four", false)]);
    }

    #[test]
    fn a_text_without_tasks_is_refused_by_its_line() {
        let long = format!("- {}\n", "x".repeat(301));
        for (text, line, words) in [
            ("", 1, "neither a list nor a heading"),
            ("Only text.\n", 1, "neither a list nor a heading"),
            ("- One\n- [ ] \n- One\n", 2, "says nothing"),
            ("- One\n- Two\n- One\n", 3, "the title is that of line 1"),
            (long.as_str(), 1, "longer than 300"),
        ] {
            let problem = parse(text).unwrap_err();
            assert_eq!(problem.line, line, "{text}: {problem}");
            assert!(problem.problem.contains(words), "{text}: {problem}");
        }
    }
}
