//! `job`: scheduled tasks.

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
    let tasks = place.json(&["list", "--all"])["tasks"].clone();
    assert_eq!(tasks.as_array().unwrap().len(), 1, "{tasks}");
    assert_eq!((&tasks[0]["title"], &tasks[0]["queue"]), (&json!("Tidy up"), &json!("done")));
    // It is not due again.
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.json(&["list", "--all"])["tasks"].as_array().unwrap().len(), 1);

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

#[test]
fn a_job_with_set_times_is_due_from_its_first_start_on_however_often_it_is_begun_anew() {
    let place = Place::initialised();
    place.write(
        ".octopoid/jobs.yaml",
        "jobs:\n  - { name: nightly, role: implement, schedule: \"0 3 * * *\" }\n",
    );
    place.run(&["start", "--until-idle"]).ok();
    let remembered = place.read(".octopoid/runtime/jobs.json");
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.read(".octopoid/runtime/jobs.json"), remembered, "the second start postpones nothing");
    assert_eq!(place.json(&["list", "--all"])["tasks"], json!([]));

    // As if the first start were long ago.
    let mut known: serde_json::Value = serde_json::from_str(&remembered).unwrap();
    known["nightly 0 3 * * *"]["first_seen"] = json!("2020-01-01T00:00:00Z");
    place.write(".octopoid/runtime/jobs.json", known.to_string());
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.json(&["list", "--all"])["tasks"].as_array().unwrap().len(), 1);

    // Other times count from when they were given, and nonsense is begun anew.
    place.write(
        ".octopoid/jobs.yaml",
        "jobs:\n  - { name: late, role: implement, schedule: \"0 4 * * *\" }\n",
    );
    place.run(&["start", "--until-idle"]).ok();
    assert!(!place.read(".octopoid/runtime/jobs.json").contains("nightly"));
    place.write(".octopoid/runtime/jobs.json", "{");
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.json(&["list", "--all"])["tasks"].as_array().unwrap().len(), 1);
}

#[test]
fn jobs_that_change_are_taken_up_while_it_runs_and_wrong_ones_leave_the_old() {
    let place = Place::initialised();
    let mut running = place.start_aloud(&["start"]);
    running.until("started");
    let job = |name: &str| format!("  - {{ name: {name}, role: implement, every: 6h, title: Do {name} }}\n");
    place.write(".octopoid/jobs.yaml", format!("jobs:\n{}", job("one")));
    running.until("the job one is due");
    place.write(".octopoid/jobs.yaml", format!("jobs:\n{}", job("one").replace("implement", "implment")));
    let said = running.until("jobs.yaml:2: there is no role `implment`");
    assert!(
        said.contains("the jobs stay as they were") && said.contains("did you mean `implement`?"),
        "{said}"
    );
    place.write(".octopoid/jobs.yaml", format!("jobs:\n{}{}", job("one"), job("two")));
    running.until("the job two is due");
    running.signal(nix::sys::signal::Signal::SIGQUIT);
    running.end();
}
