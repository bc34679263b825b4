//! `flow`: list, show and eject; and what flows do to tasks.

use crate::place::Place;
use serde_json::json;

const CAREFUL: &str = "\
transitions:
  - from: claimed
    to: provisional
    steps: [rebase, run_tests]
  - from: provisional
    to: done
    conditions:
      - { name: has-readme, script: test -f README.md }
      - manual: true
    steps: [rebase, run_tests, merge]
";

#[test]
fn flows_are_listed_drawn_and_written_out() {
    let place = Place::initialised();
    let listed = place.json(&["flow", "list"]);
    let names: Vec<_> = listed["flows"].as_array().unwrap().iter().map(|flow| flow["name"].clone()).collect();
    assert_eq!(names, [json!("default"), json!("project")]);
    insta::assert_snapshot!("flow_show", place.run(&["flow", "show", "project"]).code(0).stdout);
    insta::assert_snapshot!(
        "flow_mermaid",
        place.run(&["flow", "show", "project", "--mermaid"]).code(0).stdout
    );
    place.run(&["flow", "eject", "default"]).ok();
    assert!(place.read(".octopoid/flows/default.yaml").contains("transitions:"));
    place.run(&["flow", "eject", "default"]).code(5);
    place.run(&["flow", "eject", "default", "--force"]).ok();
    place.run(&["validate"]).ok();
    let unknown = place.run(&["flow", "show", "projekt"]).code(2);
    assert!(unknown.stderr.contains("did you mean `project`?"), "{}", unknown.stderr);
}

#[test]
fn i24_a_broken_flow_stops_validate_and_start_with_its_line() {
    let place = Place::initialised();
    place.write(".octopoid/flows/default.yaml", CAREFUL.replace("merge]", "mrge]"));
    for command in [&["validate"][..], &["start", "--until-idle"]] {
        let refused = place.run(command).code(3);
        let said = format!("{}{}", refused.stdout, refused.stderr);
        assert!(said.contains("flows/default.yaml:10: there is no step `mrge`"), "{said}");
    }
}

#[test]
fn validate_warns_of_steps_that_a_run_would_skip_and_refuses_nothing_for_them() {
    let place = Place::initialised();
    let steps = "steps: [rebase, run_tests, push_branch, create_pr, wait_for_checks, merge]";
    let flow = CAREFUL.replace("steps: [rebase, run_tests, merge]", steps);
    place.write(".octopoid/flows/careful.yaml", &flow);
    let said = place.run(&["validate"]).ok().stdout;
    for words in [
        "flows/careful.yaml:10: `create_pr`, `wait_for_checks` are skipped: the forge `local` has no pull requests",
        "flows/careful.yaml:10: `push_branch` is skipped: config.yaml names no `repo.remote`",
        "add a remote to the repository",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let json = place.json(&["validate"]);
    assert_eq!(
        (json["valid"].as_bool(), json["warnings"].as_array().unwrap().len()),
        (Some(true), 2),
        "{json}"
    );
    // That is what a run does.
    let task = place.enqueue(&["Somewhere", "--flow", "careful"]);
    place.run(&["start", "--until-idle"]).ok();
    place.run(&["approve", &task]).ok();
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", &task]);
    assert_eq!(shown["queue"], "done", "{shown}");
    for step in ["push_branch", "create_pr", "wait_for_checks"] {
        let skipped = json!({ "name": step, "status": "skipped" });
        let is_it = |record: &serde_json::Value| {
            record["name"] == skipped["name"] && record["status"] == skipped["status"]
        };
        let mut steps =
            shown["runs"].as_array().unwrap().iter().flat_map(|run| run["steps"].as_array().unwrap());
        assert!(steps.any(is_it), "{step}: {shown}");
    }

    // A push goes to any remote that is named; pull requests need more.
    place.git(&["remote", "add", "upstream", "."]);
    let said = place.run(&["validate"]).ok().stdout;
    assert!(said.contains("write `remote: upstream` below `repo` in config.yaml"), "{said}");
    place.replace(".octopoid/config.yaml", "base_branch: main", "base_branch: main\n  remote: upstream");
    let said = place.run(&["validate"]).ok().stdout;
    assert!(said.contains("`create_pr`, `wait_for_checks` are skipped"), "{said}");
    assert!(!said.contains("push_branch"), "{said}");
}

#[test]
fn tasks_are_listed_by_a_state_of_their_flows_own() {
    let place = Place::initialised();
    let shown = "    to: shown\n  - from: shown\n    to: done\n";
    place.write(".octopoid/flows/careful.yaml", CAREFUL.replace("    to: done\n", shown));
    let there = place.enqueue(&["Careful", "--flow", "careful"]);
    let listed = |queues: &[&str]| {
        let arguments: Vec<_> = queues.iter().flat_map(|queue| ["--queue", queue]).collect();
        let json = place.json(&[&["list"][..], &arguments].concat());
        let ids: Vec<_> = json["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|task| task["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(json["total"], ids.len(), "{json}");
        ids
    };
    assert_eq!(listed(&["shown"]), [""; 0], "it is not there yet");
    place.run(&["start", "--until-idle"]).ok();
    let elsewhere = place.enqueue(&["Elsewhere"]);
    let hangs = place.enqueue(&["Aside", "--backlog"]);
    assert_eq!(listed(&["shown"]), [&there[..]]);
    assert_eq!(listed(&["shown", "incoming"]), [&there[..], &elsewhere]);
    assert_eq!(listed(&["shown", "provisional"]), [&there[..]], "no task twice");
    assert_eq!(listed(&["backlog"]), [&hangs[..]]);
    let known =
        "There are incoming, claimed, provisional, done, blocked, backlog, needs_continuation, failed, shown";
    let hint = format!("did you mean `shown`? {known}");
    place.run(&["list", "--queue", "showm"]).refused(
        2,
        "no queue `showm`, and no flow has such a state",
        &hint,
    );
    place.run(&["list", "--queue", "elsewhere"]).refused(
        2,
        "no queue `elsewhere`",
        "there are incoming, claimed",
    );
    // A person may put a task there, too, and take it back.
    let moved = place.run(&["force", &hangs, "shown", "--reason", "as it is"]).ok();
    assert!(moved.stdout.contains("moved; it is in shown"), "{}", moved.stdout);
    assert_eq!(listed(&["shown"]), [&there[..], &hangs]);
    assert_eq!(place.json(&["show", &hangs])["queue"], "shown");
    place.run(&["force", &hangs, "showm", "--reason", "r"]).refused(2, "no queue `showm`", &hint);
    place.run(&["retry", &hangs]).ok();
    assert_eq!(listed(&["incoming"]), [&elsewhere[..], &hangs]);
}

#[test]
fn a_flow_of_ones_own_runs_its_scripts_and_asks_a_person() {
    let place = Place::initialised();
    place.write(".octopoid/flows/careful.yaml", CAREFUL);
    place.run(&["enqueue", "Nowhere", "--flow", "carefull"]).code(2);
    let task = place.json(&["enqueue", "Somewhere", "--flow", "careful"]);
    let id = task["id"].as_str().unwrap();
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", id]);
    assert_eq!(shown["queue"], "provisional", "{shown}");
    let steps: Vec<_> =
        shown["runs"][0]["steps"].as_array().unwrap().iter().map(|step| &step["name"]).collect();
    assert!(steps.contains(&&json!("has-readme")), "{shown}");
    place.run(&["approve", id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.json(&["show", id])["queue"], "done");
}
