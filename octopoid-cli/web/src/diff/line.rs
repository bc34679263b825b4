//! One line of code as HTML.

use super::syntax::TokenKind;
use crate::text::push_escaped;
use std::ops::Range;

/// Appends a line with the colours of its tokens and marks on the words that changed.
pub(crate) fn push_line(
    html: &mut String,
    line: &str,
    tokens: &[(Range<usize>, TokenKind)],
    changed: &[Range<usize>],
) {
    let (mut token, mut change, mut at) = (0, 0, 0);
    while at < line.len() {
        while tokens.get(token).is_some_and(|(range, _)| range.end <= at) {
            token += 1;
        }
        while changed.get(change).is_some_and(|range| range.end <= at) {
            change += 1;
        }
        let (class, token_end) = match tokens.get(token) {
            Some((range, kind)) if range.start <= at => (Some(kind.class()), range.end),
            Some((range, _)) => (None, range.start),
            None => (None, line.len()),
        };
        let (is_changed, change_end) = match changed.get(change) {
            Some(range) if range.start <= at => (true, range.end),
            Some(range) => (false, range.start),
            None => (false, line.len()),
        };
        let end = token_end.min(change_end).min(line.len());
        if is_changed {
            html.push_str("<mark>");
        }
        if let Some(class) = class {
            html.push_str("<i class=\"");
            html.push_str(class);
            html.push_str("\">");
        }
        push_escaped(html, &line[at..end]);
        if class.is_some() {
            html.push_str("</i>");
        }
        if is_changed {
            html.push_str("</mark>");
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_changes_may_overlap() {
        let mut html = String::new();
        push_line(&mut html, "let a<b", &[(0..3, TokenKind::Keyword)], std::slice::from_ref(&(2..5)));
        assert_eq!(html, "<i class=\"tk\">le</i><mark><i class=\"tk\">t</i></mark><mark> a</mark>&lt;b");
    }
}
