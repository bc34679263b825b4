//! What real versions of Codex said, read again.

use super::CodexDialogue;
use crate::host::captured::{Captured, Played, spec, with_new_fields, without_field};
use crate::host::{Permissions, Protocol};
use octopoid_core::model::StopReason;
use octopoid_core::runner::AgentEvent;

fn play(name: &str, prompt: usize) -> Played {
    replay(&Captured::read(name), prompt, &[])
}

fn replay(captured: &Captured, prompt: usize, tools: &[String]) -> Played {
    let mut spec = spec(Protocol::Codex);
    spec.resume = captured.resumed();
    spec.permissions = Permissions::new(tools);
    captured.play(&mut CodexDialogue::new(&spec), prompt)
}

#[test]
fn work_is_read_with_its_words_tools_and_use() {
    let played = play("codex-app-basic", 0);
    assert_eq!(*played.stop(), StopReason::Completed, "{played:?}");
    assert_eq!(played.texts(), ["I'll create the file.", "Done: hello.txt is written and committed."]);
    let usage = played.usage();
    assert_eq!((usage.turns, usage.input_tokens, usage.output_tokens), (3, 3300, 60));
    let tools = |event: &&AgentEvent| matches!(event, AgentEvent::Tool { name, input } if name == "shell" && !input.contains("bash -lc"));
    assert_eq!(played.events.iter().filter(tools).count(), 2, "{:?}", played.events);
    assert!(
        played
            .events
            .contains(&AgentEvent::ToolResult { text: "9af25d4 Add hello.txt".to_owned(), failed: false })
    );
    assert!(played.events.contains(&AgentEvent::Model("gpt-5-codex".to_owned())), "{:?}", played.events);
}

#[test]
fn i17_failures_are_told_apart() {
    for (name, prompt, is) in [
        ("codex-app-basic", 1, "unavailable"),
        ("codex-app-err-401", 0, "unavailable"),
        ("codex-app-err-401", 1, "completed"),
        ("codex-app-err-429", 0, "limited"),
        ("codex-app-err-usage-limit", 0, "limited"),
        ("codex-app-err-503", 0, "overloaded"),
        ("codex-app-err-dropped", 0, "overloaded"),
        ("codex-app-err-dropped-once", 0, "completed"),
        ("codex-app-err-400", 0, "crashed"),
        ("codex-app-interrupt", 0, "cancelled"),
        ("codex-app-interrupt", 1, "completed"),
    ] {
        let played = play(name, prompt);
        assert_eq!(played.kind_of_end(), is, "{name} {prompt}: {:?}", played.end);
    }
    let limited = play("codex-app-err-usage-limit", 0);
    let StopReason::RateLimited { retry_at: Some(at), .. } = limited.stop() else { panic!("{limited:?}") };
    assert_eq!(at.to_string(), "2030-01-01T00:00:00.000Z");
    // It says so once, and is silent for an hour.
    let silent = play("codex-app-err-429-long", 0);
    assert_eq!(silent.end, None);
    assert!(matches!(silent.troubles.as_slice(), [StopReason::RateLimited { .. }]), "{silent:?}");
}

#[test]
fn requests_for_approval_are_answered_by_the_tools() {
    let captured = Captured::read("codex-app-approval-patch-decline");
    for (tools, decision) in [(&[][..], "accept"), (&["Read".to_owned()], "decline")] {
        let played = replay(&captured, 0, tools);
        assert_eq!(played.answers[0]["result"]["decision"], decision);
        let noted =
            format!("asked for permission: a change of /repo/patched.txt (edit); answered {decision}");
        assert!(played.logs().contains(&noted.as_str()), "{:?}", played.logs());
    }
}

#[test]
fn a_thread_that_is_gone_on_in_counts_what_is_new() {
    let played = play("codex-app-resume-2", 0);
    assert_eq!(*played.stop(), StopReason::Completed, "{played:?}");
    assert_eq!((played.usage().turns, played.usage().input_tokens), (1, 1100), "{:?}", played.events);
}

#[test]
fn new_fields_change_nothing_and_missing_ones_break_nothing() {
    for name in ["codex-app-basic", "codex-app-approval-patch-decline", "codex-app-err-usage-limit"] {
        let captured = Captured::read(name);
        assert_eq!(replay(&captured.changed(with_new_fields), 0, &[]), replay(&captured, 0, &[]), "{name}");
        for field in captured.field_names() {
            let played = replay(&captured.changed(|message| without_field(message, &field)), 0, &[]);
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
