//! Text of agents as text: control characters are shown, not obeyed.

use maud::Render;
use octopoid_core::model::{Timestamp, Usage};
use std::fmt::Write;
use std::time::Duration;

/// Text from outside. HTML is escaped, and characters that would change how the text around them is shown are replaced by
/// visible names; line breaks and tabs stay.
pub(crate) struct T<'a>(pub(crate) &'a str);

impl Render for T<'_> {
    fn render_to(&self, buffer: &mut String) {
        push_escaped(buffer, self.0);
    }
}

/// Appends a text with HTML escaped and control characters made visible.
pub(crate) fn push_escaped(buffer: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => buffer.push_str("&amp;"),
            '<' => buffer.push_str("&lt;"),
            '>' => buffer.push_str("&gt;"),
            '"' => buffer.push_str("&quot;"),
            '\n' | '\t' => buffer.push(letter),
            // The symbols of the control characters stand in their order.
            '\0'..='\x1f' => buffer.push(char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}')),
            '\x7f' => buffer.push('\u{2421}'),
            _ if is_deceptive(letter) => {
                let _ = write!(buffer, "⟨U+{:04X}⟩", u32::from(letter));
            }
            _ => buffer.push(letter),
        }
    }
}

/// Returns whether a character is invisible or changes the direction of the text around it.
const fn is_deceptive(letter: char) -> bool {
    matches!(letter,
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Returns a text for places where no markup is possible, such as the page's title, on one line.
pub(crate) fn plain(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown = String::with_capacity(one_line.len());
    for letter in one_line.chars() {
        match letter {
            _ if letter.is_control() || is_deceptive(letter) => shown.push('\u{fffd}'),
            _ => shown.push(letter),
        }
    }
    shown
}

/// Returns a span in its largest unit, such as `3 min`.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Returns a span in its two largest units, such as `2 min 5 s`.
pub(crate) fn exact_span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// Returns an amount of dollars; small ones with more digits.
pub(crate) fn money(dollars: f64) -> String {
    if dollars > 0.0 && dollars < 0.095 { format!("${dollars:.3}") } else { format!("${dollars:.2}") }
}

/// Returns a count, shortened above a thousand, such as `12.3k`.
pub(crate) fn short(count: u64) -> String {
    match count {
        0..1000 => count.to_string(),
        1000..1_000_000 => format!("{:.1}k", count as f64 / 1e3),
        _ => format!("{:.1}M", count as f64 / 1e6),
    }
}

/// Returns a count with its noun, in the plural where it has to be.
pub(crate) fn count(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Returns what was used, such as `12 turns · 30.1k tokens · $0.42`; empty for nothing.
pub(crate) fn usage(usage: &Usage) -> String {
    let mut parts = Vec::new();
    if usage.turns > 0 {
        parts.push(count(usage.turns.into(), "turn"));
    }
    let tokens = usage.input_tokens + usage.output_tokens;
    if tokens > 0 {
        parts.push(format!("{} tokens", short(tokens)));
    }
    if usage.cost_usd > 0.0 {
        parts.push(money(usage.cost_usd));
    }
    parts.join(" · ")
}

/// A moment, as the time that has passed since or is left until then, such as `3 min ago`. The page's script keeps it up to
/// date.
pub(crate) struct Ago {
    pub(crate) at: Timestamp,
    pub(crate) now: Timestamp,
}

impl Render for Ago {
    fn render_to(&self, buffer: &mut String) {
        let (at, now) = (self.at, self.now);
        let words = if at > now {
            format!("in {}", span(at.since(now)))
        } else {
            format!("{} ago", span(now.since(at)))
        };
        let _ = write!(buffer, "<time datetime=\"{at}\" title=\"{at}\">{words}</time>");
    }
}

/// The span since a moment, such as `3 min`.
pub(crate) struct Span {
    pub(crate) since: Timestamp,
    pub(crate) now: Timestamp,
}

impl Render for Span {
    fn render_to(&self, buffer: &mut String) {
        let at = self.since;
        let words = span(self.now.since(at));
        let _ = write!(buffer, "<time datetime=\"{at}\" title=\"{at}\" data-span>{words}</time>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_directions_are_shown_and_not_obeyed() {
        let mut shown = String::new();
        push_escaped(&mut shown, "a\x1b[31mb\rc\u{202e}d<script>\"&\u{9b}\n\te\u{200d}");
        assert_eq!(shown, "a␛[31mb␍c⟨U+202E⟩d&lt;script&gt;&quot;&amp;⟨U+009B⟩\n\te\u{200d}");
        assert_eq!(plain("one\u{202e}\n two\x07"), "one\u{fffd} two\u{fffd}");
    }

    #[test]
    fn amounts_are_short() {
        assert_eq!([money(0.0), money(0.012), money(3.456)], ["$0.00", "$0.012", "$3.46"]);
        assert_eq!([short(999), short(30_100), short(2_500_000)], ["999", "30.1k", "2.5M"]);
        assert_eq!(span(Duration::from_secs(7300)), "2 h");
        assert_eq!(exact_span(Duration::from_secs(7300)), "2 h 1 min");
    }
}
