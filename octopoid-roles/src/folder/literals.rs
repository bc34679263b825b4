//! The texts that a template itself writes, such as `"s"` in `{{ "s" if count > 1 }}`.

use std::collections::HashSet;

/// Every text in quotes within the tags of a template. One that could begin a line or mark something as code is left
/// out, so that whatever happens to be equal to one of these can say nothing but what the template says anyway.
pub(super) fn literals(template: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut rest = template;
    while let Some(start) = rest.find(['{']) {
        rest = &rest[start + 1..];
        let end = match rest.chars().next() {
            Some('{') => "}}",
            Some('%') => "%}",
            Some('#') => {
                rest = rest.split_once("#}").map_or("", |(_, after)| after);
                continue;
            }
            _ => continue,
        };
        rest = within(&rest[1..], end, &mut found);
    }
    found
}

/// Reads one tag, and gives what follows it.
fn within<'a>(mut rest: &'a str, end: &str, found: &mut HashSet<String>) -> &'a str {
    while let Some(at) = rest.find(|c| c == '"' || c == '\'' || end.starts_with(c)) {
        if let Some(after) = rest[at..].strip_prefix(end) {
            return after;
        }
        let mark = rest[at..].chars().next().unwrap_or_default();
        rest = &rest[at + mark.len_utf8()..];
        if mark != '"' && mark != '\'' {
            continue;
        }
        let Some(length) = closing(rest, mark) else { return "" };
        let text = &rest[..length];
        if !text.contains(['`', '\\']) && !text.contains(char::is_control) {
            found.insert(text.to_owned());
        }
        rest = &rest[length + 1..];
    }
    ""
}

/// Where a text ends.
fn closing(text: &str, mark: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(template: &str) -> Vec<String> {
        let mut found: Vec<_> = literals(template).into_iter().collect();
        found.sort();
        found
    }

    #[test]
    fn texts_in_tags_are_found_and_prose_is_not() {
        let template =
            "Say \"no\" {{ \"s\" if x else 'es' }} {% if newest == \"conflict\" -%} don't {%- endif %}";
        assert_eq!(of(template), ["conflict", "es", "s"]);
        assert_eq!(of("{# 'a' #} { 'b' } {{ {'c': \"}}\"}['c'] }} 'd'"), ["c", "}}"]);
    }

    #[test]
    fn what_could_break_a_line_or_mark_code_is_not_one() {
        assert!(of("{{ 'a\\nb' }}{{ '`' }}{{ 'a\nb' }}").is_empty());
        assert_eq!(of("{{ \"it's\" ~ 'a \\' b' ~ \"c\" }}"), ["c", "it's"]);
    }

    #[test]
    fn what_is_cut_off_ends_the_search() {
        assert!(of("{{ 'a").is_empty());
        assert!(of("{%").is_empty());
        assert!(of("{# 'a'").is_empty());
    }
}
