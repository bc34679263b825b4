//! An entry of the changelog, from a commit.

use crate::section::Section;
use crate::settings::Settings;
use crate::subject::Subject;

/// An entry: a line, and its section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) section: Section,
    /// Markdown, one line, without the bullet.
    pub(crate) text: String,
}

impl Entry {
    /// Returns the entry for a commit; `None` for one that is skipped.
    pub(crate) fn of(subject: &str, settings: &Settings) -> Option<Self> {
        if Subject::is_folded(subject) {
            return None;
        }
        let read = Subject::parse(subject);
        let is_skipped = |name: &String| settings.skip.iter().any(|skip| skip.eq_ignore_ascii_case(name));
        // A commit of two rooms is skipped when both are.
        if !read.names.is_empty() && read.names.iter().all(is_skipped) {
            return None;
        }
        let chosen = |name: &String| {
            settings
                .sections
                .iter()
                .find(|(kind, _)| kind.eq_ignore_ascii_case(name))
                .map(|(_, section)| *section)
        };
        let chosen = read.names.iter().find_map(chosen);
        let is_type = read.names.len() == 1 && Section::of_type(&read.names[0]).is_some();
        let typed = if is_type { Section::of_type(&read.names[0]) } else { None };
        let section = chosen.or(typed).unwrap_or_else(|| Section::of_words(read.text));
        // A type is told by the section; a room is what the reader looks for.
        let place = if is_type { read.scope } else { Some(read.head).filter(|head| !head.is_empty()) };
        Some(Self { section, text: sentence(read.breaking, place, read.text) })
            .filter(|entry| !entry.text.is_empty())
    }
}

fn sentence(breaking: bool, place: Option<&str>, text: &str) -> String {
    let text = text.trim_end_matches('.').trim();
    let text = match place {
        Some(place) => format!("{place}: {text}"),
        None => capitalised(text),
    };
    // A comment that is opened in one line would swallow the rest of the file.
    let text = text.replace("<!--", "&lt;!--");
    if breaking && !text.is_empty() { format!("**Breaking:** {text}") } else { text }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(subject: &str) -> Option<(Section, String)> {
        Entry::of(subject, &Settings::default()).map(|entry| (entry.section, entry.text))
    }

    #[test]
    fn subjects_become_lines_in_sections() {
        for (subject, section, text) in [
            ("feat: add tea", Section::Added, "Add tea"),
            ("feat(kitchen): tea.", Section::Added, "kitchen: tea"),
            ("fix: no more spills", Section::Fixed, "No more spills"),
            ("perf!: boil at 90 °C", Section::Changed, "**Breaking:** Boil at 90 °C"),
            ("security: wash hands", Section::Security, "Wash hands"),
            ("deprecate: the old kettle", Section::Deprecated, "The old kettle"),
            ("docs: how to pour", Section::Changed, "How to pour"),
            ("kitchen: fix the tap", Section::Fixed, "kitchen: fix the tap"),
            ("kitchen, hall: remove the door", Section::Removed, "kitchen, hall: remove the door"),
            ("kitchen: tea is hot", Section::Changed, "kitchen: tea is hot"),
            ("Added a teapot", Section::Added, "Added a teapot"),
            ("test, kitchen: tea", Section::Changed, "test, kitchen: tea"),
            ("feat: <!-- hidden", Section::Added, "&lt;!-- hidden"),
        ] {
            assert_eq!(entry(subject), Some((section, text.to_owned())), "{subject}");
        }
    }

    #[test]
    fn what_nobody_reads_about_is_skipped() {
        for subject in [
            "chore: tidy",
            "CI: faster",
            "test(kitchen): more",
            "Merge branch 'tea'",
            "fixup! feat: tea",
            "test, ci: both",
        ] {
            assert_eq!(entry(subject), None, "{subject}");
        }
    }

    #[test]
    fn settings_decide_first() {
        let settings: Settings =
            octopoid_plugin::serde_json::from_value(octopoid_plugin::serde_json::json!({
                "skip": ["docs"], "sections": { "Kitchen": "security", "feat": "Changed" }
            }))
            .unwrap();
        let section = |subject| Entry::of(subject, &settings).map(|entry| entry.section);
        assert_eq!(section("kitchen: add tea"), Some(Section::Security));
        assert_eq!(section("feat: tea"), Some(Section::Changed));
        assert_eq!(section("docs: tea"), None);
        assert_eq!(section("chore: tea"), Some(Section::Changed));
    }
}
