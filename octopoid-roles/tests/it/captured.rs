//! Streams that the real `claude` program printed, read by the runner as if it ran again.

use crate::support::{Ear, Place};
use octopoid_core::model::{SessionId, StopReason};
use octopoid_core::runner::{AgentEvent, AgentReport, AgentRequest, Runner};
use octopoid_roles::claude::ClaudeRunner;

fn stream(name: &str) -> String {
    format!("{}/tests/it/claude/streams/{name}.jsonl", env!("CARGO_MANIFEST_DIR"))
}

async fn play_script(
    place: &Place,
    script: &str,
    change: impl FnOnce(&mut AgentRequest),
) -> (AgentReport, Ear) {
    let mut request = place.request("");
    request.environment.insert("ANTHROPIC_API_KEY".to_owned(), "sk-ant-test".to_owned());
    change(&mut request);
    let ear = Ear::default();
    let report = ClaudeRunner::new().with_program(place.script(script)).run(&request, &ear).await;
    (report, ear)
}

/// Plays a captured stream with its exit code.
async fn play(name: &str, code: u8) -> AgentReport {
    play_script(&Place::new(), &format!("cat '{}'; exit {code}", stream(name)), |_| ()).await.0
}

#[tokio::test]
async fn a_normal_end_has_its_turns_its_cost_and_its_session() {
    let report = play("first", 0).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    let usage = report.usage;
    assert_eq!((usage.turns, usage.input_tokens, usage.output_tokens), (3, 3300, 60));
    assert!((usage.cost_usd - 0.0027).abs() < 1e-9, "{usage:?}");
    assert_eq!(report.session.unwrap().as_str(), "98621c6e-1ca7-48fe-8c4c-b6f4bb7fcc6b");
    assert_eq!(report.text, "Done: hello.txt is written and committed.");
    assert_eq!(report.result, None, "words are no result");
}

#[tokio::test]
async fn what_it_does_is_told_while_it_does_it() {
    let (_, ear) = play_script(&Place::new(), &format!("cat '{}'", stream("first")), |_| ()).await;
    let events = ear.events();
    assert!(matches!(&events[0], AgentEvent::Session(_)), "{events:?}");
    assert_eq!(ear.texts(), ["I'll create the file.", "Done: hello.txt is written and committed."]);
    let tool = |event: &AgentEvent| matches!(event, AgentEvent::Tool { name, input } if name == "Write" && input == "/repo/hello.txt");
    assert!(events.iter().any(tool), "{events:?}");
    let results: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            AgentEvent::ToolResult { text, failed } => Some((text.as_str(), *failed)),
            _ => None,
        })
        .collect();
    assert_eq!(results.len(), 2, "{events:?}");
    assert!(results[0].0.starts_with("File created successfully"), "{results:?}");
    assert_eq!(results[1], ("bedd11c Add hello.txt", false));
    assert!(events.iter().any(|event| matches!(event, AgentEvent::Model(_))), "{events:?}");
    let turns: Vec<u32> = events
        .iter()
        .filter_map(|e| if let AgentEvent::Usage(usage) = e { Some(usage.turns) } else { None })
        .collect();
    assert_eq!(turns, [1, 2, 3, 3]);
}

#[tokio::test]
async fn a_refused_tool_has_failed() {
    let (_, ear) = play_script(&Place::new(), &format!("cat '{}'", stream("perm-default")), |_| ()).await;
    let refused = |event: &AgentEvent| matches!(event, AgentEvent::ToolResult { text, failed: true } if text.contains("haven't granted it"));
    assert!(ear.events().iter().any(refused), "{:?}", ear.events());
}

#[tokio::test]
async fn a_structured_result_is_taken_as_it_is() {
    let report = play("schema-ok", 0).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert_eq!(report.result.unwrap()["verdict"], "approve");
    assert_eq!(report.usage.turns, 2, "the program itself says three");
    // The model may also never call the tool, or answer in words that look like a verdict.
    for name in ["schema-never", "review-reject"] {
        let report = play(name, 0).await;
        assert_eq!((report.stop, report.result), (StopReason::Completed, None), "{name}");
    }
}

#[tokio::test]
async fn recovered_faults_partial_messages_and_unknown_events_are_no_trouble() {
    for name in ["rate-limit-once", "subagent", "partial"] {
        let report = play(name, 0).await;
        assert_eq!(report.stop, StopReason::Completed, "{name}: {report:?}");
    }
    let script = format!("echo '{{\"type\":\"tomorrow\"}}'; echo no json; cat '{}'", stream("first"));
    let (report, ear) = play_script(&Place::new(), &script, |_| ()).await;
    assert_eq!(report.stop, StopReason::Completed);
    assert_eq!(ear.logs(), ["no json"]);
}

#[tokio::test]
async fn of_two_results_the_last_counts_and_their_use_is_added_up() {
    let usage = play("subagent", 0).await.usage;
    assert_eq!((usage.turns, usage.input_tokens, usage.output_tokens), (3, 4400, 80));
    assert!((usage.cost_usd - 0.0036).abs() < 1e-9, "{usage:?}");
}

#[tokio::test]
async fn a_call_in_an_old_conversation_costs_only_its_own_share() {
    let usage = play("resumed", 0).await.usage;
    assert_eq!((usage.turns, usage.input_tokens, usage.output_tokens), (1, 1100, 20));
    assert!((usage.cost_usd - 0.0009).abs() < 1e-9, "the conversation's total is 0.0036: {usage:?}");
}

