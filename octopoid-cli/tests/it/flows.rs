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
