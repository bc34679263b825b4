//! `logs`

use crate::place::Place;

/// A program that speaks as Claude Code does: it uses a tool, commits, and says so.
const CLAUDE: &str = r#"#!/bin/sh
printf '%s\n' '{"type":"system","subtype":"init","session_id":"s-1","model":"model-7"}'
printf '%s\n' '{"type":"assistant","message":{"id":"m1","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"make"}}],"usage":{"input_tokens":5}}}'
printf '%s\n' '{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"built it\nin 2 s"}]}}'
echo one > a.txt; git add a.txt; git commit -q -m "Add a"
printf '%s\n' '{"type":"result","subtype":"success","is_error":false,"result":"done","session_id":"s-1","num_turns":1,"modelUsage":{"model-7":{"inputTokens":5,"outputTokens":1,"costUSD":0.25}}}'
"#;

#[test]
fn logs_have_the_results_of_tools_and_raw_is_what_the_program_printed() {
    let place = Place::initialised();
    place.write("bin/claude", CLAUDE);
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(place.path().join("bin/claude"), executable).unwrap();
    place.write(
        ".octopoid/agents.yaml",
        "agents:\n  - { name: worker, role: implement }\n  - { name: rev, role: review, paused: true }\n",
    );
    let id = place.enqueue(&["Build it"]);
    #[expect(clippy::disallowed_methods, reason = "the programs of the machine are wanted here")]
    let path = format!("{}:{}", place.path().join("bin").display(), std::env::var("PATH").unwrap());
    place.run_in(&["start", "--until-idle"], &[("PATH", &path), ("ANTHROPIC_API_KEY", "x")]);
    let log = place.run(&["log", &id]).ok().stdout;
    assert!(log.contains("[Bash] make") && log.contains("[result] built it"), "{log}");
    assert!(log.contains("model model-7"), "{log}");
    let raw = place.run(&["logs", &id, "--raw"]).ok().stdout;
    let types: Vec<String> = raw
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(types, ["system", "assistant", "user", "result"]);
    assert_eq!(place.json(&["logs", &id, "--raw"])["attempts"][0]["lines"].as_array().unwrap().len(), 4);
    assert_eq!(place.json(&["show", &id])["runs"][0]["model"], "model-7");
    place.run(&["logs", &id, "--raw", "--attempt", "9"]).refused(
        4,
        "no raw output of an attempt 9",
        "there are attempts 1",
    );
}

#[test]
fn nothing_is_printed_of_a_task_that_no_agent_has_worked_on() {
    let place = Place::initialised();
    let id = place.enqueue(&["Later"]);
    assert_eq!(place.run(&["logs", &id]).ok().stdout, "nothing has happened to task-1 yet\n");
    let raw = place.run(&["logs", &id, "--raw"]).ok().stdout;
    assert_eq!(raw, "no agent program of task-1 has printed anything that was kept\n");
}
