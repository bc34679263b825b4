//! `job`: standing orders for tasks.

use crate::place::Place;
use serde_json::json;

const JOBS: &str = "\
jobs:
  - name: tidy
    role: implement
    every: 6h
    title: Tidy up
    description: Write hello.txt.
  - name: nightly
    role: implement
    schedule: \"0 3 * * *\"
  - name: later
    role: implement
    every: 1d
    paused: true
";

#[test]
fn a_job_that_is_due_makes_one_task_and_none_while_that_is_open() {
    let place = Place::initialised();
    place.write(".octopoid/jobs.yaml", JOBS);
    let listed = place.json(&["job", "list"]);
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 3);
    assert_eq!(listed["jobs"][0]["last_task"], json!(null));

    place.run(&["start", "--until-idle"]).ok();
    let tasks = place.json(&["list"])["tasks"].clone();
    assert_eq!(tasks.as_array().unwrap().len(), 1, "{tasks}");
    assert_eq!((&tasks[0]["title"], &tasks[0]["queue"]), (&json!("Tidy up"), &json!("done")));
    // It is not due again.
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.json(&["list"])["tasks"].as_array().unwrap().len(), 1);

    let made = place.json(&["job", "run", "later"]);
    let listed = place.json(&["job", "list"]);
    assert_eq!(listed["jobs"][2]["last_task"], made["task"]);
    assert_eq!(listed["jobs"][2]["paused"], true);
    place.run(&["job", "run", "latter"]).code(2);
}

#[test]
fn i24_a_job_that_is_wrong_is_named_with_its_line() {
    let place = Place::initialised();
    let wrong = JOBS
        .replace("every: 6h", "every: 6x")
        .replace("role: implement\n    every: 1d", "role: reveiw\n    every: 1d");
    place.write(".octopoid/jobs.yaml", wrong);
    let said = place.run(&["validate"]).code(3).stdout;
    assert!(said.contains("jobs.yaml:4: `6x` is no span of a minute or more"), "{said}");
    assert!(said.contains("jobs.yaml:11: there is no role `reveiw` that takes tasks"), "{said}");
    place.run(&["start", "--until-idle"]).code(3);
}
