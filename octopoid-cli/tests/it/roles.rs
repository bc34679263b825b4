//! `role`: list, show, eject, render and new; and what roles say for their agents.

use crate::place::{PROGRAM, Place};
use serde_json::{Value, json};

const DOCS: &str = "\
description: Keeps the documentation true.
workspace: own
outcomes:
  written: submitted
  unclear: { means: needs_input, description: The task leaves open what is to be said. }
model: small
max_turns: 7
tools: [Read, Edit]
timeout_seconds: 60
budget_usd: 0.5
";

/// An installation with the role `docs` and one agent of it.
fn with_docs(prompt: &str) -> Place {
    let place = Place::initialised();
    place.write(".octopoid/roles/docs/role.yaml", DOCS);
    place.write(".octopoid/roles/docs/prompt.md", prompt);
    let agents = place.read(".octopoid/agents.yaml");
    place.write(
        ".octopoid/agents.yaml",
        format!("{agents}  - name: writer\n    role: docs\n    command: [{PROGRAM:?}, sim-agent]\n    settings: {{ tone: dry as dust }}\n"),
    );
    place
}

/// What a command says, with the place's folder left out.
fn said(place: &Place, arguments: &[&str], code: i32) -> String {
    let folder = place.path().canonicalize().unwrap();
    place.run(arguments).code(code).stdout.replace(&format!("{}/", folder.display()), "")
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn roles_are_listed_with_where_they_come_from_and_who_has_them() {
    let place = with_docs("Write.\n");
    place.run(&["role", "eject", "review"]).ok();
    insta::assert_snapshot!("role_list", said(&place, &["role", "list"], 0));
    let listed = place.json(&["role", "list"]);
    let names: Vec<_> =
        listed["roles"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["implement", "breakdown", "docs", "review"]);
    let docs = &listed["roles"][2];
    assert_eq!((&docs["agents"], &docs["claims_from"]), (&json!(["writer"]), &json!("incoming")));
    assert_eq!(docs["source"]["kind"], "folder");
    assert_eq!(listed["roles"][0]["source"], json!({ "kind": "built_in", "path": null }));
    assert_eq!(listed["problems"], json!([]));
}

#[test]
fn i24_a_broken_role_is_listed_with_its_line_and_fix() {
    let place = with_docs("Write.\n{{ colour }}\n");
    let text = said(&place, &["role", "list"], 3);
    assert!(
        text.contains("roles/docs/prompt.md:2: there is no `colour`") && text.contains("fix: fix"),
        "{text}"
    );
    assert!(text.contains("implement  built in"), "{text}");
    place.run(&["role", "show", "docs"]).refused(3, "prompt.md:2: there is no `colour`", "octopoid validate");
    place.run(&["role", "list", "--json"]).code(3);
}

#[test]
fn a_role_is_shown_in_full() {
    let place = with_docs("{{ task.title }} {% for one in messages %}{{ one.body }}{% endfor %}\n");
    insta::assert_snapshot!("role_show_docs", said(&place, &["role", "show", "docs"], 0));
    insta::assert_snapshot!("role_show_review", said(&place, &["role", "show", "review"], 0));
    let shown = place.json(&["role", "show", "docs"]);
    insta::assert_json_snapshot!("role_show_keys", keys(&shown));
    assert_eq!(shown["defaults"]["timeout_seconds"], 60);
    assert_eq!(shown["outcomes"][1]["means"], "needs_input");
    assert_eq!(shown["output_schema"]["properties"]["outcome"]["enum"], json!(["written", "unclear"]));
    assert_eq!(shown["variables"][0]["name"], "task.title");
    assert_eq!(shown["files"].as_array().unwrap().len(), 2);
}

#[test]
fn a_role_that_is_not_there_is_said_to_be_none() {
    let place = with_docs("Write.\n");
    place.run(&["role", "show", "doc"]).refused(2, "no role `doc`", "did you mean `docs`?");
    place.run(&["role", "show", "deploy"]).refused(2, "no role `deploy`", "octopoid role list");
    place.run(&["role", "render", "deploy", "task-1"]).refused(
        2,
        "no role `deploy`",
        "octopoid role new deploy",
    );
    place.run(&["role", "eject", "deploy"]).refused(2, "no role `deploy`", "octopoid role list");
    place.run(&["role", "eject", "docs"]).refused(2, "`docs` is not built in", "implement, review");
}

#[test]
fn a_built_in_role_is_written_out_once_and_counts_from_then_on() {
    let place = Place::initialised();
    let ejected = place.json(&["role", "eject", "implement"]);
    let files: Vec<_> =
        ejected["files"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    assert!(
        files[0].ends_with(".octopoid/roles/implement/role.yaml") && files[1].ends_with("prompt.md"),
        "{files:?}"
    );
    place.replace(".octopoid/roles/implement/prompt.md", "software engineer", "poet");
    place.run(&["role", "eject", "implement"]).refused(5, "is there already", "--force");
    let id = place.enqueue(&["Write a poem"]);
    assert!(place.run(&["role", "render", "implement", &id]).ok().stdout.starts_with("You are a poet."));
    let said = place.run(&["role", "eject", "implement", "--force"]).ok().stdout;
    assert!(said.contains("replaces the built-in role"), "{said}");
    assert!(place.read(".octopoid/roles/implement/prompt.md").contains("software engineer"));
    place.run(&["validate"]).ok();
}

/// An agent that keeps the prompt it was given.
fn keeping(place: &Place, name: &str, role: &str, outcome: &str) -> String {
    let to = place.path().join(format!("../{name}.md"));
    let script = format!(
        "cp \"$OCTOPOID_PROMPT_FILE\" {to:?}; git commit -q --allow-empty -m \"Say *it*\"; echo {outcome:?} > \"$OCTOPOID_RESULT\""
    );
    format!(
        "  - name: {name}\n    role: {role}\n    command: [sh, -c, {script:?}]\n    settings: {{ diff_bytes: 1 }}\n"
    )
}

#[test]
fn a_rendered_prompt_is_exactly_what_the_agent_is_given() {
    let place = Place::initialised();
    let worker = keeping(&place, "worker", "implement", r#"{"outcome": "submitted", "summary": "done"}"#);
    let reviewer = keeping(&place, "reviewer", "review", r#"{"outcome": "rejected", "feedback": "Again."}"#);
    place.write(".octopoid/agents.yaml", format!("agents:\n{worker}{reviewer}"));
    let id = place.enqueue(&["Say it", "--description", "```\n{{ task }} \u{1b}[31m\r\nEnd"]);
    for (name, role) in [("worker", "implement"), ("reviewer", "review"), ("worker", "implement")] {
        let rendered = place.run(&["role", "render", role, &id]).ok();
        assert_eq!(rendered.stderr, "");
        place.run(&["start", "--once"]).ok();
        assert_eq!(rendered.stdout, place.read(&format!("../{name}.md")), "{role}");
        assert!(rendered.stdout.contains("````text\nSay it\n\n```\n{{ task }} \u{1b}[31m\r\nEnd\n````\n"));
    }
    assert!(place.read("../worker.md").contains("Again."));
}

#[test]
fn a_prompt_is_rendered_for_programs_and_with_an_agents_settings() {
    let place = with_docs("{{ settings.tone | default('plain', true) }}: {{ task.title }}");
    let id = place.enqueue(&["Say it", "--role", "docs"]);
    let rendered = place.json(&["role", "render", "docs", &id]);
    assert_eq!(keys(&rendered), ["output_schema", "prompt", "role", "task"]);
    assert_eq!((&rendered["role"], &rendered["task"]), (&json!("docs"), &json!(id)));
    assert_eq!(rendered["prompt"], "dry as dust: `Say it`");
    assert_eq!(rendered["output_schema"]["properties"]["outcome"]["enum"], json!(["written", "unclear"]));
    place.run(&["role", "render", "docs", &id, "--agent", "writer"]).ok();
    place.run(&["role", "render", "docs", &id, "--agent", "reviewer"]).refused(
        2,
        "no agent `reviewer` has the role `docs`",
        "writer",
    );
    let other = place.enqueue(&["Another"]);
    let warned = place.run(&["role", "render", "docs", &other]).ok();
    assert!(warned.stderr.contains("task-2 is for the role `implement`"), "{}", warned.stderr);
}

#[test]
fn what_cannot_be_rendered_says_why() {
    let place = with_docs("One.\n{{ settings.colour }}\n");
    place.run(&["role", "render", "docs", "task-9"]).refused(4, "there is no task task-9", "octopoid list");
    let id = place.enqueue(&["Say it", "--role", "docs"]);
    let ended = place.run(&["role", "render", "docs", &id]).refused(3, "prompt.md:2: ", "prompt.md");
    assert!(ended.stderr.contains("settings.colour") && ended.stdout.is_empty(), "{}", ended.stderr);
    place.run(&["role", "render", "docs", "../x"]).code(2);
}

#[test]
fn a_new_role_works_as_it_is() {
    let place = Place::initialised();
    let said = place.run(&["role", "new", "docs"]).ok().stdout;
    for words in ["roles/docs/role.yaml", "- name: docs-1\n         role: docs", "enqueue \"…\" --role docs"]
    {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
    place.run(&["role", "new", "careful", "--claims-from", "provisional"]).ok();
    place.run(&["validate"]).ok();
    place.write(
        ".octopoid/agents.yaml",
        format!(
            "runner: command\nagents:\n  - {{ name: docs-1, role: docs, command: [{PROGRAM:?}, sim-agent] }}\n  \
             - {{ name: careful-1, role: careful, command: [{PROGRAM:?}, sim-agent] }}\n"
        ),
    );
    let script = "sim docs: write a.md one\nsim docs: commit Say one\nsim docs 2: append a.md two\n\
                  sim docs 2: commit Say two\nsim careful 1: reject say two as well\nsim careful 2: approve fine";
    let id = place.enqueue(&["Say one and two", "--role", "docs", "--description", script]);
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", &id]);
    assert_eq!(shown["queue"], "done", "{shown:#}");
    assert_eq!(shown["counters"]["rejections"], 1);
    let prompt = place.run(&["role", "render", "docs", &id]).ok().stdout;
    for words in
        ["# The task `task-1`: `Say one and two`", "say two as well", "your work was sent back for this"]
    {
        assert!(prompt.contains(words), "{words:?} is not in {prompt}");
    }
    assert!(!prompt.contains("docs` lists") && !prompt.contains("NAME"), "{prompt}");
}

#[test]
fn a_new_roles_name_must_be_good_and_free() {
    let place = with_docs("Write.\n");
    place.run(&["role", "new", "docs"]).refused(5, "roles/docs is there already", "octopoid role show docs");
    place.run(&["role", "new", "review"]).refused(5, "a role `review` already", "octopoid role eject review");
    for name in ["../x", "a b", "", ".x", "a/b"] {
        let ended = place.run(&["role", "new", name]).code(2);
        assert!(ended.stderr.contains("role name"), "{}", ended.stderr);
    }
    place.run(&["role", "new", "x", "--claims-from", "done"]).code(2);
    assert_eq!(place.json(&["role", "list"])["roles"].as_array().unwrap().len(), 4);
    Place::repository().run(&["role", "new", "docs"]).refused(3, "there is no .octopoid", "octopoid init");
}

#[test]
fn words_of_a_roles_own_become_outcomes() {
    let place = with_docs("Say {{ outcomes | join(' or ') }}.\n");
    let script = "sim docs: write a.md x\nsim docs: commit Say it\nsim docs 1: result {\"outcome\": \"written\", \"summary\": \"said it\"}";
    let id = place.enqueue(&["Say it", "--role", "docs", "--description", script]);
    let unclear = place.enqueue(&[
        "What?",
        "--role",
        "docs",
        "--description",
        "sim docs: result {\"outcome\": \"unclear\", \"question\": \"Which?\"}",
    ]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
    let shown = place.json(&["show", &unclear]);
    assert_eq!(
        (&shown["queue"], &shown["runs"][0]["outcome"]["outcome"]),
        (&json!("needs_continuation"), &json!("needs_input"))
    );
}

#[test]
fn what_a_roles_own_schema_asks_for_is_enforced_kept_and_shown() {
    let place = with_docs("Judge.\n");
    let schema = "output_schema:\n  type: object\n  required: [outcome, risk]\n  properties:\n    \
                  outcome: { enum: [written, unclear] }\n    question: { type: string }\n    \
                  risk: { enum: [low, high] }\n    files: { type: array }\n";
    place.write(".octopoid/roles/docs/role.yaml", format!("{DOCS}{schema}"));
    let ask = |risk: &str| {
        let result = json!({ "outcome": "unclear", "question": "Which?", "risk": risk, "files": ["a.md"] });
        place.enqueue(&["Judge it", "--role", "docs", "--description", &format!("sim docs: result {result}")])
    };
    let (good, bad) = (ask("high"), ask("grave"));
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", &good]);
    assert_eq!(shown["runs"][0]["report"], json!({ "risk": "high", "files": ["a.md"] }), "{shown:#}");
    let text = said(&place, &["show", &good], 0);
    assert!(text.contains("risk: high\n") && text.contains("files: [\"a.md\"]"), "{text}");
    let refused = said(&place, &["show", &bad], 0);
    assert!(refused.contains("does not fit its schema: at `/risk`"), "{refused}");
    let runs = place.json(&["show", &bad])["runs"].clone();
    assert_eq!(runs[0]["outcome"]["outcome"], "no_report");
    place.replace(".octopoid/roles/docs/role.yaml", "enum: [low, high]", "enum: low");
    let text = said(&place, &["validate"], 3);
    assert!(text.contains("roles/docs/role.yaml:11: `output_schema` is not a usable JSON schema"), "{text}");
}

#[test]
fn i24_every_prompt_is_rendered_before_an_agent_is_paid_for_it() {
    for (prompt, wrong) in [
        (
            "One.\n{% if newest == 'conflict' %}\n{{ task.titel }}\n{% endif %}\n",
            "prompt.md:3: there is no `task.titel`",
        ),
        ("{{ task.title | uper }}\n", "prompt.md:1: there is no filter `uper`"),
        (
            "{% if false %}\n{% filter uper %}x{% endfilter %}\n{% endif %}\n",
            "prompt.md:2: there is no filter `uper`",
        ),
        ("One.\n\n{{ settings.colour }}\n", "prompt.md:3: undefined value: `settings.colour`"),
        (
            "{% for one in messages %}\n{{ one.bodi }}\n{% endfor %}\n",
            "prompt.md:2: undefined value: `one.bodi`",
        ),
        ("{{ previous.why }}\n", "prompt.md:1: undefined value"),
        ("{% if round > 1 %}\n{{ commits[3].subject }}\n{% endif %}\n", "prompt.md:2: undefined value"),
    ] {
        let place = with_docs(prompt);
        let text = said(&place, &["validate"], 3);
        assert!(text.contains(&format!("roles/docs/{wrong}")), "{prompt}: {text}");
        assert_eq!(text.matches("prompt.md").count(), 1, "{text}");
        place.run(&["start", "--until-idle"]).code(3);
    }
    for prompt in [
        "{% if settings.colour is defined %}{{ settings.colour }}{% endif %}{{ settings.tone | upper }}\n",
        "{% raw %}{{ task.titel | uper }}{% endraw %} {# {{ nothing }} #} a | b, task.titel\n",
        "{% if previous %}{{ previous.why }}{% endif %}{% for one in messages %}{{ one.body }}{% endfor %}\n",
    ] {
        with_docs(prompt).run(&["validate"]).ok();
    }
}

#[test]
fn a_role_without_an_agent_is_rendered_as_far_as_that_can_be_told() {
    let place = Place::initialised();
    let prompt = |text: &str| {
        place.write(".octopoid/roles/docs/role.yaml", DOCS);
        place.write(".octopoid/roles/docs/prompt.md", text);
    };
    prompt("{{ settings.tone }}\n");
    place.run(&["validate"]).ok();
    prompt("One.\n{{ previous.why }}\n{{ settings.tone }}\n");
    let text = said(&place, &["validate"], 3);
    assert!(text.contains("roles/docs/prompt.md:2: undefined value"), "{text}");
}

#[test]
fn i24_settings_are_checked_by_the_schema_of_the_roles_folder() {
    let place = with_docs("Be {{ settings.tone }}.\n");
    let schema = "settings_schema:\n  type: object\n  required: [tone]\n  additionalProperties: false\n  \
                  properties: { tone: { enum: [dry as dust, warm] } }\n";
    place.write(".octopoid/roles/docs/role.yaml", format!("{DOCS}{schema}"));
    place.run(&["validate"]).ok();
    assert_eq!(place.json(&["role", "show", "docs"])["settings_schema"]["required"], json!(["tone"]));
    assert!(said(&place, &["role", "show", "docs"], 0).contains("\"dry as dust\""));
    let line =
        place.read(".octopoid/agents.yaml").lines().position(|line| line.contains("settings")).unwrap() + 1;
    for (settings, wrong) in
        [("tone: dusty", "at `/tone`: \"dusty\" is not one of"), ("tune: warm", "'tune' was unexpected")]
    {
        place.replace(".octopoid/agents.yaml", "tone: dry as dust", settings);
        let text = said(&place, &["validate"], 3);
        assert!(
            text.contains(&format!("agents.yaml:{line}: role `docs`: the settings do not fit: ")),
            "{text}"
        );
        assert!(text.contains(wrong), "{text}");
        place.replace(".octopoid/agents.yaml", settings, "tone: dry as dust");
    }
    place.replace(".octopoid/roles/docs/role.yaml", "type: object\n  required", "type: objekt\n  required");
    let text = said(&place, &["validate"], 3);
    assert!(text.contains("role.yaml:11: `settings_schema` is not a usable JSON schema"), "{text}");
}

#[test]
fn i24_what_a_role_says_for_its_agents_counts_in_the_checks() {
    let place = Place::initialised();
    let role = |defaults: &str| {
        place.write(
            ".octopoid/roles/docs/role.yaml",
            format!("description: Writes.\noutcomes: [submitted]\n{defaults}"),
        );
    };
    place.write(".octopoid/roles/docs/prompt.md", "Write.\n");
    let agents = |text: &str| place.write(".octopoid/agents.yaml", text);
    let problems = |code| said(&place, &["validate"], code);

    role("");
    agents("agents:\n  - { name: a, role: docs }\n");
    problems(0);
    role("runner: claude\n");
    problems(0);
    // The role's is stronger than the file's, and the agent's own than both.
    role("runner: command\n");
    agents("runner: claude\nagents:\n  - { name: a, role: docs }\n");
    assert!(problems(3).contains("agent `a` has the runner `command`, but no command"));
    agents("runner: claude\nagents:\n  - { name: a, role: docs, command: [./agent] }\n");
    problems(0);
    agents("runner: command\nagents:\n  - { name: a, role: docs, runner: claude }\n");
    problems(0);
    role("\nrunner: claud\n");
    let text = problems(3);
    assert!(text.contains("roles/docs/role.yaml:4: there is no runner `claud`"), "{text}");
    assert!(text.contains("did you mean `claude`?"), "{text}");
}

#[test]
fn every_action_has_help_with_examples() {
    let place = Place::empty();
    for action in ["list", "show", "eject", "render", "new"] {
        let help = place.run(&["role", action, "--help"]).ok().stdout;
        assert!(help.contains("Examples:"), "{action} has no examples");
    }
}
