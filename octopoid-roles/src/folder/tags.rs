//! The tags of a template, for checks that the template engine only makes when it runs them.

/// A tag: `{{ … }}` or `{% … %}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// The number of the line that it begins in, from 1.
    pub(super) line: usize,
    /// Its content, with every text in quotes emptied.
    pub(super) content: String,
}

/// Returns the tags of a template. Comments and what is between `raw` and `endraw` are left out.
pub(super) fn tags(template: &str) -> Vec<Tag> {
    let mut found: Vec<Tag> = Vec::new();
    let mut is_raw = false;
    let mut at = 0;
    while let Some(start) = template[at..].find('{').map(|offset| at + offset) {
        let inside = start + 2;
        let end = match template.as_bytes().get(start + 1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') if !is_raw => {
                at = template[inside..].find("#}").map_or(template.len(), |offset| inside + offset + 2);
                continue;
            }
            _ => {
                at = start + 1;
                continue;
            }
        };
        let (content, after) = without_texts(&template[inside..], end);
        let word = content.trim_matches(['-', '+', ' ', '\t', '\n', '\r']);
        if is_raw {
            // Anything but the end of it is text.
            is_raw = word != "endraw";
            at = if is_raw { start + 1 } else { inside + after };
            continue;
        }
        is_raw = end == "%}" && word == "raw";
        let line = template[..start].matches('\n').count() + 1;
        found.push(Tag { line, content });
        at = inside + after;
    }
    found
}

/// Reads a tag to its end, and returns its content, with every text in quotes emptied, and the position after it.
fn without_texts(rest: &str, end: &str) -> (String, usize) {
    let mut content = String::new();
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(mark) if c == mark => {
                quote = None;
                content.push(c);
            }
            Some(_) => {}
            None if rest[at..].starts_with(end) => return (content, at + end.len()),
            None => {
                if c == '"' || c == '\'' {
                    quote = Some(c);
                }
                content.push(c);
            }
        }
    }
    (content, rest.len())
}

impl Tag {
    /// Returns the names of the filters that it uses.
    pub(super) fn filters(&self) -> impl Iterator<Item = &str> {
        let block = self.content.trim_start_matches(['-', '+', ' ', '\t', '\n', '\r']);
        let block = block.strip_prefix("filter ").map(first_word);
        block
            .into_iter()
            .chain(self.content.split('|').skip(1).map(first_word))
            .filter(|name| !name.is_empty())
    }

    /// Returns whether it speaks of a value by this path, such as `task.title`.
    pub(super) fn speaks_of(&self, path: &str) -> bool {
        let in_path = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        self.content
            .split(|c| !in_path(c))
            .any(|word| word.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(template: &str) -> Vec<(usize, String)> {
        tags(template).into_iter().map(|tag| (tag.line, tag.content.trim().to_owned())).collect()
    }

    #[test]
    fn tags_are_found_with_their_lines_and_without_texts() {
        let found = of("a { b }\n{{ x ~ \"}} | y\" }}{# {{ no }} #}\n{% if 'a\\'' %}é{{\ny }}");
        let expected = [(2, "x ~ \"\""), (3, "if ''"), (3, "y")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn what_is_raw_is_no_tag() {
        let found = of("{% raw -%}{{ a | b }}{# {% x %} {%- endraw %}{{ c }}");
        assert_eq!(found, [(1, "raw -".to_owned()), (1, "c".to_owned())]);
        assert_eq!(of("{{ 'a").len(), 1);
    }

    #[test]
    fn filters_and_paths_are_seen() {
        let tag = |text: &str| tags(text).remove(0);
        assert_eq!(tag("{{ a|upper | join(', | no') }}").filters().collect::<Vec<_>>(), ["upper", "join"]);
        assert_eq!(tag("{%- filter trim %}").filters().collect::<Vec<_>>(), ["trim"]);
        assert!(tag("{{ task.titel[:3] }}").speaks_of("task.titel"));
        assert!(!tag("{{ task.titels }}").speaks_of("task.titel"));
        assert!(!tag("{{ 'task.titel' }}").speaks_of("task.titel"));
    }
}
