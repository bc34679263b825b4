//! What real programs said, read again.

use super::AcpDialogue;
use crate::host::captured::{Captured, Played, spec, with_new_fields, without_field};
use crate::host::{Permissions, Protocol};
use octopoid_core::model::StopReason;
use octopoid_core::runner::AgentEvent;

fn play(name: &str, prompt: usize) -> Played {
    replay(&Captured::read(name), prompt)
}

fn replay(captured: &Captured, prompt: usize) -> Played {
    let mut spec = spec(Protocol::Acp);
    spec.resume = captured.resumed();
    captured.play(&mut AcpDialogue::new(&spec), prompt)
}

#[test]
fn work_is_read_with_its_words_tools_and_use() {
    for (name, turns, tokens, dollars) in [
        ("acp-claude-permission", 3, (3300, 60), 0.0045),
        ("acp-opencode-permission", 3, (1100, 20), 0.0027),
        ("acp-gemini-permission", 3, (300, 60), 0.0),
        ("acp-codex-permission", 2, (2200, 40), 0.0),
    ] {
        let played = play(name, 0);
        assert_eq!(*played.stop(), StopReason::Completed, "{name}: {played:?}");
        let usage = played.usage();
        assert_eq!(usage.turns, turns, "{name}: {:?}", played.events);
        assert_eq!((usage.input_tokens, usage.output_tokens), tokens, "{name}");
        assert!((usage.cost_usd - dollars).abs() < 1e-9, "{name}: {usage:?}");
        assert!(played.events.iter().any(|event| matches!(event, AgentEvent::Session(_))), "{name}");
        if name != "acp-codex-permission" {
            assert_eq!(
                played.texts(),
                ["I'll create the file.", "Done: hello.txt is written and committed."],
                "{name}"
            );
            let tools = played.events.iter().filter(|event| matches!(event, AgentEvent::Tool { .. })).count();
            let results = |event: &&AgentEvent| matches!(event, AgentEvent::ToolResult { failed: false, .. });
            assert_eq!(
                (tools, played.events.iter().filter(results).count()),
                (2, 2),
                "{name}: {:?}",
                played.events
            );
        }
    }
}

#[test]
fn each_request_for_permission_is_answered_once_and_noted() {
    for (name, options) in [
        ("acp-claude-permission", ["allow", "allow"].as_slice()),
        ("acp-opencode-permission", &["once", "once"]),
        ("acp-gemini-permission", &["proceed_once", "proceed_once"]),
        ("acp-codex-permission", &["allow_once"]),
    ] {
        let played = play(name, 0);
        let chosen: Vec<_> = played
            .answers
            .iter()
            .filter_map(|answer| answer["result"]["outcome"]["optionId"].as_str())
            .collect();
        assert_eq!(chosen, options, "{name}");
        let noted = played.logs().iter().filter(|line| line.contains("answered allow_once")).count();
        assert_eq!(noted, options.len(), "{name}: {:?}", played.logs());
    }
}

#[test]
fn i33_answers_are_counted_though_every_tool_is_refused() {
    let captured = Captured::read("acp-gemini-permission");
    let mut spec = spec(Protocol::Acp);
    spec.permissions = Permissions::new(&["Read".to_owned()]);
    let played = captured.play(&mut AcpDialogue::new(&spec), 1);
    assert_eq!(played.answers[0]["result"]["outcome"]["optionId"], "cancel");
    assert_eq!(played.usage().turns, 2, "{:?}", played.events);
}

#[test]
fn i17_failures_are_told_apart_in_each_programs_words() {
    for (name, prompt, is) in [
        ("acp-claude-errors", 0, "crashed"),
        ("acp-claude-errors", 1, "unavailable"),
        ("acp-claude-errors", 2, "limited"),
        ("acp-claude-errors", 3, "limited"),
        ("acp-claude-errors", 4, "overloaded"),
        ("acp-claude-errors", 5, "completed"),
        ("acp-codex-errors", 0, "crashed"),
        ("acp-codex-errors", 1, "unavailable"),
        ("acp-codex-errors", 2, "limited"),
        ("acp-codex-errors", 3, "limited"),
        ("acp-codex-errors", 4, "cancelled"),
        ("acp-codex-errors", 5, "completed"),
        ("acp-gemini-errors", 0, "crashed"),
        ("acp-gemini-errors", 1, "unavailable"),
        ("acp-gemini-errors", 2, "cancelled"),
        ("acp-opencode-errors", 0, "crashed"),
        ("acp-opencode-errors", 1, "unavailable"),
        ("acp-opencode-errors", 2, "cancelled"),
        ("acp-opencode-errors", 3, "limited"),
        ("acp-opencode-errors", 5, "completed"),
        ("acp-claude-cancel", 0, "cancelled"),
    ] {
        let played = play(name, prompt);
        assert_eq!(played.kind_of_end(), is, "{name} {prompt}: {:?}", played.end);
    }
    let troubles = play("acp-codex-errors", 3).troubles;
    assert!(
        troubles.len() == 5 && troubles.iter().all(|stop| matches!(stop, StopReason::RateLimited { .. })),
        "{troubles:?}"
    );
}

#[test]
fn i17_the_time_at_which_a_limit_lifts_is_known() {
    let played = play("acp-claude-ratelimit", 1);
    let StopReason::RateLimited { retry_at: Some(at), message } = played.stop() else { panic!("{played:?}") };
    assert_eq!(at.to_string(), "2030-01-01T00:00:00.000Z");
    assert!(message.starts_with("You've hit your session limit"), "{message}");
}

#[test]
fn the_past_of_a_conversation_is_not_told_again() {
    for name in ["acp-claude-load", "acp-opencode-load"] {
        let played = play(name, 0);
        assert_eq!(*played.stop(), StopReason::Completed, "{name}: {played:?}");
        assert_eq!(played.texts(), ["Plain answer, no tools. arg=loaded"], "{name}");
        assert_eq!(played.usage().turns, 1, "{name}");
    }
}

#[test]
fn new_fields_change_nothing_and_missing_ones_break_nothing() {
    for name in [
        "acp-claude-permission",
        "acp-opencode-permission",
        "acp-gemini-permission",
        "acp-codex-permission",
        "acp-claude-errors",
        "acp-codex-errors",
    ] {
        let captured = Captured::read(name);
        assert_eq!(replay(&captured.changed(with_new_fields), 0), replay(&captured, 0), "{name}");
        for field in captured.field_names() {
            let played = replay(&captured.changed(|message| without_field(message, &field)), 0);
            let worked = played.usage().input_tokens > 0
                || played.events.iter().any(|event| matches!(event, AgentEvent::Tool { .. }));
            let completed = played
                .end
                .as_ref()
                .is_some_and(|end| end.stop == StopReason::Completed && end.question.is_none());
            assert!(!completed || worked, "{name} without {field}: success on words alone");
        }
    }
}
