//! Wrong files stop every command with the file, the line and the fix (I24).

use crate::place::Place;

/// What `validate` says, with the place's folder left out.
fn problems(place: &Place) -> String {
    let ended = place.run(&["validate"]).code(3);
    let folder = place.path().canonicalize().unwrap();
    ended.stdout.replace(&format!("{}/", folder.display()), "")
}

#[test]
fn i24_every_problem_is_said_with_its_file_line_and_fix() {
    let place = Place::initialised();
    place.write(
        ".octopoid/config.yaml",
        "repo:\n  base_branch: mian\n  remote: origin\ntest:\n  command: ' '\nreview:\n  rounds: 0\nlease:\n  \
         seconds: 1\nlimits:\n  agents: 4\n  claimed: 2\n  cost_usd_per_day: -1\n  burnout_turns: 200\nserver:\n  enabled: true\n",
    );
    place.write(
        ".octopoid/agents.yaml",
        "agents:\n  - name: one\n    role: implment\n    runner: claud\n  - name: two\n    role: review\n  - name: two\n    \
         role: review\n    runner: command\n    max_turns: 0\n    instances: 0\n",
    );
    insta::assert_snapshot!("validate", problems(&place));
}

#[test]
fn i24_times_that_would_forget_a_pull_request_are_refused() {
    let place = Place::initialised();
    let times = |grace: u64, poll: u64| {
        let github =
            format!("forge: local\ngithub:\n  checks_grace_seconds: {grace}\n  poll_seconds: {poll}\n");
        place.write(".octopoid/config.yaml", format!("repo:\n  base_branch: main\n{github}"));
    };
    times(3601, 0);
    let said = problems(&place);
    assert!(
        said.contains(".octopoid/config.yaml:5: `github.checks_grace_seconds` is 3601\n  fix: use 0 to 3600"),
        "{said}"
    );
    assert!(
        said.contains(".octopoid/config.yaml:6: `github.poll_seconds` is 0\n  fix: use 1 to 3600"),
        "{said}"
    );
    times(0, 3600);
    place.run(&["validate"]).ok();
}

#[test]
fn i24_unknown_keys_are_refused_with_what_was_meant() {
    let place = Place::initialised();
    place.replace(".octopoid/agents.yaml", "    instances: 2", "    instnaces: 2");
    insta::assert_snapshot!("unknown_key", problems(&place));
}

#[test]
fn i24_malformed_yaml_is_refused_with_its_line() {
    let place = Place::initialised();
    place.write(".octopoid/config.yaml", "repo:\n  base_branch: main\n\tremote: origin\n");
    place.write(".octopoid/agents.yaml", "agents:\n  - name: [one\n    role: implement\n");
    insta::assert_snapshot!("malformed", problems(&place));
}

#[test]
fn i24_a_missing_or_empty_file_is_not_no_agents() {
    let place = Place::initialised();
    place.write(".octopoid/agents.yaml", "");
    assert!(problems(&place).contains("agents.yaml"));
    place.write(".octopoid/agents.yaml", "agents: []\n");
    assert!(problems(&place).contains("agents.yaml:1: there are no agents"));
    std::fs::remove_file(place.path().join(".octopoid/agents.yaml")).unwrap();
    assert!(problems(&place).contains("agents.yaml: the file is missing"));
}

#[test]
fn i24_a_wrong_configuration_stops_every_command() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "forge: local", "forge: lokal");
    for command in [&["list"][..], &["enqueue", "x"], &["status"], &["start", "--until-idle"]] {
        let ended = place.run(command).refused(3, "config.yaml:9: ", "octopoid validate");
        assert!(ended.stderr.contains("did you mean `local`?"), "{}", ended.stderr);
    }
}

#[test]
fn i24_start_refuses_what_only_the_repository_can_tell() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "base_branch: main", "base_branch: gone");
    let ended = place.run(&["start", "--until-idle"]).refused(3, "no branch `gone`", "octopoid validate");
    assert!(ended.stderr.contains("config.yaml:4: "), "{}", ended.stderr);
}

#[test]
fn a_role_of_ones_own_is_known_and_a_broken_one_is_reported() {
    let place = Place::initialised();
    place.write(".octopoid/roles/docs/role.yaml", "description: Writes documentation\nclaims_from: incoming\nworkspace: own\noutcomes: [submitted, failed]\n");
    place.write(".octopoid/roles/docs/prompt.md", "Document {{ task.title }}.\n");
    place.replace(".octopoid/agents.yaml", "role: implement", "role: docs");
    place.run(&["validate"]).ok();
    place.run(&["enqueue", "x", "--role", "docs"]).ok();
    std::fs::remove_file(place.path().join(".octopoid/roles/docs/prompt.md")).unwrap();
    assert!(problems(&place).contains("prompt.md"));
}

#[test]
fn validate_says_when_all_is_right() {
    let place = Place::initialised();
    assert_eq!(place.run(&["validate"]).ok().stdout, "✓ the configuration is right: 3 agents\n");
    assert_eq!(place.json(&["validate"])["valid"], true);
}

