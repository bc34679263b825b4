//! Times, money and sizes as people read them.

use octopoid_core::model::{ReviewVerdict, Timestamp, Usage};
use octopoid_core::ops::diff::shown_part;
use std::time::Duration;

/// Renders a moment relative to now, such as `5 s ago`.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    let (before, after) = (now.since(at), at.since(now));
    if after > before {
        return format!("in {}", span(after));
    }
    if before < Duration::from_secs(2) { "just now".to_owned() } else { format!("{} ago", span(before)) }
}

/// Renders a duration in its largest fitting unit.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => match (seconds / 3600, seconds / 60 % 60) {
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        },
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Renders a duration, with tenths of a second if it is short.
pub(crate) fn exact_span(span: Duration) -> String {
    if span < Duration::from_secs(100) { format!("{:.1} s", span.as_secs_f64()) } else { self::span(span) }
}

/// Returns what a verdict has done to the work, such as `approved`.
pub(crate) const fn reviewed(verdict: ReviewVerdict) -> &'static str {
    match verdict {
        ReviewVerdict::Approve => "approved",
        ReviewVerdict::RequestChanges => "sent back with changes requested",
        ReviewVerdict::Comment => "commented on",
    }
}

/// Renders a moment in local time.
pub(crate) fn local(at: Timestamp) -> String {
    moment(at, "%Y-%m-%d %H:%M:%S")
}

/// Renders a moment's local time of day.
pub(crate) fn time_of_day(at: Timestamp) -> String {
    moment(at, "%H:%M:%S")
}

fn moment(at: Timestamp, format: &str) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map(|moment| moment.to_zoned(jiff::tz::TimeZone::system()).strftime(format).to_string())
        .unwrap_or_else(|_| at.to_string())
}

/// Renders US dollars, with more digits below a cent.
pub(crate) fn money(dollars: f64) -> String {
    if dollars > 0.0 && dollars < 0.01 { format!("${dollars:.4}") } else { format!("${dollars:.2}") }
}

/// Renders a size in powers of 1024, as `du -h` does.
pub(crate) fn bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut number = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if number < 1024.0 {
            let digits = usize::from(number < 10.0 && unit != "B");
            return format!("{number:.digits$} {unit}");
        }
        number /= 1024.0;
    }
    format!("{number:.1} TiB")
}

/// Renders a count with a unit letter.
pub(crate) fn short(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let number = count as f64;
    match count {
        0..1000 => count.to_string(),
        1000..1_000_000 => format!("{:.1}k", number / 1e3),
        _ => format!("{:.1}M", number / 1e6),
    }
}

/// Renders a count with its noun: `1 task`, `2 tasks`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Renders usage in one line; empty if nothing was used.
pub(crate) fn usage(usage: &Usage) -> String {
    let mut parts = Vec::new();
    if usage.turns > 0 {
        parts.push(count(usage.turns.into(), "turn"));
    }
    let tokens = usage.input_tokens.saturating_add(usage.output_tokens);
    if tokens > 0 {
        parts.push(format!("{} tokens", short(tokens)));
    }
    if usage.cost_usd > 0.0 {
        parts.push(money(usage.cost_usd));
    }
    parts.join(", ")
}

/// Returns the first line of a text, shortened to `most` characters.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Indents every line of a text, and replaces control characters.
pub(crate) fn indented(text: &str, by: usize) -> String {
    let pad = " ".repeat(by);
    let lines: Vec<_> = text.trim_end().lines().map(|line| format!("{pad}{}", harmless(line))).collect();
    lines.join("\n")
}

/// Replaces control characters in a line, so that agents' texts cannot control the terminal.
pub(crate) fn harmless(line: &str) -> String {
    line.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// Replaces what cannot be seen in a line, or would change how the rest is shown, by what can: control characters as `^[`, and
/// characters that turn the direction of writing as `<U+202E>`. Tabs stay.
pub(crate) fn visible(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\t' => shown.push(c),
            '\0'..='\u{1f}' => {
                shown.push('^');
                shown.extend(char::from_u32(u32::from(c) + 0x40));
            }
            '\u{7f}' => shown.push_str("^?"),
            '\u{80}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}' => shown.push_str(&format!("<U+{:04X}>", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// Like [`visible`], as far as is to be shown of a very long line, with a note of what is left out.
pub(crate) fn visible_part(line: &str) -> String {
    match shown_part(line) {
        (line, 0) => visible(line),
        (part, left) => format!("{} … [{left} more characters]", visible(part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_the_largest_unit_that_leaves_a_digit_before_the_point() {
        let sizes = [0, 1023, 1024, 4096, 200 << 20, 3 << 30, 5 << 40];
        assert_eq!(
            sizes.map(bytes),
            ["0 B", "1023 B", "1.0 KiB", "4.0 KiB", "200 MiB", "3.0 GiB", "5.0 TiB"]
        );
    }

    #[test]
    fn times_are_relative_in_both_directions() {
        let at = Timestamp::from_millis;
        let now = at(10_000_000_000);
        assert_eq!(relative(now, now), "just now");
        assert_eq!(relative(at(now.as_millis() - 5_000), now), "5 s ago");
        assert_eq!(relative(at(now.as_millis() - 3_660_000), now), "1 h 1 min ago");
        assert_eq!(relative(at(now.as_millis() + 180_000), now), "in 3 min");
    }

    #[test]
    fn usage_leaves_out_what_was_not_used() {
        let used = Usage::default().with_turns(1).with_tokens(1200, 34).with_cost_usd(0.004);
        assert_eq!(usage(&used), "1 turn, 1.2k tokens, $0.0040");
        assert_eq!(usage(&Usage::default()), "");
    }

    #[test]
    fn what_others_wrote_cannot_steer_the_terminal() {
        assert_eq!(one_line("\n  a\u{1b}[31mb\nc", 20), "a [31mb");
        assert_eq!(one_line("abcdef", 4), "abc…");
        assert_eq!(indented("a\u{7}\nb", 2), "  a\u{fffd}\n  b");
        assert_eq!(visible("a\t\u{1b}[31m\u{7f}\u{9b}é\u{202e}x"), "a\t^[[31m^?<U+009B>é<U+202E>x");
    }
}