#[tokio::test]
async fn the_turn_that_was_not_made_is_not_counted() {
    let (one, four) = (play("turns1", 1).await, play("burnout", 1).await);
    assert_eq!((one.stop, one.usage.turns), (StopReason::MaxTurns, 1));
    assert_eq!((four.stop, four.usage.turns), (StopReason::MaxTurns, 4));
    let budget = play("budget", 1).await;
    assert_eq!(budget.stop, StopReason::Budget);
    assert!(budget.usage.cost_usd > 1.2, "{:?}", budget.usage);
}

#[tokio::test]
async fn the_agents_own_failures_are_crashes_with_the_programs_words() {
    for (name, words) in [
        ("bad-request", "400 bad request"),
        ("refusal", "can't help with this"),
        ("too-long", "Prompt is too long"),
        ("max-tokens", "32000 output token maximum"),
        ("schema-badf", "valid structured output after 5 attempts"),
    ] {
        let StopReason::Crashed { reason } = play(name, 1).await.stop else { panic!("{name}") };
        assert!(reason.contains(words), "{name}: {reason}");
    }
}

#[tokio::test]
async fn i17_what_the_machine_lacks_is_unavailable_with_a_remedy() {
    for (name, words, remedy_has) in [
        ("no-key", "Not logged in", "ANTHROPIC_API_KEY"),
        ("bad-key", "Invalid API key", "ANTHROPIC_API_KEY"),
        ("credit", "Credit balance is too low", "add credit"),
        ("no-model", "issue with the selected model", "`model`"),
    ] {
        let StopReason::Unavailable { problem, remedy } = play(name, 1).await.stop else { panic!("{name}") };
        assert!(problem.contains(words) && remedy.contains(remedy_has), "{name}: {problem}; {remedy}");
    }
}

#[tokio::test]
async fn i17_limits_and_overload_are_told_apart_with_the_time_where_it_is_known() {
    for name in ["rate-limit", "rate-limit-long", "usage-limit"] {
        let report = play(name, 1).await;
        let StopReason::RateLimited { retry_at, message } = report.stop else { panic!("{name}") };
        assert!(!message.is_empty());
        assert_eq!(report.usage.turns, 0, "{name}: no answer came");
        let known = retry_at.map(|at| at.as_millis());
        assert_eq!(known, (name == "usage-limit").then_some(1_795_400_000_000), "{name}");
    }
    for name in ["overloaded", "server-error", "connection"] {
        let stop = play(name, 1).await.stop;
        assert!(matches!(stop, StopReason::Overloaded { retry_at: None, .. }), "{name}: {stop:?}");
    }
}

#[tokio::test]
async fn words_of_the_program_itself_are_no_answers() {
    // As 2.1.197 tells of an error: only the model's name says it.
    let said = r#"{"type":"assistant","message":{"id":"a","model":"<synthetic>","content":[]}}"#;
    let (report, _) = play_script(&Place::new(), &format!("echo '{said}'; exit 1"), |_| ()).await;
    assert_eq!(report.usage.turns, 0, "{report:?}");
}

#[tokio::test]
async fn success_is_never_one_signal() {
    // The same good last event, with an exit code that denies it; and the other way round.
    assert!(matches!(play("first", 1).await.stop, StopReason::Crashed { .. }));
    assert!(matches!(play("bad-request", 0).await.stop, StopReason::Crashed { .. }));
    let script = format!("head -n -1 '{}'", stream("first"));
    let (cut, _) = play_script(&Place::new(), &script, |_| ()).await;
    let StopReason::Crashed { reason } = cut.stop else { panic!("{cut:?}") };
    assert!(reason.contains("without a result"), "{reason}");
    assert_eq!(cut.usage.turns, 3, "what was seen is kept");
}

#[tokio::test]
async fn denied_tools_are_named_and_fail_a_call_without_a_structured_report() {
    let StopReason::Crashed { reason } = play("perm-default", 0).await.stop else { panic!() };
    assert!(reason.contains("Bash, Write"), "{reason}");
    let script = format!("cat '{}'", stream("dontask-denied"));
    let (report, ear) = play_script(&Place::new(), &script, |_| ()).await;
    assert_eq!(report.stop, StopReason::Completed);
    assert_eq!(report.result.unwrap()["outcome"], "submitted");
    assert!(ear.logs().iter().any(|line| line == "the tool Write was denied"), "{:?}", ear.logs());
}

#[tokio::test]
async fn i21_a_conversation_that_is_gone_is_begun_anew() {
    let place = Place::new();
    let script = format!(
        "case \"$*\" in *--resume*) cat '{}'; exit 1;; *--session-id*) cat '{}';; esac",
        stream("unknown-session"),
        stream("first")
    );
    let gone = SessionId::new("11111111-1111-4111-8111-111111111111").unwrap();
    let (report, ear) = play_script(&place, &script, |request| request.resume = Some(gone.clone())).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert_eq!(report.session.unwrap().as_str(), "98621c6e-1ca7-48fe-8c4c-b6f4bb7fcc6b");
    assert!(ear.logs().iter().any(|line| line.contains("beginning a new one")), "{:?}", ear.logs());
    for start in ["start-1/stdout", "start-2/stdout"] {
        assert!(place.files().join(start).exists(), "{start}");
    }
    // After a crash the answer is read from the second start.
    let script = "exit 9";
    let (again, _) = play_script(&place, script, |request| request.resume = Some(gone)).await;
    assert_eq!(again.stop, StopReason::Completed);
}
