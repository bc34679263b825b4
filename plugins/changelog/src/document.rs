//! The changelog's text: its entries, and new ones put in. Every other byte stays as it is.

use crate::entry::Entry;
use crate::lines::{Line, lines};
use crate::place::{before_links, first_release, last_words, under, unreleased};
use crate::section::Section;
use std::collections::BTreeSet;
use std::ops::Range;

/// The beginning of a new file.
const BEGINNING: &str = "\
# Changelog

All notable changes are written here, in the form of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).
";

/// Returns the entries that the section of unreleased changes does not have yet, each once.
pub(crate) fn fresh(text: &str, entries: Vec<Entry>) -> Vec<Entry> {
    let mut known = known(text);
    entries.into_iter().filter(|entry| known.insert(key(&entry.text))).collect()
}

/// Returns the entries of the section of unreleased changes, without formatting.
fn known(text: &str) -> BTreeSet<String> {
    let lines = lines(text);
    let Some(range) = unreleased(&lines) else { return BTreeSet::new() };
    let mut items: Vec<String> = Vec::new();
    let mut open = false;
    for line in &lines[range] {
        if let Some((_, words)) = line.item() {
            items.push(words.to_owned());
            open = true;
        } else if line.is_blank() || line.heading().is_some() {
            open = false;
        } else if let Some(item) = items.last_mut().filter(|_| open) {
            // A long entry goes on in the next line.
            item.push(' ');
            item.push_str(line.text);
        }
    }
    items.iter().map(|item| key(item)).collect()
}

/// Returns the words of an entry, by which two entries are the same.
fn key(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace("**", "").trim_end_matches('.').to_lowercase()
}

/// Returns the text with new entries, each at the end of its section. Missing headings are added in their order.
pub(crate) fn with_entries(text: &str, entries: &[Entry]) -> String {
    let style = Style::of(text);
    let text = with_unreleased(text, &style);
    let lines = lines(&text);
    let Some(range) = unreleased(&lines) else { return text };
    let mut pieces: Vec<(usize, String)> = Vec::new();
    let mut at_the_end = String::new();
    for section in Section::ALL {
        let new: String = entries
            .iter()
            .filter(|entry| entry.section == section)
            .map(|entry| format!("{} {}{}", style.bullet, entry.text, style.newline))
            .collect();
        if new.is_empty() {
            continue;
        }
        let block = format!("### {}{}{}{new}", section.as_str(), style.newline, style.gap());
        if let Some(present) = under(&lines, range.clone(), section.as_str()) {
            pieces.push(style.appended(&lines, present, new));
        } else if let Some(later) = later_heading(&lines, range.clone(), section) {
            pieces.push((lines[later].start, format!("{block}{}", style.newline)));
        } else {
            at_the_end = format!("{at_the_end}{}{block}", style.newline);
        }
    }
    if !at_the_end.is_empty() {
        let last = last_words(&lines, range);
        let after = lines.get(last).is_some_and(|next| !next.is_blank());
        let more = if after { style.newline } else { "" };
        pieces.push((lines[last - 1].end, format!("{}{at_the_end}{more}", style.unended(&lines, last - 1))));
    }
    // Two pieces at one place stand in the order in which they were made.
    pieces.sort_by_key(|(at, _)| *at);
    woven(&text, &pieces)
}

/// Returns the text with pieces inserted at their positions.
fn woven(text: &str, pieces: &[(usize, String)]) -> String {
    let (mut whole, mut from) = (String::new(), 0);
    for (at, piece) in pieces {
        whole.push_str(&text[from..*at]);
        whole.push_str(piece);
        from = *at;
    }
    whole.push_str(&text[from..]);
    whole
}

/// Returns the first heading of a range that comes after a section in the order of Keep a Changelog.
fn later_heading(lines: &[Line<'_>], range: Range<usize>, section: Section) -> Option<usize> {
    let later = |line: &Line<'_>| {
        let words = line.heading().filter(|(level, _)| *level == 3).map(|(_, words)| words);
        let known = Section::ALL
            .into_iter()
            .find(|known| words.is_some_and(|words| words.eq_ignore_ascii_case(known.as_str())));
        known > Some(section)
    };
    lines[range.clone()].iter().position(later).map(|at| range.start + at)
}

