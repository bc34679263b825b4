//! What an agent says, as it may be shown: without secrets, and not too long.

use crate::runner::AgentEvent;

/// Longest input of a tool, in characters.
const TOOL_LINE: usize = 200;
/// Longest result of a tool, in bytes.
const TOOL_RESULT: usize = 4096;

/// Returns an event with its texts cleaned of secrets by `clean`, and then shortened: half a secret would not be recognised.
pub(super) fn heard(event: AgentEvent, clean: impl Fn(&str) -> String) -> AgentEvent {
    match event {
        AgentEvent::Text(text) => AgentEvent::Text(clean(&text)),
        AgentEvent::Log(text) => AgentEvent::Log(clean(&text)),
        AgentEvent::Tool { name, input } => AgentEvent::Tool { name, input: line(&clean(&input)) },
        AgentEvent::ToolResult { text, failed } => {
            AgentEvent::ToolResult { text: beginning(clean(&text)), failed }
        }
        other => other,
    }
}

/// Returns the beginning of a text, in one line.
fn line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(TOOL_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Returns a text without the rest of a long one.
fn beginning(mut text: String) -> String {
    let end = text.floor_char_boundary(TOOL_RESULT);
    if end < text.len() {
        let more = format!("\n… {} bytes more", text.len() - end);
        text.truncate(end);
        text.push_str(&more);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(text: &str) -> String {
        let event = AgentEvent::ToolResult { text: text.to_owned(), failed: false };
        match heard(event, |text| text.replace("hunter2-hunter2", "[redacted]")) {
            AgentEvent::ToolResult { text, .. } => text,
            other => unreachable!("{other:?}"),
        }
    }

    fn input(text: &str) -> String {
        let event = AgentEvent::Tool { name: "Bash".to_owned(), input: text.to_owned() };
        match heard(event, |text| text.replace("hunter2-hunter2", "[redacted]")) {
            AgentEvent::Tool { input, .. } => input,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn long_texts_are_shortened_and_short_ones_are_as_they_were() {
        assert_eq!(result("one\n two"), "one\n two");
        assert_eq!(input("one\n  two"), "one two");
        assert!(result(&format!("{}é", "x".repeat(4095))).ends_with("x\n… 2 bytes more"));
        assert_eq!(input(&"é".repeat(201)).chars().count(), 201);
        assert_eq!(input(&"é".repeat(200)), "é".repeat(200));
    }

    #[test]
    fn i28_no_part_of_a_secret_is_left_wherever_a_text_is_cut() {
        for before in 0..16 {
            let text = format!("{}hunter2-hunter2 {}", "x".repeat(TOOL_RESULT - before), "y".repeat(9));
            assert!(!result(&text).contains("hunt"), "{before}");
            let text = format!("{}hunter2-hunter2 {}", "x".repeat(TOOL_LINE - before), "y".repeat(9));
            assert!(!input(&text).contains("hunt"), "{before}");
        }
    }
}