#[test]
fn an_agent_that_names_no_runner_is_driven_by_claude() {
    let place = Place::repository();
    place.run(&["init", "--local"]).ok();
    // The file as the original's README has it.
    place.write(
        ".octopoid/agents.yaml",
        "agents:\n  - name: implementer-1\n    role: implement\n    model: claude-sonnet-4-20250514\n    max_turns: 50\n    \
         interval_seconds: 300\n    paused: false\n\n  - name: gatekeeper-1\n    role: review\n    \
         model: claude-opus-4-20250514  # Use Opus for reviews\n    max_turns: 20\n    interval_seconds: 600\n    paused: false\n\n  \
         - name: breakdown-1\n    role: breakdown\n    model: claude-sonnet-4-20250514\n    max_turns: 30\n    \
         interval_seconds: 900\n    paused: false\n",
    );
    assert_eq!(place.run(&["validate"]).ok().stdout, "✓ the configuration is right: 3 agents\n");
    place.run(&["start", "--until-idle"]).ok();
    let said = place.run(&["doctor"]).code(1).stdout;
    assert!(said.contains("claude, for implementer-1, gatekeeper-1, breakdown-1: "), "{said}");
}

#[test]
fn i24_words_of_the_original_are_refused_with_ours() {
    let place = Place::initialised();
    let config = place.read(".octopoid/config.yaml");
    for (text, fix) in [
        ("hooks:\n  before_submit: [create_pr]\n", "`forge: github` makes pull requests"),
        ("mode: remote\n", "octopoid init --local"),
        ("task_types: {}\n", "octopoid flow eject default"),
    ] {
        place.write(".octopoid/config.yaml", format!("{config}{text}"));
        let said = problems(&place);
        assert!(said.contains(fix), "{text}: {said}");
    }
    place.write(".octopoid/config.yaml", config);
    for (text, fix) in [
        ("agents:\n  implementer:\n    role: implement\n", "write the agents as a list"),
        ("agents:\n  - { name: a, role: implementer }\n", "use `implement`"),
        ("agents:\n  - { name: a, role: gatekeeper }\n", "use `review`"),
        ("agents:\n  - { name: a, role: implement, max_instances: 2 }\n", "name it `instances`"),
        ("queue_limits: { max_claimed: 5 }\nagents: []\n", "`limits` in config.yaml"),
        ("fleet: []\n", "name it `agents`"),
    ] {
        place.write(".octopoid/agents.yaml", text);
        let said = problems(&place);
        assert!(said.contains(fix), "{text}: {said}");
    }
}

#[test]
fn settings_and_variables_common_to_all_agents_reach_those_that_take_them() {
    let place = Place::initialised();
    let role = |name: &str, properties: &str| {
        place.write(
            &format!(".octopoid/roles/{name}/role.yaml"),
            format!("description: d\nclaims_from: incoming\nworkspace: own\noutcomes: [submitted, failed]\nsettings_schema: {{ type: object, additionalProperties: false, properties: {properties} }}\n"),
        );
    };
    role("docs", "{ tone: { type: string }, length: { type: string } }");
    place.write(
        ".octopoid/roles/docs/prompt.md",
        "Write in a {{ settings.tone }} tone, {{ settings.length }}.\n",
    );
    role("lint", "{ level: { type: integer } }");
    place.write(".octopoid/roles/lint/prompt.md", "Lint.\n");
    let agents = |settings: &str| {
        place.write(
            ".octopoid/agents.yaml",
            format!("env: [PROXY]\nsettings: {settings}\nrunner: command\nagents:\n  - {{ name: writer, role: docs, command: [./env.sh], settings: {{ length: short }} }}\n  - {{ name: linter, role: lint, command: [x] }}\n"),
        );
    };
    agents("{ tone: dry, length: long }");
    place.run(&["validate"]).ok();
    let id = place.enqueue(&["Write", "--role", "docs"]);
    let rendered = place.run(&["role", "render", "docs", &id]).ok().stdout;
    assert!(rendered.contains("in a dry tone, short."), "{rendered}");

    agents("{ tone: dry, colour: red }");
    let said = place.run(&["validate"]).code(3).stdout;
    assert!(said.contains("agents.yaml:2: no agent's role has the setting `colour`"), "{said}");
    agents("{ tone: 7 }");
    assert!(place.run(&["validate"]).code(3).stdout.contains("tone"));
    agents("[tone]");
    assert!(place.run(&["validate"]).code(3).stdout.contains("`settings` is not a mapping"));

    agents("{ tone: dry }");
    place.write("env.sh", "#!/bin/sh\necho \"proxy: $PROXY\"\necho '{\"outcome\":\"failed\",\"reason\":\"no\"}' > \"$OCTOPOID_RESULT\"\n");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(place.path().join("env.sh"), executable).unwrap();
    place.run_in(&["start", "--until-idle"], &[("PROXY", "here:8080")]);
    let log = place.run(&["logs", &id]).ok().stdout;
    assert!(log.contains("proxy: here:8080") || log.contains("proxy: [PROXY]"), "{log}");
}