fn with_unreleased(text: &str, style: &Style) -> String {
    let lines = lines(text);
    if unreleased(&lines).is_some() {
        return text.to_owned();
    }
    let newline = style.newline;
    let heading = format!("## [Unreleased]{newline}");
    if text.trim().is_empty() {
        return format!("{}{newline}{heading}", BEGINNING.replace('\n', newline));
    }
    if let Some(release) = first_release(&lines) {
        return woven(text, &[(lines[release].start, format!("{heading}{newline}"))]);
    }
    let last = last_words(&lines, 0..before_links(&lines));
    let Some(before) = last.checked_sub(1) else { return format!("{heading}{newline}{text}") };
    let more = if lines.get(last).is_some_and(|next| !next.is_blank()) { newline } else { "" };
    woven(text, &[(lines[before].end, format!("{}{newline}{heading}{more}", style.unended(&lines, before)))])
}

/// The style of the file, so that new lines look like those that are there.
#[derive(Debug)]
struct Style {
    newline: &'static str,
    bullet: char,
    /// Whether a blank line follows a heading.
    spaced: bool,
}

impl Style {
    fn of(text: &str) -> Self {
        let all = lines(text);
        let ends = text.matches('\n').count();
        let windows = text.matches("\r\n").count();
        let after = all.windows(2).find(|pair| pair[0].heading().is_some_and(|(level, _)| level == 3));
        Self {
            newline: if windows * 2 > ends { "\r\n" } else { "\n" },
            bullet: all.iter().find_map(Line::item).map_or('-', |(bullet, _)| bullet),
            spaced: after.is_none_or(|pair| pair[1].is_blank()),
        }
    }

