//! The lines of a Markdown text, with their places in it.

/// A line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// The byte it begins at.
    pub(crate) start: usize,
    /// The byte after its end, line break included.
    pub(crate) end: usize,
    /// Without its line break.
    pub(crate) text: &'a str,
    /// Whether it is code or a comment, where nothing is a heading.
    pub(crate) verbatim: bool,
}

impl Line<'_> {
    /// Returns the level and the words, if it is a heading.
    pub(crate) fn heading(&self) -> Option<(usize, &str)> {
        let level = self.text.bytes().take_while(|&byte| byte == b'#').count();
        let words = self.text[level..].strip_prefix([' ', '\t'])?;
        ((1..=6).contains(&level) && !self.verbatim).then(|| (level, words.trim()))
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Returns whether it defines a link, as the last lines of many changelogs do.
    pub(crate) fn is_link(&self) -> bool {
        !self.verbatim && self.text.starts_with('[') && self.text.contains("]: ")
    }

    /// Returns the bullet and the text, if it is a list item.
    pub(crate) fn item(&self) -> Option<(char, &str)> {
        let text = self.text.trim_start();
        let bullet = text.chars().next().filter(|c| matches!(c, '-' | '*' | '+'))?;
        let words = text[1..].strip_prefix([' ', '\t'])?;
        (!self.verbatim).then(|| (bullet, words.trim()))
    }
}

/// Returns the lines of a text.
pub(crate) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut fence: Option<&str> = None;
    let mut in_comment = false;
    let mut end = 0;
    let line = |whole: &'_ str| whole.trim_end_matches(['\r', '\n']).len();
    let mut found = Vec::new();
    for whole in text.split_inclusive('\n') {
        let start = end;
        end += whole.len();
        let text = &whole[..line(whole)];
        let mark = ["```", "~~~"].into_iter().find(|mark| text.trim_start().starts_with(mark));
        let verbatim = fence.is_some() || mark.is_some() || in_comment;
        if !in_comment {
            match (fence, mark) {
                (None, Some(_)) => fence = mark,
                (Some(open), Some(close)) if open == close => fence = None,
                _ => {}
            }
        }
        if fence.is_none() {
            // The last mark of the line tells how it ends.
            let (opened, closed) = (text.rfind("<!--"), text.rfind("-->"));
            in_comment = match (opened, closed) {
                (None, None) => in_comment,
                (opened, closed) => opened > closed,
            };
        }
        found.push(Line { start, end, text, verbatim });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_the_text() {
        for text in ["", "\n", "a", "a\r\nb\n\nc", "```\n# no\n```\n# yes", "\u{feff}# Changelog\n"] {
            let whole: String = lines(text).iter().map(|line| &text[line.start..line.end]).collect();
            assert_eq!(whole, text);
        }
    }

    #[test]
    fn code_and_comments_have_no_headings() {
        let text = "# a\n```md\n## b\n```\n<!--\n## c\n-->\n## d\n<!-- e --> \n## f\n#g\n~~~\n```\n## h\n~~~\n## i\n";
        let all = lines(text);
        let headings: Vec<_> = all.iter().filter_map(Line::heading).collect();
        assert_eq!(headings, [(1, "a"), (2, "d"), (2, "f"), (2, "i")]);
    }

    #[test]
    fn items_and_links_are_told_apart() {
        let all = lines("- a\n  * b \n-c\n[x]: https://x\n[x] y\n");
        assert_eq!(all[0].item(), Some(('-', "a")));
        assert_eq!(all[1].item(), Some(('*', "b")));
        assert_eq!(all[2].item(), None);
        assert!(all[3].is_link() && !all[4].is_link());
    }
}
