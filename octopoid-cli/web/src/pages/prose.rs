//! Texts of people and agents, with the little of Markdown that helps to read them.
//!
//! Paragraphs, headings, lists, quotes, fenced code, `code` and **bold** are shown as such; everything else, HTML and links
//! included, is text.

use crate::text::push_escaped;
use maud::{Markup, PreEscaped};

/// Returns a text with its structure.
pub(crate) fn prose(text: &str) -> Markup {
    let mut writer = Writer::default();
    for line in text.lines() {
        writer.line(line);
    }
    writer.end();
    PreEscaped(format!("<div class=\"prose\">{}</div>", writer.html))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Block {
    #[default]
    None,
    Paragraph,
    List,
    Numbers,
    Quote,
    Code,
}

#[derive(Debug, Default)]
struct Writer {
    html: String,
    block: Block,
}

impl Writer {
    fn line(&mut self, line: &str) {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            let closes = self.block == Block::Code;
            self.begin(if closes { Block::None } else { Block::Code });
            return;
        }
        if self.block == Block::Code {
            push_escaped(&mut self.html, line);
            self.html.push('\n');
            return;
        }
        let trimmed = trimmed.trim_end();
        if trimmed.is_empty() {
            self.begin(Block::None);
        } else if let Some(heading) = heading(trimmed) {
            self.begin(Block::None);
            self.html.push_str("<h4>");
            inline(&mut self.html, heading);
            self.html.push_str("</h4>");
        } else if let Some(item) = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* ")) {
            self.item(Block::List, item);
        } else if let Some(item) = numbered(trimmed) {
            self.item(Block::Numbers, item);
        } else if let Some(quoted) = trimmed.strip_prefix('>') {
            self.begin(Block::Quote);
            inline(&mut self.html, quoted.trim_start());
            self.html.push('\n');
        } else if matches!(self.block, Block::List | Block::Numbers) && line.starts_with(' ') {
            // A line that goes on under its item.
            self.html.push('\n');
            inline(&mut self.html, trimmed);
        } else {
            self.begin(Block::Paragraph);
            inline(&mut self.html, trimmed);
            self.html.push('\n');
        }
    }

    fn item(&mut self, block: Block, item: &str) {
        self.begin(block);
        self.html.push_str("<li>");
        inline(&mut self.html, item);
    }

    /// Goes over to a block, unless it is in it already.
    fn begin(&mut self, block: Block) {
        if self.block == block {
            return;
        }
        self.html.push_str(match self.block {
            Block::None => "",
            Block::Paragraph => "</p>",
            Block::List => "</ul>",
            Block::Numbers => "</ol>",
            Block::Quote => "</blockquote>",
            Block::Code => "</code></pre>",
        });
        self.html.push_str(match block {
            Block::None => "",
            Block::Paragraph => "<p>",
            Block::List => "<ul>",
            Block::Numbers => "<ol>",
            Block::Quote => "<blockquote>",
            Block::Code => "<pre><code>",
        });
        self.block = block;
    }

    fn end(&mut self) {
        self.begin(Block::None);
    }
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    (1..=6).contains(&level).then(|| rest.strip_prefix(' ')).flatten()
}

fn numbered(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&digits).then(|| line[digits..].strip_prefix(". ")).flatten()
}

/// Returns a sentence with its `code` parts.
pub(crate) fn line(text: &str) -> Markup {
    let mut html = String::with_capacity(text.len());
    inline(&mut html, text);
    PreEscaped(html)
}

/// Appends a line with its `code` and **bold** parts.
fn inline(html: &mut String, line: &str) {
    let mut rest = line;
    while let Some(at) = rest.find(['`', '*']) {
        let (mark, tag) = if rest[at..].starts_with("**") {
            ("**", "strong")
        } else if rest[at..].starts_with('`') {
            ("`", "code")
        } else {
            push_escaped(html, &rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        };
        let after = &rest[at + mark.len()..];
        let Some(end) = after.find(mark).filter(|end| *end > 0) else {
            push_escaped(html, &rest[..at + mark.len()]);
            rest = after;
            continue;
        };
        push_escaped(html, &rest[..at]);
        html.push_str(&format!("<{tag}>"));
        push_escaped(html, &after[..end]);
        html.push_str(&format!("</{tag}>"));
        rest = &after[end + mark.len()..];
    }
    push_escaped(html, rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let html = prose(text).into_string();
        html.trim_start_matches("<div class=\"prose\">").trim_end_matches("</div>").to_owned()
    }

    #[test]
    fn structure_is_shown_and_html_is_text() {
        assert_eq!(shown("a\nb\n\nc"), "<p>a\nb\n</p><p>c\n</p>");
        assert_eq!(
            shown("# One\n- a `x`\n- **b**"),
            "<h4>One</h4><ul><li>a <code>x</code><li><strong>b</strong></ul>"
        );
        assert_eq!(shown("```sh\n<b> # x\n```"), "<pre><code>&lt;b&gt; # x\n</code></pre>");
        assert_eq!(shown("<script>a</script>"), "<p>&lt;script&gt;a&lt;/script&gt;\n</p>");
        assert_eq!(shown("`a **b *c"), "<p>`a **b *c\n</p>");
        assert_eq!(shown("1. a\n2. b\n> q"), "<ol><li>a<li>b</ol><blockquote>q\n</blockquote>");
        assert_eq!(shown("```\nopen"), "<pre><code>open\n</code></pre>");
    }
}