    fn gap(&self) -> &'static str {
        if self.spaced { self.newline } else { "" }
    }

    /// Returns the line break that the last line of a file may lack.
    fn unended(&self, lines: &[Line<'_>], line: usize) -> &'static str {
        let Line { start, end, text, .. } = lines[line];
        if end - start == text.len() { self.newline } else { "" }
    }

    /// Returns new lines for the end of a section.
    fn appended(&self, lines: &[Line<'_>], present: Range<usize>, new: String) -> (usize, String) {
        let (heading, end) = (present.start, present.end);
        let last = last_words(lines, present);
        let before = if last == heading + 1 { self.gap() } else { "" };
        let after = if last == end && lines.get(end).is_some() { self.newline } else { "" };
        let unended = self.unended(lines, last - 1);
        (lines[last - 1].end, format!("{unended}{before}{new}{after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(section: Section, text: &str) -> Entry {
        Entry { section, text: text.to_owned() }
    }

    fn added(text: &str, entries: &[(Section, &str)]) -> String {
        let entries: Vec<_> = entries.iter().map(|(section, words)| entry(*section, words)).collect();
        let whole = with_entries(text, &entries);
        assert!(fresh(&whole, entries).is_empty(), "what was written is known: {whole}");
        whole
    }

    #[test]
    fn a_new_file_has_a_beginning() {
        let whole = added("", &[(Section::Fixed, "b"), (Section::Added, "a")]);
        assert!(whole.starts_with("# Changelog\n\nAll notable"), "{whole}");
        assert!(whole.ends_with("\n\n## [Unreleased]\n\n### Added\n\n- a\n\n### Fixed\n\n- b\n"), "{whole}");
    }

    #[test]
    fn lines_go_to_the_end_of_their_section() {
        let text = "# C\n\n## [Unreleased]\n\n### Added\n\n- old\n  goes on\n\n### Fixed\n\n- bug\n\n## 1.0\n\n- x\n";
        let whole = added(text, &[(Section::Added, "new"), (Section::Fixed, "other")]);
        assert_eq!(
            whole,
            "# C\n\n## [Unreleased]\n\n### Added\n\n- old\n  goes on\n- new\n\n### Fixed\n\n- bug\n- other\n\n## 1.0\n\n- x\n"
        );
    }

    #[test]
    fn missing_sections_come_in_their_order() {
        let text = "## [Unreleased]\n\n### Changed\n\n- c\n\n### Fixed\n\n- f\n\n## 1.0\n";
        let whole = added(
            text,
            &[
                (Section::Added, "a"),
                (Section::Removed, "r"),
                (Section::Security, "s"),
                (Section::Fixed, "g"),
            ],
        );
        assert_eq!(
            whole,
            "## [Unreleased]\n\n### Added\n\n- a\n\n### Changed\n\n- c\n\n### Removed\n\n- r\n\n### Fixed\n\n- f\n- g\n\n### Security\n\n- s\n\n## 1.0\n"
        );
    }

    #[test]
    fn a_missing_unreleased_section_comes_before_the_first_release() {
        let text = "# C\n\nWords.\n\n## [1.0.0] - 2024-01-01\n\n### Added\n- x\n";
        let whole = added(text, &[(Section::Added, "a")]);
        assert_eq!(
            whole,
            "# C\n\nWords.\n\n## [Unreleased]\n\n### Added\n- a\n\n## [1.0.0] - 2024-01-01\n\n### Added\n- x\n"
        );
    }

    #[test]
    fn a_file_without_releases_gets_the_section_before_its_links() {
        let text = "# C\n\nWords.\n\n[x]: https://x\n";
        let whole = added(text, &[(Section::Added, "a")]);
        assert_eq!(whole, "# C\n\nWords.\n\n## [Unreleased]\n\n### Added\n\n- a\n\n[x]: https://x\n");
        let text = "## Unreleased\n\n[Unreleased]: https://x\n";
        let whole = added(text, &[(Section::Added, "a")]);
        assert_eq!(whole, "## Unreleased\n\n### Added\n\n- a\n\n[Unreleased]: https://x\n");
    }

    #[test]
    fn empty_sections_and_a_missing_last_line_break_are_no_trouble() {
        assert_eq!(
            added("## [Unreleased]", &[(Section::Added, "a")]),
            "## [Unreleased]\n\n### Added\n\n- a\n"
        );
        assert_eq!(
            added("## [Unreleased]\n### Added\n## 1.0\n", &[(Section::Added, "a")]),
            "## [Unreleased]\n### Added\n- a\n\n## 1.0\n"
        );
        assert_eq!(
            added("## [Unreleased]\n\n### Added\n\n* x", &[(Section::Added, "a")]),
            "## [Unreleased]\n\n### Added\n\n* x\n* a\n"
        );
        assert_eq!(
            added("## [Unreleased]\n## 1.0\n", &[(Section::Added, "a")]),
            "## [Unreleased]\n\n### Added\n\n- a\n\n## 1.0\n"
        );
    }

    #[test]
    fn windows_line_breaks_stay() {
        let text = "# C\r\n\r\n## [Unreleased]\r\n\r\n### Added\r\n\r\n- x\r\n\r\n## 1.0\r\n";
        let whole = added(text, &[(Section::Added, "a"), (Section::Fixed, "b")]);
        assert_eq!(
            whole,
            "# C\r\n\r\n## [Unreleased]\r\n\r\n### Added\r\n\r\n- x\r\n- a\r\n\r\n### Fixed\r\n\r\n- b\r\n\r\n## 1.0\r\n"
        );
    }

    #[test]
    fn what_was_there_is_there_byte_for_byte() {
        let texts = [
            "\u{feff}# C\n\n\n\nodd   \t\n## [Unreleased]\n### Internal\n- y\n\n\n## 1.0\n<!-- ## [Unreleased] -->\n",
            "```\n## [Unreleased]\n```\n## 0.1\r\n- mixed\n",
            "Unreleased\n==========\n* x\n",
            "### Added\n",
            "[a]: b\n",
        ];
        for text in texts {
            for section in Section::ALL {
                let whole = added(text, &[(section, "entirely new"), (Section::Changed, "another")]);
                // The old text is what is left when the new lines are taken out, in its order.
                let mut rest = whole.as_str();
                for byte in text.chars() {
                    let at =
                        rest.find(byte).unwrap_or_else(|| panic!("{byte:?} of {text:?} is gone: {whole:?}"));
                    rest = &rest[at + byte.len_utf8()..];
                }
                for line in text.lines() {
                    assert!(whole.contains(line), "{line:?} of {text:?}: {whole:?}");
                }
            }
        }
    }

    #[test]
    fn entries_are_known_however_they_are_set() {
        let text = "## [Unreleased]\n\n- **Breaking:** The  kettle\n  is gone.\n\n## 1.0\n\n- Tea\n";
        let entries = vec![
            entry(Section::Added, "**Breaking:** the kettle is gone"),
            entry(Section::Added, "Tea"),
            entry(Section::Added, "tea"),
        ];
        let new = fresh(text, entries);
        assert_eq!(new, [entry(Section::Added, "Tea")], "what was released is another matter");
    }
}
